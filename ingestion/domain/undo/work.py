"""A worker's way through an undo: one transaction under the ledger's lock. Whatever goes wrong, the load stands."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from arhub.models import User
from arhub.tenancy.scope import scope
from ingestion.domain import events, ledgers
from ingestion.domain.progress import Cancelled, Progress, released
from ingestion.domain.undo.apply import apply, store_kept
from ingestion.domain.undo.plan import Plan, plan
from ingestion.models import Ingestion, LogEntry, State, Task

NOTHING = "There is nothing to undo: this load wrote no records that are still as it left them."
EVERYTHING_KEPT = "Nothing was undone: something later rests on each of the {:,} records this load wrote."


def request(ingestion: Ingestion, user: User | None) -> bool:
    """Ask for the undo of a committed load; false when it is not committed, or undone already."""
    with transaction.atomic():
        asked = Ingestion.objects.filter(pk=ingestion.pk, state=State.COMMITTED).update(
            state=State.COMMITTING, task=Task.UNDO, undone_by=user, reason="", stage="Waiting", attempts=0,
            claimed_at=None, next_attempt_at=timezone.now(), rows_done=0, rows_total=None,
        )  # fmt: skip
        if asked:
            LogEntry.objects.create(ingestion=ingestion, text=f"Undo asked for by {user or 'the hub'}.")
    return bool(asked)


def undo(ingestion: Ingestion, progress: Progress) -> State:
    """Take back what the load wrote. Ends undone, or committed as before when all of it must stay."""
    with ledgers.locked(ingestion, progress) as cursor:
        progress.stage("Finding what this load wrote")
        found = plan(cursor, ingestion)
        if not found.touched:
            return _stands(ingestion, EVERYTHING_KEPT.format(found.total("kept")) if found.counts else NOTHING)
        apply(cursor, ingestion, lambda rows: progress.write(rows, found.touched, "Undoing"))
        ledgers.note_written(cursor, ingestion.source.ledger_id)
        store_kept(cursor, ingestion)
        LogEntry.objects.create(ingestion=ingestion, text=_told(ingestion, found))
        _hold(ingestion, state=State.UNDONE, undone_at=timezone.now(), rows_written_at=timezone.now())
        events.tell_undone(ingestion, found)
        events.tell_state(ingestion, State.UNDONE)
    return State.UNDONE


def give_up(ingestion: Ingestion, reason: str) -> bool:
    """Leave the load committed, with the reason; false when another worker has it or it was cancelled."""
    with scope(ingestion.tenant_id):
        try:
            _stands(ingestion, reason)
        except Cancelled:
            return False
    return True


def _stands(ingestion: Ingestion, reason: str) -> State:
    LogEntry.objects.create(ingestion=ingestion, text=reason)
    _hold(ingestion, reason=reason, **AS_BEFORE)
    return State.COMMITTED


AS_BEFORE: dict[str, Any] = {"state": State.COMMITTED, "task": Task.LOAD, "undone_by": None}
"""What a load is whose undo came to nothing."""


def _hold(ingestion: Ingestion, **fields: Any) -> None:
    """Store how it ended, last of all. Raises `Cancelled`, and so takes the undo back, when the run is not ours."""
    held = Ingestion.objects.filter(
        pk=ingestion.pk, attempts=ingestion.attempts, state=State.COMMITTING, task=Task.UNDO
    )
    if not held.update(**released(), stage="", **fields):
        raise Cancelled


def _told(ingestion: Ingestion, found: Plan) -> str:
    parts = [
        f"{number:,} {count.type.plural.lower() if number != 1 else count.type.label.lower()} {what}"
        for what, name in (("removed", "removed"), ("with their old values back", "restored"), ("kept", "kept"))
        for count in found.counts
        if (number := getattr(count, name))
    ]
    return f"Undone by {ingestion.undone_by or 'the hub'}: {', '.join(parts)}."
