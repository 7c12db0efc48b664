"""What is wrong with files that came of a source of which something is expected: empty, repeated, out of order."""

from __future__ import annotations

from collections.abc import Iterable

from arhub.domain import incidents
from arhub.domain.sentences import printable
from arhub.domain.timing import in_words
from ingestion.domain import file_indexes
from ingestion.domain.arrival_incidents import Kind, key_of, page_of, report, settle
from ingestion.models import ArrivalWatch, IngestionFile, State

MOST_NAMED, MOST_NAME = 5, 255
LOST = (State.FAILED, State.CANCELLED, State.UNDONE)
"""Loads in these states count as if they had never come."""


def look_at(watch: ArrivalWatch, ingestion_id: int, url: str) -> None:
    """Whether the files of a load that went in are new, and in order."""
    files = IngestionFile.objects.filter(ingestion=ingestion_id)
    names = {file.sha256: file.name for file in files}  # those of one archive share its digest
    before = _earlier(watch, names, below=ingestion_id)
    for digest, earlier in before.items():
        _report_repeated(watch, names[digest], earlier, url)
    fresh = [file.name for file in files if file.sha256 not in before]
    indexes = ((file_indexes.index_of(name, watch.index_mark), name) for name in fresh)
    for index, name in sorted((index, name) for index, name in indexes if index is not None):
        _put_in_order(watch, index, name, url)
    settle(watch, f"Ingestion {ingestion_id} came with rows.", "empty")
    if not before:
        settle(watch, f"Ingestion {ingestion_id} came with new content.", "repeated")


def look_at_empty(watch: ArrivalWatch, ingestion_id: int, url: str) -> None:
    """Tell of a load that failed since nothing is in its files."""
    empty = IngestionFile.objects.filter(ingestion=ingestion_id).exclude(error="")
    _report_empty(watch, ", ".join(empty.values_list("name", flat=True)[:MOST_NAMED]), url)


def note(watch: ArrivalWatch, *, name: str, sha256: str, size: int, index: int | None) -> None:
    """Whether a file that never becomes a load has something in it, is new, and in order. The caller stores the
    watch."""
    url, name = page_of(watch.source), printable(name, MOST_NAME)
    if not size:
        _report_empty(watch, name, url)
        return
    if sha256 in (before := _earlier(watch, [sha256])):
        _report_repeated(watch, name, before[sha256], url)
        return
    found = file_indexes.index_of(name, watch.index_mark) if index is None else index
    if found is not None:
        _put_in_order(watch, found, name, url)


def _earlier(watch: ArrivalWatch, digests: Iterable[str], below: int | None = None) -> dict[str, IngestionFile]:
    """By digest, a file of the source that came before with the same content, unless that is allowed."""
    if watch.may_repeat:
        return {}
    files = IngestionFile.objects.filter(sha256__in=list(digests), ingestion__source=watch.source).exclude(sha256="")
    if below is not None:
        files = files.filter(ingestion__lt=below)
    files = files.exclude(ingestion__state__in=LOST).select_related("ingestion").order_by("pk")
    return {file.sha256: file for file in files}


def _put_in_order(watch: ArrivalWatch, index: int, name: str, url: str) -> None:
    """What is missing is waited for until a person closes the gap."""
    if watch.missing_indexes and not incidents.is_open(key_of(watch.source_id, "gap")):
        watch.missing_indexes = []
    step = file_indexes.put(watch, index)
    if step.filled:
        settle(watch, f"All that was missing has come, {name} as the last.", "gap")
    if step.last is not None:
        text = f"Expected {step.last + 1} after {step.last}, found {index} in {name}.{step.missing}"
        report(watch, Kind.OUT_OF_ORDER, "gap" if step.missing else "order", text, url=url)


def _report_empty(watch: ArrivalWatch, name: str, url: str) -> None:
    report(watch, Kind.EMPTY, "empty", f"Expected a file with rows, found none in {name}.", url=url)


def _report_repeated(watch: ArrivalWatch, name: str, before: IngestionFile, url: str) -> None:
    at = in_words(before.ingestion.created_at, watch)
    text = f"Expected new content, found in {name} that of {before.name}, which came {at} in {before.ingestion}."
    report(watch, Kind.REPEATED, "repeated", text, url=url)
