"""The page *Import entries* of a lookup table: two columns pasted, or a file; what it would change; then exactly that.

Between the two nothing is kept here: the page carries what was read, signed, and gives it back.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from adaptors.domain.mapping import lookup_tables
from adaptors.domain.mapping.lookup_tables import COLUMNS, ChangedMeanwhile
from adaptors.models import LookupTable
from ingestion.errors import Unreadable
from ingestion.small_files import MOST_ROWS, Read, Row, read

MOST_BYTES = 20 << 20
MOST_PACKED = 2_000_000
"""Characters of what a page carries: Django takes forms of at most 2.5 MB."""
MOST_SHOWN = 200
KEPT_SECONDS = 24 * 3600
NEEDED = {"key": "words of yours", "value": "what they are called there"}
MEANWHILE = "The table was changed meanwhile, so nothing was imported. This is what it would do now."


def view(request: HttpRequest, table: LookupTable, context: dict[str, Any]) -> HttpResponse:
    shown = {**context, "table": table, "title": f"{table}: Import entries", "most": MOST_ROWS}
    if request.method != "POST":
        return _form(request, shown)
    if "packed" in request.POST:
        return _apply(request, table, shown)
    try:
        found = _read(request)
        return _preview(request, table, shown, found, _packed(table, found))
    except Unreadable as problem:
        return _form(request, shown, str(problem))


def _form(request: HttpRequest, shown: dict[str, Any], error: str = "") -> HttpResponse:
    found = {**shown, "error": error, "pasted": request.POST.get("pasted", "")}
    return TemplateResponse(request, "adaptors/lookup_import.html", found, status=400 if error else 200)


def _preview(request: HttpRequest, table: LookupTable, shown: dict[str, Any], found: Read, packed: str) -> HttpResponse:
    plan = lookup_tables.plan(table, found.rows)
    changes = [*plan.changed, *plan.new]
    told = {
        **shown, "plan": plan, "changes": changes[:MOST_SHOWN], "refused": plan.refused[:MOST_SHOWN],
        "more": max(0, len(changes) - MOST_SHOWN), "unknown": found.unknown, "packed": packed, "digest": plan.digest,
    }  # fmt: skip
    return TemplateResponse(request, "adaptors/lookup_preview.html", told)


def _apply(request: HttpRequest, table: LookupTable, shown: dict[str, Any]) -> HttpResponse:
    packed = request.POST["packed"]
    try:
        rows, unknown = signing.loads(packed, salt=_salt(table), max_age=KEPT_SECONDS)
    except signing.BadSignature:
        return _form(request, shown, "What the page carried is too old or was altered. Paste or choose it again.")
    found = Read([Row(line, dict(cells), problem) for line, cells, problem in rows], unknown)
    try:
        done = lookup_tables.apply(table, found.rows, request.POST.get("digest", ""))
    except ChangedMeanwhile:
        messages.warning(request, MEANWHILE)
        return _preview(request, table, shown, found, packed)
    messages.success(request, f"{len(done.new):,} added, {len(done.changed):,} changed.")
    return HttpResponseRedirect(reverse("admin:adaptors_lookuptable_change", args=[table.pk]))


def _read(request: HttpRequest) -> Read:
    """Raises `Unreadable`."""
    file: Any = request.FILES.get("file")
    if file is not None:
        if file.size > MOST_BYTES:
            raise Unreadable(f"{file.name} is larger than {MOST_BYTES >> 20} MB. Split it.")
        return read(Path(file.temporary_file_path()), file.name, COLUMNS, NEEDED)
    if not (pasted := request.POST.get("pasted", "").strip("\r\n")).strip():
        raise Unreadable("Paste two columns or choose a file: nothing was sent.")
    with NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as made:
        made.write(_with_header(pasted))
        made.flush()
        return read(Path(made.name), "pasted.csv", COLUMNS, NEEDED)


def _with_header(pasted: str) -> str:
    """As a spreadsheet copies it, columns are parted by tabs; what was typed may have ; or ,."""
    first = pasted.splitlines()[0]
    mark = next((mark for mark in "\t;," if mark in first), "\t")
    has_header = [cell.strip().lower() for cell in first.split(mark)][:2] == ["key", "value"]
    return pasted if has_header else f"key{mark}value\n{pasted}"


def _salt(table: LookupTable) -> str:
    """What was read for one table of one company is good for no other."""
    return f"lookup table {table.tenant_id} {table.pk}"


def _packed(table: LookupTable, found: Read) -> str:
    """Raises `Unreadable` when it is more than a page can carry."""
    rows = [[row.line, dict(row.cells), row.problem] for row in found.rows]
    packed = signing.dumps([rows, found.unknown], salt=_salt(table), compress=True)
    if len(packed) > MOST_PACKED:
        raise Unreadable("There is more in it than can be looked at once. Split it, and import the parts.")
    return packed
