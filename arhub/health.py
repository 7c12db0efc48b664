"""Whether the hub works: its database, its clusters, its queue. For load balancers, monitors and the supervisor."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.http import JsonResponse
from django.utils import timezone
from django_q.models import OrmQ

from arhub.models import Heartbeat
from arhub.tasks import clusters

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

logger = logging.getLogger(__name__)

Part = dict[str, Any]
HEARTBEAT_SECONDS = 150  # each minute, seen by a scheduler that looks every half minute
WAITING_SECONDS = 60


def healthz(request: HttpRequest) -> JsonResponse:
    parts = report()
    ok = all(part["ok"] for part in parts.values())
    return JsonResponse({"ok": ok, "parts": parts}, status=200 if ok else 503, headers={"Cache-Control": "no-store"})


def report() -> dict[str, Part]:
    """Each part with `ok` and what was found. Never raises."""
    looks: dict[str, Callable[[], Part]] = {
        "database": _database,
        **{f"worker {name}": partial(_worker, name) for name in clusters()},
        "queue": _queue,
    }
    return {name: _guarded(look) for name, look in looks.items()}


def waiting_seconds(cluster: str) -> float:
    """How long the oldest due job of a cluster has waited. One that is at work is locked into the future."""
    lock = OrmQ.objects.filter(key=cluster, lock__lte=timezone.now()).order_by("lock").values_list("lock").first()
    return (timezone.now() - lock[0]).total_seconds() if lock else 0.0


def is_stuck(cluster: str) -> bool:
    """Jobs wait and nothing is at work. A cluster is left so when one of its idle workers was killed while it held
    the lock of their shared queue; only starting it anew helps."""
    at_work = OrmQ.objects.filter(key=cluster, lock__gt=timezone.now()).exists()
    return not at_work and waiting_seconds(cluster) > WAITING_SECONDS


def _guarded(look: Callable[[], Part]) -> Part:
    try:
        return look()
    except Exception as error:
        logger.warning("Health: %s", error)
        return {"ok": False, "error": type(error).__name__}  # no text: it may name hosts, and anybody may ask


def _database() -> Part:
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return {"ok": True}


def _worker(name: str) -> Part:
    beat_at = Heartbeat.objects.filter(name=name).values_list("beat_at", flat=True).first()
    fresh = beat_at is not None and timezone.now() - beat_at < timedelta(seconds=HEARTBEAT_SECONDS)
    return {"ok": fresh, "beat_at": beat_at}


def _queue() -> Part:
    """Jobs only: a load may wait its turn behind another for hours, while its cluster's heartbeat stays fresh."""
    seconds = waiting_seconds(clusters()[0])
    return {"ok": seconds <= WAITING_SECONDS, "oldest_waits_seconds": round(seconds)}
