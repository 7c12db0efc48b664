"""What became of a document: stored with its bytes, then handed to its gateway; held where something is wrong."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from adaptors.domain.answers import expecting
from adaptors.domain.documents.mistakes import PASSING, mistake_with
from adaptors.domain.documents.producing import DEFAULT_NAME, Produced, explained, told
from adaptors.domain.transactions.ladder import Place, cause_of, tell
from adaptors.formats.base import Problem, Rendered
from adaptors.models import Transaction
from arhub.domain.sentences import tellable
from arhub.models import User
from arhub.network.errors import ConfigError
from connectors.domain.deliveries import Consignment, send_all
from connectors.gateways import templates

State = Transaction.State
LONGEST = 255
LARGEST = Decimal(10) ** 22
"""What the column of amounts has no room for."""


APPROVAL = "approval"
"""Ends the cause of what waits for a second person."""
Pair = tuple[Transaction, Produced]
"""A new transaction, or one that was held, and what its document was made into."""


def settle_all(pairs: Sequence[Pair], seen_at: datetime, user: User | None) -> list[Transaction]:
    """Store what became of some documents, some hundreds at most, and hand those over that nothing holds: in a number
    of statements that hardly depends on how many there are. `seen_at` is when their rows were read. One that cannot
    be stored or handed over is held: the others go on."""
    before = [(row.pk, row.cause, row.content.name) for row, _ in pairs]
    try:
        with transaction.atomic():
            return _settled(pairs, seen_at, user)
    except Exception as error:
        for (row, _), was in zip(pairs, before, strict=True):
            _forget(row, *was)
        if isinstance(error, PASSING):
            raise
        if len(pairs) > 1:
            return [row for pair in pairs for row in settle_all([pair], seen_at, user)]
        row, produced = pairs[0]
        return [hold(row, produced, seen_at, [_why(error, produced)])]


def _why(error: Exception, produced: Produced) -> Problem:
    if isinstance(error, ConfigError):
        return Problem(str(error), "destination")
    return mistake_with(produced.composed.document_id)


def _forget(row: Transaction, key: int | None, cause: str, content: str | None) -> None:
    """What was not stored after all, nor its bytes; the row has the key and the cause that it had before."""
    if row.content and row.content.name != content:
        row.content.delete(save=False)
    row.pk, row.cause, row._state.adding = key, cause, key is None
    row.delivery, row.content, row.name, row.reference, row.sha256, row.size = None, "", "", "", "", None


def hold(row: Transaction, produced: Produced, seen_at: datetime, problems: Sequence[Problem]) -> Transaction:
    """Hold a document, whatever was made of it."""
    _take(row, produced, seen_at)
    _describe_source(row, produced)
    row.problems = [told(one) for one in problems]
    before = row.cause
    _stand(row, is_held=True)
    row.save()
    _tell_held([(row, before)])
    return row


def _settled(pairs: Sequence[Pair], seen_at: datetime, user: User | None) -> list[Transaction]:
    going: list[Transaction] = []
    held: list[tuple[Transaction, str]] = []
    for row, produced in pairs:
        before = row.cause
        if _made(row, produced, seen_at):
            going.append(row)
        else:
            held.append((row, before))
    _hand_over(going, user)
    rows = [row for row, _ in pairs]
    for row in (one for one in rows if one.pk is not None):
        row.save()
    Transaction.objects.bulk_create([one for one in rows if one.pk is None])
    _tell_held(held)
    return rows


def _made(row: Transaction, produced: Produced, seen_at: datetime) -> bool:
    """Describe a document, and put its bytes into storage. Whether it may go."""
    _take(row, produced, seen_at)
    row.facts, row.problems = {**produced.facts, **expecting.asked_for(produced.composed.settings)}, explained(produced)
    if row.connection is None:
        row.problems.append(told(Problem("No destination gateway is chosen.", "destination")))
    _describe(row, produced)
    if produced.rendered is not None:
        _store(row, produced.rendered, produced.checked_by)
    is_held = produced.is_held or row.connection is None or produced.rendered is None
    _stand(row, is_held=is_held)
    return not is_held


def _stand(row: Transaction, *, is_held: bool) -> None:
    """Where it stands, and why."""
    now = timezone.now()
    said = next((one["text"] for one in row.problems if one["holds"]), "") if is_held else ""
    place = Place(State.HELD, said, True) if is_held else Place(State.SENDING)
    row.state, row.said, row.asks_person = place.state, tellable(place.said, 400), place.asks_person
    row.cause, row.moved_at = _cause(row, place) if is_held else "", now
    row.validated_at = None if is_held else now


def _cause(row: Transaction, place: Place) -> str:
    """All that wait for a second person stand there for one reason, whatever each waits for."""
    return f"{place.state}:{APPROVAL}" if row.waits_for else cause_of(row, place)


def _tell_held(held: Sequence[tuple[Transaction, str]]) -> None:
    """What was held for the same cause before is not told again."""
    tell([row for row, before in held if row.cause != before])


def _take(row: Transaction, produced: Produced, seen_at: datetime) -> None:
    composed = produced.composed
    assert composed.rule is not None
    row.account_id, row.document_id, row.version = composed.account_id, composed.document_id, composed.version
    row.format, row.connection = produced.format, composed.rule.destination or row.activation.destination
    row.looked_at, row.changed_at = seen_at, None
    row.bound_to, row.waits_for = list(produced.bound_to), list(produced.waits_for)


def _describe(row: Transaction, produced: Produced) -> None:
    outgoing = produced.composed.outgoing
    if outgoing is None:
        _describe_source(row, produced)
        return
    row.number, row.document_date, row.amount = outgoing.number, outgoing.issue_date, outgoing.totals.gross
    row.currency, row.sender, row.receiver = outgoing.currency, outgoing.seller.name, outgoing.buyer.name
    row.customer_order_number = outgoing.customer_order_number
    row.supplier_order_number = outgoing.supplier_order_number
    row.sender, row.receiver = row.sender[:LONGEST], row.receiver[:LONGEST]


def _describe_source(row: Transaction, produced: Produced) -> None:
    document: Any = produced.composed.source
    row.number, row.document_date = document.number or "", document.invoice_date
    total = document.total_amount
    row.amount, row.currency = total if total is None or abs(total) < LARGEST else None, document.currency or ""
    row.receiver = produced.composed.settings.get("customer_name", "")[:LONGEST]


def _store(row: Transaction, rendered: Rendered, checked_by: Sequence[str]) -> None:
    row.name, row.reference = _name(row, rendered), rendered.reference
    row.rendered_at = timezone.now()
    row.media_type, row.size = rendered.media_type, len(rendered.content)
    row.sha256 = hashlib.sha256(rendered.content).hexdigest()
    row.checked_by = list(checked_by)
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


def _hand_over(rows: Sequence[Transaction], user: User | None) -> None:
    """Let the gateways have them, each under an identity of its own, so that it goes once however often it is tried."""
    by_connection: dict[int, list[Transaction]] = {}
    for row in rows:
        by_connection.setdefault(row.connection_id, []).append(row)  # type: ignore[arg-type]
    for some in by_connection.values():
        assert some[0].connection is not None
        files = [
            Consignment(str(row.content.name), row.size or 0, row.sha256, row.name, row.media_type, row.facts, str(row))
            for row in some
        ]
        for row, delivery in zip(some, send_all(some[0].connection, files, user), strict=True):
            row.delivery = delivery
