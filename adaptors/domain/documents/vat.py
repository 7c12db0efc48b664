"""VAT of a document: of its lines, its allowances and charges, and the breakdown the source gave."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from adaptors.domain.customers.effective import Settings
from adaptors.formats.base import Problem
from adaptors.formats.document import ZERO, AllowanceCharge, Line, Subtotal, Vat
from adaptors.formats.sums import CENT, rate_of, shown, subtotals_of

CATEGORIES = frozenset({"S", "Z", "E", "AE", "K", "G", "O", "L", "M"})
REASONS = {
    "AE": ("Reverse charge", "VATEX-EU-AE"),
    "K": ("Intra-community supply", "VATEX-EU-IC"),
    "G": ("Export outside the EU", "VATEX-EU-G"),
    "O": ("Not subject to VAT", "VATEX-EU-O"),
}
"""Why no VAT is due, where the category says it all."""
_TAXED = ("S", "L", "M")
_MOST_DIGITS = 20
"""Of an amount, before the point: more than any money, and less than arithmetic and the database take."""


class Unknown(Exception):
    """The VAT of something cannot be told."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def vat_of(category: str | None, rate: Decimal | None, tax: Decimal | None, settings: Settings, line: str = "") -> Vat:
    """Category and rate, each as it is given, or follows from the other. Raises `Unknown`."""
    said = (category or "").strip().upper()
    if said and said not in CATEGORIES:
        raise Unknown(
            Problem(f"Expected a VAT category such as S, Z, E or AE, found “{said[:20]}”.", "tax_category", line)
        )
    if not said and rate:
        return Vat("S", plain(rate))
    if not said and rate is None and tax:
        raise Unknown(Problem(f"There is VAT of {shown(tax)} and no rate.", "tax_rate", line))
    found = said or settings["no_vat_category"]
    if not found:
        text = "It has no VAT, and nothing says why. Choose what lines without VAT are, or let the source say it."
        raise Unknown(Problem(text, "no_vat_category", line))
    if found in _TAXED and not rate:
        raise Unknown(Problem(f"VAT category {found} asks for a rate above 0.", "tax_rate", line))
    if found not in _TAXED and rate:
        raise Unknown(Problem(f"VAT category {found} has no VAT, the rate says {rate:f} %.", "tax_rate", line))
    return Vat(found, None if found == "O" else plain(rate or ZERO))


