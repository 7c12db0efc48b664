"""Lines of a document: what the source says, in the terms of EN 16931. What cannot be told is a problem."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from adaptors.domain.customers.effective import Settings
from adaptors.domain.documents.vat import Unknown, vat_of
from adaptors.formats.base import Problem
from adaptors.formats.document import ZERO, AllowanceCharge, Line, Vat
from adaptors.formats.sums import rounded
from adaptors.formats.xml import clean

LONGEST_NAME = 100
PRICE = Decimal("0.0000000001")
ONE = Decimal(1)
UNITS = {  # words that people write → UN/ECE Recommendation 20 and 21
    "": "C62", "stk": "H87", "stk.": "H87", "pcs": "H87", "pc": "H87", "pce": "H87", "st": "H87", "piece": "H87",
    "pieces": "H87", "stück": "H87", "ea": "EA", "each": "EA", "unit": "C62", "units": "C62", "hour": "HUR",
    "hours": "HUR", "hrs": "HUR", "hr": "HUR", "h": "HUR", "time": "HUR", "timer": "HUR", "std": "HUR", "day": "DAY",
    "days": "DAY", "dag": "DAY", "dage": "DAY", "week": "WEE", "uge": "WEE", "month": "MON", "months": "MON",
    "md": "MON", "måned": "MON", "year": "ANN", "år": "ANN", "kg": "KGM", "g": "GRM", "ton": "TNE", "tonne": "TNE",
    "l": "LTR", "ltr": "LTR", "litre": "LTR", "liter": "LTR", "m": "MTR", "mtr": "MTR", "metre": "MTR", "meter": "MTR",
    "m2": "MTK", "m²": "MTK", "m3": "MTQ", "m³": "MTQ", "km": "KMT", "cm": "CMT", "mm": "MMT", "kwh": "KWH",
    "set": "SET", "sæt": "SET", "box": "XBX", "boks": "XBX", "kasse": "XCS", "pk": "XPK", "pak": "XPK", "pack": "XPK",
    "pakke": "XPK", "package": "XPK", "pair": "PR", "par": "PR", "session": "C62", "min": "MIN", "minut": "MIN",
}  # fmt: skip


@dataclass(slots=True)
class Items:
    """The lines of a document; `taxes` is the VAT of each as it was given, `notes` texts that come before all lines."""

    lines: list[Line] = field(default_factory=list)
    taxes: list[Decimal | None] = field(default_factory=list)
    codes: dict[Vat, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def items_of(rows: list[Any], settings: Settings) -> Items:
    """From the source's rows in their order. A row without any amount is a text: it goes with the line before it."""
    found, usual = Items(), _usual(rows)
    texts: dict[int, list[str]] = {}
    for row in rows:
        if _is_text(row):
            text = clean(row.description or "")
            (texts.setdefault(len(found.lines) - 1, []) if found.lines else found.notes).append(text)
            continue
        try:
            line = _line(row, settings, usual)
        except Unknown as problem:
            found.problems.append(problem.problem)
            continue
        found.lines.append(line)
        found.taxes.append(row.tax_amount)
        if row.exemption_code:
            found.codes.setdefault(line.vat, row.exemption_code)
    for place, parts in texts.items():
        found.lines[place] = _with_note(found.lines[place], " ".join(filter(None, parts)))
    return found


def turned(rows: list[Any]) -> list[Any]:
    """The lines of a credit note whose amounts are below zero, as some systems write them, with the signs of ours."""
    return [_turned(row) for row in rows]


def _turned(row: Any) -> Any:
    """Whether the quantity is below zero as well, its price tells: both make the amount."""
    amounts = {name: -value for name in _SIGNED if (value := getattr(row, name)) is not None}
    amount = amounts.get("net_amount", amounts.get("total_amount", ZERO))
    quantity, price = row.quantity, row.unit_price
    if quantity is not None and (price is None or not amount or quantity * price * amount < 0):
        amounts["quantity"] = -quantity
    return row._replace(**amounts)


