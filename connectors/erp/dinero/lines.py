"""The lines of an invoice or credit note. Dinero gives no VAT rate: it is derived from the amounts with and without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.erp.dinero.client import Row
from connectors.erp.dinero.values import money, number_of, rounded, text, unit_of

DANISH = Decimal(25)
UNITS = {  # UN/ECE Recommendation 20 and 21; what is not here goes on as it is called
    "hours": "HUR", "parts": "H87", "km": "KMT", "day": "DAY", "week": "WEE", "month": "MON", "kilogram": "KGM",
    "cubicmetre": "MTQ", "set": "SET", "litre": "LTR", "box": "XBX", "case": "XCS", "carton": "XCT", "metre": "MTR",
    "package": "XPK", "squaremetre": "MTK", "tonne": "TNE",
}  # fmt: skip
AMOUNTS = ("total_amount", "net_amount", "tax_amount", "unit_price", "discount_amount")


def lines_of(guid: str, one: Row, currency: str, sign: int) -> list[Mapping[str, Any]]:
    """Those of a voucher, whose amounts and VAT add up to the voucher's. Amounts are multiplied with `sign`. Raises
    PermanentError."""
    rows = one.get("productlines") or []
    lines = [_line(guid, place, row, currency) for place, row in enumerate(rows, 1)]
    total_net, total_vat = money(one, "totalexclvat", currency), money(one, "totalvat", currency)
    if total_net is not None:
        _reconcile_net(lines, [number_of(row, "totalamount") for row in rows], total_net, unit_of(currency))
    if total_vat is not None:
        _reconcile(
            [line for line in lines if line["tax_amount"] is not None], total_vat, rounded(Decimal("0.01"), currency)
        )
    for line in lines:
        line["tax_rate"] = _rate(line, currency)
        line["tax_category"] = "S" if line["tax_rate"] else None
        line.update({name: line[name] * sign for name in AMOUNTS if sign < 0 and line[name] is not None})
    return list(lines)


def _line(guid: str, place: int, row: Row, currency: str) -> dict[str, Any]:
    """A line of text has no amounts: it is there to be read."""
    is_text = (text(row, "linetype") or "").lower() == "text"
    found = {
        "erp_key": f"{guid}:{place}",
        "invoice": guid,
        "line_number": str(place),
        "description": text(row, "description", "comments"),
    }
    return found | (
        dict.fromkeys((*AMOUNTS, "quantity", "unit_code", "account_number")) if is_text else _amounts(row, currency)
    )


def _amounts(row: Row, currency: str) -> dict[str, Any]:
    net, total = money(row, "totalamount", currency), money(row, "totalamountinclvat", currency)
    quantity, price = number_of(row, "quantity"), number_of(row, "baseamountvalue")
    unit = text(row, "unit")
    discount = None
    if number_of(row, "discount") and quantity is not None and price is not None and net is not None:
        discount = rounded(quantity * price, currency) - net
    return {
        "quantity": quantity,
        "unit_price": price,
        "unit_code": UNITS.get((unit or "").lower(), unit),
        "total_amount": total,
        "net_amount": net,
        "tax_amount": total - net if total is not None and net is not None else None,
        "discount_amount": discount,
        "account_number": text(row, "accountnumber"),
    }


def _reconcile_net(
    lines: Sequence[dict[str, Any]], exact: Sequence[Decimal | None], total: Decimal, unit: Decimal
) -> None:
    """Dinero has lines with all their digits and rounds their sum alone. So many of those that were rounded the other
    way go the right one, the furthest first. A larger difference is no rounding, and stays."""
    missing = total - sum((line["net_amount"] or Decimal(0) for line in lines), Decimal(0))
    step = unit.copy_sign(missing)
    off = [
        (abs(digits - line["net_amount"]), line)
        for line, digits in zip(lines, exact, strict=True)
        if digits is not None and line["net_amount"] is not None and (digits - line["net_amount"]) * step > 0
    ]
    many = int(abs(missing) / unit)
    if many > len(off):
        return
    for _, line in sorted(off, key=lambda one: -one[0])[:many]:
        line["net_amount"] += step
        for name in ("tax_amount", "discount_amount"):
            line[name] = line[name] - step if line[name] is not None else None


def _reconcile(lines: Sequence[dict[str, Any]], total_vat: Decimal, unit: Decimal) -> None:
    """Rounding may put each line off by a unit: so many lines are moved by one, those with the most VAT first. A larger
    difference is no rounding, and stays as Dinero gives it."""
    missing = total_vat - sum((line["tax_amount"] for line in lines), Decimal(0))
    if abs(missing) > unit * len(lines):
        return
    by_vat = sorted(lines, key=lambda line: -abs(line["tax_amount"]))
    for line in by_vat[: int(abs(missing) / unit)]:
        line["tax_amount"] += unit.copy_sign(missing)
        line["total_amount"] += unit.copy_sign(missing)


def _rate(line: dict[str, Any], currency: str) -> Decimal | None:
    """In percent. The Danish one wherever it explains the VAT but for a unit of rounding."""
    net, tax = line["net_amount"], line["tax_amount"]
    if net is None or tax is None or (not net and not tax):
        return None
    if not tax:
        return Decimal(0)
    if not net or abs(rounded(net * DANISH / 100, currency) - tax) <= unit_of(currency):
        return DANISH
    return (tax / net * 100).quantize(Decimal("0.01"))
