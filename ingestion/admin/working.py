"""A run at work, as its page shows it: how far it is, how fast, how long still, and whether its worker is there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone

from ingestion.admin.presentation import duration
from ingestion.domain.runs import MOST_ATTEMPTS
from ingestion.models import Ingestion, Task

SILENT_SECONDS = 15
"""A worker renews its heartbeat every two seconds; after this long without one the page says so."""
_MARK = "since"


def progress(request: HttpRequest, ingestion: Ingestion) -> dict[str, Any] | None:
    """Share in percent, rows per second and time left; None when nobody works on it.

    A rate is that of the stage at hand since the page first saw it: `query` carries when that was to the next look.
    """
    if not ingestion.processing:
        return None
    done, total = ingestion.rows_done, ingestion.rows_total
    now = timezone.now().timestamp()
    rows, since = _mark(request, ingestion, now)
    rate = (done - rows) / (now - since) if now - since > 0.5 and done > rows else 0
    left = (total - done) / rate if rate and total and total > done else None
    return {
        "share": min(100, round(100 * done / total)) if total else 0,
        "known": bool(total),
        "rate": round(rate),
        "left": duration(timedelta(seconds=max(1, round(left)))).replace(".0 s", " s") if left is not None else "",
        "is_estimate": ingestion.stage == "Reading",
        "interrupted": _interrupted(ingestion),
        "query": _query(request, f"{rows}:{since:.1f}:{ingestion.stage}"),
    }


def _mark(request: HttpRequest, ingestion: Ingestion, now: float) -> tuple[int, float]:
    """(rows, when) the stage began, as far as this page knows; the first stage began when the worker took the run."""
    rows, _, rest = request.GET.get(_MARK, "").partition(":")
    since, _, stage = rest.partition(":")
    try:
        if stage == ingestion.stage and 0 <= int(rows) <= ingestion.rows_done and float(since) <= now + 1:
            return int(rows), float(since)
    except ValueError:
        pass
    if ingestion.claimed_at and ingestion.stage == "Reading":
        return 0, ingestion.claimed_at.timestamp()
    return ingestion.rows_done, now


def _query(request: HttpRequest, mark: str) -> str:
    query = {name: value for name, value in request.GET.items() if name != _MARK}
    return urlencode({**query, _MARK: mark})


def _interrupted(ingestion: Ingestion) -> str:
    """What is known about a worker that stopped or is silent, in a sentence; empty when all is well."""
    stopped = ingestion.attempts - bool(ingestion.claimed_at)
    again = "Its undo starts anew" if ingestion.task == Task.UNDO else "It is read again from the stored file"
    if stopped > 0:
        return (
            f"The worker that had this load stopped. {again}, try {stopped + 1} of {MOST_ATTEMPTS}; nothing is "
            "written twice."
        )
    silent = timezone.now() - ingestion.heartbeat_at if ingestion.claimed_at and ingestion.heartbeat_at else timedelta()
    if silent.total_seconds() > SILENT_SECONDS:
        return f"Nothing was heard of its worker for {duration(silent)}. If it stays silent, another one takes over."
    return ""
