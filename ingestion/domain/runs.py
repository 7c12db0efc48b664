"""The life of a run: made, claimed by a worker, reviewed, committed or cancelled, swept up when a worker died.

Every step is a conditional update whose count is looked at; nobody reads a state and then writes it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, Count, F, Q, QuerySet, Value, When
from django.utils import timezone

from arhub.models import User
from arhub.tenancy.scope import scope, scope_all
from ingestion.domain import events, loading, staging
from ingestion.domain.progress import Cancelled, Progress, Unwatched, released
from ingestion.domain.questions import Waits
from ingestion.domain.repaired import files_of
from ingestion.domain.undo import work as undoing
from ingestion.errors import NoRows, Unreadable
from ingestion.models import Ingestion, IngestionFile, LogEntry, State, Task

LEASE_SECONDS = 60
MOST_ATTEMPTS = 3
STAGED_DAYS = 7
PARTS_HOURS = 24
Tell = Callable[[str, int, int | None], None]

logger = logging.getLogger(__name__)


def claim() -> tuple[int, int] | None:
    """Take the oldest due run of the tenant with the fewest runs at work; returns its (tenant id, id)."""
    with scope_all("claim the next ingestion"):
        working = dict(
            Ingestion.objects.filter(claimed_at__isnull=False, state__in=Ingestion.PROCESSING)
            .values_list("tenant_id")
            .annotate(n=Count("id"))
        )
        due = Ingestion.objects.filter(
            state__in=Ingestion.WORKABLE, claimed_at__isnull=True, next_attempt_at__lte=timezone.now()
        )
        waiting = sorted(
            due.order_by("tenant_id", "next_attempt_at", "id")
            .distinct("tenant_id")
            .values_list("tenant_id", "id", "next_attempt_at"),
            key=lambda row: (working.get(row[0], 0), row[2]),
        )
        for tenant_id, pk, _ in waiting:
            if take(due.filter(pk=pk)):
                return tenant_id, pk
    return None


def take(due: Any) -> bool:
    """Claim the run a query set selects, if it is still there to be claimed. Counts the attempt before the work."""
    now = timezone.now()
    state = Case(When(state=State.QUEUED, then=Value(State.READING)), default=F("state"))
    return bool(
        due.update(
            state=state, claimed_at=now, heartbeat_at=now, attempts=F("attempts") + 1, reason="", stage="Starting",
            started_at=Case(When(started_at__isnull=True, then=Value(now)), default=F("started_at")),
        )
    )  # fmt: skip


def work(
    tenant_id: int,
    ingestion_id: int,
    *,
    tell: Tell | None = None,
    on_beat: Callable[[], None] | None = None,
) -> State:
    """Do what a claimed run asks for. One that is to be mapped or reviewed stops there, any other goes through.

    Errors of the file end as the run's reason; an error of ours too, with a reference, and is raised.
    `tell` hears stage, rows done and rows in all; `on_beat` is called with every heartbeat.
    """
    with scope(tenant_id):
        ingestion = Ingestion.objects.select_related("source", "undone_by").get(pk=ingestion_id)
        files = files_of(ingestion)
    commit = ingestion.state == State.COMMITTING or not ingestion.review
    progress = Progress(ingestion, tell, on_beat)
    try:
        with progress:
            if ingestion.task == Task.UNDO:
                return undoing.undo(ingestion, progress)
            if ingestion.state == State.READING and (state := loading.stream(ingestion, files, progress)):
                return state
            if ingestion.state == State.READING or ingestion.task == Task.REPAIR or not loading.is_staged(files):
                loading.read(ingestion, files, progress)
            try:
                return loading.match(ingestion, files, progress, commit=commit)
            except loading.Outdated:
                loading.read(ingestion, files, progress, look_up=False)
                return loading.match(ingestion, files, progress, commit=commit)
    except Unreadable as problem:
        return _fail(ingestion, files, str(problem), is_empty=isinstance(problem, NoRows))
    except Waits:
        return _wait_for_mapping(ingestion, files)
    except Cancelled:
        logger.info("Ingestion %s was cancelled or has another worker", ingestion_id)
        return _left(ingestion)
    except Exception as error:
        if progress.lost.is_set():
            return _left(ingestion)
        logger.exception("Ingestion %s failed, reference %s", ingestion_id, ingestion.reference)
        happened = _HAPPENED[Task(ingestion.task)]
        _fail(
            ingestion,
            files,
            f"{_OURS} {happened}. Tell support the reference {ingestion.reference}.",
        )
        raise error


def work_here(ingestion: Ingestion) -> State:
    """Do a load of few rows that was just made, in the transaction that is open. Raises `Unreadable`."""
    take(Ingestion.objects.filter(pk=ingestion.pk))
    ingestion.refresh_from_db()
    files, progress = files_of(ingestion), Unwatched(ingestion)
    loading.read(ingestion, files, progress, look_up=False)
    return loading.match(ingestion, files, progress, commit=True)


_OURS, _LOST = "The hub made a mistake with", "The worker stopped"
"""How the reason of a failure begins that is none of the file's."""
_HAPPENED = {
    Task.LOAD: "this load; nothing of it went in",
    Task.REPAIR: "these repairs; the repaired rows did not go in and the rest of the load is as it was",
    Task.UNDO: "this undo; nothing was undone",
}


