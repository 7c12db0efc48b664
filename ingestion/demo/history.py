"""Run a load now and let it have happened then."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db.models import DurationField, ExpressionWrapper, F, Model, Value
from django.utils import timezone

from arhub.models import Source, User
from arhub.records import RECORD_TYPES
from arhub.tenancy.scope import scope
from ingestion.domain import making, runs
from ingestion.domain.staging import model_of
from ingestion.models import Change, Ingestion, IngestionFile, LogEntry, State

Files = Sequence[tuple[str, Path]]
_TIMES = ("created_at", "started_at", "finished_at", "rows_written_at", "claimed_at", "heartbeat_at", "next_attempt_at")


class UnexpectedEnd(Exception):
    """A load of the demo ended otherwise than its story says."""


@dataclass(frozen=True, slots=True)
class History:
    """Loads of one source, by one tenant's people."""

    tenant_id: int
    source: Source

    def load(self, files: Files, at: datetime, *, by: User | None, expect: State = State.COMMITTED) -> Ingestion:
        """Load files, each (record type, path), as of a moment. Without a person it came by the command line."""
        with scope(self.tenant_id), ExitStack() as stack:
            contents = [(name, path.name, stack.enter_context(path.open("rb"))) for name, path in files]
            origin = Ingestion.Origin.UPLOAD if by else Ingestion.Origin.COMMAND
            review = expect == State.REVIEW
            ingestion = making.create(self.source, contents, origin=origin, user=by, review=review)
            runs.take(Ingestion.objects.filter(pk=ingestion.pk))
        state = runs.work(self.tenant_id, ingestion.pk)
        with scope(self.tenant_id):
            ingestion.refresh_from_db()
            if state != expect:
                raise UnexpectedEnd(f"{', '.join(path.name for _, path in files)}: {state}. {ingestion.reason}")
            _move(ingestion, at)
        return ingestion


def _move(ingestion: Ingestion, at: datetime) -> None:
    """Move all that the load wrote back in time, the story of it included."""
    back = ExpressionWrapper(Value(timezone.now() - at), output_field=DurationField())
    Ingestion.objects.filter(pk=ingestion.pk).update(**{name: F(name) - back for name in _TIMES})
    LogEntry.objects.filter(ingestion=ingestion).update(written_at=F("written_at") - back)
    Change.objects.filter(ingestion=ingestion).update(changed_at=at)
    files = list(IngestionFile.objects.filter(ingestion=ingestion).values_list("pk", flat=True))
    for model in {model_of(RECORD_TYPES[name]) for name in ingestion.files.values_list("record_type", flat=True)}:
        _move_records(model, files, ingestion, at)


def _move_records(model: type[Model], files: list[int], ingestion: Ingestion, at: datetime) -> None:
    records: Any = model._default_manager
    records.filter(created_file__in=files).update(created_at=at, updated_at=at)
    names = [name for name, record_type in RECORD_TYPES.items() if model_of(record_type) is model]
    changed = Change.objects.filter(ingestion=ingestion, record_type__in=names).values("record")
    records.filter(pk__in=changed).update(updated_at=at)
