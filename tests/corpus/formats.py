"""Writers of every format the hub reads. The same table always gives the same bytes."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

import xlsxwriter
import xlwt

Cells = Sequence[object]
_XLS_ERRORS = {"#DIV/0!": 7, "#N/A": 42}
_WRITTEN = datetime(2026, 1, 1)
_NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"))
)
_CALC = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
_HIDDEN = (
    '<style:style style:name="off" style:family="table"><style:table-properties table:display="false"/></style:style>'
)
MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"


def text(
    rows: Sequence[Cells], delimiter: str = ",", encoding: str = "utf-8", *, mark: bytes = b"", end: str = "\r\n",
    first: str = "", quoting: int = csv.QUOTE_MINIMAL,
) -> bytes:  # fmt: skip
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    return mark + (first + out.getvalue()).encode(encoding)


def xlsx(
    rows: Sequence[Cells], name: str = "Data", *, formats: dict[int, str] | None = None, before: Sequence[str] = (),
    hidden: Sequence[str] = (), merged: Sequence[tuple[int, int, int, int]] = (),
) -> bytes:  # fmt: skip
    """`formats` are number formats by column; `before` empty sheets, `hidden` hidden ones in front of the data."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "dd-mm-yyyy"}) as book:
        book.set_properties({"created": _WRITTEN})
        for other in hidden:
            sheet = book.add_worksheet(other)
            sheet.write_row(0, 0, ["Invoice no", "Customer no", "Amount"])
            sheet.hide()
        for other in before:
            book.add_worksheet(other)
        sheet = book.add_worksheet(name)
        sheet.activate()
        sheet.set_first_sheet()
        styles = {column: book.add_format({"num_format": code}) for column, code in (formats or {}).items()}
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                _write_cell(sheet, number, column, cell, styles.get(column))
        for area in merged:
            sheet.merge_range(*area, rows[area[0]][area[1]])
    return out.getvalue()


def _write_cell(sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, cell: object, style: object) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, str):
        sheet.write_string(row, column, cell)
    elif isinstance(cell, Decimal):
        sheet.write_number(row, column, float(cell), style)
    else:
        sheet.write(row, column, cell, *([style] if style else []))


def xls(rows: Sequence[Cells], name: str = "Data", *, hidden: Sequence[str] = (), before: Sequence[str] = ()) -> bytes:
    out = io.BytesIO()
    book = xlwt.Workbook()
    for other in hidden:
        book.add_sheet(other).visibility = 1
    for other in before:
        book.add_sheet(other)
    sheet = book.add_sheet(name)
    day = xlwt.easyxf(num_format_str="DD-MM-YYYY")
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, Exception):
                sheet.row(number).set_cell_error(column, _XLS_ERRORS[str(cell)])
            elif cell is not None and cell != "":
                sheet.write(number, column, cell, *([day] if isinstance(cell, date) else []))
    book.set_active_sheet(len(before) + len(hidden))
    book.save(out)
    return out.getvalue()


def ods(rows: Sequence[Cells], name: str = "Data", *, hidden: Sequence[str] = (), before: Sequence[str] = ()) -> bytes:
    tables = [_ods_table(other, [["secret"]], ' table:style-name="off"') for other in hidden]
    tables += [_ods_table(other, []) for other in before]
    return ods_of("".join([*tables, _ods_table(name, rows)]))


def ods_of(tables: str, manifest: str = "") -> bytes:
    """A spreadsheet of these table elements."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_NAMESPACES} {_CALC}>'
        f"<office:automatic-styles>{_HIDDEN}</office:automatic-styles><office:body><office:spreadsheet>{tables}"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kept = 'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
    listed = f"<manifest:manifest {kept}>{manifest}</manifest:manifest>"
    return packed({"mimetype": MIMETYPE, "content.xml": content, "META-INF/manifest.xml": listed})


def _ods_table(name: str, rows: Sequence[Cells], style: str = "") -> str:
    written = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
    rest = (
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="1024"/>'
    )
    return f"<table:table table:name={quoteattr(name)}{style}>{written}{rest}</table:table-row></table:table>"


def _ods_cell(cell: object) -> str:
    if cell is None or cell == "":
        return "<table:table-cell/>"
    if isinstance(cell, Exception):
        kind, shown = 'string" office:string-value="" calcext:value-type="error', str(cell)
    elif isinstance(cell, date):
        kind, shown = f'date" office:date-value="{cell.isoformat()}', f"{cell:%d-%m-%Y}"
    elif isinstance(cell, bool):
        kind, shown = f'boolean" office:boolean-value="{str(cell).lower()}', str(cell).upper()
    elif isinstance(cell, int | Decimal):
        kind, shown = f'float" office:value="{cell}', str(cell)
    else:
        kind, shown = "string", str(cell)
    return f'<table:table-cell office:value-type="{kind}"><text:p>{escape(shown)}</text:p></table:table-cell>'


def packed(parts: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def gzipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def json_of(header: Sequence[str], rows: Sequence[Cells], indent: int | None = None) -> bytes:
    return json.dumps(records(header, rows), ensure_ascii=False, indent=indent).encode()


def jsonl(header: Sequence[str], rows: Sequence[Cells]) -> bytes:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records(header, rows)).encode()


def records(header: Sequence[str], rows: Sequence[Cells]) -> list[dict[str, object]]:
    return [dict(zip(header, row, strict=True)) for row in rows]


def erp_cache(importer: str, container: str, element: str, rows: Sequence[dict[str, str]]) -> bytes:
    """The XML envelope of ERP Cache."""
    items = "".join(
        f"<{element}>{''.join(f'<{name}>{escape(value)}</{name}>' for name, value in row.items())}</{element}>\n"
        for row in rows
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<Import>\n<ImportSettings>'
        f"<Importer>{importer}</Importer><Version>1.0</Version></ImportSettings>\n<{container}>\n{items}</{container}>\n"
        "</Import>\n"
    ).encode()


def plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
