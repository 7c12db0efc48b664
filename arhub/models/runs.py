"""Work that runs in the background, and the story of each run."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from arhub.models.schedules import Schedule
from arhub.tenancy.models import TenantModel


class Run(TenantModel):
    """One piece of work of a kind that settings.RUN_KINDS names, done slice by slice until it is finished.

    `subject_id` is what it works on, in the kind's own terms. Runs with the same word in `alone` share a subject
    with no other at once. `claimed_at` is set while a worker has it, and tells one claim from the next; a running run
    without one waits for its next slice. `attempts` and `deaths` count since the last slice that went well. `counts`
    is label → number, `links` a list of {"label", "url"}, `memory` what the kind keeps between slices.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    UNFINISHED: ClassVar = frozenset({State.QUEUED, State.RUNNING})

    kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    title = models.CharField(max_length=255, help_text="What it is, for people.")
    alone = models.CharField(max_length=40, blank=True)
    schedule = models.ForeignKey(
        Schedule, on_delete=models.SET_NULL, null=True, db_constraint=False, related_name="runs"
    )
    due_at = models.DateTimeField(null=True, help_text="When its schedule meant it to run.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    deaths = models.PositiveSmallIntegerField(default=0, help_text="Workers that stopped in the middle of it.")
    next_attempt_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    retry_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, db_constraint=False, related_name="retries"
    )
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    stage = models.CharField(max_length=200, blank=True, help_text="What it is doing, in a sentence.")
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    counts = models.JSONField(default=dict)
    links = models.JSONField(default=list)
    reason = models.TextField(blank=True, help_text="Why it failed or waits, in a sentence.")
    reference = models.CharField(max_length=20, blank=True, help_text="What support looks for in the log.")
    memory = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="run_tenant_id"),
            models.UniqueConstraint(fields=["tenant", "schedule", "due_at"], name="run_due_once"),
            models.UniqueConstraint(fields=["tenant", "retry_of"], name="run_retried_once"),
            models.UniqueConstraint(
                fields=["tenant", "alone", "subject_id"],
                name="run_alone",
                condition=Q(state="running") & ~Q(alone=""),
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-id"], name="run_newest"),
            models.Index(
                fields=["tenant", "next_attempt_at", "id"],
                name="run_unfinished",
                condition=Q(state__in=["queued", "running"]),
            ),
            models.Index(fields=["tenant", "kind", "subject_id", "-id"], name="run_subject"),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title

    @property
    def is_unfinished(self) -> bool:
        return self.state in self.UNFINISHED

    @property
    def took(self) -> timedelta | None:
        """From its start to its end, or until now."""
        return (self.finished_at or timezone.now()) - self.started_at if self.started_at else None


class RunEntry(TenantModel):
    """A line of a run's log."""

    class Level(models.TextChoices):
        INFO = "info", "Info"
        WARNING = "warning", "Warning"
        ERROR = "error", "Error"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, db_constraint=False, related_name="log")
    at = models.DateTimeField(default=timezone.now)
    level = models.CharField(max_length=7, choices=Level.choices, default=Level.INFO)
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "id"], name="run_entry_tenant_id")]
        indexes = [models.Index(fields=["tenant", "run", "id"], name="run_entry_run")]
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text
