"""Background work of the hub itself, and when it runs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone
from django_q.models import Schedule
from django_q.tasks import async_task

from arhub.api import idempotency
from arhub.domain import events, outbound, runs, schedules
from arhub.models import Heartbeat

OWN = "hub: "  # begins the names of schedules that come from the settings


def beat(name: str) -> None:
    """Say that a cluster lives. A load that takes hours calls it with "loads" as it reports progress, since no
    other task of its cluster runs meanwhile. On the side connection: it must not wait for a transaction."""
    Heartbeat.objects.using("side").bulk_create(
        [Heartbeat(name=name, beat_at=timezone.now())],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["beat_at"],
    )


def ensure_schedules() -> None:
    """Write settings.SCHEDULES to the database, and forget those that have left it."""
    names = []
    for name, function, arguments, minutes, cluster in settings.SCHEDULES:
        names.append(f"{OWN}{name}")
        values = {"func": function, "args": repr(arguments), "minutes": minutes, "cluster": cluster, "repeats": -1}
        Schedule.objects.update_or_create(name=names[-1], defaults={**values, "schedule_type": Schedule.MINUTES})
    Schedule.objects.filter(name__startswith=OWN).exclude(name__in=names).delete()


def beat_soon() -> None:
    """Clusters look at their schedules only every half minute: do not be called unhealthy until then."""
    for cluster in clusters():
        async_task("arhub.tasks.beat", cluster, cluster=cluster)


def forget_answered() -> str:
    return f"{idempotency.forget_old()} forgotten"


def answer_outbound() -> str:
    """Bring what is due to its destinations for a while; ring again while more may be due."""
    done = None
    try:
        done = outbound.work()
    finally:
        if done != 0:
            outbound.ring()
    return f"{done} sent" if done else "nothing due"


def sweep_outbound() -> str:
    """Ring for what is due and for what a dead worker left behind."""
    due = None
    try:
        due = outbound.sweep()
    finally:
        if due != 0:
            outbound.ring()
    return f"{due} due"


def forget_delivered() -> str:
    return f"{outbound.forget_old()} deliveries and {events.forget_old()} events forgotten"


def answer_run() -> str:
    """Claim one run that is due and do a slice of it; ring again, since more may be due."""
    claimed = runs.claim()
    if claimed is None:
        return "nothing due"
    try:
        return f"run {claimed[1]}: {runs.work(*claimed)}"
    finally:
        runs.ring()


def sweep_runs() -> str:
    """Ring for what is due and for what a dead worker left behind."""
    due = runs.sweep()
    if due:
        runs.ring()
    return f"{due} due"


def fire_schedules() -> str:
    """Make the runs that schedules have due."""
    return f"{schedules.fire_due()} fired"


def forget_runs() -> str:
    return f"{runs.forget_old()} runs forgotten"


def clusters() -> list[str]:
    """Names of the queues, each with a cluster of its own."""
    first: dict[str, Any] = settings.Q_CLUSTER
    return [first["name"], *first["ALT_CLUSTERS"]]
