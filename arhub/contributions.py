"""What upper packages add to the hub's pages, through dotted paths in the settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from arhub.models import SourceRecord


def functions(paths: Sequence[str]) -> Iterator[Callable[..., Any]]:
    """The functions behind dotted paths, in their order."""
    for path in paths:
        yield import_string(path)


def undo_blockers(ingestion: Any) -> Iterator[tuple[str, int, str]]:
    """What must not be undone, from the functions in UNDO_BLOCKERS: (model label, record id, reason in a sentence).

    Each takes the ingestion and names only records that have left the hub, such as documents already sent; it may
    name more than this load wrote. They run in the undo's transaction."""
    for blockers in functions(settings.UNDO_BLOCKERS):
        yield from blockers(ingestion)


def history_of(record_type: str, record: SourceRecord) -> list[dict[str, Any]]:
    """Who and what set the record's fields, newest first: field, old, new, at, who, file, line, url."""
    path = getattr(settings, "RECORD_HISTORY", "")
    return list(import_string(path)(record_type, record)) if path else []