def _left(ingestion: Ingestion) -> State:
    """What became of a run that is no longer ours. Only a cancelled one is cleaned up here."""
    with scope(ingestion.tenant_id):
        state = State(Ingestion.objects.values_list("state", flat=True).get(pk=ingestion.pk))
        is_cancelled = state == State.CANCELLED
        if ingestion.task == Task.REPAIR:  # until then nobody else may begin
            ours = Ingestion.objects.filter(pk=ingestion.pk, state=State.COMMITTED, attempts=ingestion.attempts)
            is_cancelled = bool(ours.update(**released()))
    if is_cancelled:
        staging.drop(ingestion.pk)
    return state


def _fail(ingestion: Ingestion, files: list[IngestionFile], reason: str, *, is_empty: bool = False) -> State:
    if ingestion.task == Task.UNDO:
        return State.COMMITTED if undoing.give_up(ingestion, reason) else _left(ingestion)
    with scope(ingestion.tenant_id):
        held = Ingestion.objects.filter(pk=ingestion.pk, attempts=ingestion.attempts, state__in=Ingestion.PROCESSING)
        ours = held.update(**_end_of(ingestion, State.FAILED), **released(), reason=reason, finished_at=timezone.now())
        if ours and ingestion.task == Task.LOAD:
            loading.store_failure(ingestion, files)
        if ours:
            LogEntry.objects.create(ingestion=ingestion, text=reason)
            _tell_failed(ingestion, is_empty=is_empty)
    if not ours:
        return _left(ingestion)
    staging.drop(ingestion.pk)
    return State(_end_of(ingestion, State.FAILED)["state"])


def _tell_failed(ingestion: Ingestion, *, is_empty: bool = False) -> None:
    if ingestion.task == Task.LOAD:
        events.tell_state(ingestion, State.FAILED, is_empty=is_empty)


def _end_of(ingestion: Ingestion, state: State) -> dict[str, Any]:
    """What becomes of a run that does not go on: a load that only was to take in repairs stays committed."""
    return {"state": State.COMMITTED, "task": Task.LOAD} if ingestion.task == Task.REPAIR else {"state": state}


def _wait_for_mapping(ingestion: Ingestion, files: list[IngestionFile]) -> State:
    with scope(ingestion.tenant_id):
        held = Ingestion.objects.filter(pk=ingestion.pk, attempts=ingestion.attempts, state=State.READING)
        ours = held.update(**released(), state=State.MAPPING, stage="", rows_done=0)
        if ours:
            for file in files:
                file.save()
            LogEntry.objects.create(ingestion=ingestion, text="Waiting for somebody to map its columns.")
            events.tell_state(ingestion, State.MAPPING)
    if not ours:
        return _left(ingestion)
    staging.drop(ingestion.pk)
    return State.MAPPING


def request_reading(ingestion: Ingestion) -> bool:
    """Queue a load whose files are all mapped now; false when it no longer waits for that. The caller rings."""
    return bool(
        Ingestion.objects.filter(pk=ingestion.pk, state=State.MAPPING).update(
            state=State.QUEUED, claimed_at=None, attempts=0, next_attempt_at=timezone.now()
        )
    )


def _resumable(ingestion: Ingestion) -> QuerySet[Ingestion]:
    """The load, if it failed through no fault of its file: its workers died, or the hub made a mistake."""
    ours = Q(reason__startswith=_OURS) | Q(reason__startswith=_LOST)
    return Ingestion.objects.filter(ours, pk=ingestion.pk, state=State.FAILED, task=Task.LOAD)


def is_resumable(ingestion: Ingestion) -> bool:
    return ingestion.failed and _resumable(ingestion).exists()


def request_resume(ingestion: Ingestion, user: User | None) -> bool:
    """Queue such a load once more: it is read again from its stored file. False when it is none. The caller rings."""
    with transaction.atomic():
        done = _resumable(ingestion).update(
            state=State.QUEUED, reason="", claimed_at=None, attempts=0, next_attempt_at=timezone.now(), stage="Waiting",
            rows_done=0, rows_total=None, finished_at=None,
        )  # fmt: skip
        if done:
            text = f"Resumed by {user or 'the hub'}: it is read again from the stored file."
            LogEntry.objects.create(ingestion=ingestion, text=text)
    return bool(done)


def request_commit(ingestion: Ingestion, *, rejects: str) -> bool:
    """Ask for the commit of a reviewed load; false when it no longer waits for one."""
    with transaction.atomic():
        return bool(
            Ingestion.objects.filter(pk=ingestion.pk, state=State.REVIEW).update(
                state=State.COMMITTING, rejects=rejects, claimed_at=None, attempts=0, next_attempt_at=timezone.now(),
                stage="Waiting", rows_done=0,
            )
        )  # fmt: skip