def plain(value: Decimal) -> Decimal:
    """Without zeros at its end: 25.00 and 25 are one rate."""
    if value == value.to_integral_value():
        return value.quantize(Decimal(1))
    return value.normalize()


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A row of the breakdown that the source gave."""

    vat: Vat
    tax: Decimal | None
    reason: str
    reason_code: str
    taxable: Decimal | None = None


def given_breakdown(text: str | None, settings: Settings, sign: int = 1) -> list[Breakdown]:
    """Amounts are multiplied with `sign`. Raises `Unknown` for what cannot be read."""
    return [
        Breakdown(
            vat_of(_text(row, "category"), _amount(row, "rate"), _amount(row, "tax_amount"), settings),
            _amount(row, "tax_amount", sign), str(row.get("exemption_reason") or ""),
            str(row.get("exemption_reason_code") or ""), _amount(row, "taxable_amount", sign),
        )
        for row in _rows(text, "vat_breakdown")
    ]  # fmt: skip


def given_allowances_charges(text: str | None, settings: Settings, sign: int = 1) -> list[AllowanceCharge]:
    """Amounts are multiplied with `sign`. Raises `Unknown` for what cannot be read."""
    found = []
    for row in _rows(text, "allowances_charges"):
        amount = _amount(row, "amount", sign)
        if amount is None:
            raise Unknown(Problem("An allowance or charge has no amount.", "allowances_charges"))
        is_charge = _flag(row, "is_charge") == (amount >= 0)
        found.append(
            AllowanceCharge(
                is_charge, abs(amount), str(row.get("reason") or ("Charge" if is_charge else "Discount")),
                str(row.get("reason_code") or ""), _amount(row, "base_amount", sign), _amount(row, "percent"),
                vat_of(_text(row, "vat_category"), _amount(row, "vat_rate"), None, settings),
            )
        )  # fmt: skip
    return found


def breakdown(
    lines: Sequence[Line],
    extras: Sequence[AllowanceCharge],
    line_taxes: Sequence[Decimal | None],
    given: Sequence[Breakdown],
    tax_amount: Decimal | None,
    unit: Decimal = CENT,
) -> list[Subtotal]:
    """VAT by category and rate, as it was booked: the amounts of the breakdown that was given, else the VAT of the
    lines, else of the whole document when it has one rate. Whether that can be right, `sums.differences` judges."""
    made = subtotals_of(lines, extras, unit)
    said = {one.vat: one.tax for one in given if one.tax is not None}
    if not said and not extras and all(tax is not None for tax in line_taxes):
        for line, tax in zip(lines, line_taxes, strict=True):
            said[line.vat] = said.get(line.vat, ZERO) + (tax or ZERO)
        if tax_amount is not None and sum(said.values(), ZERO) != tax_amount:
            said = {}
    if not said and tax_amount is not None and len(made) == 1:
        said = {made[0].vat: tax_amount}
    return [replace(one, tax=said.get(one.vat, one.tax)) for one in made]


def unlike(made: Sequence[Subtotal], given: Sequence[Breakdown]) -> Iterator[Problem]:
    """Where the breakdown that the source gave says another amount than the lines make."""
    known = {one.vat: one for one in made}
    for one in given:
        own = known.get(one.vat) or Subtotal(one.vat, ZERO, ZERO)
        for what, said, found in (("taxed", one.taxable, own.taxable), ("VAT", one.tax, own.tax)):
            if said is not None and said != found:
                yield Problem(
                    f"The VAT breakdown has {shown(said)} as what is {what} at {rate_of(one.vat)}, the lines make "
                    f"{shown(found)}: {shown(abs(said - found))} differ.", "vat_breakdown",
                )  # fmt: skip


def with_reasons(
    subtotals: Sequence[Subtotal], given: Sequence[Breakdown], codes: Mapping[Vat, str], settings: Settings
) -> Iterator[Subtotal | Problem]:
    """The subtotals with the reasons why no VAT is due; a problem for one that needs a reason and has none. `codes` are
    those of the lines."""
    said = {one.vat: one for one in given}
    for one in subtotals:
        if one.vat.category in _TAXED or one.vat.category == "Z":
            yield one
            continue
        own, code = said.get(one.vat), codes.get(one.vat, "")
        usual, usual_code = REASONS.get(one.vat.category, ("", ""))
        reason = (own.reason if own else "") or settings["exemption_reason"] or usual
        reason_code = (own.reason_code if own else "") or (code if code.upper().startswith("VATEX") else "")
        if not reason and not reason_code and not code:
            yield Problem("It is exempt from VAT, and nothing says why.", "exemption_reason")
            continue
        yield replace(one, reason=reason or code, reason_code=reason_code.upper() or usual_code)


def _rows(text: str | None, field: str) -> list[dict[str, Any]]:
    if not text:
        return []
    try:
        found = json.loads(text, parse_float=Decimal)
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise Unknown(Problem("Expected a list of objects in JSON, found something else.", field))
    return found


def _flag(row: Mapping[str, Any], name: str) -> bool:
    value = row.get(name)
    found = value if isinstance(value, bool) else _FLAGS.get(str(value or "").strip().lower())
    if found is None:
        raise Unknown(Problem(f"Expected true or false as {name}, found “{str(value)[:40]}”.", "allowances_charges"))
    return found


_FLAGS = {"": False, "false": False, "0": False, "no": False, "true": True, "1": True, "yes": True}


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        raise Unknown(Problem(f"Expected a text as {name}, found “{str(value)[:40]}”.", name))
    return value or ""


def _amount(row: Mapping[str, Any], name: str, sign: int = 1) -> Decimal | None:
    value = row.get(name)
    if value is None or value == "":
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found.adjusted() >= _MOST_DIGITS:
        raise Unknown(Problem(f"Expected a number as {name}, found “{str(value)[:40]}”.", name))
    return found * sign
