"""Records of the types that can be sent, as links."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from arhub.admin.facts import page_of
from arhub.records import RECORD_TYPES
from connectors.domain.subjects import model_of


@dataclass(frozen=True, slots=True)
class Named:
    """A record in words, and its page; empty for one that is gone, or has none."""

    label: str
    url: str = ""


def named(records: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Named]:
    """By (record type, id), what people call each of some records: a query for each type."""
    by_type: dict[str, list[int]] = defaultdict(list)
    for record_type, pk in records:
        by_type[record_type].append(pk)
    found: dict[tuple[str, int], Named] = {}
    for record_type, ids in by_type.items():
        rows = model_of(record_type).objects.filter(pk__in=ids)
        found |= {(record_type, row.pk): Named(str(row), page_of(row)) for row in rows}
        gone = Named(f"{RECORD_TYPES[record_type].label} that is gone")
        found |= {(record_type, pk): gone for pk in ids if (record_type, pk) not in found}
    return found


def counted(count: int, record_type: str) -> str:
    """Such as “3 invoices”."""
    kind = RECORD_TYPES[record_type]
    return f"{count:,} {(kind.label if count == 1 else kind.plural).lower()}"
