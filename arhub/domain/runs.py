"""The life of a run: made, claimed slice by slice, finished, failed, cancelled, retried, swept up.

Every step is a conditional update whose count is looked at; an attempt is counted and committed before the work, so
that what kills its worker stops in the end.
"""

from __future__ import annotations

import logging
import random
import secrets
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone
from django_q.tasks import async_task

from arhub.domain.jobs import SLICE_SECONDS, Job
from arhub.domain.lease import Cancelled
from arhub.domain.run_kinds import RunKind, kind_of
from arhub.domain.sentences import tellable
from arhub.domain.turns import in_turn
from arhub.models import Run, RunEntry, Schedule, User
from arhub.network.errors import ConfigError, PermanentError, RetryableError, Uncertain
from arhub.tenancy.scope import scope, scope_all

__all__ = ["SLICE_SECONDS", "Cancelled", "Job", "cancel", "claim", "retry", "ring", "start", "sweep", "work"]

State = Run.State
Level = RunEntry.Level

PAUSES = (30, 120, 600, 3600)
"""Seconds after the first attempt that came to nothing, the second, and so on; then the run has failed."""
MOST_ATTEMPTS = len(PAUSES) + 1
MOST_DEATHS = 3
JITTER = 0.2
KEPT_DAYS = 90
"""How long runs that are over are kept, with their log."""
SLICE = 1_000
DEFAULT_LEASE_SECONDS = RunKind.lease_seconds
STARTING = "Starting"

logger = logging.getLogger(__name__)


class Claim(NamedTuple):
    """What a worker has taken; `at` tells it from every other claim of the same run."""

    tenant_id: int
    run_id: int
    at: datetime


def start(
    kind: str,
    subject_id: int,
    *,
    user: User | None = None,
    schedule: Schedule | None = None,
    due_at: datetime | None = None,
    retry_of: Run | None = None,
) -> Run:
    """Queue a run of a kind in the caller's transaction. Raises KeyError when there is no such kind, and IntegrityError
    when the schedule has a run for this time, or the run a retry, already."""
    made = kind_of(kind)
    run = Run.objects.create(
        kind=kind, subject_id=subject_id, title=made.title(subject_id)[:255], alone=made.alone,
        schedule=schedule, due_at=due_at, created_by=user, retry_of=retry_of,
    )  # fmt: skip
    transaction.on_commit(ring, robust=True)
    return run


def ring() -> None:
    """Call a worker. Safe to call too often; a call that is lost is made up for by the sweeper."""
    async_task("arhub.tasks.answer_run", cluster="arhub")


def claim() -> Claim | None:
    """Take what is due first of the tenant that has the fewest at work."""
    with scope_all("claim the next run"):
        at_work = Run.objects.filter(state=State.RUNNING, claimed_at__isnull=False)
        due = _due()
        for tenant in in_turn(due, list(at_work.values_list("tenant_id", flat=True))):
            if taken := _take(due.filter(tenant=tenant)):
                return taken
    return None


def _due() -> QuerySet[Run]:
    """What may be worked on now: a run that must be alone waits for those of its kind and subject before it."""
    same = Run.objects.filter(
        tenant=OuterRef("tenant"), alone=OuterRef("alone"), subject_id=OuterRef("subject_id")
    ).exclude(pk=OuterRef("pk"))
    before = same.filter(Q(state=State.RUNNING) | Q(state=State.QUEUED, pk__lt=OuterRef("pk")))
    waiting = Run.objects.filter(state__in=Run.UNFINISHED, claimed_at__isnull=True, next_attempt_at__lte=timezone.now())
    return waiting.exclude(~Q(alone="") & Exists(before))


def _take(due: QuerySet[Run]) -> Claim | None:
    """Claim the first of a query set that nobody else is about to claim, and count the attempt. What must be alone
    is: the database refuses a second one, if two were claimed in the same moment."""
    run = due.select_for_update(skip_locked=True, of=("self",)).order_by("next_attempt_at", "id").first()
    if run is None:
        return None
    now = timezone.now()
    try:
        with transaction.atomic():
            taken = Run.objects.filter(pk=run.pk, state__in=Run.UNFINISHED, claimed_at__isnull=True).update(
                state=State.RUNNING, claimed_at=now, heartbeat_at=now, attempts=F("attempts") + 1, reason="",
                started_at=Case(When(started_at__isnull=True, then=Value(now)), default=F("started_at")),
                stage=Case(When(stage="", then=Value(STARTING)), default=F("stage")),
            )  # fmt: skip
    except IntegrityError:
        return None
    assert run.tenant_id is not None
    return Claim(run.tenant_id, run.pk, now) if taken else None


def work(tenant_id: int, run_id: int, claimed_at: datetime) -> State:
    """Do a slice of a run that was claimed; nothing when it was taken away before it began. Returns the state it left;
    a mistake of ours is stored, and raised."""
    with scope(tenant_id):
        run = Run.objects.get(pk=run_id)
    if run.claimed_at != claimed_at:
        return _left(run)
    job = Job(run)
    try:
        with job:
            done = kind_of(run.kind).work(job)
    except Cancelled:
        return _left(run)
    except RetryableError as problem:
        return _again(run, tellable(str(problem)))
    except (ConfigError, PermanentError, Uncertain) as problem:
        return _fail(run, tellable(str(problem)))
    except Exception:
        if job.lost.is_set():
            return _left(run)
        reference = secrets.token_hex(4)
        logger.exception("Run %s failed, reference %s", run_id, reference)
        _fail(run, f"The hub made a mistake. Tell support the reference {reference}.", reference)
        raise
    return _finish(run) if done else _go_on(run)


