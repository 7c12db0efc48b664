"""One load and what it did: its files, counts, invalid rows, changes and log."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from arhub.models import Source
from arhub.records import RECORD_TYPES, RecordType
from arhub.tenancy.models import BulkTenantModel, TenantModel


class State(models.TextChoices):
    QUEUED = "queued", "Queued"
    READING = "reading", "Reading"
    REVIEW = "review", "Waiting for review"
    COMMITTING = "committing", "Committing"
    COMMITTED = "committed", "Committed"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class Ingestion(TenantModel):
    """One load. The row is the truth about it; whoever works on it claimed it by a conditional update.

    `claimed_at` is set while a worker has it, `heartbeat_at` moves while it works, `attempts` counts workers.
    `rows_written_at` moves only when a load wrote rows.
    """

    class Origin(models.TextChoices):
        UPLOAD = "upload", "Upload"
        COMMAND = "command", "Command line"
        API = "api", "API"
        PULL = "pull", "Pull"

    class Rejects(models.TextChoices):
        ROWS = "rows", "Reject only bad rows"
        FILE = "file", "Reject the whole load"

    PROCESSING: ClassVar = frozenset({State.QUEUED, State.READING, State.COMMITTING})
    WORKABLE: ClassVar = frozenset({State.QUEUED, State.COMMITTING})
    """States in which a run waits for a worker, when nobody has claimed it."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, db_constraint=False, related_name="ingestions")
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.UPLOAD)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    rejects = models.CharField(max_length=5, choices=Rejects.choices, default=Rejects.ROWS)
    review = models.BooleanField(default=True, help_text="A person looks at what it will do before it is written.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reason = models.TextField(blank=True, help_text="Why it failed, in one sentence.")
    reference = models.CharField(max_length=20, blank=True, help_text="What support looks for in the log.")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    rows_written_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    worked_seconds = models.FloatField(default=0, help_text="Time workers spent on it; waiting does not count.")
    stage = models.CharField(max_length=60, blank=True, help_text="What it does now, in words.")
    rows_done = models.BigIntegerField(default=0)
    rows_total = models.BigIntegerField(null=True, help_text="An estimate while the file is read.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "id"], name="ingestion_tenant_id")]
        indexes = [
            models.Index(fields=["tenant", "-id"], name="ingestion_newest"),
            models.Index(
                fields=["tenant", "next_attempt_at"],
                name="ingestion_due",
                condition=models.Q(state__in=["queued", "reading", "committing"]),
            ),
        ]

    def __str__(self) -> str:
        return f"Ingestion {self.pk}"

    def worked_until_now(self) -> float:
        """Seconds workers spent on it so far, the one at work included."""
        at_work = timezone.now() - self.claimed_at if self.claimed_at else timedelta()
        return self.worked_seconds + at_work.total_seconds()

    @property
    def failed(self) -> bool:
        return self.state == State.FAILED

    @property
    def processing(self) -> bool:
        return self.state in self.PROCESSING

    @property
    def succeeded(self) -> bool:
        return self.state == State.COMMITTED


class IngestionFile(TenantModel):
    """A file of a load, kept as it came. `mapping` is header → field name; headers in `unmapped` were not read."""

    ingestion = models.ForeignKey(Ingestion, on_delete=models.CASCADE, db_constraint=False, related_name="files")
    position = models.PositiveSmallIntegerField(help_text="Order within the load, from 0.")
    record_type = models.CharField(max_length=30)
    name = models.CharField(max_length=255)
    content = models.FileField(upload_to="ingestion/%Y/%m/%d", max_length=500)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    format = models.CharField(max_length=10, blank=True)
    encoding = models.CharField(max_length=20, blank=True)
    delimiter = models.CharField(max_length=2, blank=True)
    sheet = models.CharField(max_length=60, blank=True)
    header = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    warnings = models.JSONField(default=list)
    error = models.TextField(blank=True, help_text="Why the whole file was refused.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "ingestion", "position"], name="ingestion_file_position"),
            models.UniqueConstraint(fields=["tenant", "id"], name="ingestion_file_tenant_id"),
        ]
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name

    @property
    def type(self) -> RecordType:
        return RECORD_TYPES[self.record_type]


class Count(TenantModel):
    """What a file of a load did to one data model. Lines is the sum of the other four."""

    ingestion = models.ForeignKey(Ingestion, on_delete=models.CASCADE, db_constraint=False, related_name="counts")
    file = models.ForeignKey(IngestionFile, on_delete=models.CASCADE, db_constraint=False, related_name="counts")
    type = models.CharField(max_length=30)
    lines = models.BigIntegerField(default=0)
    inserted = models.BigIntegerField(default=0)
    updated = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    invalid = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "file", "type"], name="count_once")]
        ordering = ["file", "type"]

    def __str__(self) -> str:
        return f"{self.type}: {self.lines}"


class InvalidRow(BulkTenantModel):
    """A row that did not go in: its cells as they stood in the file, and what is wrong with it.

    `problems` is a list of {column, expected, found}; `cells` are the texts under the file's header.
    """

    ingestion = models.ForeignKey(Ingestion, on_delete=models.CASCADE, db_constraint=False, related_name="invalid_rows")
    file = models.ForeignKey(IngestionFile, on_delete=models.CASCADE, db_constraint=False, related_name="invalid_rows")
    type = models.CharField(max_length=30)
    line = models.BigIntegerField()
    cells = models.JSONField(null=True)
    problems = models.JSONField()
    cause = models.CharField(max_length=400, help_text="The first problem without the value found: what rows share.")

    class Meta:
        indexes = [models.Index(fields=["tenant", "ingestion", "file", "line"], name="invalid_row_line")]

    def __str__(self) -> str:
        return f"Line {self.line}"


class Change(BulkTenantModel):
    """One field of one record that a load changed: old and new as text."""

    ingestion = models.ForeignKey(Ingestion, on_delete=models.CASCADE, db_constraint=False, related_name="changes")
    file = models.BigIntegerField()
    line = models.BigIntegerField()
    record_type = models.CharField(max_length=30)
    record = models.BigIntegerField()
    field = models.CharField(max_length=60)
    old = models.TextField(null=True)
    new = models.TextField(null=True)
    changed_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "ingestion", "id"], name="change_ingestion"),
            models.Index(fields=["tenant", "record_type", "record"], name="change_record"),
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.old} → {self.new}"


class LogEntry(TenantModel):
    """A line of a load's story, for its page."""

    ingestion = models.ForeignKey(Ingestion, on_delete=models.CASCADE, db_constraint=False, related_name="log")
    written_at = models.DateTimeField(default=timezone.now)
    text = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["tenant", "ingestion", "id"], name="log_ingestion")]
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text
