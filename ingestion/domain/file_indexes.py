"""Numbers in the names of files that count on: found by a mark, and put in order."""

from __future__ import annotations

import re
from dataclasses import dataclass

from arhub.domain.timing import NotASchedule
from ingestion.models import ArrivalWatch

MOST_MISSING = 1_000
"""Numbers of a gap that are remembered. A wider one is told, and not waited for."""


def check_mark(mark: str) -> None:
    """Raise `NotASchedule` unless it is empty, or has one # where the number stands."""
    if mark and mark.count("#") != 1:
        raise NotASchedule(f"Expected one # where the number stands, found {mark.count('#')} in {mark}.", "index_mark")


def index_of(name: str, mark: str) -> int | None:
    """The number in a file's name, as in shop_items_17.zip by the mark items_#; None when it has none."""
    if not mark:
        return None
    before, after = map(re.escape, mark.split("#"))
    found = re.search(f"{before or '(?<![0-9])'}([0-9]{{1,18}})(?![0-9]){after}", name, re.IGNORECASE)
    return int(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class Step:
    """What a number was in the order: `last` came before one that was not right, `missing` says what a gap leaves out,
    `filled` that it was the last one of all that were missing."""

    last: int | None = None
    missing: str = ""
    filled: bool = False


def put(watch: ArrivalWatch, index: int) -> Step:
    """Put the number of a file that came in order, and say what it was. The caller stores the watch.

    The same number may come again: files with several parts have it several times.
    """
    last = watch.last_index
    if last is None or last <= index <= last + 1:
        watch.last_index = index
        return Step()
    if index > last:
        gap = range(last + 1, index)
        watch.last_index = index
        watch.missing_indexes = [*watch.missing_indexes, *(gap if len(gap) <= MOST_MISSING else ())][-MOST_MISSING:]
        names = str(gap[0]) if len(gap) == 1 else f"{gap[0]} to {gap[-1]}"
        return Step(last, f" {names} did not come.")
    if index in watch.missing_indexes:
        watch.missing_indexes = [number for number in watch.missing_indexes if number != index]
        return Step(filled=not watch.missing_indexes)
    return Step(last)
