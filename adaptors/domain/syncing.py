"""Sage Network: Sync Upload. Every customer, document and payment that is new or has changed goes there."""

from __future__ import annotations

from adaptors.domain import record_runs
from arhub.domain.jobs import Job


def work(job: Job) -> bool:
    return record_runs.work(job, record_runs.of_activation)
