"""What stands on the page of a load."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.http import HttpRequest

from arhub.admin.base import allows
from arhub.admin.paging import page_of_rows
from arhub.models import Role
from arhub.records import RECORD_TYPES
from ingestion.admin import repair, review, undo, working
from ingestion.admin.presentation import bars, causes, chip, labels, moved, record_url, took, totals, with_header
from ingestion.domain import runs
from ingestion.domain.mapping_answer import next_file
from ingestion.domain.questions import waiting
from ingestion.models import Change, Ingestion, IngestionFile, State, Task

STEPS = ("Files", "Mapping", "Review", "Done")


def context(request: HttpRequest, ingestion: Ingestion) -> dict[str, Any]:
    """Everything the page shows. Only the tab that is open is queried."""
    counts = list(ingestion.counts.select_related("file"))
    tab = _tab(request, ingestion, counts)
    found: dict[str, Any] = {
        "ingestion": ingestion,
        "chip": chip(ingestion),
        "took": took(ingestion),
        "files": _files(ingestion, counts),
        "counts": counts,
        "total": totals(counts),
        "to_write": sum(count.inserted + count.updated for count in counts),
        "invalid": sum(count.invalid for count in counts),
        "can_repair": repair.is_possible(request, ingestion, counts),
        "changed": Change.objects.filter(ingestion=ingestion).exists(),
        "progress": working.progress(request, ingestion),
        "may_cancel": allows(request, Role.MANAGER if ingestion.task == Task.UNDO else Role.CLERK),
        "can_resume": runs.is_resumable(ingestion) and allows(request, Role.CLERK),
        "repaired": ingestion.repairs.filter(taken_in_at__isnull=False).count(),
        "to_map": next_file(ingestion) if ingestion.state == State.MAPPING else None,
        "in_review": ingestion.state == State.REVIEW,
        "steps": _steps(ingestion),
        "tab": tab,
        "undo_tab": undo.tab_label(ingestion),
        "may_undo": undo.may_undo(request, ingestion),
    }
    if tab == "invalid" or ingestion.state == State.REVIEW:
        found["causes"] = causes(ingestion)
        found["invalid_page"] = page_of_rows(
            request, ingestion.invalid_rows.select_related("file").order_by("file_id", "line")
        )
        found["invalid_rows"] = with_header(found["invalid_page"])
    if ingestion.state == State.REVIEW:
        found |= review.context(request, ingestion)
    elif tab == "files":
        found["control"] = review.control_totals(ingestion)
    if ingestion.undone_at:
        found["undone"] = ingestion.log.last()  # with what its undo did the story of a load ends
    if tab == "changes":
        found["changes_page"] = page_of_rows(request, _changes(request, ingestion))
        found["changes"] = _linked(found["changes_page"].rows)
        found["all_amounts"] = all(item["is_number"] for item in found["changes"])
        found["fields"] = list(
            Change.objects.filter(ingestion=ingestion).values_list("field", flat=True).distinct().order_by("field")[:60]
        )
        found["field"] = request.GET.get("field", "")
    if tab == "undo":
        found |= undo.context(request, ingestion)
    if tab == "log":
        found["log"] = list(ingestion.log.all()[:500])
    return found


def _tab(request: HttpRequest, ingestion: Ingestion, counts: list[Any]) -> str:
    """The tab that is open: the one asked for, else the invalid rows of a failed load, if there are any."""
    has_invalid = any(count.invalid for count in counts)
    wanted = request.GET.get("tab") or ("invalid" if ingestion.failed else "files")
    if wanted == "undo" and not undo.tab_label(ingestion):
        return "files"
    return "files" if wanted == "invalid" and not has_invalid else wanted


def _files(ingestion: Ingestion, counts: list[Any]) -> list[dict[str, Any]]:
    by_file = {file: list(group) for file, group in groupby(counts, key=lambda count: count.file_id)}
    return [
        {
            "file": file,
            "counts": [{"count": count, "bars": bars(count)} for count in by_file.get(file.pk, [])],
            "mapped": len(file.mapping),
            "left_out": _left_out(file),
        }
        for file in ingestion.files.all()
    ]


def _left_out(file: IngestionFile) -> dict[str, Any]:
    """Title and total rows of a file that are no data; empty when there are none."""
    above = [row for row in file.left_out if row.get("above")]
    return (
        {"rows": file.left_out, "above": len(above), "below": len(file.left_out) - len(above)} if file.left_out else {}
    )


def _steps(ingestion: Ingestion) -> list[dict[str, Any]]:
    """The step bar of an upload."""
    if ingestion.origin != Ingestion.Origin.UPLOAD:
        return []
    now = _STEP_OF.get(State(ingestion.state), "Done")
    was_mapped = now == "Mapping" or any(file.profile_id or waiting(file) for file in ingestion.files.all())
    if was_mapped and now == "Files":  # read again, on the way to its review
        now = "Review"
    names = [name for name in STEPS if name != "Mapping" or was_mapped]
    place = names.index(now)
    return [{"name": name, "done": at < place, "now": at == place} for at, name in enumerate(names)]


_STEP_OF = {
    State.RECEIVING: "Files",
    State.QUEUED: "Files",
    State.READING: "Files",
    State.MAPPING: "Mapping",
    State.REVIEW: "Review",
}


def _changes(request: HttpRequest, ingestion: Ingestion) -> Any:
    changes = Change.objects.filter(ingestion=ingestion).order_by("id")
    field = request.GET.get("field")
    return changes.filter(field=field) if field else changes


def _linked(changes: list[Change]) -> list[dict[str, Any]]:
    """Changes with the page of their record."""
    by_type: dict[str, set[int]] = {}
    for change in changes:
        by_type.setdefault(change.record_type, set()).add(change.record)
    known = {(name, pk): label for name, ids in by_type.items() for pk, label in labels(name, ids).items()}
    return [_link(change, *known.get((change.record_type, change.record), ("", ""))) for change in changes]


def _link(change: Change, kind: str, label: str) -> dict[str, Any]:
    return {
        "change": change,
        **moved(change.record_type, change.field, change.old, change.new),
        "url": record_url(change.record_type, change.record, kind) if label else "",
        "label": label or f"{RECORD_TYPES[change.record_type].label} that is gone",
    }
