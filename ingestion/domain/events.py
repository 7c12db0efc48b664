"""What loads tell the world: ids and counts, in the transaction that moves the load."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Sum
from django.urls import reverse

from arhub.domain.events import emit
from arhub.tenancy.scope import scope
from ingestion.domain.merge import PerType
from ingestion.domain.snapshot import Missing
from ingestion.domain.undo.plan import Plan
from ingestion.models import Count, Ingestion, State

KINDS = {
    "ingestion.committed": "A load, or the repaired rows of one, went in.",
    "ingestion.undone": "A load was taken back.",
    "ingestion.failed": "A load failed; nothing of it went in.",
    "ingestion.needs_mapping": "A load waits for somebody to map its columns.",
    "ingestion.needs_review": "A load waits for somebody to review it.",
}
_KIND_OF = {
    State.COMMITTED: "ingestion.committed",
    State.UNDONE: "ingestion.undone",
    State.FAILED: "ingestion.failed",
    State.MAPPING: "ingestion.needs_mapping",
    State.REVIEW: "ingestion.needs_review",
}
_COUNTS = ("lines", "inserted", "updated", "unchanged", "invalid")


def tell_state(ingestion: Ingestion, state: State, *, is_empty: bool = False) -> None:
    """Tell that a load has come to this state, `is_empty` when that is since nothing was in its file. Those on the way
    are nobody's business."""
    if kind := _KIND_OF.get(state):
        with scope(ingestion.tenant_id):
            data = {**_about(ingestion), "task": ingestion.task, "state": str(state), "counts": _counts(ingestion)}
            data |= {"is_empty": True} if is_empty else {}
            emit(kind, data, subject=str(ingestion))


def tell_written(ingestion: Ingestion, counts: Mapping[str, PerType], missing: Iterable[Missing]) -> None:
    """Tell what a load changed, and how many records it marked as missing at source."""
    changed = {name: _per_code(counts[name]) for name in ("inserted", "updated")}
    _tell_changed(ingestion, changed, missing=sum(item.records for item in missing))


def tell_undone(ingestion: Ingestion, plan: Plan) -> None:
    """Tell what an undo changed. Records that got old values back count as updated."""
    changed = {
        "updated": Counter({count.type.code: count.restored for count in plan.counts}),
        "removed": Counter({count.type.code: count.removed for count in plan.counts}),
    }
    _tell_changed(ingestion, changed)


def _tell_changed(ingestion: Ingestion, changed: Mapping[str, Counter[str]], *, missing: int = 0) -> None:
    codes = sorted({code for counter in changed.values() for code, number in counter.items() if number})
    numbers = {name: changed.get(name, Counter[str]()) for name in ("inserted", "updated", "removed")}
    changes = [{"type": code, **{name: counter[code] for name, counter in numbers.items()}} for code in codes]
    if changes or missing:
        data = {**_about(ingestion), "changes": changes, "missing_at_source": missing}
        emit("records.changed", data, subject=str(ingestion))


def _per_code(counts: PerType) -> Counter[str]:
    found: Counter[str] = Counter()
    for (_, code), number in counts.items():
        found[code] += number
    return found


def _counts(ingestion: Ingestion) -> list[dict[str, Any]]:
    """What its files did, per type."""
    rows = Count.objects.filter(ingestion=ingestion).order_by("type").values("type")
    summed = rows.annotate(**{f"all_{name}": Sum(name) for name in _COUNTS})
    return [{"type": row["type"], **{name: row[f"all_{name}"] for name in _COUNTS}} for row in summed]


def _about(ingestion: Ingestion) -> dict[str, Any]:
    return {
        "ingestion": ingestion.pk,
        "source": {"id": ingestion.source_id, "name": ingestion.source.name},
        "ledger": ingestion.source.ledger_id,
        "origin": ingestion.origin,
        "page": reverse("admin:ingestion_ingestion_change", args=[ingestion.pk]),
        "resource": f"/api/hub/v1/ingestions/{ingestion.pk}/",
    }
