"""Kinds of runs for tests of the way itself: each slice does what it was told to do."""

from __future__ import annotations

from collections.abc import Callable

from arhub.domain.jobs import Job
from arhub.domain.run_kinds import RunKind

Slice = Callable[[Job], bool]
WORKED: list[int] = []
SLICES: list[Slice | Exception] = []


class Copying(RunKind):
    label = "Copying"
    alone = "copy"
    lease_seconds = 30

    def title(self, subject_id: int) -> str:
        return f"Copy of folder {subject_id}"

    def url(self, subject_id: int) -> str:
        return f"/folders/{subject_id}/"

    def subjects(self) -> list[tuple[int, str]]:
        return [(1, "Folder 1"), (2, "Folder 2")]

    def work(self, job: Job) -> bool:
        WORKED.append(job.run_id)
        told = SLICES.pop(0) if SLICES else lambda job: True
        if isinstance(told, Exception):
            raise told
        return told(job)


class Counting(Copying):
    label = "Counting"
    alone = ""
