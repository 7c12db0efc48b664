"""Drops of ERP Cache that an inbox has found: in which order they are taken, and each made ready to be loaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from django.db.models import DecimalField
from django.db.models.functions import Cast

from arhub.models import Source
from arhub.records import RECORD_TYPES
from connectors.erp_cache.errors import BadDrop
from connectors.erp_cache.names import EXPECTED, LONGEST_INDEX, DropName, Problem, parse, problems_between
from connectors.erp_cache.reading import Drop, read
from connectors.models import InboxFile
from ingestion.domain.policies import Policies

__all__ = ["BadDrop", "OutOfTurn", "Prepared", "order_of", "prepared"]


class OutOfTurn(BadDrop):
    """A drop that came after those that it should have come before, or whose number was taken already."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.text} Take it in again if that is right.")
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Prepared:
    """A drop that can be loaded: `file` is JSON Lines called `name`; one without rows changes nothing. `policies` are
    those of the source but for what ERP Cache itself lays down. `problems` tell what the numbers of the drops show."""

    record_type: str
    name: str
    file: BinaryIO
    rows: int
    policies: Policies
    warnings: Sequence[str]
    problems: Sequence[Problem]

    @property
    def text(self) -> str:
        """What became of it, in a few sentences."""
        what = RECORD_TYPES[self.record_type]
        rows = f"1 {what.label}" if self.rows == 1 else f"{self.rows:,} {what.plural}"
        told = (f"Taken in: {rows.lower()}.", *(problem.text for problem in self.problems), *self.warnings)
        return " ".join(told)


def order_of(file_name: str) -> tuple[object, ...]:
    """Where a file comes among the others: by shop and interface, then by index and sub number. What is no drop is
    last."""
    name = parse(file_name)
    return (1, file_name) if name is None else (0, name.shop.lower(), name.interface, *name.place, file_name)


@contextmanager
def prepared(seen: InboxFile, file: Any, *, in_any_order: bool = False) -> Iterator[Prepared]:
    """Read a drop that an inbox is about to take, and note its numbers on `seen`. Raises `BadDrop` for one that is to
    be set aside: so is one whose turn has passed, unless a person wants it in any order."""
    name = parse(seen.name)
    if name is None:
        raise BadDrop(f"Expected a name such as {EXPECTED}, found {seen.name[:200]}: this is no file of ERP Cache.")
    seen.index, seen.sub = name.index, name.sub
    with TemporaryFile() as into:
        drop = read(name, file, into)
        into.seek(0)
        ready = _made_ready(seen, name, drop, into)
        if not in_any_order and (late := [one for one in ready.problems if one.kind != "gap"]):
            raise OutOfTurn(late[0])
        yield ready


def _made_ready(seen: InboxFile, name: DropName, drop: Drop, into: BinaryIO) -> Prepared:
    problems = problems_between(_taken_near(seen, name), name)
    return Prepared(
        drop.record_type,
        f"{name.stem}.jsonl",
        into,
        drop.rows,
        _policies(seen.inbox.source, drop),
        drop.warnings,
        problems,
    )


def _policies(source: Source, drop: Drop) -> Policies:
    """Each file says only what has changed, and the last row of a number wins. An invoice whose own outstanding amount
    is empty has none; an item without a currency keeps that of its invoice."""
    empty = Source.EmptyCells.CLEAR if drop.record_type == "invoice" else Source.EmptyCells.KEEP
    return replace(
        Policies.of(source), extent=Source.Extent.INCREMENTAL, duplicate_keys=Source.DuplicateKeys.LAST,
        empty_cells=empty,
    )  # fmt: skip


def _taken_near(seen: InboxFile, name: DropName) -> list[DropName]:
    """The newest that the inbox took of this shop and interface, and those of the same index."""
    number = Cast("index", DecimalField(max_digits=LONGEST_INDEX, decimal_places=0))
    taken = InboxFile.objects.filter(
        inbox=seen.inbox, state=InboxFile.State.TAKEN, name__istartswith=f"{name.shop}_ErpCache_{name.interface}"
    ).exclude(index="")  # fmt: skip
    numbered = taken.annotate(number=number).order_by("-number", "-sub")
    found = [*numbered.filter(number=int(name.index)), *numbered[:1]]
    return [told for one in found if (told := parse(one.name))]
