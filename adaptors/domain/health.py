"""How activations do: what is missing, when each ran last and runs next, and what became of its documents lately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from adaptors.domain.running import KIND
from adaptors.domain.steps import Step, missing, steps_of
from adaptors.models import Activation, Transaction
from arhub.domain.schedules import next_due
from arhub.models import Run

DAYS = 7
MOST = 1_000
"""Of the newest transactions of an activation so many are looked at."""
FAILED = Q(state__in=(Transaction.State.FAILED, Transaction.State.REJECTED))
DELIVERED = Q(state__in=Transaction.ARRIVED)
HELD = Q(state=Transaction.State.HELD)


@dataclass(frozen=True, slots=True)
class Week:
    """Documents of the last seven days: delivered and not refused since, held, failed or refused. `is_cut` says that
    there are more than were looked at."""

    delivered: int = 0
    held: int = 0
    failed: int = 0
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """`state` in words: On, Off or Not finished. `lacking` is the first thing it needs and has not; one that is on may
    lack something by now, too."""

    state: str
    lacking: Step | None
    last_run: Run | None
    next_at: datetime | None
    week: Week


def health_of(activations: Sequence[Activation]) -> dict[int, Health]:
    """By activation, in a number of queries that does not depend on how many there are."""
    keys = [one.pk for one in activations]
    last, following, weeks = last_runs(keys), next_due([KIND], keys), _weeks(keys)
    lists = steps_of(activations)
    return {
        one.pk: Health(
            state_of(one, lists[one.pk]), missing(lists[one.pk]), last.get(one.pk), following.get(one.pk), weeks[one.pk]
        )
        for one in activations
    }


def state_of(activation: Activation, steps: Sequence[Step]) -> str:
    if activation.is_on:
        return "On"
    return "Not finished" if missing(steps) else "Off"


def last_runs(keys: Sequence[int]) -> dict[int, Run]:
    rows = Run.objects.filter(kind=KIND, subject_id__in=keys).defer("memory")
    return {run.subject_id: run for run in rows.order_by("subject_id", "-id").distinct("subject_id")}


def _weeks(keys: Sequence[int]) -> dict[int, Week]:
    newest = Transaction.objects.filter(activation=OuterRef(OuterRef("pk"))).order_by("-id").values("pk")[:MOST]
    recent = Transaction.objects.filter(pk__in=newest, created_at__gte=timezone.now() - timedelta(days=DAYS))
    rows = Activation.objects.filter(pk__in=keys).values(
        "pk",
        all=_number(recent),
        delivered=_number(recent.filter(DELIVERED)),
        held=_number(recent.filter(HELD)),
        failed=_number(recent.filter(FAILED)),
    )
    return {row["pk"]: Week(row["delivered"], row["held"], row["failed"], row["all"] == MOST) for row in rows}


def _number(rows: QuerySet[Transaction]) -> Any:
    counted = rows.order_by().values("activation").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
