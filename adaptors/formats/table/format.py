"""Tables: one row for each line or document, in columns that people choose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from adaptors.formats.base import Format, Rendered
from adaptors.formats.document import OutgoingDocument
from adaptors.formats.table import csv_file, xlsx_file
from adaptors.formats.table.columns import DATE_FORMS, DEFAULT_COLUMNS, Columns
from adaptors.formats.table.values import Style, as_text, cells, rows_of
from connectors.base import Setting

_ROWS = Setting(
    "rows", "Rows", "What a row of the file is about.", kind="choice", default="lines",
    choices=(("lines", "One for each line"), ("documents", "One for each document")),
)  # fmt: skip
_COLUMNS = Setting("columns", "Columns", "Without any, the file has the usual ones.", kind="columns", required=False)
_HEADINGS = Setting("headings", "Row of headings", kind="bool", default=True, required=False)
_DATE = Setting(
    "date", "Dates", "Where a column says nothing else.", kind="choice", default="yyyy-mm-dd",
    choices=tuple((form, form) for form in DATE_FORMS),
)  # fmt: skip
_CREDIT_SIGN = Setting(
    "credit_sign", "Credit notes", "The sign of their amounts and quantities.", kind="choice", default="plus",
    choices=(("plus", "As they are printed"), ("minus", "With a minus")),
)  # fmt: skip


def _choices(table: Mapping[str, tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, label) for name, (label, _) in table.items())


class TableFormat(Format):
    """What CSV and XLSX have in common."""

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        super().__init__(options)
        rows, chosen = self.values["rows"], self.values["columns"]
        self.columns = Columns.parse(chosen) if chosen else DEFAULT_COLUMNS[rows]
        self.per_line = rows == "lines"
        if not self.per_line and (what := self.columns.of_lines()):
            raise ValueError(f"{what}, but the file has one row for each document: choose one for each line.")
        negates = self.values["credit_sign"] == "minus"
        self.style = Style(self.values["date"], self.values.get("decimal", "."), negates)


class CsvFormat(TableFormat):
    kind = "csv"
    label = "CSV"
    summary = "A text file with the columns you choose, for spreadsheets and other programs."
    ending, media_type = "csv", "text/csv"
    options: ClassVar[tuple[Setting, ...]] = (
        _ROWS, _COLUMNS, _HEADINGS,
        Setting("delimiter", "Delimiter", kind="choice", default="comma", choices=_choices(csv_file.DELIMITERS)),
        Setting(
            "decimal", "Decimal sign", "Where a column says nothing else.", kind="choice", default=".",
            choices=((".", "Point"), (",", "Comma")),
        ),
        _DATE,
        Setting(
            "encoding", "Encoding", "A character it has no sign for holds the document.", kind="choice",
            default="utf-8-bom", choices=_choices(csv_file.ENCODINGS),
        ),
        Setting("line_end", "Line ends", kind="choice", default="crlf", choices=_choices(csv_file.LINE_ENDS)),
        _CREDIT_SIGN,
    )  # fmt: skip

    def render(self, document: OutgoingDocument) -> Rendered:
        headings = [column.heading for column in self.columns]
        rows = [headings] if self.values["headings"] else []
        rows += [
            [as_text(value, column, self.style)
             for value, column in zip(cells(row, self.columns, self.style), self.columns, strict=True)]
            for row in rows_of(document, self.per_line)
        ]  # fmt: skip
        dialect = csv_file.Dialect(self.values["delimiter"], self.values["encoding"], self.values["line_end"])
        charset = dialect.codec.removesuffix("-sig")
        return Rendered(csv_file.write(rows, headings, dialect), f"text/csv; charset={charset}", self.ending)


class XlsxFormat(TableFormat):
    kind = "xlsx"
    label = "XLSX"
    summary = "A workbook for Excel with the columns you choose: numbers as numbers, dates as dates."
    ending, media_type = "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    options: ClassVar[tuple[Setting, ...]] = (_ROWS, _COLUMNS, _HEADINGS, _DATE, _CREDIT_SIGN)

    def render(self, document: OutgoingDocument) -> Rendered:
        rows = [tuple(cells(row, self.columns, self.style)) for row in rows_of(document, self.per_line)]
        content = xlsx_file.write(
            rows, self.columns, self.style, headings=self.values["headings"], created=document.issue_date,
            title=f"{document.kind.label} {document.number}",
        )  # fmt: skip
        return Rendered(content, self.media_type, self.ending)
