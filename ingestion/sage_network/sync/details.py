"""What a sync did, entity by entity: counts, and the errors under the keys of their records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from arhub.records import RECORD_TYPES
from ingestion.errors import Problem
from ingestion.models import Count, Ingestion, InvalidRow

MOST_ERRORS = 1_000
"""Keys with errors that are told of one sync; the counts are complete."""

_BY_CODE = {record_type.code: record_type.sage for record_type in RECORD_TYPES.values()}
Dict = dict[str, Any]


def details_of(ingestions: Sequence[Ingestion]) -> dict[int, Dict]:
    """Ingestion id → entity name → SyncEntityResultModel. A row without a change counts as skipped."""
    found: dict[int, Dict] = {one.pk: _skipped(one) for one in ingestions}
    for count in Count.objects.filter(ingestion__in=ingestions):
        entity = found[count.ingestion_id].setdefault(_BY_CODE.get(count.type, count.type) or count.type, _empty())
        entity["insertCount"] += count.inserted
        entity["updateCount"] += count.updated
        entity["skipCount"] += count.unchanged
        entity["errorCount"] += count.invalid
    for one in ingestions:
        for entity_name, errors in _errors(one).items():
            found[one.pk].setdefault(entity_name, _empty())["errors"] = errors
    return found


def _empty() -> Dict:
    return {"insertCount": 0, "updateCount": 0, "deleteCount": 0, "skipCount": 0, "errorCount": 0, "errors": {},
            "skips": {}}  # fmt: skip


def _skipped(ingestion: Ingestion) -> Dict:
    return {
        name: {**_empty(), "skipCount": facts["rows"], "skips": {"": [facts["reason"]]}}
        for name, facts in ingestion.skipped.items()
    }


def _errors(ingestion: Ingestion) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    rows = InvalidRow.objects.filter(ingestion=ingestion).select_related("file").order_by("file", "line")
    for row in rows[:MOST_ERRORS]:
        texts = [str(Problem(**problem)) for problem in row.problems]
        entity = _BY_CODE.get(row.type, row.type) or row.type
        found[entity].setdefault(_key_of(row), []).extend(texts)
    return found


def _key_of(row: InvalidRow) -> str:
    """The row's erpKey as it was sent; its line where there is none."""
    mapping = row.file.mapping
    columns = [place for place, header in enumerate(row.file.header) if mapping.get(header) == "erp_key"]
    cells = row.cells or []
    key = next((cells[place] for place in columns if place < len(cells)), "")
    return key or f"line {row.line}"
