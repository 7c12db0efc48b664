"""Amounts, quantities, whole numbers and degrees: limits of each kind, and whole columns at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal

from arhub.records.base import Field, Kind
from ingestion.base import Cell
from ingestion.coercion.numerals import LONGEST, OTHER, Numeral, split
from ingestion.coercion.reading import Reading, Refused, WholeColumn, joined, odd_lines, show, without_empty

_DIGITS = 28
_MONEY_DECIMALS = 6
_BIGINT = 2**63
_DEGREES = Decimal("0.000001")

_EXPECTED = {
    Kind.MONEY: "an amount like 1234.50",
    Kind.NUMBER: "a number like 1234.50",
    Kind.INTEGER: "a whole number like 12",
    Kind.COORDINATE: "degrees between -180 and 180, like 55.676098",
}


def lines_of(sign: str, group: str, whole: int, decimals: int, *, sure: bool) -> re.Pattern[str]:
    """As many lines as possible with plain or grouped numbers of one decimal sign, or nothing, on each.

    `sure` leaves out those that are a number with the other sign, too: 1.234
    """
    digits = rf"[0-9]{{1,{whole}}}+(?!{group})|[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}}){{1,5}}+"
    number = rf"-?(?:{digits})(?:{sign}[0-9]{{1,{decimals}}}+)?+"
    if sure:
        number = rf"(?!-?[1-9][0-9]{{0,2}}[.,][0-9]{{3}}(?:\n|\Z)){number}"
    return re.compile(rf"(?:(?:{number})?(?:\n|\Z))*+")


def signs(whole: int, decimals: int, *, sure: bool) -> dict[str, re.Pattern[str]]:
    return {sign: lines_of(re.escape(sign), re.escape(OTHER[sign]), whole, decimals, sure=sure) for sign in OTHER}


_WIDTHS = {Kind.MONEY: (_DIGITS - _MONEY_DECIMALS, _MONEY_DECIMALS), Kind.NUMBER: (18, 10)}
_SURE = {kind: signs(*widths, sure=True) for kind, widths in _WIDTHS.items()}
_DECIDED = {kind: signs(*widths, sure=False) for kind, widths in _WIDTHS.items()}
_INTEGERS = re.compile(r"(?:(?:-?[0-9]{1,18}+)?(?:\n|\Z))*+")
_COORDINATES = re.compile(r"(?:(?:-?[0-9]{1,2}+(?:\.[0-9]{1,6}+)?+)?(?:\n|\Z))*+")


def read_column(field: Field, cells: Sequence[str], reading: Reading) -> WholeColumn | None:
    """The column where it is written plainly, and the places where it is not."""
    text = joined(cells)
    if text is None:
        return None
    if field.kind in _SURE:
        sign, odd = likely_sign(_patterns(field.kind, reading.decimal_sign), text)
        plain = text.replace(OTHER[sign], "").replace(sign, ".")
        return without_empty(plain.split("\n")), odd
    return without_empty(cells), odd_lines(_INTEGERS if field.kind is Kind.INTEGER else _COORDINATES, text)


def _patterns(kind: Kind, decided: str | None) -> dict[str, re.Pattern[str]]:
    """The likelier sign first. Only lines of the decided sign may be open."""
    if decided is None:
        return _SURE[kind]
    return {decided: _DECIDED[kind][decided], OTHER[decided]: _SURE[kind][OTHER[decided]]}


def likely_sign(patterns: dict[str, re.Pattern[str]], text: str) -> tuple[str, list[int]]:
    """The decimal sign most lines are written with, and the places of those that are not."""
    first, second = patterns
    odd = odd_lines(patterns[first], text)
    if 2 * len(odd) <= text.count("\n"):
        return first, odd
    other = odd_lines(patterns[second], text)
    return (second, other) if len(other) < len(odd) else (first, odd)


def read(field: Field, cell: Cell, reading: Reading) -> str | None:
    """One cell of any numeric kind. Raises `Refused`."""
    if isinstance(cell, str):
        if not cell or cell.isspace():
            return None
        numeral = _from_text(field.kind, cell, reading)
    elif isinstance(cell, Decimal) and cell.is_finite() and abs(cell.adjusted()) <= LONGEST:
        numeral = _from_number(cell)
    elif cell is None:
        return None
    else:
        raise Refused(_EXPECTED[field.kind], show(cell))
    return _FIT[field.kind](numeral, cell)


def _from_number(number: Decimal) -> Numeral:
    whole, _, decimals = format(number.copy_abs(), "f").partition(".")
    return Numeral("-" if number.is_signed() else "", whole, decimals)


def _from_text(kind: Kind, text: str, reading: Reading) -> Numeral:
    numeral = split(text, percent=kind is Kind.NUMBER)
    if numeral is None:
        raise Refused(_EXPECTED[kind], show(text))
    if not numeral.is_open or kind is Kind.COORDINATE:  # degrees have no thousands
        return numeral
    minus, whole, decimals, sign, _ = numeral
    if reading.decimal_sign is None:
        both = f"{minus}{whole}{decimals} or {minus}{whole}.{decimals}"
        raise Refused("a number that can be read one way only, such as 1234.00", f"{show(text)}, which is {both}")
    return numeral if reading.decimal_sign == sign else Numeral(minus, whole + decimals, "")


def _money(numeral: Numeral, cell: Cell) -> str:
    minus, whole, decimals, *_ = numeral
    decimals = decimals[:_MONEY_DECIMALS] + decimals[_MONEY_DECIMALS:].rstrip("0")
    if len(whole.lstrip("0") + decimals) > _DIGITS:
        raise Refused(f"an amount of at most {_DIGITS} digits", show(cell))
    if len(decimals) > _MONEY_DECIMALS:
        raise Refused(f"an amount with at most {_MONEY_DECIMALS} decimals", show(cell))
    return _written(minus, whole, decimals)


def _number(numeral: Numeral, cell: Cell) -> str:
    if len(numeral.whole.lstrip("0") + numeral.decimals) > _DIGITS:
        raise Refused(f"a number of at most {_DIGITS} digits", show(cell))
    return _written(*numeral[:3])


def _integer(numeral: Numeral, cell: Cell) -> str:
    if numeral.decimals.strip("0"):
        raise Refused(_EXPECTED[Kind.INTEGER], show(cell))
    text = _written(numeral.minus, numeral.whole, "")
    if not -_BIGINT <= int(text) < _BIGINT:
        raise Refused(f"a whole number up to {_BIGINT - 1}", show(cell))
    return text


def _coordinate(numeral: Numeral, cell: Cell) -> str:
    text = _written(*numeral[:3])
    value = Decimal(text)
    if abs(value) > 180:
        raise Refused(_EXPECTED[Kind.COORDINATE], show(cell))
    return format(value.quantize(_DEGREES, ROUND_HALF_UP), "f") if len(numeral.decimals) > 6 else text


def _written(minus: str, whole: str, decimals: str) -> str:
    return f"{minus}{whole or '0'}.{decimals}" if decimals else f"{minus}{whole or '0'}"


_FIT: dict[Kind, Callable[[Numeral, Cell], str]] = {
    Kind.MONEY: _money,
    Kind.NUMBER: _number,
    Kind.INTEGER: _integer,
    Kind.COORDINATE: _coordinate,
}
