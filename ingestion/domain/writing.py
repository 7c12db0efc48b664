"""A checked load into the tables, within the transaction at hand."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from ingestion.domain.merge import Merge
from ingestion.domain.settle import remember_touched
from ingestion.domain.snapshot import Missing

Tell = Callable[[int], None]


def write(
    cursor: Any,
    merges: list[Merge],
    missing: list[Missing],
    tell: Tell = lambda rows: None,
    skipped: Collection[Merge] = (),
) -> None:
    """Write the merges and mark what a snapshot leaves out; `settle` comes next.

    `tell` hears the rows done. Of the `skipped` merges nothing is inserted. Leaves the temporary table `touched`
    (kind, id) of the documents and payments whose open amount may have moved.
    """
    remember_touched(cursor, merges)
    done = 0
    for merge in merges:
        merge.write(cursor, lambda rows, before=done: tell(before + rows), inserts=merge not in skipped)  # type: ignore[misc]
        done += merge.rows
    for left_out in missing:
        left_out.mark(cursor, "touched")
