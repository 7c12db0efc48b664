"""The page of one line of a stored file, as it came: where every amount leads to in the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from ingestion.domain.raw_line import raw_line
from ingestion.errors import Unreadable
from ingestion.models import IngestionFile, Repair

AROUND = 2
"""Lines shown before and after, where finding them does not mean reading the whole file again."""


def view(request: HttpRequest, context: dict[str, Any], file_id: int, number: int) -> HttpResponse:
    file = IngestionFile.objects.select_related("ingestion__created_by", "profile").filter(pk=file_id).first()
    if file is None:
        raise Http404(f"There is no file {file_id} here.")
    try:
        found, reason = raw_line(file, number), ""
    except Unreadable as problem:
        found, reason = None, str(problem)
    except FileNotFoundError:
        found, reason = None, "The stored file is no longer there, so its lines cannot be shown."
    context |= {
        "title": f"{file.name}, line {number}",
        "file": file,
        "ingestion": file.ingestion,
        "number": number,
        "line": found,
        "reason": reason,
        "cells": list(_cells(found, file)) if found else [],
        "around": _around(file, number) if found else [],
        "repair": Repair.objects.filter(file=file, line=number).select_related("made_by").first(),
    }
    return TemplateResponse(request, "ingestion/line.html", context, status=200 if found else 404)


def _cells(line: Any, file: IngestionFile) -> Iterator[dict[str, str]]:
    """Each cell under its header, with the field it was read as."""
    for place, text in enumerate(line.cells):
        header = line.header[place] if place < len(line.header) else f"column {place + 1}"
        yield {"header": header, "text": text, "field": file.mapping.get(header, "")}


def _around(file: IngestionFile, number: int) -> list[Any]:
    if not file.offsets:
        return []
    found = (_text(file, place) for place in range(number - AROUND, number + AROUND + 1))
    return [line for line in found if line]


def _text(file: IngestionFile, number: int) -> dict[str, Any] | None:
    try:
        return {"number": number, "text": raw_line(file, number).text} if number > 0 else None
    except Unreadable:
        return None
