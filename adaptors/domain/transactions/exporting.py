"""Sending customers their documents: each selected once, its bytes stored before its gateway gets them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from adaptors.domain.approvals.four_eyes import FourEyes
from adaptors.domain.documents.producing import Producer, told
from adaptors.domain.documents.source_rows import rows_of, seen_up_to
from adaptors.domain.running import at_work
from adaptors.domain.transactions.ladder import data_of, note
from adaptors.domain.transactions.selection import (
    BY_HAND,
    Reason,
    Wanted,
    changed,
    due_after,
    due_count,
    stopped,
    wanted,
)
from adaptors.domain.transactions.settling import settle_all
from adaptors.formats.base import Problem
from adaptors.models import Activation, Transaction
from arhub.database.statistics import recount
from arhub.domain.events import emit
from arhub.domain.jobs import Job
from arhub.models import Document, Outbound, Source, User
from arhub.network.errors import ConfigError
from arhub.tenancy.scope import scope
from connectors.models import Delivery

CHUNK = 100
MOST_UNASKED = 100
"""Documents that a first run takes without asking."""
State = Transaction.State


class NotAsked(ConfigError):
    """A first run would take more documents than goes without saying."""


def work(job: Job) -> bool:
    """A slice of an activation's run: what was held and may go now, what has changed, what is due."""
    with scope(job.tenant_id):
        activation = working(job.subject_id)
        _require_asked(activation)
    stages = (("Held documents", _held), ("Changed documents", _changed), ("Due documents", _due))
    for place, (title, stage) in enumerate(stages):
        if job.memory.get("stage", 0) > place:
            continue
        while job.left_seconds:
            job.progress(title, job.counts.get("Handed over", 0))
            if not stage(job):
                break
        else:
            return False
        job.memory = {"stage": place + 1}
        job.keep()
    _lead_on(job)
    return True


def confirm_first_run(activation: Activation) -> None:
    """Somebody has seen how many documents the first run takes."""
    Activation.objects.filter(pk=activation.pk, first_run_at=None).update(first_run_at=timezone.now())


def asks(activation: Activation) -> int:
    """How many documents a first run would take, when that has to be asked; else 0. Counts some more at most."""
    if activation.first_run_at is not None:
        return 0
    found = due_count(activation, 10_000)
    return found if found > MOST_UNASKED else 0


def export(
    activation: Activation, ids: Sequence[int], *, run: int | None = None, user: User | None = None
) -> list[Transaction]:
    """Select some documents, some hundreds at most, and send those that are right; in the caller's transaction. What
    was selected before stays as it is."""
    _locked(activation.pk)
    rows = Transaction.objects.filter(activation=activation, document__in=ids)
    known = set(rows.values_list("document_id", flat=True))
    fresh, seen_at = [pk for pk in ids if pk not in known], seen_up_to(activation)
    eyes = FourEyes(activation, user)
    pairs = [
        (Transaction(activation=activation, run=run), produced)
        for produced in eyes.looked_at(Producer(activation).produce(fresh))
    ]
    made = settle_all(pairs, seen_at, user)
    eyes.remember(made)
    return made


@transaction.atomic
def export_chosen(
    activation: Activation, ids: Sequence[int], user: User | None = None, run: int | None = None
) -> tuple[list[Transaction], list[Document]]:
    """Export documents that a person has chosen, also those that do not go by themselves. Returns what became of them,
    and those that do not go at all, each with `reason`, the name of a `Reason`."""
    found = list(wanted(activation, Wanted()).filter(pk__in=ids))
    left = [one for one in found if one.reason and Reason[one.reason] not in BY_HAND]
    kept = {one.pk for one in left}
    return export(activation, [one.pk for one in found if one.pk not in kept], run=run, user=user), left


@transaction.atomic
def retry(held: Transaction, user: User | None = None) -> Transaction:
    """Make a held document anew: its customer's settings, or its source, may have changed. It stays as it is while the
    activation is off."""
    activation = _locked(held.activation_id)
    made = _retried(activation, [held.pk], user) if activation.is_on else []
    return made[0] if made else Transaction.objects.get(pk=held.pk)


def retry_all(activation_id: int, ids: Sequence[int]) -> int:
    """Make some held documents anew, some hundreds at most; how many, none while the activation is off. In the
    caller's transaction."""
    activation = _locked(activation_id)
    return len(_retried(activation, ids)) if activation.is_on else 0


def _retried(activation: Activation, ids: Sequence[int], user: User | None = None) -> list[Transaction]:
    """Make some held documents of a locked activation anew. One that was voided since, say, stays, and says so."""
    rows = Transaction.objects.select_for_update().filter(pk__in=ids, state=State.HELD).order_by("pk")
    held = {row.document_id: row for row in rows}
    seen_at, reasons = seen_up_to(activation), stopped(activation, held)
    eyes, waited = FourEyes(activation, user), [pk for row in rows for pk in row.waits_for]
    for pk, reason in reasons.items():
        held[pk].problems, held[pk].waits_for = [told(Problem(reason))], []
        held[pk].save(update_fields=["problems", "waits_for"])
    for row in held.values():
        row.activation = activation
    wanted = [pk for pk in held if pk not in reasons]
    pairs = [
        (held[produced.composed.document_id], produced)
        for produced in eyes.looked_at(Producer(activation).produce(wanted))
    ]
    made = [*settle_all(pairs, seen_at, user), *(held[pk] for pk in reasons)]
    eyes.remember(made, waited)
    return made


