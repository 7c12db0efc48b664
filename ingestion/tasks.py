"""The doorbell: a queue task that carries no id and does whatever run is due."""

from __future__ import annotations

from functools import partial

from django_q.tasks import async_task

from arhub.tasks import beat
from ingestion.domain import arrivals, runs


def ring() -> None:
    """Call a worker of the queue for loads. Safe to call too often."""
    async_task("ingestion.tasks.answer", cluster="loads")


def answer() -> str:
    """Claim one due run and do it; ring again while more are due."""
    claimed = runs.claim()
    if claimed is None:
        return "nothing due"
    state = runs.work(*claimed, on_beat=partial(beat, "loads"))
    ring()
    return f"ingestion {claimed[1]}: {state}"


def sweep() -> str:
    """Ring for what is due and for what a dead worker left behind."""
    due = runs.sweep()
    if due:
        ring()
    return f"{due} due"


def check_arrivals() -> str:
    """Look at the sources whose files are expected by now."""
    return f"{arrivals.check_due()} checked"
