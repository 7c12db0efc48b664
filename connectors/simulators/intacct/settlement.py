"""How a document's due amount falls, line by line, and comes back when a payment is reversed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from connectors.simulators.intacct.books import Books, Record
from connectors.simulators.intacct.documents import in_base, owe
from connectors.simulators.intacct.errors import wrong
from connectors.simulators.intacct.kinds import ADJUSTMENT, INVOICE, PAYMENT


def settle(books: Books, document: Record, amount: Decimal, day: date | None, line: Record | None = None) -> None:
    """Take this much off what the document still owes, or off the credit that it still gives.

    A positive amount for either; a negative one puts it back. Without a line it runs down the lines in their order.
    """
    due = document["TRX_TOTALDUE"]
    left = abs(due if line is None else line["TRX_AMOUNT"] - line["TRX_TOTALPAID"])
    if amount > left:
        title = document.kind.title
        raise wrong(f"The amount {amount} is more than the {left} that is due on {title} '{document.number}'.")
    signed = -amount if document["TRX_TOTALENTERED"] < 0 else amount
    if document.kind is not PAYMENT:
        _spread(books, document, signed, [line] if line else document.lines)
    owe(books, document, -signed)
    paid, due = document["TRX_TOTALPAID"] + signed, due - signed
    status: dict[str, Any] = {} if document.kind is PAYMENT else {"STATE": _state(paid, due)}
    if document.kind in (INVOICE, ADJUSTMENT):
        status["WHENPAID"] = None if due else day
    books.change(
        document, TRX_TOTALPAID=paid, TRX_TOTALDUE=due, TOTALPAID=in_base(document, paid),
        TOTALDUE=in_base(document, due), **status,
    )  # fmt: skip


def _state(paid: Decimal, due: Decimal) -> str:
    if not paid:
        return "Posted"
    return "Partially Paid" if due else "Paid"


def _spread(books: Books, document: Record, signed: Decimal, lines: list[Record]) -> None:
    forward = (signed < 0) == (document["TRX_TOTALENTERED"] < 0)
    for line in lines if forward else reversed(lines):
        room = line["TRX_AMOUNT"] - line["TRX_TOTALPAID"] if forward else -line["TRX_TOTALPAID"]
        step = min(signed, room) if signed > 0 else max(signed, room)
        if step and (step > 0) == (signed > 0):
            paid = line["TRX_TOTALPAID"] + step
            books.change(line, TRX_TOTALPAID=paid, TOTALPAID=in_base(document, paid))
            signed -= step


def credit_left(record: Record) -> Any:
    """How much a credit memo, an advance or an overpayment still gives."""
    return abs(record["TRX_TOTALDUE"])
