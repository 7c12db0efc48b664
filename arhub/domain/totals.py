"""A document's amounts as a sum a person can check."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from arhub.models import Document, OutstandingOrigin

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Amount:
    """A line of the sum. `is_sum`: everything above it since the last sum adds up to it. `attribute` is the
    document's field it stands in; empty when it is worked out here."""

    label: str
    value: Decimal
    note: str = ""
    is_sum: bool = False
    attribute: str = ""


def totals_of(document: Document, applied: Decimal) -> list[Amount]:
    """Net + tax = total, then total - applied = outstanding. What a source left out is worked out and says so, and
    what does not add up stands in a line of its own. `applied` is what applications reduce the document by."""
    return [*_upper(document), *_lower(document, applied)]


def _upper(document: Document) -> list[Amount]:
    net, tax, total = document.net_amount, document.tax_amount, document.total_amount
    if total is None:
        return []
    if net is None and tax is None:
        return [_total(total)]
    worked_out = "worked out"
    parts = [
        Amount("Net", total - (tax or ZERO), worked_out) if net is None else Amount("Net", net, attribute="net_amount"),
        Amount("Tax", total - (net or ZERO), worked_out) if tax is None else Amount("Tax", tax, attribute="tax_amount"),
    ]
    rest = total - sum((part.value for part in parts), ZERO)
    if rest:
        parts.append(Amount("Other", rest, "freight, discounts, rounding: what net and tax leave of the total"))
    return [*parts, _total(total)]


def _total(total: Decimal) -> Amount:
    return Amount("Total", total, is_sum=True, attribute="total_amount")


def _lower(document: Document, applied: Decimal) -> list[Amount]:
    outstanding, total = document.outstanding_amount, document.total_amount
    if outstanding is None:
        return []
    origin = OutstandingOrigin(document.outstanding_origin) if document.outstanding_origin else None
    note = f"from {origin.label}" if origin else ""
    found = []
    if total is not None:
        found.append(Amount("Applied", -applied))
        rest = outstanding - (total - applied)
        if rest:
            found.append(Amount("Not explained by applications", rest, "the source says what is open, not why"))
    return [*found, Amount("Outstanding", outstanding, note, is_sum=True, attribute="outstanding_amount")]
