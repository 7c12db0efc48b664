"""What may stand in a file: a page and a template to download per record type, made of its declaration."""

from __future__ import annotations

import csv
import io
from typing import Any

import xlsxwriter
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from arhub.records import RECORD_TYPES, Field, Kind, RecordType
from ingestion.admin.downloads import XLSX

FORMS = {
    Kind.TEXT: "text",
    Kind.MONEY: "1234.50, 1.234,50, 1 234,50, (1234.50), 1234.50-; at most 6 decimals",
    Kind.NUMBER: "1234.5, 1.234,5; up to 28 digits, all kept",
    Kind.INTEGER: "a whole number",
    Kind.COORDINATE: "degrees, such as 55.676098",
    Kind.DATE: "2026-03-31, 31-03-2026, 31.03.2026, 03/31/2026, 31 Mar 2026, 20260331",
    Kind.DATETIME: "2026-03-31T14:05:00Z; without a zone it is read as UTC",
    Kind.BOOL: "true or false, yes or no, 1 or 0, ja or nej, active or inactive",
    Kind.CURRENCY: "three letters, such as DKK",
    Kind.COUNTRY: "two letters, such as DK, or the name",
    Kind.CHOICE: "one of: ",
    Kind.REFERENCE: "the key or the number of another record",
    Kind.JSON: "a JSON list or object",
}


def forms(field: Field) -> str:
    """The accepted forms of a field's cells, in words."""
    if field.kind is Kind.CHOICE:
        return FORMS[Kind.CHOICE] + ", ".join(value.replace("_", " ") for value, _ in field.choices)
    if field.kind is Kind.TEXT:
        return f"text of at most {field.max_length:,} characters"
    return FORMS[field.kind]


def key_sentence(record_type: RecordType) -> str:
    """How a record is known again, in words."""
    parts = [part if isinstance(part, str) else " or ".join(part) for part in record_type.key]
    made = " + ".join(part for part in parts if part not in record_type.optional_in_key)
    made += "".join(f", and {name} if given" for name, _ in record_type.key_defaults)
    has_key = "erp_key" in record_type.by_name
    return f"Its erp_key; without one, {made}." if has_key else f"{made}."


def index(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    context |= {"title": "File guide", "record_types": list(RECORD_TYPES.values())}
    return TemplateResponse(request, "ingestion/guide.html", context)


def record_type_page(request: HttpRequest, context: dict[str, Any], name: str) -> HttpResponse:
    record_type = _type(name)
    rows = [
        {
            "field": field,
            "required": required(record_type, field),
            "forms": forms(field),
            "also": ", ".join(sorted({field.sage, *field.synonyms} - {""}, key=str.lower)),
        }
        for field in record_type.fields
    ]
    context |= {"title": f"{record_type.plural}: columns", "type": record_type, "rows": rows}
    context["key"] = key_sentence(record_type)
    return TemplateResponse(request, "ingestion/guide_type.html", context)


def required(record_type: RecordType, field: Field) -> str:
    if field.required:
        return "required"
    group = next((group for group in record_type.needs if field.name in group), ())
    if group:
        return "this or " + " or ".join(name for name in group if name != field.name)
    return "part of the key" if any(field.name in part for part in record_type.key if part != "document_type") else ""


def template(name: str, form: str) -> HttpResponse:
    """A file to fill in: the columns most files have, an example row and, in a workbook, the guide."""
    record_type = _type(name)
    if form not in ("csv", "xlsx"):
        raise Http404("Templates come as .csv or .xlsx.")
    usual = [field for field in record_type.fields if field.required or field.example]
    content = _csv(usual) if form == "csv" else _xlsx(record_type, usual)
    kind = "text/csv; charset=utf-8" if form == "csv" else XLSX
    headers = {"Content-Disposition": f'attachment; filename="{record_type.plural.lower().replace(" ", "-")}.{form}"'}
    return HttpResponse(content, content_type=kind, headers=headers)


def _csv(fields: list[Field]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([[field.name for field in fields], [field.example for field in fields]])
    return out.getvalue().encode("utf-8-sig")


def _xlsx(record_type: RecordType, usual: list[Field]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_urls": False}) as book:
        bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        text = book.add_format({"num_format": "@"})
        sheet = book.add_worksheet(record_type.plural[:31])
        sheet.set_column(0, len(usual), 18, text)
        for column, field in enumerate(usual):
            sheet.write_string(0, column, field.name, bold)
            sheet.write_string(1, column, field.example, text)
        sheet.freeze_panes(1, 0)
        columns = book.add_worksheet("Column guide")
        columns.set_column(0, 0, 30)
        columns.set_column(1, 4, 44)
        for column, title in enumerate(("Column", "What it holds", "Accepted forms", "Required", "Example")):
            columns.write_string(0, column, title, bold)
        for row, field in enumerate(record_type.fields, 1):
            cells = (field.name, field.help, forms(field), required(record_type, field), field.example)
            for column, cell in enumerate(cells):
                columns.write_string(row, column, cell, wrap)
        columns.freeze_panes(1, 1)
    return out.getvalue()


def _type(name: str) -> RecordType:
    if name not in RECORD_TYPES:
        raise Http404(f"There is no record type {name}.")
    return RECORD_TYPES[name]
