"""Sending customers their documents: each selected once, its bytes stored before its gateway gets them."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from adaptors.domain.producing import DEFAULT_NAME, Produced, Producer, explained
from adaptors.domain.selection import BY_HAND, Reason, Wanted, changed, due, due_count, wanted
from adaptors.domain.source_rows import rows_of
from adaptors.formats.base import Rendered
from adaptors.models import Activation, Transaction
from arhub.domain.jobs import Job
from arhub.models import Document, User
from arhub.network.errors import ConfigError
from arhub.tenancy.scope import scope
from connectors.domain.deliveries import identity_of, send
from connectors.gateways import templates

CHUNK = 100
MOST_UNASKED = 100
"""Documents that a first run takes without asking."""
State = Transaction.State


class NotAsked(ConfigError):
    """A first run would take more documents than goes without saying."""


def work(job: Job) -> bool:
    """A slice of an activation's run: what was held and may go now, what has changed, what is due."""
    with scope(job.tenant_id):
        activation = _activation(job.subject_id)
        _require_asked(activation)
    stages = (("Held documents", _held), ("Changed documents", _changed), ("Due documents", _due))
    for place, (title, stage) in enumerate(stages):
        if job.memory.get("stage", 0) > place:
            continue
        while job.left_seconds:
            job.progress(title, job.counts.get("Sent", 0))
            if not stage(job):
                break
        else:
            return False
        job.memory = {"stage": place + 1}
        job.keep()
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
    Activation.objects.select_for_update().get(pk=activation.pk)
    rows = Transaction.objects.filter(activation=activation, document__in=ids)
    known = set(rows.values_list("document_id", flat=True))
    fresh = [pk for pk in ids if pk not in known]
    return [
        _settle(Transaction(activation=activation, run=run), produced, user)
        for produced in Producer(activation).produce(fresh)
    ]


@transaction.atomic
def export_chosen(
    activation: Activation, ids: Sequence[int], user: User | None = None
) -> tuple[list[Transaction], list[Document]]:
    """Export documents that a person has chosen, also those that do not go by themselves. Returns what became of them,
    and those that do not go at all, each with `reason`, the name of a `Reason`."""
    found = list(wanted(activation, Wanted()).filter(pk__in=ids))
    left = [one for one in found if one.reason and Reason[one.reason] not in BY_HAND]
    kept = {one.pk for one in left}
    return export(activation, [one.pk for one in found if one.pk not in kept], user=user), left


@transaction.atomic
def retry(held: Transaction, user: User | None = None) -> Transaction:
    """Make a held document anew: its customer's settings, or its source, may have changed."""
    activation = Activation.objects.select_for_update().get(pk=held.activation_id)
    row = Transaction.objects.select_for_update().get(pk=held.pk)
    if row.state != State.HELD:
        return row
    for produced in Producer(activation).produce([row.document_id]):
        _settle(row, produced, user)
    return row


def send_again(sent: Transaction, user: User | None = None) -> Transaction | None:
    """Send a document once more, as it is now; None when its customer is gone from the rules."""
    activation = Activation.objects.select_for_update().get(pk=sent.activation_id)
    last = Transaction.objects.filter(activation=activation, document=sent.document_id).order_by("-again").first()
    assert last is not None
    row = Transaction(activation=activation, run=sent.run, again=last.again + 1)
    for produced in Producer(activation).produce([sent.document_id]):
        return _settle(row, produced, user)
    return None


def _activation(pk: int) -> Activation:
    return Activation.objects.select_related("source", "destination").get(pk=pk)


def _require_asked(activation: Activation) -> None:
    if found := asks(activation):
        raise NotAsked(
            f"The first run would send {found:,} documents. Start it by hand, where it asks, or let documents be "
            "exported from a later day."
        )
    confirm_first_run(activation)


def _held(job: Job) -> bool:
    """Try a chunk of what is held again; whether there is more."""
    with scope(job.tenant_id):
        activation = _activation(job.subject_id)
        rows = Transaction.objects.filter(activation=activation, state=State.HELD, pk__gt=job.memory.get("after", 0))
        chunk = list(rows.order_by("pk")[:CHUNK])
        _count(job, [retry(row) for row in chunk])
        job.memory = {**job.memory, "after": chunk[-1].pk if chunk else 0}
    job.keep()
    return bool(chunk)


