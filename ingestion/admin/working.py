"""A run at work, as its page shows it: how far it is, how fast, how long still, and whether its worker is there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from arhub.admin.pace import duration, pace
from ingestion.domain.runs import MOST_ATTEMPTS
from ingestion.models import Ingestion, Task

SILENT_SECONDS = 15
"""A worker renews its heartbeat every two seconds; after this long without one the page says so."""


def progress(request: HttpRequest, ingestion: Ingestion) -> dict[str, Any] | None:
    """What `pace` tells, and whether it is an estimate; None when nobody works on it. The first stage began when the
    worker took the run."""
    if not ingestion.processing:
        return None
    is_reading = ingestion.stage == "Reading"
    began_at = ingestion.claimed_at if is_reading else None
    return {
        **pace(request, ingestion.stage, ingestion.rows_done, ingestion.rows_total, began_at=began_at),
        "is_estimate": is_reading,
        "interrupted": _interrupted(ingestion),
    }


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
