"""The mapping page of an upload: our fields beside the file's columns, what is open, and rows as they will be read."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from arhub.models import User
from ingestion.admin import mapping_form
from ingestion.admin.mapping_rows import column_rows, field_groups, open_readings, value_maps
from ingestion.coercion.currencies import CODES
from ingestion.domain import mapping_answer, profiles
from ingestion.domain.preview import Look, look
from ingestion.domain.questions import waiting
from ingestion.domain.recipe import Recipe
from ingestion.errors import Unreadable
from ingestion.models import IngestionFile, MappingProfile
from ingestion.tasks import ring


def page(request: HttpRequest, file: IngestionFile, context: dict[str, Any]) -> HttpResponse:
    """Show what is open; `save` keeps the answer and goes on."""
    if not waiting(file):
        return _after(file)
    if request.method == "POST" and "save" in request.POST:
        return _save(request, file, context)
    return _shown(request, file, context, "ingestion/mapping.html")


def preview(request: HttpRequest, file: IngestionFile, context: dict[str, Any]) -> HttpResponse:
    """The form anew, with what was chosen so far. Nothing is stored."""
    if not waiting(file):
        answer = HttpResponse()
        answer["HX-Redirect"] = _page_of(file)
        return answer
    return _shown(request, file, context, "ingestion/mapping_form.html")


def _save(request: HttpRequest, file: IngestionFile, context: dict[str, Any]) -> HttpResponse:
    answer = mapping_form.read(request.POST, file.type)
    user = request.user if isinstance(request.user, User) else None
    problem = " ".join(answer.problems) or mapping_answer.go_on(
        file, answer.recipe, options=answer.options, name=answer.name, user=user
    )
    if problem:
        return _shown(request, file, context | {"error": problem}, "ingestion/mapping.html", status=400)
    ring()
    messages.success(request, f"{file.name} is read as “{answer.name}” says, and so is the next file of this layout.")
    return _after(file)


def _after(file: IngestionFile) -> HttpResponse:
    """To the next file that waits, else to the load's page."""
    following = mapping_answer.next_file(file.ingestion)
    if following is None:
        return HttpResponseRedirect(_page_of(file))
    return HttpResponseRedirect(reverse("admin:ingestion_mapping", args=[file.ingestion_id, following.pk]))


def _page_of(file: IngestionFile) -> str:
    return reverse("admin:ingestion_ingestion_change", args=[file.ingestion_id])


def _shown(
    request: HttpRequest, file: IngestionFile, context: dict[str, Any], template: str, status: int = 200
) -> HttpResponse:
    known = MappingProfile.objects.filter(pk=file.recipe.get("known")).first()
    if request.method == "POST":
        answer = mapping_form.read(request.POST, file.type)
    else:
        answer = mapping_form.Answer(Recipe.stored(file.recipe), file.options, profiles.suggest_name(file, known))
    try:
        found = _look(file, answer)
    except Unreadable as problem:
        messages.error(request, f"{file.name} cannot be opened any more. {problem}")
        return HttpResponseRedirect(_page_of(file))
    return TemplateResponse(request, template, context | _context(file, found, answer, known), status=status)


def _look(file: IngestionFile, answer: mapping_form.Answer) -> Look:
    """Open the file as it was answered, or as it was opened before when that does not work. Raises `Unreadable`."""
    try:
        return look(file, answer.recipe, answer.options)
    except Unreadable as problem:
        answer.problems.append(f"The file cannot be opened like that. {problem}")
        answer.options = file.options
        return look(file, answer.recipe, file.options)


def _context(
    file: IngestionFile, found: Look, answer: mapping_form.Answer, known: MappingProfile | None
) -> dict[str, Any]:
    waiting_files = [other for other in file.ingestion.files.all() if waiting(other)]
    return {
        "title": f"Mapping: {file.name}",
        "file": file,
        "ingestion": file.ingestion,
        "questions": [question for question in waiting(file) if question.kind != "difference"],
        "differences": file.recipe.get("differences", []),
        "known": known,
        "groups": field_groups(file.type, found, answer.pending),
        "columns": column_rows(found),
        "splits": mapping_form.splittable(file.type),
        "split": next(iter(found.recipe.splits), ""),
        "readings": open_readings(found, file.ingestion.source),
        "value_maps": value_maps(found),
        "currencies": sorted(CODES),
        "preview": found.preview,
        "problems": [*answer.problems, *found.problems],
        "layout": found.layout,
        "options": answer.options,
        "name": answer.name,
        "waiting": len(waiting_files),
    }
