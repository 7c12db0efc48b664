"""What a kind of run has in its hands while it works on a slice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from arhub.domain.lease import Cancelled, Lease
from arhub.domain.sentences import tellable
from arhub.models import Run, RunEntry
from arhub.tenancy.scope import scope

SLICE_SECONDS = 120


class Job(Lease):
    """A claimed run, for one slice. What it is told stands at once, on the side connection, whatever becomes of the
    transaction that is open; it raises `Cancelled` when a person cancelled the run or another worker has it.

    `memory` is the kind's own, in JSON; `keep` saves it for the next slice.
    """

    def __init__(self, run: Run) -> None:
        super().__init__()
        assert run.tenant_id is not None
        self.tenant_id, self.run_id, self.subject_id = run.tenant_id, run.pk, run.subject_id
        self.memory: dict[str, Any] = run.memory
        self.claimed_at, self.counts, self.links = run.claimed_at, run.counts, run.links
        self.ends_at = time.monotonic() + SLICE_SECONDS

    def __str__(self) -> str:
        return f"run {self.run_id}"

    @property
    def left_seconds(self) -> float:
        """Of the slice; work that begins when nothing is left belongs into the next."""
        return max(0.0, self.ends_at - time.monotonic())

    def keep(self) -> None:
        self._set(memory=self.memory)

    def progress(self, stage: str, done: int = 0, total: int | None = None) -> None:
        """What it is doing, in a sentence, and how far that is."""
        self._set(stage=tellable(stage, 200), done=done, total=total)

    def count(self, label: str, n: int = 1) -> None:
        """Add to a number that the run's page shows."""
        self.counts[label] = self.counts.get(label, 0) + n
        self._set(counts=self.counts)

    def link(self, label: str, url: str) -> None:
        """Lead from the run's page to what it made; once per address."""
        if url not in [link["url"] for link in self.links]:
            self.links.append({"label": label, "url": url})
            self._set(links=self.links)

    def log(self, text: str, level: str = "info") -> None:
        """Add a line to the run's story."""
        with scope(self.tenant_id, using="side"):
            row = RunEntry(run_id=self.run_id, text=tellable(text), level=RunEntry.Level(level))
            row.save(using="side")

    def check(self) -> None:
        with self._held() as held:
            if self.lost.is_set() or not held.exists():
                raise Cancelled

    def beat(self) -> bool:
        with self._held() as held:
            return bool(held.update(heartbeat_at=timezone.now()))

    def _set(self, **fields: Any) -> None:
        with self._held() as held:
            kept = held.update(heartbeat_at=timezone.now(), **fields)
        if not kept:
            raise Cancelled

    @contextmanager
    def _held(self) -> Iterator[QuerySet[Run]]:
        """The run, if this claim still holds it."""
        with scope(self.tenant_id, using="side"):
            yield Run.objects.using("side").filter(
                pk=self.run_id, claimed_at=self.claimed_at, state=Run.State.RUNNING
            )  # fmt: skip