_SIGNED = ("net_amount", "tax_amount", "total_amount", "discount_amount")


def is_below_zero(rows: list[Any]) -> bool:
    """Whether the amounts of all lines together are."""
    return sum((_amount(row) for row in rows), ZERO) < 0


def _amount(row: Any) -> Decimal:
    for value in (row.net_amount, row.total_amount):
        if value is not None:
            return Decimal(value)
    if row.quantity is None or row.unit_price is None:
        return ZERO
    return Decimal(row.quantity * row.unit_price - (row.discount_amount or ZERO))


def _usual(rows: list[Any]) -> Any:
    """A line whose VAT holds for lines of nothing, such as what is given away; None when they have several."""
    said = {(row.tax_category, row.tax_rate): row for row in rows if row.tax_rate}
    return next(iter(said.values())) if len(said) == 1 else None


def _is_text(row: Any) -> bool:
    return row.net_amount is None and row.unit_price is None and row.total_amount is None and not row.quantity


def _line(row: Any, settings: Settings, usual: Any) -> Line:
    number = row.line_number or ""
    quantity, price, net, extras = _figures(row, number)
    text = clean(row.description or "") or clean(row.product_code or "")
    if not text:
        raise Unknown(Problem("It has neither a description nor a product code.", "description", number))
    name, _, more = text.partition("\n")
    if len(name) > LONGEST_NAME:
        name, more = name[: LONGEST_NAME - 1].rstrip() + "…", text
    return Line(
        number, name.strip(), quantity, price, net,
        _vat(row, net, settings, usual),
        _unit(row.unit_code, number), more.strip(), "", row.product_code or "", row.buyer_item_number or "",
        row.item_gtin or "", "", extras,
    )  # fmt: skip


def _vat(row: Any, net: Decimal, settings: Settings, usual: Any) -> Vat:
    """Nothing is taxed at any rate: a line of nothing that says none has that of the others."""
    says = row.tax_category or row.tax_rate is not None or row.tax_amount
    said = usual if usual is not None and not net and not says else row
    return vat_of(said.tax_category, said.tax_rate, row.tax_amount, settings, row.line_number)


def _figures(row: Any, number: str) -> tuple[Decimal, Decimal, Decimal, tuple[AllowanceCharge, ...]]:
    """Quantity, price, net amount, allowance. A price below zero becomes a quantity below zero."""
    quantity, price, net, discount = row.quantity, row.unit_price, row.net_amount, row.discount_amount or ZERO
    if net is None and row.total_amount is not None and row.tax_amount is not None:
        net = row.total_amount - row.tax_amount
    if net is None and quantity is not None and price is not None:
        net = rounded(quantity * price - discount)
    if net is None:
        raise Unknown(Problem("It has no amount without VAT.", "net_amount", number))
    if quantity is None or (price is None and not quantity):
        quantity = ONE
    if price is None:
        price = _short((net + discount) / quantity)
    if price < 0:
        quantity, price = -quantity, -price
    if not discount:
        return quantity, price, net, ()
    reason = "Discount" if discount > 0 else "Charge"
    return quantity, price, net, (AllowanceCharge(discount < 0, abs(discount), reason, "95" if discount > 0 else ""),)


def _short(value: Decimal) -> Decimal:
    found = value.quantize(PRICE).normalize()
    return found if found.as_tuple().exponent < 0 else found.quantize(ONE)  # type: ignore[operator]


def _unit(given: str | None, number: str) -> str:
    text = (given or "").strip()
    if known := UNITS.get(text.lower()):
        return known
    if 2 <= len(text) <= 3 and text.isascii() and text.isalnum() and text.upper() == text:
        return text
    raise Unknown(
        Problem(f"Expected a unit of UN/ECE Recommendation 20 such as H87 or HUR, found “{text[:20]}”.", "unit_code",
                number)
    )  # fmt: skip


def _with_note(line: Line, text: str) -> Line:
    return replace(line, note=text) if text else line
