"""Exporting documents that a person chose: kept row by row, then worked on in chunks by a run.

What is to become of each is kept with it before anything is sent, and its outcome in the transaction that brings it
about, so that a chunk that is repeated changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet
from django.urls import reverse

from adaptors.domain.transactions import exporting, steering
from adaptors.domain.transactions.manual_search import List, on_list
from adaptors.domain.transactions.selection import Reason
from adaptors.models import Activation, ManualExport, ManualExportItem, ManualSearch, Transaction
from arhub.domain import runs
from arhub.domain.jobs import Job
from arhub.domain.run_kinds import RunKind
from arhub.domain.sentences import tellable
from arhub.models import Run, RunEntry, User
from arhub.network.errors import ConfigError
from arhub.tenancy.scope import scope

KIND = "manual_export"
CHUNK = 50
Outcome = ManualExportItem.Outcome
COUNTED = {Outcome.SENT: "Handed over", Outcome.HELD: "Held", Outcome.LEFT: "Not exported"}
Left = tuple[Outcome, str]


class CannotExport(ValueError):
    """Nothing is exported; the text says why."""


@transaction.atomic
def begin(
    search: ManualSearch, which: List, ids: Collection[int] | None, user: User | None = None, reason: str = ""
) -> Run:
    """Queue the export of documents of a list, some or all of it. What was exported already goes once more as a new
    one, for a reason. Raises `steering.NoReason` and `CannotExport`."""
    activation, reason = search.activation, reason.strip()
    if which is List.NOT_ACTIVATED:
        raise CannotExport("Their customers are not activated: activate these first.")
    if not activation.is_on:
        raise CannotExport(f"{activation} is switched off.")
    if which is List.EXPORTED and not reason:
        raise steering.NoReason
    rows = on_list(search, which)
    chosen = rows if ids is None else rows.filter(pk__in=ids)
    wanted = list(chosen.order_by("invoice_date", "pk").values_list("pk", "last_again"))
    if not wanted:
        raise CannotExport("None of what was ticked is on this list.")
    made = ManualExport.objects.create(
        activation=activation, created_by=user, total=len(wanted), reason=tellable(reason, 400)
    )
    step = 1 if which is List.EXPORTED else 0
    ManualExportItem.objects.bulk_create(
        [ManualExportItem(export=made, document_id=pk, again=(last or 0) + step) for pk, last in wanted], 1_000
    )
    return runs.start(KIND, made.pk, user=user)


def export_chunk(pk: int, run: int | None = None) -> bool:
    """Export some of the documents that wait, in the caller's transaction; whether there are more. Raises ConfigError
    when the adaptor is off."""
    export = ManualExport.objects.select_related("created_by").get(pk=pk)
    activation = exporting.working(export.activation_id)
    items = list(ManualExportItem.objects.filter(export=export, outcome="").order_by("pk")[:CHUNK])
    last = _last(activation, [item.document_id for item in items])
    fresh = [item for item in items if item.document_id not in last]
    found = _exported(activation, fresh, export.created_by, run)
    for item in items:
        told = found.get(item.document_id) or _again(export, item, last.get(item.document_id))
        item.outcome, item.said = told[0], tellable(told[1], 400)
    ManualExportItem.objects.bulk_update(items, ["outcome", "said"])
    return len(items) == CHUNK


def _last(activation: Activation, ids: Sequence[int]) -> dict[int, Transaction]:
    """The last transaction of each document that has one."""
    rows = Transaction.objects.filter(activation=activation, document__in=ids)
    return {row.document_id: row for row in rows.order_by("document_id", "-again").distinct("document_id")}


def _exported(
    activation: Activation, items: Sequence[ManualExportItem], user: User | None, run: int | None
) -> dict[int, Left]:
    """What becomes of documents that have not been exported yet."""
    made, left = exporting.export_chosen(activation, [item.document_id for item in items], user, run)
    found = {row.document_id: _outcome(row) for row in made}
    return found | {one.pk: (Outcome.LEFT, str(Reason[one.reason])) for one in left}  # type: ignore[attr-defined]


def _again(export: ManualExport, item: ManualExportItem, last: Transaction | None) -> Left:
    """What becomes of one that has been, or is on hold."""
    if last is None:
        return Outcome.LEFT, "The document is gone."
    if last.again > item.again or (last.again == item.again and last.state != Transaction.State.HELD):
        return Outcome.LEFT, "It went out meanwhile."
    if last.again == item.again:
        return _outcome(exporting.retry(last, export.created_by))
    try:
        return _outcome(steering.act(last, "send_as_new", export.created_by, export.reason))
    except steering.CannotDo as obstacle:
        return Outcome.LEFT, str(obstacle)


def _outcome(row: Transaction) -> Left:
    return (Outcome.HELD if row.state == Transaction.State.HELD else Outcome.SENT), ""


class RunManualExport(RunKind):
    """Documents that a person chose."""

    label = "Manual export"
    shared = "activation"

    def title(self, subject_id: int) -> str:
        found = _found(subject_id)
        return str(found) if found else "A manual export that is gone"

    def url(self, subject_id: int) -> str:
        found = _found(subject_id)
        return f"{reverse('admin:adaptors_activation_change', args=[found.activation_id])}?tab={KIND}" if found else ""

    def hanging_on(self, things: QuerySet[Any, Any]) -> Any:
        return ManualExport.objects.filter(activation__in=things).values("pk")

    def things(self, subject_ids: Collection[int]) -> Mapping[int, Activation]:
        rows = ManualExport.objects.filter(pk__in=subject_ids).select_related("activation")
        return {row.pk: row.activation for row in rows}

    def work(self, job: Job) -> bool:
        with scope(job.tenant_id):
            export = _found(job.subject_id)
        if export is None:
            raise ConfigError("The adaptor is gone, and what was chosen with it.")
        goes_on = True
        while goes_on and job.left_seconds:
            _tell(job, export)
            with scope(job.tenant_id):
                goes_on = export_chunk(export.pk, job.run_id)
        _tell(job, export)
        if not goes_on:
            _tell_left(job, export)
        return not goes_on


def _found(pk: int) -> ManualExport | None:
    return ManualExport.objects.select_related("activation").filter(pk=pk).first()


def _tell(job: Job, export: ManualExport) -> None:
    """How far it is, by what stands in the rows: a worker that died may not have told."""
    with scope(job.tenant_id):
        rows = ManualExportItem.objects.filter(export=export).exclude(outcome="").order_by()
        found = Counter(dict(rows.values_list("outcome").annotate(Count("pk"))))
    for outcome, label in COUNTED.items():
        if more := found[outcome] - job.counts.get(label, 0):
            job.count(label, more)
    job.progress("Exporting", found.total(), export.total)


def _tell_left(job: Job, export: ManualExport) -> None:
    """What was left and why, and where the others are."""
    with scope(job.tenant_id):
        left = ManualExportItem.objects.filter(export=export, outcome=Outcome.LEFT).order_by()
        reasons: Iterable[tuple[str, int]] = list(left.values_list("said").annotate(Count("pk")).order_by("said"))
    for said, count in reasons:
        job.log(f"{count:,} not exported. {said}", RunEntry.Level.WARNING)
    address = reverse("admin:adaptors_transaction_changelist")
    job.link("Transactions", f"{address}?activation__id__exact={export.activation_id}")
