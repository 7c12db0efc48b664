"""How far a load is, told on a connection of its own while the load's transaction is open.

A lease holds the run: a thread renews the heartbeat. When the run is cancelled or was taken over by another
worker, the thread cancels the statement at work and every further step raises.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Self

from django.db import connection
from django.db.models import F, FloatField, Func
from django.db.models.functions import Now
from django.utils import timezone

from arhub.domain.lease import Cancelled, Lease
from arhub.tenancy.scope import scope
from ingestion.models import Ingestion, IngestionFile, LogEntry, State

__all__ = ["Cancelled", "Progress", "Unwatched", "released"]


def released(until: Any = None) -> dict[str, Any]:
    """What an update sets to take a run from its worker; the time since that one claimed it, until now unless told, is
    added to what was worked."""
    held = Func(
        (until or Now()) - F("claimed_at"),
        template="greatest(extract(epoch from %(expressions)s), 0)",
        output_field=FloatField(),
    )
    return {"claimed_at": None, "worked_seconds": F("worked_seconds") + held}


class Progress(Lease):
    """Reports a run's progress and keeps its lease. Use as a context manager round the work."""

    def __init__(
        self,
        ingestion: Ingestion,
        tell: Callable[[str, int, int | None], None] | None = None,
        on_beat: Callable[[], None] | None = None,
    ) -> None:
        super().__init__()
        self.id, self.tenant_id, self.attempt = ingestion.pk, ingestion.tenant_id, ingestion.attempts
        self.tell, self.on_beat = tell, on_beat
        self.fields: dict[str, Any] = {}
        self.rows_read: dict[int, int] = {}
        self.totals: dict[int, int] = {}
        self.backend: Any = None
        self.shown_at = 0.0

    def __str__(self) -> str:
        return f"ingestion {self.id}"

    def __enter__(self) -> Self:
        connection.ensure_connection()
        self.backend = connection.connection
        return super().__enter__()

    def read(self, file: IngestionFile, rows: int, part: float) -> None:
        """Rows of a file read so far, and which part of the file that is."""
        self.rows_read[file.pk] = rows
        self.totals[file.pk] = int(rows / part) if part > 0.01 else 0
        total = sum(self.totals.values())
        self._show("Reading", sum(self.rows_read.values()), total or None)

    def write(self, rows: int, total: int, stage: str = "Writing") -> None:
        """Rows written so far."""
        self._show(stage, rows, total)

    def stage(self, text: str) -> None:
        """What it does now, in words."""
        self.fields["stage"] = text
        self.check()
        if self.tell:
            self.tell(text, 0, None)

    def log(self, text: str) -> None:
        """Add a line to the run's story at once, whatever becomes of the load."""
        with scope(self.tenant_id, using="side"):
            LogEntry.objects.using("side").create(ingestion_id=self.id, text=text)

    def _show(self, stage: str, done: int, total: int | None) -> None:
        self.fields.update(stage=stage, rows_done=done, rows_total=total)
        self.check()
        if self.tell and time.monotonic() - self.shown_at > 0.2:
            self.shown_at = time.monotonic()
            self.tell(stage, done, total)

    def beat(self) -> bool:
        with scope(self.tenant_id, using="side"):
            held = Ingestion.objects.using("side").filter(
                pk=self.id, attempts=self.attempt, state__in=[State.READING, State.COMMITTING]
            )
            kept = bool(held.update(heartbeat_at=timezone.now(), **dict(self.fields)))
        if kept and self.on_beat:
            self.on_beat()
        return kept

    def give_up(self) -> None:
        self.backend.cancel()


class Unwatched(Progress):
    """For a load that is over before anybody could look: no lease is kept, and its story is part of its transaction."""

    def log(self, text: str) -> None:
        LogEntry.objects.create(ingestion_id=self.id, text=text)