def _finish(run: Run) -> State:
    return _leave(run, State.SUCCEEDED, "Finished.", stage="", **_over(), attempts=0, deaths=0)


def _go_on(run: Run) -> State:
    """Behind what else waits, for the next slice."""
    return _leave(run, State.RUNNING, next_attempt_at=timezone.now(), attempts=0, deaths=0)


def _again(run: Run, reason: str) -> State:
    if run.attempts >= MOST_ATTEMPTS:
        return _fail(run, reason)
    again_at = timezone.now() + timedelta(seconds=PAUSES[run.attempts - 1] * random.uniform(1, 1 + JITTER))
    text = f"{reason} It is tried again at {again_at:%H:%M:%S} UTC."
    return _leave(run, State.QUEUED, text, Level.WARNING, reason=reason, next_attempt_at=again_at, deaths=0)


def _fail(run: Run, reason: str, reference: str = "") -> State:
    return _leave(run, State.FAILED, reason, Level.ERROR, **_over(), reason=reason, reference=reference)


def _over() -> dict[str, Any]:
    return {"finished_at": timezone.now()}


def _leave(run: Run, state: State, text: str = "", level: Level = Level.INFO, **fields: Any) -> State:
    """Let go of a run in a new state, and tell why; nothing happens when it is no longer ours."""
    with scope(run.tenant_id):
        held = Run.objects.filter(pk=run.pk, claimed_at=run.claimed_at, state=State.RUNNING)
        ours = held.update(state=state, claimed_at=None, **fields)
        if ours and text:
            RunEntry.objects.create(run=run, text=text, level=level)
        if ours and state == State.FAILED:
            _tell_kind(run, text)
        if ours and state == State.SUCCEEDED:
            kind_of(run.kind).succeeded(run)
    return state if ours else _left(run)


def _tell_kind(run: Run, reason: str) -> None:
    if run.kind in settings.RUN_KINDS:
        kind_of(run.kind).ended(run, reason)


def _left(run: Run) -> State:
    """The state of a run that somebody else has changed."""
    logger.info("Run %s was cancelled or has another worker", run.pk)
    with scope(run.tenant_id):
        return State(Run.objects.values_list("state", flat=True).get(pk=run.pk))


def sweep() -> int:
    """Take back what dead workers had. Returns how many runs are due."""
    with scope_all("sweep runs"):
        for run in Run.objects.filter(state=State.RUNNING, claimed_at__isnull=False):
            if _is_dead(run):
                _take_back(run)
        return _due().count()


def _is_dead(run: Run) -> bool:
    try:
        lease = kind_of(run.kind).lease_seconds
    except KeyError:
        lease = DEFAULT_LEASE_SECONDS
    return run.heartbeat_at is None or run.heartbeat_at < timezone.now() - timedelta(seconds=lease)


def _take_back(run: Run) -> None:
    deaths = run.deaths + 1
    if deaths < MOST_DEATHS:
        text = "The worker stopped; another one goes on with it."
        fields: dict[str, Any] = {"state": State.QUEUED, "next_attempt_at": timezone.now()}
    else:
        text = f"The worker stopped {MOST_DEATHS} times in a row, so this was given up."
        fields = {"state": State.FAILED, "reason": text, **_over()}
    held = Run.objects.filter(pk=run.pk, claimed_at=run.claimed_at, heartbeat_at=run.heartbeat_at, state=State.RUNNING)
    if held.update(claimed_at=None, deaths=deaths, **fields):
        logger.warning("Run %s was left by its worker: %s", run.pk, fields["state"])
        level = Level.WARNING if deaths < MOST_DEATHS else Level.ERROR
        RunEntry.objects.create(tenant_id=run.tenant_id, run=run, text=text, level=level)
        if fields["state"] == State.FAILED:
            _tell_kind(run, text)


def cancel(run: Run, user: User | None = None) -> bool:
    """Cancel a run that is not over; false when it is. A worker at it stops at its next step."""
    with transaction.atomic():
        done = Run.objects.filter(pk=run.pk, state__in=Run.UNFINISHED).update(
            state=State.CANCELLED, claimed_at=None, **_over()
        )
        if done:
            reason = f"Cancelled by {user or 'the hub'}."
            RunEntry.objects.create(run=run, text=reason, level=Level.WARNING)
            _tell_kind(run, reason)
    return bool(done)


def is_retryable(run: Run) -> bool:
    """Whether it failed or was cancelled, was not retried yet, and there still is such work."""
    if run.kind not in settings.RUN_KINDS:
        return False
    return run.state in (State.FAILED, State.CANCELLED) and not Run.objects.filter(retry_of=run).exists()


@transaction.atomic
def retry(run: Run, user: User | None = None) -> Run | None:
    """A new run of the same kind and subject; None when this one is not over, went well or was retried already."""
    held = Run.objects.select_for_update().get(pk=run.pk)
    if not is_retryable(held):
        return None
    again = start(held.kind, held.subject_id, user=user, schedule=held.schedule, retry_of=held)
    RunEntry.objects.create(run=held, text=f"Retried by {user or 'the hub'} as run {again.pk}.")
    return again


def forget_old() -> int:
    """Forget runs that were over long ago, and their logs. Returns how many."""
    forgotten = 0
    while count := _forget_slice(timezone.now() - timedelta(days=KEPT_DAYS)):
        forgotten += count
    return forgotten


def _forget_slice(before: datetime) -> int:
    with scope_all("forget runs that were over long ago"):
        ids = list(Run.objects.filter(finished_at__lt=before).order_by("id").values_list("pk", flat=True)[:SLICE])
        RunEntry.objects.filter(run__in=ids).delete()
        Run.objects.filter(pk__in=ids).delete()
        return len(ids)
