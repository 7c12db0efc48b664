"""The page *Import participants*: a file, what it would change, and then exactly that.

Between the two nothing is kept here: the page carries what was read, signed, and gives it back.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from arhub.admin.base import allows
from arhub.models import Role
from connectors.domain import participant_import
from connectors.domain.participant_files import COLUMNS, MOST_ROWS, Read, Row, read
from connectors.domain.participant_import import CHANGED, NEW, REFUSED, UNCHANGED, ChangedMeanwhile, Plan
from ingestion.errors import Unreadable

MOST_BYTES = 20 << 20
MOST_PACKED = 2_000_000
"""Characters of what a page carries: Django takes forms of at most 2.5 MB."""
MOST_SHOWN = 200
KEPT_SECONDS = 24 * 3600
LIST = "admin:connectors_participant_changelist"
MEANWHILE = "The directory was changed meanwhile, so nothing was imported. This is what the file would do now."


def view(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    if not allows(request, Role.MANAGER):
        raise PermissionDenied("Importing participants needs the role Manager.")
    if request.method == "POST" and "packed" in request.POST:
        return _apply(request, context)
    if request.method == "POST":
        return _preview(request, context)
    return _form(request, context)


def _form(request: HttpRequest, context: dict[str, Any], error: str = "") -> HttpResponse:
    shown = {"title": "Import participants", "columns": COLUMNS, "most": MOST_ROWS, "error": error}
    return TemplateResponse(
        request, "connectors/participant_import.html", {**context, **shown}, status=400 if error else 200
    )


def _preview(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    file: Any = request.FILES.get("file")
    if file is None:
        return _form(request, context, "Choose a file: nothing was sent.")
    if file.size > MOST_BYTES:
        return _form(request, context, f"{file.name} is larger than {MOST_BYTES >> 20} MB. Split it.")
    try:
        found = read(Path(file.temporary_file_path()), file.name)
        packed = _packed(request, found)
    except Unreadable as problem:
        return _form(request, context, f"{file.name}: {problem}")
    return _shown(request, context, participant_import.plan(found.rows), found, packed)


def _apply(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    try:
        found = _unpacked(request)
    except signing.BadSignature:
        return _form(request, context, "What the page carried is too old or was altered. Choose the file again.")
    try:
        done = participant_import.apply(found.rows, request.POST.get("digest", ""))
    except ChangedMeanwhile:
        messages.warning(request, MEANWHILE)
        return _shown(request, context, participant_import.plan(found.rows), found, request.POST["packed"])
    counts = done.counts
    messages.success(request, f"{counts[NEW]:,} added, {counts[CHANGED]:,} changed.")
    return HttpResponseRedirect(reverse(LIST))


def _shown(request: HttpRequest, context: dict[str, Any], plan: Plan, found: Read, packed: str) -> HttpResponse:
    shown = {
        "title": "Import participants", "plan": plan, "counts": [(state, plan.counts[state]) for state in _TOLD],
        "new": plan.of(NEW)[:MOST_SHOWN], "changed": plan.of(CHANGED)[:MOST_SHOWN],
        "refused": plan.of(REFUSED)[:MOST_SHOWN], "most": MOST_SHOWN, "unknown": found.unknown,
        "more": {state: max(0, plan.counts[state] - MOST_SHOWN) for state in _TOLD},
        "packed": packed, "digest": plan.digest,
    }  # fmt: skip
    return TemplateResponse(request, "connectors/participant_preview.html", {**context, **shown})


_TOLD = (NEW, CHANGED, UNCHANGED, REFUSED)


def _salt(request: HttpRequest) -> str:
    """What was read for one company is good for no other."""
    return f"participants of {request.tenant.pk}"  # type: ignore[attr-defined]


def _packed(request: HttpRequest, found: Read) -> str:
    """Raises `Unreadable` when it is more than a page can carry."""
    rows = [[row.line, [row.cells.get(column) for column in COLUMNS], row.problem] for row in found.rows]
    packed = signing.dumps([rows, found.unknown], salt=_salt(request), compress=True)
    if len(packed) > MOST_PACKED:
        raise Unreadable("There is more in the file than can be looked at once. Split it, and import the parts.")
    return packed


def _unpacked(request: HttpRequest) -> Read:
    rows, unknown = signing.loads(request.POST["packed"], salt=_salt(request), max_age=KEPT_SECONDS)
    return Read([_row(*row) for row in rows], unknown)


def _row(line: int, values: list[str | None], problem: str) -> Row:
    cells = {column: value for column, value in zip(COLUMNS, values, strict=True) if value is not None}
    return Row(line, cells, problem)