def _changed(job: Job) -> bool:
    """Look at a chunk of what was written since it went out; whether there is more."""
    with scope(job.tenant_id):
        activation = _activation(job.subject_id)
        rows = changed(activation).exclude(state=State.HELD).filter(pk__gt=job.memory.get("after", 0))
        chunk = list(rows[:CHUNK])
        versions = {one.document.id: one.version for one in rows_of([row.document_id for row in chunk])}
        Transaction.objects.filter(pk__in=[row.pk for row in chunk]).update(looked_at=timezone.now())
        for row in chunk:
            if versions.get(row.document_id) != row.version:
                _count(job, _changed_one(activation, row))
        job.memory = {**job.memory, "after": chunk[-1].pk if chunk else 0}
    job.keep()
    return bool(chunk)


def _changed_one(activation: Activation, row: Transaction) -> list[Transaction]:
    """What the customer's policy says of a document that changed: it is shown, or it goes again."""
    Transaction.objects.filter(pk=row.pk).update(changed_at=timezone.now())
    for produced in Producer(activation, is_checking=False).produce([row.document_id]):
        if produced.composed.settings["when_changed"] == "again":
            again = send_again(row)
            return [again] if again else []
    return []


def _due(job: Job) -> bool:
    """Export a chunk of what is due; whether there is more."""
    with scope(job.tenant_id):
        activation = _activation(job.subject_id)
        ids = list(due(activation).values_list("pk", flat=True)[:CHUNK])
        made = export(activation, ids, run=job.run_id)
        _count(job, made)
    return bool(made)


def _count(job: Job, made: Sequence[Transaction]) -> None:
    for row in made:
        job.count({State.HELD: "Held", State.READY: "Ready", State.SENT: "Sent"}[State(row.state)])


def _settle(row: Transaction, produced: Produced, user: User | None) -> Transaction:
    """Store what became of a document, and hand it over when nothing holds it."""
    composed = produced.composed
    rule = composed.rule
    assert rule is not None
    row.account_id, row.document_id, row.version = composed.account_id, composed.document_id, composed.version
    row.format, row.connection = produced.format, rule.destination or row.activation.destination
    row.looked_at, row.changed_at = timezone.now(), None
    row.facts, row.problems = dict(produced.facts), explained(produced)
    row.state = State.HELD if produced.is_held else State.READY
    _describe(row, produced)
    if produced.rendered is not None:
        _store(row, produced)
    row.save()
    if row.state == State.READY:
        _hand_over(row, user)
    return row


def _describe(row: Transaction, produced: Produced) -> None:
    outgoing = produced.composed.outgoing
    if outgoing is None:
        document = row.document
        row.number, row.document_date = document.number or "", document.invoice_date
        row.amount, row.currency = document.total_amount, document.currency or ""
        row.receiver = produced.composed.settings["customer_name"]
        return
    row.number, row.document_date, row.amount = outgoing.number, outgoing.issue_date, outgoing.totals.gross
    row.currency, row.sender, row.receiver = outgoing.currency, outgoing.seller.name, outgoing.buyer.name
    row.customer_order_number = outgoing.customer_order_number
    row.supplier_order_number = outgoing.supplier_order_number


def _store(row: Transaction, produced: Produced) -> None:
    rendered = produced.rendered
    assert rendered is not None
    row.name = _name(row, rendered)
    row.media_type, row.size = rendered.media_type, len(rendered.content)
    row.sha256 = hashlib.sha256(rendered.content).hexdigest()
    row.checked_by = list(produced.checked_by)
    row.content.save(uuid.uuid4().hex, ContentFile(rendered.content), save=False)


def _name(row: Transaction, rendered: Rendered) -> str:
    """As the activation says, else as the format's rules do."""
    if rendered.name and not row.activation.file_name:
        return rendered.name
    usual = rendered.name or f"{row.number}.{rendered.ending}"
    facts = {**row.facts, "ending": rendered.ending, "name": usual, "stem": usual.removesuffix(f".{rendered.ending}")}
    try:
        return templates.file_name(row.activation.file_name or DEFAULT_NAME, facts)
    except templates.WrongTemplate:
        return templates.file_name(DEFAULT_NAME, facts)


def _hand_over(row: Transaction, user: User | None) -> None:
    """Let the gateway have it: under an identity of its own, so that it goes once however often this is tried."""
    if row.connection is None:
        return
    with row.content.storage.open(str(row.content.name)) as file:
        row.delivery = send(
            row.connection, file.read(), name=row.name, media_type=row.media_type, facts=row.facts,
            identity=identity_of(row.connection, f"transaction {row.pk}"), subject=str(row)[:255], user=user,
        )  # fmt: skip
    row.state = State.SENT
    row.save(update_fields=["delivery", "state"])