request_undo = undoing.request


def cancel(ingestion: Ingestion, user: User | None = None) -> bool:
    """Cancel a run that has not landed, or a repair or undo; false when it is too late. A worker at it stops within
    seconds."""
    waiting = [State.RECEIVING, *Ingestion.PROCESSING, State.MAPPING, State.REVIEW]
    if ingestion.task == Task.UNDO:
        return _cancel_undo(ingestion, user)
    held = {} if ingestion.task == Task.REPAIR else released()  # until its worker lets go nobody may repair anew
    done = Ingestion.objects.filter(pk=ingestion.pk, state__in=waiting, task=ingestion.task).update(
        **_end_of(ingestion, State.CANCELLED), **held, finished_at=timezone.now()
    )
    if done:
        LogEntry.objects.create(ingestion=ingestion, text=f"Cancelled by {user or 'the hub'}.")
        if ingestion.claimed_at is None or ingestion.state in (State.MAPPING, State.REVIEW):
            transaction.on_commit(lambda: staging.drop(ingestion.pk))
    return bool(done)


def _cancel_undo(ingestion: Ingestion, user: User | None) -> bool:
    asked = Ingestion.objects.filter(pk=ingestion.pk, state=State.COMMITTING, task=Task.UNDO)
    if not asked.update(**undoing.AS_BEFORE, **released(), stage=""):
        return False
    LogEntry.objects.create(ingestion=ingestion, text=f"Undo cancelled by {user or 'the hub'}.")
    return True


def sweep() -> int:
    """Put runs whose worker died back in line, or fail them; drop old staging. Returns how many are due."""
    staged = staging.staged_loads()  # before the runs are looked at: a load that starts meanwhile is not in it
    with scope_all("sweep ingestions"):
        stale = Ingestion.objects.filter(
            state__in=Ingestion.PROCESSING,
            claimed_at__isnull=False,
            heartbeat_at__lt=timezone.now() - timedelta(seconds=LEASE_SECONDS),
        )
        given_up, dead = Q(attempts__gte=MOST_ATTEMPTS), released(F("heartbeat_at"))
        undo_reason = f"The worker stopped {MOST_ATTEMPTS} times while this load was undone, so that was given up."
        for ingestion in stale.filter(given_up, task=Task.UNDO):
            if stale.filter(pk=ingestion.pk).update(**undoing.AS_BEFORE, **dead, reason=undo_reason):
                LogEntry.objects.create(tenant_id=ingestion.tenant_id, ingestion=ingestion, text=undo_reason)
        for ingestion in stale.filter(given_up).exclude(task=Task.UNDO):
            happened = _HAPPENED[Task(ingestion.task)]
            reason = f"{_LOST} {MOST_ATTEMPTS} times over {happened}. It was given up."
            if stale.filter(pk=ingestion.pk).update(
                **_end_of(ingestion, State.FAILED), **dead, reason=reason, finished_at=timezone.now()
            ):
                LogEntry.objects.create(tenant_id=ingestion.tenant_id, ingestion=ingestion, text=reason)
                _tell_failed(ingestion)
        for ingestion in stale.exclude(given_up):
            back = State.QUEUED if ingestion.state == State.READING else ingestion.state
            if stale.filter(pk=ingestion.pk).update(**dead, state=back, next_attempt_at=timezone.now()):
                next_step = (
                    "its undo starts anew" if ingestion.task == Task.UNDO else "it is read again from the stored file"
                )
                text = f"The worker that had this load stopped; {next_step}."
                LogEntry.objects.create(tenant_id=ingestion.tenant_id, ingestion=ingestion, text=text)
        _give_up_parts()
        due = Ingestion.objects.filter(state__in=Ingestion.WORKABLE, claimed_at__isnull=True).count()
        young = Q(state=State.REVIEW, created_at__gt=timezone.now() - timedelta(days=STAGED_DAYS))
        kept = set(
            Ingestion.objects.filter(Q(state__in=Ingestion.PROCESSING) | young, pk__in=staged).values_list(
                "pk", flat=True
            )
        )
    for ingestion_id in staged - kept:
        staging.drop(ingestion_id)
    return due


def _give_up_parts() -> None:
    """Fail loads whose other parts did not come within PARTS_HOURS."""
    old = timezone.now() - timedelta(hours=PARTS_HOURS)
    for ingestion in Ingestion.objects.filter(state=State.RECEIVING, created_at__lt=old):
        arrived, expected = len(ingestion.parts["arrived"]), ingestion.parts["expected"]
        reason = f"Only {arrived} of {expected} parts came within {PARTS_HOURS} hours; nothing of it went in."
        failed = Ingestion.objects.filter(pk=ingestion.pk, state=State.RECEIVING)
        if failed.update(state=State.FAILED, reason=reason, finished_at=timezone.now()):
            LogEntry.objects.create(tenant_id=ingestion.tenant_id, ingestion=ingestion, text=reason)
            _tell_failed(ingestion)
