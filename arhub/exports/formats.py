"""The files an export can be: CSV, XLSX, JSON. Each takes `Rows` and gives pieces of a file.

They stand in for django-import-export's own formats, which hold every row in memory and write numbers as floats.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import Any

import xlsxwriter
from import_export.formats.base_formats import Format

from arhub.exports.values import Rows, Value
from arhub.formulas import guard_formula
from arhub.records import Kind
from arhub.sheets import MOST_CHARACTERS, MOST_ROWS, TOO_LONG, fits_cell

PIECE_BYTES = 64 * 1024
NUMERIC = frozenset({Kind.MONEY, Kind.NUMBER, Kind.COORDINATE, Kind.INTEGER})


class StreamedFormat(Format):
    """A format that only writes."""

    title: str
    extension: str
    content_type: str

    def get_title(self) -> str:
        return self.title

    def get_extension(self) -> str:
        return self.extension

    def get_content_type(self) -> str:
        return self.content_type

    def can_export(self) -> bool:
        return True


class CsvFormat(StreamedFormat):
    """UTF-8 with a byte order mark, without which Excel takes it for something else."""

    title, extension, content_type = "CSV", "csv", "text/csv; charset=utf-8"

    def export_data(self, dataset: Rows, **kwargs: Any) -> Iterator[bytes]:
        echo = _Echo()
        writer = csv.writer(echo, lineterminator="\r\n")
        writer.writerow(dataset.headers)
        echo.text[0] = "\ufeff" + echo.text[0]
        for values in dataset.values:
            writer.writerow([as_text(value) for value in values])
            if echo.is_full:
                yield echo.take()
        yield echo.take()


class JsonFormat(StreamedFormat):
    """A list of objects. Amounts are strings: as JSON numbers most programs would read floats."""

    title, extension, content_type = "JSON", "json", "application/json"

    def export_data(self, dataset: Rows, **kwargs: Any) -> Iterator[bytes]:
        yield b"["
        before = "\n"
        for values in dataset.values:
            record = dict(zip(dataset.headers, map(as_json, values), strict=True))
            yield (before + json.dumps(record, ensure_ascii=False)).encode()
            before = ",\n"
        yield b"\n]\n"


class XlsxFormat(StreamedFormat):
    title, extension = "XLSX (Excel)", "xlsx"
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def export_data(self, dataset: Rows, **kwargs: Any) -> Iterator[bytes]:
        """Raises ValueError when there is more than a sheet or a cell holds."""
        file = TemporaryFile()  # noqa: SIM115  it lives as long as the answer that sends it
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(file, options) as book:
            _write_sheet(book, dataset)
        file.seek(0)
        return _pieces(file)


FORMATS = [CsvFormat, XlsxFormat, JsonFormat]


def as_text(value: Value, *, guarded: bool = True) -> str:
    """A value as a cell of text: no exponents, ISO dates, true and false."""
    if value is None:
        return ""
    if isinstance(value, str):
        return guard_formula(value) if guarded else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value)


def as_json(value: Value) -> str | bool | int | None:
    return value if value is None or isinstance(value, (bool, int)) else as_text(value, guarded=False)


def _write_sheet(book: Any, dataset: Rows) -> None:
    sheet = book.add_worksheet("Export")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, dataset.headers, book.add_format({"bold": True}))
    columns = list(enumerate(dataset.kinds))
    for number, values in enumerate(dataset.values, start=1):
        if number > MOST_ROWS:
            raise ValueError(f"A sheet holds {MOST_ROWS:,} rows, and this list has more. Export it as CSV.")
        for column, kind in columns:
            value = values[column]
            if value is None:
                continue
            if kind in NUMERIC and fits_cell(value):  # type: ignore[arg-type]
                sheet.write_number(number, column, value)
            elif kind is Kind.DATE and value.year >= 1900:  # type: ignore[union-attr]
                sheet.write_datetime(number, column, value, day)
            elif sheet.write_string(number, column, as_text(value)) == TOO_LONG:
                where = f"{dataset.headers[column]} of row {number:,}"
                text = f"A cell holds {MOST_CHARACTERS:,} characters; {where} has more. Export the list as CSV."
                raise ValueError(text)


def _pieces(file: Any) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE_BYTES):
            yield piece


class _Echo:
    """What the csv module writes to, until it is taken."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.size = 0

    def write(self, text: str) -> None:
        self.text.append(text)
        self.size += len(text)

    @property
    def is_full(self) -> bool:
        return self.size >= PIECE_BYTES

    def take(self) -> bytes:
        piece = "".join(self.text).encode()
        self.text.clear()
        self.size = 0
        return piece
