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

from adaptors.domain.ladder import Place, cause_of, tell
from adaptors.domain.mistakes import PASSING, mistake_with
from adaptors.domain.producing import DEFAULT_NAME, Produced, explained, told
from adaptors.formats.base import Problem, Rendered
from adaptors.models import Transaction
from arhub.domain.sentences import tellable
from arhub.models import User
from arhub.network.errors import ConfigError
from connectors.domain.deliveries import identity_of, send
from connectors.gateways import templates

State = Transaction.State
LONGEST = 255
LARGEST = Decimal(10) ** 22
"""What the column of amounts has no room for."""


def settle(row: Transaction, produced: Produced, seen_at: datetime, user: User | None) -> Transaction:
    """Store what became of a document, and hand it over when nothing holds it. `seen_at` is when its rows were read. A
    document that cannot be stored or handed over is held: the others go on."""
    key = row.pk
    try:
        with transaction.atomic():
            return _settled(row, produced, seen_at, user)
    except PASSING:
        raise
    except ConfigError as problem:
        why = Problem(str(problem), "destination")
    except Exception:
        why = mistake_with(produced.composed.document_id)
    row.pk, row._state.adding = key, key is None
    row.delivery, row.content, row.name, row.sha256, row.size = None, "", "", "", None
    return hold(row, produced, seen_at, [why])


def hold(row: Transaction, produced: Produced, seen_at: datetime, problems: Sequence[Problem]) -> Transaction:
    """Hold a document, whatever was made of it."""
    _take(row, produced, seen_at)
    _describe_source(row, produced)
    row.problems = [told(one) for one in problems]
    _stand(row)
    return row


def _settled(row: Transaction, produced: Produced, seen_at: datetime, user: User | None) -> Transaction:
    _take(row, produced, seen_at)
    row.facts, row.problems = dict(produced.facts), explained(produced)
    if row.connection is None:
        row.problems.append(told(Problem("No destination gateway is chosen.", "destination")))
    _describe(row, produced)
    if produced.rendered is not None:
        _store(row, produced.rendered, produced.checked_by)
    is_held = produced.is_held or row.connection is None
    row.validated_at = None if is_held else timezone.now()
    _stand(row, is_held=is_held)
    if not is_held and produced.rendered is not None:
        _hand_over(row, produced.rendered, user)
    return row


def _stand(row: Transaction, *, is_held: bool = True) -> None:
    """Store where it stands. What was held before for the same cause is not told again."""
    before = row.cause
    said = next((one["text"] for one in row.problems if one["holds"]), "") if is_held else ""
    place = Place(State.HELD, said, True) if is_held else Place(State.SENDING)
    row.state, row.said, row.asks_person = place.state, tellable(place.said, 400), place.asks_person
    row.cause, row.moved_at = cause_of(row, place) if is_held else "", timezone.now()
    row.save()
    if is_held and row.cause != before:
        tell(row)


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
    row.name = _name(row, rendered)
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


def _hand_over(row: Transaction, rendered: Rendered, user: User | None) -> None:
    """Let the gateway have it: under an identity of its own, so that it goes once however often this is tried."""
    assert row.connection is not None
    row.delivery = send(
        row.connection, rendered.content, name=row.name, media_type=row.media_type, facts=row.facts,
        identity=identity_of(row.connection, f"transaction {row.pk}"), subject=str(row)[:LONGEST], user=user,
    )  # fmt: skip
    row.save(update_fields=["delivery"])
