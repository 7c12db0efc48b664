"""One load and what it did: its files, counts, invalid rows, changes and log."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from arhub.models import Source, Timing
from arhub.records import RECORD_TYPES, RecordType
from arhub.tenancy.models import BulkTenantModel, TenantModel
from ingestion.errors import LONGEST_CAUSE, Problem


class State(models.TextChoices):
    RECEIVING = "receiving", "Waiting for more files"
    QUEUED = "queued", "Queued"
    READING = "reading", "Reading"
    MAPPING = "mapping", "Waiting for mapping"
    REVIEW = "review", "Waiting for review"
    COMMITTING = "committing", "Committing"
    COMMITTED = "committed", "Committed"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    UNDONE = "undone", "Undone"


class Task(models.TextChoices):
    """What a worker is to do with a run."""

    LOAD = "load", "Load"
    REPAIR = "repair", "Take in repaired rows"
    UNDO = "undo", "Undo"


class Ingestion(TenantModel):
    """One load. The row is the truth about it; whoever works on it claimed it by a conditional update.

    `claimed_at` is set while a worker has it, `heartbeat_at` moves while it works, `attempts` counts workers.
    `rows_written_at` moves only when a load wrote rows. `parts` of a load that comes in several requests:
    {"expected": 3, "arrived": [1, 2]}. `skipped` is what was sent and is not kept here: name →
    {"rows": 12, "reason": "..."}.
    """

    class Origin(models.TextChoices):
        UPLOAD = "upload", "Upload"
        COMMAND = "command", "Command line"
        API = "api", "API"
        PULL = "pull", "Pull"
        FETCH = "fetch", "Fetch"

    Rejects = Source.Rejects

    PROCESSING: ClassVar = frozenset({State.QUEUED, State.READING, State.COMMITTING})
    WORKABLE: ClassVar = frozenset({State.QUEUED, State.COMMITTING})
    """States in which a run waits for a worker, when nobody has claimed it."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, db_constraint=False, related_name="ingestions")
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.UPLOAD)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    task = models.CharField(max_length=6, choices=Task.choices, default=Task.LOAD)
    policies = models.JSONField(default=dict, help_text="The source's policies when the load was made.")
    parts = models.JSONField(default=dict)
    skipped = models.JSONField(default=dict)
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
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
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
        at_work = timezone.now() - self.claimed_at if self.claimed_at and self.processing else timedelta()
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


