"""The reject workbench: failed rows by cause, edited in the page or by a file that comes back."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from arhub.admin.base import allows
from arhub.models import Role
from ingestion.admin.presentation import chip, took
from ingestion.admin.repair_page import groups_of
from ingestion.domain import corrected
from ingestion.domain.repair import REPAIRABLE, Refused, Replacement, repair
from ingestion.models import Count, Ingestion
from ingestion.tasks import ring

_CELL = re.compile(r"cell-(\d{1,18})-(\d{1,4})")


def is_possible(request: HttpRequest, ingestion: Ingestion, counts: Sequence[Count]) -> bool:
    """Whether this person may repair rows of the load, and there are some."""
    return allows(request, Role.CLERK) and ingestion.state in REPAIRABLE and any(count.invalid for count in counts)


def view(request: HttpRequest, ingestion: Ingestion, context: dict[str, Any]) -> HttpResponse:
    """Show the workbench; take the edits of a POST. A refusal shows them again with what is wrong."""
    if request.method != "POST":
        return _page(request, ingestion, context)
    try:
        rows = repair(ingestion, user=request.user, replacements=_replacements(request), edits=_edits(request))  # type: ignore[arg-type]
    except Refused as refusal:
        return _page(request, ingestion, context, refusal)
    return _done(request, ingestion, rows)


def upload(request: HttpRequest, ingestion: Ingestion, context: dict[str, Any]) -> HttpResponse:
    """Take the file of corrected rows."""
    file = request.FILES.get("corrected")
    try:
        if not isinstance(file, TemporaryUploadedFile) or not file.size:
            raise Refused("Choose the file with the corrected rows: nothing was sent.")
        path = Path(file.temporary_file_path())
        rows = corrected.take(ingestion, path, file.name or path.name, user=request.user)  # type: ignore[arg-type]
    except Refused as refusal:
        return _page(request, ingestion, context, refusal)
    return _done(request, ingestion, rows)


def _done(request: HttpRequest, ingestion: Ingestion, rows: int) -> HttpResponse:
    ring()
    messages.success(request, f"{rows:,} repaired row{'' if rows == 1 else 's'} on the way in.")
    return HttpResponseRedirect(reverse("admin:ingestion_ingestion_change", args=[ingestion.pk]))


def _page(
    request: HttpRequest, ingestion: Ingestion, context: dict[str, Any], refusal: Refused | None = None
) -> HttpResponse:
    ingestion.refresh_from_db()
    context |= {
        "title": f"Repair ingestion {ingestion.pk}",
        "ingestion": ingestion,
        "chip": chip(ingestion),
        "took": took(ingestion),
        "refusal": refusal,
        "is_repairable": ingestion.state in REPAIRABLE,
        "can_upload": True,
        **groups_of(request, ingestion, refusal.cells if refusal else {}),
    }
    return TemplateResponse(request, "ingestion/repair.html", context, status=400 if refusal else 200)


def _edits(request: HttpRequest) -> dict[int, dict[int, str]]:
    """Invalid row → position → text, of the cells that hold something else than when the page was made."""
    found: dict[int, dict[int, str]] = {}
    for name, text in request.POST.items():
        match = _CELL.fullmatch(name)
        if match and _on_one_line(str(text)) != _on_one_line(request.POST.get(f"was-{name}", "")):
            found.setdefault(int(match[1]), {})[int(match[2])] = str(text)
    return found


def _on_one_line(text: str) -> str:
    """As an input of one line sends it."""
    return text.replace("\r", "").replace("\n", "")


def _replacements(request: HttpRequest) -> list[Replacement]:
    """The values to replace: those with something to put in their place, or to be emptied; and rows to try again."""
    found = []
    for number, text in enumerate(request.POST.getlist("value")):
        new = request.POST.get(f"with-{number}", "")
        if new or request.POST.get(f"clear-{number}"):
            found.append(_replacement(text, new))
    return [*found, *(_replacement(text, "") for text in request.POST.getlist("again"))]


def _replacement(text: str, new: str) -> Replacement:
    """What the page said about a value, as it said it; whether it is still so is for the domain to see."""
    try:
        file, cause, rows, position, old = json.loads(text)
        place = None if position is None else int(position)
        found = Replacement(int(file), str(cause), int(rows), place, str(old), new)
        if "\0" in f"{found.cause}{found.old}".encode().decode():  # encode refuses half a surrogate pair
            raise ValueError("PostgreSQL holds no text with a null character.")
        return found
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise Refused("The form was not complete. Open the page again.") from None
