"""What the reject workbench shows: each cause with the values found and the first of its rows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from arhub.requests import number_of
from ingestion.domain.faults import Fault, faults_of, held_by
from ingestion.models import Ingestion, InvalidRow

ROWS = 50
FIRST_ROWS = 5
MOST_GROUPS = 10
MOST_VALUES = 12
MOST_CHARACTERS = 500_000
"""Of the cells in the rows of a group; a cell may have a hundred thousand, and stands on the page several times."""
LONGEST_VALUE = 1_000
Wrong = Mapping[tuple[int, int], str]


def groups_of(request: HttpRequest, ingestion: Ingestion, wrong: Wrong) -> dict[str, Any]:
    """The groups with most rows, each with a few of them; or one group, 50 rows at a time, where it is asked for."""
    faults = faults_of(ingestion)
    chosen = [fault for fault in faults if _is_asked_for(request, fault)]
    shown = chosen[:1] or faults[:MOST_GROUPS]
    numbers = iter(range(MOST_GROUPS * MOST_VALUES))
    return {
        "groups": [_group(request, fault, numbers, wrong, whole=bool(chosen)) for fault in shown],
        "other_groups": [] if chosen else [_heading(fault) for fault in faults[MOST_GROUPS:]],
        "is_whole": bool(chosen),
        "rows": sum(fault.rows for fault in faults),
        "files": _files(faults),
    }


def _is_asked_for(request: HttpRequest, fault: Fault) -> bool:
    return request.GET.get("file") == str(fault.file.pk) and request.GET.get("cause") == fault.cause


def _files(faults: list[Fault]) -> list[dict[str, Any]]:
    """The files with failed rows, in the order of the load."""
    rows: dict[Any, int] = {}
    for fault in sorted(faults, key=lambda item: item.file.position):
        rows[fault.file] = rows.get(fault.file, 0) + fault.rows
    return [{"file": file, "rows": number} for file, number in rows.items()]


def _heading(fault: Fault) -> dict[str, Any]:
    return {"fault": fault, "url": _address(fault)}


def _address(fault: Fault, **more: int) -> str:
    asked: dict[str, str | int] = {"file": fault.file.pk, "cause": fault.cause, **more}
    at = reverse("admin:ingestion_repair", args=[fault.file.ingestion_id])
    return f"{at}?{urlencode(asked)}"


def _group(request: HttpRequest, fault: Fault, numbers: Any, wrong: Wrong, *, whole: bool) -> dict[str, Any]:
    rows, pages = _rows(request, fault) if whole else (_first_rows(fault), {})
    again = _said(fault, fault.regular)
    return {
        **_heading(fault),
        **pages,
        "values": [
            _value(request, fault, held.text, held.rows, next(numbers))
            for held in held_by(fault, MOST_VALUES)
            if len(held.text) <= LONGEST_VALUE
        ],
        "again": again,
        "is_again": again in request.POST.getlist("again"),
        "rows": [_row(request, fault, row, wrong) for row in rows],
        "is_cut": not whole and fault.rows > len(rows),
    }


def _rows(request: HttpRequest, fault: Fault) -> tuple[list[InvalidRow], dict[str, str]]:
    """A page of a group by line, and the addresses of the pages beside it."""
    rows = fault.where
    after, before = number_of(request.GET.get("after")), number_of(request.GET.get("before"))
    if before:
        found = list(rows.filter(line__lt=before).order_by("-line")[: ROWS + 1])
        shown = _fitting(found[:ROWS], MOST_CHARACTERS)
        has_previous, has_next = len(found) > len(shown), True
        found = shown[::-1]
    else:
        found = list(rows.filter(line__gt=after).order_by("line")[: ROWS + 1])
        shown = _fitting(found[:ROWS], MOST_CHARACTERS)
        has_previous, has_next = after > 0, len(found) > len(shown)
        found = shown
    if not found:
        return [], {"previous": "", "next": _address(fault)} if before else {"previous": _address(fault), "next": ""}
    return found, {
        "previous": _address(fault, before=found[0].line) if has_previous else "",
        "next": _address(fault, after=found[-1].line) if has_next else "",
    }


def _first_rows(fault: Fault) -> list[InvalidRow]:
    return _fitting(list(fault.where.order_by("line")[:FIRST_ROWS]), MOST_CHARACTERS // MOST_GROUPS)


def _fitting(rows: list[InvalidRow], most: int) -> list[InvalidRow]:
    """The first rows, as many as have at most so many characters, but one at least."""
    sizes = accumulate(sum(map(len, row.cells or [])) for row in rows)
    return rows[: max(1, sum(size <= most for size in sizes))]


def _said(fault: Fault, rows: int, position: int | None = None, old: str = "") -> str:
    """What the page says about some rows, for the form to send back."""
    return json.dumps([fault.file.pk, fault.cause, rows, position, old])


def _value(request: HttpRequest, fault: Fault, text: str, rows: int, number: int) -> dict[str, Any]:
    said = _said(fault, rows, fault.position, text)
    same = number < len(sent := request.POST.getlist("value")) and sent[number] == said
    return {
        "text": text,
        "rows": rows,
        "number": number,
        "said": said,
        "new": request.POST.get(f"with-{number}", "") if same else "",
        "is_cleared": same and f"clear-{number}" in request.POST,
    }


def _row(request: HttpRequest, fault: Fault, row: InvalidRow, wrong: Wrong) -> dict[str, Any]:
    header = fault.file.header
    texts = [*(row.cells or []), *[""] * (len(header) - len(row.cells or []))]
    at_fault = {*_columns(row, fault), *range(len(header), len(texts))}
    names = [*header, *(f"cell {number}" for number in range(len(header) + 1, len(texts) + 1))]
    cells = [
        _cell(request, row, place, name, text, wrong.get((row.pk, place), ""), place in at_fault)
        for place, (name, text) in enumerate(zip(names, texts, strict=True))
    ]
    return {"row": row, "cells": cells}


def _columns(row: InvalidRow, fault: Fault) -> set[int]:
    """The places of the columns a row's problems name; “number or name” and “first + last” are both."""
    header, mapping = fault.file.header, fault.file.mapping
    headers = {field: name for name, field in mapping.items()}
    named = {part for item in row.problems for part in (item["column"], *re.split(r" or | \+ ", item["column"]))}
    return {header.index(name) for name in (headers.get(part, part) for part in named) if name in header}


def _cell(
    request: HttpRequest, row: InvalidRow, position: int, name: str, text: str, wrong: str, is_open: bool
) -> dict[str, Any]:
    field = f"cell-{row.pk}-{position}"
    return {
        "field": field,
        "header": name,
        "was": text,
        "text": request.POST.get(field, text),
        "wrong": wrong,
        "is_open": is_open or field in request.POST,
    }