def send_again(sent: Transaction, user: User | None = None, reason: str = "") -> Transaction | None:
    """Send a document once more as a new one, as it is now; None when it does not go any more, such as one that was
    voided."""
    activation = _locked(sent.activation_id)
    last = Transaction.objects.filter(activation=activation, document=sent.document_id).order_by("-again").first()
    assert last is not None
    if stopped(activation, [sent.document_id]):
        return None
    row, seen_at = Transaction(activation=activation, run=sent.run, again=last.again + 1), seen_up_to(activation)
    eyes = FourEyes(activation, user)
    for produced in eyes.looked_at(Producer(activation).produce([sent.document_id])):
        (made,) = settle_all([(row, produced)], seen_at, user)
        eyes.remember([made])
        note(last, f"Sent as new, as transaction {made.pk}. {reason}", user)
        note(made, f"Sent as new after transaction {last.pk}. {reason}", user)
        return made
    return None


def _locked(pk: int) -> Activation:
    """Whoever makes transactions of an activation holds it, and takes it before anything else. Rows that point at it
    may come meanwhile: a delivery that is counted has its transaction, for which the holder may wait."""
    return Activation.objects.select_for_update(no_key=True).get(pk=pk)


def hold(transaction_id: int) -> None:
    """Hold the activation of a transaction until the caller's transaction ends."""
    _locked(Transaction.objects.values_list("activation_id", flat=True).get(pk=transaction_id))


def working(pk: int) -> Activation:
    """The activation, held until the transaction ends, and on. Raises ConfigError."""
    _locked(pk)
    return at_work(pk)


def _require_asked(activation: Activation) -> None:
    if found := asks(activation):
        raise NotAsked(
            f"The first run would send {found:,} documents. Start it by hand, where it asks, or let documents be "
            "exported from a later day."
        )
    confirm_first_run(activation)


def _lead_on(job: Job) -> None:
    """From the run's page to what became of the documents, or to where one sees why none went."""
    if not job.counts:
        job.log("Nothing was due. Manually Export Invoices finds a document and says why it does not go by itself.")
        page = reverse("admin:adaptors_activation_change", args=[job.subject_id])
        job.link("Manually Export Invoices", f"{page}?tab=manual_export")
        return
    address = reverse("admin:adaptors_transaction_changelist")
    job.link("Transactions", f"{address}?activation__id__exact={job.subject_id}")


def _held(job: Job) -> bool:
    """Try a chunk of what is held again; whether there is more."""
    with scope(job.tenant_id):
        activation = working(job.subject_id)
        rows = Transaction.objects.filter(activation=activation, state=State.HELD, pk__gt=job.memory.get("after", 0))
        chunk = list(rows.order_by("pk").values_list("pk", flat=True)[:CHUNK])
        _count(job, _retried(activation, chunk))
        job.memory = {**job.memory, "after": chunk[-1] if chunk else 0}
    job.keep()
    return bool(chunk)


def _changed(job: Job) -> bool:
    """Look at a chunk of what was written since it went out; whether there is more. Nothing was, while nobody wrote to
    the ledger."""
    with scope(job.tenant_id):
        activation = working(job.subject_id)
        writes = job.memory.setdefault("writes", _writes(activation))
        if activation.seen_writes == writes:
            return False
        rows = changed(activation).exclude(state=State.HELD).filter(pk__gt=job.memory.get("after", 0))
        chunk, seen_at = list(rows[:CHUNK]), seen_up_to(activation)
        versions = {one.document.id: one.version for one in rows_of([row.document_id for row in chunk])}
        Transaction.objects.filter(pk__in=[row.pk for row in chunk]).update(looked_at=seen_at)
        for row in chunk:
            if versions.get(row.document_id) != row.version:
                _count(job, _changed_one(activation, row))
        job.memory = {**job.memory, "after": chunk[-1].pk if chunk else 0}
        if not chunk:
            Activation.objects.filter(pk=activation.pk).update(seen_writes=writes)
    job.keep()
    return bool(chunk)


def _writes(activation: Activation) -> int:
    """How often the ledger that it takes from was written; what is written from here on shows the next time."""
    found = Source.objects.filter(pk=activation.source_id).values_list("ledger__writes", flat=True).first()
    return found or 0


def _changed_one(activation: Activation, row: Transaction) -> list[Transaction]:
    """What the customer's policy says of a document that changed: it is shown, or it goes again."""
    Transaction.objects.filter(pk=row.pk).update(changed_at=timezone.now())
    emit("transaction.changed", data_of(row), subject=f"Transaction {row.pk}")
    for produced in Producer(activation, is_checking=False).produce([row.document_id]):
        if produced.composed.settings.get("when_changed") == "again":
            again = send_again(row)
            return [again] if again else []
    return []


def _due(job: Job) -> bool:
    """Export a chunk of what is due; whether there is more. It goes on after the chunk before: what went out already is
    not looked through again for each."""
    with scope(job.tenant_id):
        activation = working(job.subject_id)
        found = due_after(activation, *_place(job))
        chunk = list(found.values_list("pk", "invoice_date")[:CHUNK])
        _count(job, export(activation, [pk for pk, _ in chunk], run=job.run_id))
        if chunk:
            last, day = chunk[-1]
            job.memory = {**job.memory, "due": [str(day), last]}
    recount(Transaction, Delivery, Outbound)
    job.keep()
    return bool(chunk)


def _place(job: Job) -> tuple[date, int]:
    day, last = job.memory.get("due", [str(date.min), 0])
    return date.fromisoformat(day), last


def _count(job: Job, made: Sequence[Transaction]) -> None:
    for is_held, n in Counter(row.state == State.HELD for row in made).items():
        job.count("Held" if is_held else "Handed over", n)
