"""The failed rows of a load, as they stood in the file, with the messages beside them."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from typing import Any

import xlsxwriter
from django.db.models import Exists, OuterRef
from django.http import FileResponse, Http404, HttpResponseBase, StreamingHttpResponse

from arhub.formulas import guard_formula
from ingestion.domain.corrected import LONGEST_CELL
from ingestion.domain.row_tokens import HEADER, token_of
from ingestion.models import Ingestion, IngestionFile, InvalidRow

MESSAGE_HEADERS = ("AR Hub line", "AR Hub problem")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def failed_rows(ingestion: Ingestion, form: str, file: int = 0) -> HttpResponseBase:
    """A download as XLSX (a sheet per file) or CSV (one file after the other), or of one file by its id. Each row has
    the token that lets it join its load again. Raises Http404 for other forms."""
    files = _files(ingestion, file)
    name = f"ingestion-{ingestion.pk}-failed-rows" + (f"-{files[0].position + 1}" if file and files else "")
    if form == "xlsx":
        return FileResponse(_workbook(files), as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)
    if form == "csv":
        response = StreamingHttpResponse(_csv(files), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return response
    raise Http404("Failed rows come as .xlsx or .csv.")


def _files(ingestion: Ingestion, only: int) -> list[IngestionFile]:
    files = ingestion.files.filter(Exists(InvalidRow.objects.filter(file=OuterRef("pk"))))
    return list(files.filter(pk=only) if only else files)


def _rows(file: IngestionFile) -> Iterator[list[str]]:
    """The header, then each failed row with its line, message and token; formulas are guarded."""
    yield [*map(guard_formula, file.header), *MESSAGE_HEADERS, HEADER]
    width = len(file.header)
    for row in InvalidRow.objects.filter(file=file).order_by("line").iterator(2_000):
        cells = [guard_formula(cell) for cell in (row.cells or [])[:width]]
        yield [
            *cells,
            *[""] * (width - len(cells)),
            str(row.line),
            guard_formula(row.message),
            token_of(file, row.line),
        ]


def _csv(files: list[IngestionFile]) -> Iterator[str]:
    yield "\ufeff"
    for place, file in enumerate(files):
        if place:
            title = io.StringIO()
            csv.writer(title).writerow([guard_formula(file.name)])
            yield f"\r\n{title.getvalue()}"
        for row in _rows(file):
            line = io.StringIO()
            csv.writer(line).writerow(row)
            yield line.getvalue()


def _workbook(files: list[IngestionFile]) -> Any:
    out = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        bold, red = book.add_format({"bold": True}), book.add_format({"font_color": "#b91c1c"})
        for place, file in enumerate(files, 1):
            sheet = book.add_worksheet(f"{place} {file.type.plural}"[:31])
            for number, row in enumerate(_rows(file)):
                last = len(row) - 1
                for column, text in enumerate([row[-1], *row[:-1]]):
                    style = bold if number == 0 else red if column == last else None
                    sheet.write_string(number, column, text[:LONGEST_CELL], style)
            sheet.set_column(0, 0, None, None, {"hidden": True})
            sheet.freeze_panes(1, 0)
    out.seek(0)
    return out
