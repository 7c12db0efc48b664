"""A table as an XLSX file: numbers are numbers, dates dates. The same table makes the same bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

from adaptors.formats.base import Problem, Unsayable
from adaptors.formats.table.columns import Column, Columns
from adaptors.formats.table.fields import Holds, Value
from adaptors.formats.table.values import Style, as_text
from arhub.sheets import MOST_CHARACTERS, MOST_ROWS, TOO_LONG, fits_cell

_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
"""In memory, since the files that it would write else carry this machine's time into the archive."""
_FIRST_YEAR = 1900
_WIDTHS = {Holds.TEXT: 18, Holds.DATE: 12, Holds.AMOUNT: 14, Holds.QUANTITY: 12, Holds.NUMBER: 12}
_WIDEST = 48


def write(
    rows: Sequence[Sequence[Value]], columns: Columns, style: Style, *, headings: bool, created: date, title: str
) -> bytes:
    """`created` and `title` are what the file says of itself. Raises `Unsayable` for what no sheet holds."""
    if len(rows) > MOST_ROWS:
        raise Unsayable(Problem(f"A sheet holds {MOST_ROWS:,} rows, and the document has {len(rows):,}: choose CSV."))
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, _OPTIONS) as book:
        book.set_properties({"title": title, "created": datetime(created.year, created.month, created.day)})
        _Sheet(book, columns, style).write(rows, headings)
    return file.getvalue()


class _Sheet:
    def __init__(self, book: Any, columns: Columns, style: Style) -> None:
        self._book, self._columns, self._style = book, columns, style
        self._sheet = book.add_worksheet()
        self._formats: dict[str, Any] = {}

    def write(self, rows: Sequence[Sequence[Value]], headings: bool) -> None:
        self._set_widths(rows)
        first = 0
        if headings:
            self._write_headings()
            first = 1
        for at, row in enumerate(rows, start=first):
            for number, (value, column) in enumerate(zip(row, self._columns, strict=True)):
                self._write_cell(at, number, value, column)

    def _write_headings(self) -> None:
        bold = self._book.add_format({"bold": True, "bottom": 1})
        for number, column in enumerate(self._columns):
            self._sheet.write_string(0, number, column.heading, bold)
        self._sheet.freeze_panes(1, 0)

    def _write_cell(self, at: int, number: int, value: Value, column: Column) -> None:
        if value is None or value == "":
            return
        if isinstance(value, Decimal) and fits_cell(value):
            self._sheet.write_number(at, number, value, self._format(_number_form(value, column)))
        elif isinstance(value, date) and value.year >= _FIRST_YEAR:
            self._sheet.write_datetime(at, number, value, self._format(column.date or self._style.date))
        elif self._sheet.write_string(at, number, as_text(value, column, self._style)) == TOO_LONG:
            text = (
                f"A cell holds {MOST_CHARACTERS:,} characters, and the column “{column.heading}” has more: choose CSV."
            )
            raise Unsayable(Problem(text))

    def _format(self, form: str) -> Any:
        if form not in self._formats:
            self._formats[form] = self._book.add_format({"num_format": form})
        return self._formats[form]

    def _set_widths(self, rows: Sequence[Sequence[Value]]) -> None:
        for number, column in enumerate(self._columns):
            longest = max((len(as_text(row[number], column, self._style)) for row in rows), default=0)
            width = max(_WIDTHS[column.holds], len(column.heading) + 2, longest + 2)
            self._sheet.set_column(number, number, min(width, _WIDEST))


def _number_form(value: Decimal, column: Column) -> str:
    """Amounts with thousands set apart and every digit that the value has."""
    digits = max(-int(value.as_tuple().exponent), 0)
    whole = "#,##0" if column.holds is Holds.AMOUNT else "0"
    return f"{whole}.{'0' * digits}" if digits else whole
