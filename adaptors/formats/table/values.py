"""What stands in a cell: the value of a column for a row, and how it is written as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

from adaptors.formats.document import OutgoingDocument
from adaptors.formats.table.columns import Column, Columns
from adaptors.formats.table.fields import FIELDS, Holds, Row, TableField, Value

_EXACT = Context(prec=100)
_IN_BRACES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Style:
    """How the file writes what a column says nothing of. `negates` is whether amounts and quantities of credit notes
    have a minus."""

    date: str
    decimal: str
    negates: bool


def rows_of(document: OutgoingDocument, per_line: bool) -> Iterator[Row]:
    """A document without lines has one row all the same."""
    if per_line and document.lines:
        yield from (Row(document, line) for line in document.lines)
    else:
        yield Row(document, None)


def cells(row: Row, columns: Columns, style: Style) -> Iterator[Value]:
    """What its cells hold, each in its own kind: numbers with the digits the column asks for."""
    for column in columns:
        if column.field is not None:
            yield _value(FIELDS[column.field], row, column, style)
        elif column.template is not None:
            yield _filled(column, row, style)
        else:
            yield column.constant


def as_text(value: Value, column: Column, style: Style) -> str:
    """As the column has it written, else the file: no exponents and no grouping."""
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", column.decimal or style.decimal)
    if isinstance(value, date):
        return date_text(value, column.date or style.date)
    return value or ""


def date_text(value: date, form: str) -> str:
    year = f"{value.year:04}"
    text = form.replace("yyyy", year).replace("yy", year[2:])
    return text.replace("mm", f"{value.month:02}").replace("dd", f"{value.day:02}")


def _value(field: TableField, row: Row, column: Column, style: Style) -> Value:
    value = field.of(row)
    if not isinstance(value, Decimal):
        return value
    if field.holds.is_signed and style.negates and row.document.kind.is_credit and value:
        value = value.copy_negate()
    digits = column.digits
    if digits is None and field.holds is Holds.AMOUNT:
        digits = max(_digits(value), _digits(row.document.totals.gross))  # so that nothing is 0 beside 1000.00
    return value if digits is None else value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, _EXACT)


def _digits(value: Decimal) -> int:
    return max(-int(value.as_tuple().exponent), 0)


def _filled(column: Column, row: Row, style: Style) -> str:
    def said(found: re.Match[str]) -> str:
        return as_text(_value(FIELDS[found[1]], row, column, style), column, style)

    return _IN_BRACES.sub(said, column.template or "").strip()
