"""Which transaction an answer speaks of: by the id that it went under, its envelope, its file's name, its number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from adaptors.answers.base import Reference
from adaptors.models import Transaction
from arhub.models import Outbound
from connectors.domain.answering import Arrived
from connectors.domain.deliveries import of_identity
from connectors.models import DeliveryReceipt

MOST = 50
"""Transactions that are looked at for one reference: so often nothing is sent as new."""
INVOICES = ("invoice", "debit_memo")


class Unclear(ValueError):
    """A person named something that is no single transaction; the text says what was found."""


def find(references: Sequence[Reference], arrived: Arrived, endpoint: str = "") -> Transaction | None:
    """The transaction that the references lead to, tried in their order; None when none does beyond doubt. Of a
    document that was sent several times, the last that went out. `endpoint` is what its sender says of itself. What
    anybody can guess counts only of whom the document went to."""
    for one in references:
        rows, is_secret = _named(one)
        if not is_secret:
            rows = [row for row in rows if _may_speak(row, arrived, endpoint)]
        if row := _the_one(rows, endpoint):
            return row
    return None


def _may_speak(row: Transaction, arrived: Arrived, endpoint: str) -> bool:
    """Whether an answer came over what carried the document, or names the endpoint that it went to; both, where anybody
    may have brought it."""
    assert row.delivery is not None
    way = {row.delivery.connection_id, row.delivery.route_id, row.delivery.through_id}
    signs = arrived.connection.pk in way, bool(endpoint and endpoint == row.facts.get("receiver"))
    return all(signs) if arrived.is_open else any(signs)


def named(text: str, seen: QuerySet[Transaction]) -> Transaction:
    """What a person means by a document's number, or by a transaction's id, of those that they see. Raises
    `Unclear`."""
    wanted, out = text.strip(), seen.filter(delivery__isnull=False).select_related("delivery")
    rows = list(out.filter(number=wanted).order_by("-id")[:MOST])
    if not rows and wanted.isascii() and wanted.isdigit() and len(wanted) < 19:
        rows = list(out.filter(pk=int(wanted)))
    if found := _the_one(rows, ""):
        return found
    if rows:
        several = "; ".join(f"{one.pk} to {one.receiver}" for one in rows[:5])
        raise Unclear(f"{len(rows)} transactions have this number: give the id of one of them ({several}).")
    raise Unclear(f"Expected the number of a document that went out, or a transaction's id, found “{wanted[:60]}”.")


def _gone_out() -> QuerySet[Transaction]:
    return Transaction.objects.filter(delivery__isnull=False).select_related("delivery")


def _named(reference: Reference) -> tuple[list[Transaction], bool]:
    """Those that a reference names, and whether nobody knows it but who got one of them: a stranger comes upon numbers
    and names by counting, and so upon the ids of servers that count."""
    rows, value = _gone_out().order_by("-id"), reference.value
    is_secret = reference.kind == "interchange"
    match reference.kind:
        case "message":
            own = _under(value)
            is_secret = own.exists()
            found = rows.filter(delivery__outbound__in=own) if is_secret else rows.filter(delivery__in=_told_as(value))
        case "interchange":
            found = rows.filter(reference=value)
        case "file":
            found = rows.filter(name=value)
            found = found if found.exists() else rows.filter(delivery__name=value)
        case _:
            found = rows.filter(number=value)
            if kind := reference.document_type:
                found = found.filter(document__document_type__in=INVOICES if kind in INVOICES else (kind,))
    return list(found[:MOST]), is_secret


def _under(message_id: str) -> QuerySet[Outbound]:
    """What went out under a message id: mails, AS2 and envelopes have their identity in it."""
    identity = message_id.strip("<> ").partition("@")[0].replace("-", "")
    return Outbound.objects.filter(of_identity(identity)) if identity else Outbound.objects.none()


def _told_as(message_id: str) -> QuerySet[DeliveryReceipt, Any]:
    """Deliveries of which a receipt has told that they are called so there."""
    name = message_id.strip("<> ")
    return DeliveryReceipt.objects.filter(reference__in=[message_id, name, f"<{name}>"]).values("delivery")


def _the_one(rows: Sequence[Transaction], endpoint: str) -> Transaction | None:
    """None when they are of several documents, and the sender's endpoint does not tell them apart."""
    near = [one for one in rows if endpoint and one.facts.get("receiver") == endpoint] or rows
    if len({one.document_id for one in near}) != 1:
        return None
    return max(near, key=lambda one: (one.delivered_at is not None, one.pk))