class MappingProfile(TenantModel):
    """How files of one layout are read, as a person decided it. A change makes a new version; the newest counts.

    `layout` is the digest of the normalised headers in any order; `fingerprint` describes the files it was made
    with; `recipe` and `options` are what `IngestionFile` has under these names.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, db_constraint=False, related_name="profiles")
    record_type = models.CharField(max_length=30)
    name = models.CharField(max_length=120)
    version = models.PositiveIntegerField(default=1)
    layout = models.CharField(max_length=64)
    fingerprint = models.JSONField(default=dict)
    recipe = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "source", "record_type", "name", "version"], name="profile_version_once"
            ),
            models.UniqueConstraint(fields=["tenant", "id"], name="profile_tenant_id"),
        ]
        indexes = [models.Index(fields=["tenant", "source", "record_type", "layout"], name="profile_layout")]
        ordering = ["name", "-version"]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"


class IngestionFile(TenantModel):
    """A file of a load, kept as it came.

    Files of one archive share the stored content; `member` is the name inside. `recipe` is how its columns become
    fields (`ingestion.domain.recipe`), `mapping` the part of it that is header → field name. `options` is what a person
    chose about how it is opened. `control` is the total given with it: {"count": 12, "sums": {"DKK": "1.00"}}.
    `left_out` lists title rows above and total rows below the table: {"line": 1, "text": "...", "above": true}.
    `offsets` holds the byte offset of every 1,000th line of a text, as 64 bit integers, little-endian.
    """

    ingestion = models.ForeignKey(Ingestion, on_delete=models.CASCADE, db_constraint=False, related_name="files")
    position = models.PositiveSmallIntegerField(help_text="Order within the load, from 0.")
    record_type = models.CharField(max_length=30)
    name = models.CharField(max_length=255)
    content = models.FileField(upload_to="ingestion/%Y/%m/%d", max_length=500)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    encoding = models.CharField(max_length=20, blank=True)
    delimiter = models.CharField(max_length=2, blank=True)
    sheet = models.CharField(max_length=60, blank=True)
    member = models.CharField(max_length=500, blank=True)
    header = models.JSONField(default=list)
    profile = models.ForeignKey(MappingProfile, on_delete=models.SET_NULL, null=True, blank=True, related_name="files",
                                db_constraint=False)  # fmt: skip
    recipe = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    control = models.JSONField(default=dict)
    left_out = models.JSONField(default=list)
    offsets = models.BinaryField(null=True)
    first_line = models.BigIntegerField(null=True, help_text="The line of the first row.")
    last_line = models.BigIntegerField(null=True, help_text="The line of the last row.")
    warnings = models.JSONField(default=list)
    error = models.TextField(blank=True, help_text="Why the whole file was refused.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "ingestion", "position"], name="ingestion_file_position"),
            models.UniqueConstraint(fields=["tenant", "id"], name="ingestion_file_tenant_id"),
        ]
        indexes = [models.Index(fields=["tenant", "sha256"], name="ingestion_file_sha256")]
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name

    @property
    def mapping(self) -> dict[str, str]:
        return dict(self.recipe.get("columns", {}))

    @property
    def type(self) -> RecordType:
        return RECORD_TYPES[self.record_type]


class ArrivalWatch(Timing):
    """By when files of a source are expected, and what of them.

    `index_mark` is a part of file names in which # stands for a number that counts on. `counts_from`: what came after
    it counts for the deadline at hand, which is the last one, `last_due_at`, while an incident about it is open.
    `missing_indexes` are those below `last_index` that have not come.
    """

    source = models.OneToOneField(Source, on_delete=models.CASCADE, db_constraint=False, related_name="arrival_watch")
    is_enabled = models.BooleanField("enabled", default=True)
    at_least_files = models.PositiveIntegerField(default=1, help_text="Between one deadline and the next.")
    at_least_rows = models.PositiveBigIntegerField(default=0, help_text="In all of these files.")
    may_repeat = models.BooleanField(default=False, help_text="A file may come again with the same content.")
    index_mark = models.CharField("names count on", max_length=120, blank=True)
    last_index = models.BigIntegerField(null=True, blank=True, help_text="The highest number that came.")
    missing_indexes = models.JSONField(default=list, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        help_text="Who sees to it when something is not as expected.",
    )  # fmt: skip
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    counts_from = models.DateTimeField(default=timezone.now, editable=False)
    last_due_at = models.DateTimeField(null=True, editable=False)
    next_due_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = "expected arrival", "expected arrivals"
        constraints = [models.UniqueConstraint(fields=["tenant", "id"], name="arrival_watch_tenant_id")]
        indexes = [models.Index(fields=["tenant", "next_due_at"], name="arrival_watch_due")]
        ordering = ["source__name"]

    def __str__(self) -> str:
        return f"Expected of {self.source}"


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
    cause = models.CharField(
        max_length=LONGEST_CAUSE, help_text="The first problem without the value found: what rows share."
    )

    class Meta:
        indexes = [models.Index(fields=["tenant", "ingestion", "file", "line"], name="invalid_row_line")]

    def __str__(self) -> str:
        return f"Line {self.line}"

    @property
    def message(self) -> str:
        """One sentence for all that is wrong with the row."""
        return "; ".join(str(Problem(**problem)) for problem in self.problems)


class Repair(BulkTenantModel):
    """A rejected row as a person corrected it: its cells under the file's header. It is read in place of the line."""

    ingestion = models.ForeignKey(Ingestion, on_delete=models.CASCADE, db_constraint=False, related_name="repairs")
    file = models.ForeignKey(IngestionFile, on_delete=models.CASCADE, db_constraint=False, related_name="repairs")
    line = models.BigIntegerField()
    cells = models.JSONField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now)
    taken_in_at = models.DateTimeField(null=True, help_text="When the row went in.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "file", "line"], name="repair_once")]
        indexes = [models.Index(fields=["tenant", "ingestion"], name="repair_ingestion")]

    def __str__(self) -> str:
        return f"Line {self.line}"


class Review(TenantModel):
    """What a load would do, as it was shown, and what that rests on.

    `basis` holds the files, how each is read, the versions of their types, the policies, and a digest of the records
    that it matches or refers to (`ingestion.domain.review`); `money` how outstanding and ageing would move
    per currency and account, `control` the comparison with the totals given, `missing` what a snapshot leaves out.
    """

    ingestion = models.OneToOneField(Ingestion, on_delete=models.CASCADE, db_constraint=False, related_name="reviewed")
    made_at = models.DateTimeField(db_default=models.functions.Now())
    basis = models.JSONField(default=dict)
    money = models.JSONField(default=dict)
    control = models.JSONField(default=list)
    missing = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"Review of ingestion {self.ingestion_id}"


class Kept(BulkTenantModel):
    """A record that an undo leaves as it is, and why."""

    ingestion = models.ForeignKey(Ingestion, on_delete=models.CASCADE, db_constraint=False, related_name="kept")
    record_type = models.CharField(max_length=30)
    record = models.BigIntegerField()
    label = models.CharField(max_length=255)
    reason = models.CharField(max_length=400)

    class Meta:
        indexes = [models.Index(fields=["tenant", "ingestion", "id"], name="kept_ingestion")]

    def __str__(self) -> str:
        return f"{self.label}: {self.reason}"


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
