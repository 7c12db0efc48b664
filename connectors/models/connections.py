"""A tenant's access to other systems, and what is remembered of each."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from arhub.models import Source
from arhub.secrets.fields import SecretField
from arhub.tenancy.models import TenantModel
from connectors.registry import label_of


class Connection(TenantModel):
    """A configured access to another system.

    `values` are the settings that are no secrets; `secrets` all the others, as one JSON object, and `secrets_set` says
    of each who set it when. Records that are pulled belong to `source`. `health` is judged by what was tried last.
    """

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=40, editable=False)
    values = models.JSONField(default=dict, editable=False)
    secrets = SecretField(blank=True, editable=False)
    secrets_set = models.JSONField(default=dict, editable=False)
    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, null=True, editable=False, db_constraint=False, related_name="connections"
    )
    is_enabled = models.BooleanField(default=True, editable=False)
    most_attempts = models.PositiveSmallIntegerField(
        "attempts", default=9, help_text="How often a document is tried, with growing pauses, before it is given up."
    )
    receipt_hours = models.PositiveIntegerField(
        "receipt within (hours)", default=24, help_text="Of a receipt that comes later; then somebody is told."
    )
    last_success_at = models.DateTimeField(null=True, editable=False)
    last_error_at = models.DateTimeField(null=True, editable=False)
    last_error = models.CharField(max_length=400, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="connection_name_once"),
            models.UniqueConstraint(fields=["tenant", "id"], name="connection_tenant_id"),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def kind_label(self) -> str:
        return label_of(self.kind)

    @property
    def state(self) -> str:
        """In words: Switched off, Failing, Working or Not tried."""
        if not self.is_enabled:
            return "Switched off"
        return "Failing" if self.is_failing else "Working" if self.last_success_at else "Not tried"

    @property
    def is_failing(self) -> bool:
        """Whether what was tried last did not work."""
        return self.last_error_at is not None and (
            self.last_success_at is None or self.last_success_at < self.last_error_at
        )


class ConnectionMemory(TenantModel):
    """What a connector remembers between calls: sessions, tokens. Encrypted, since some of it opens doors."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, db_constraint=False, related_name="memory")
    name = models.CharField(max_length=80)
    value = SecretField()
    stored_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "connection", "name"], name="connectionmemory_once"),
        ]

    def __str__(self) -> str:
        return self.name


class ConnectionPace(TenantModel):
    """When the next request may go out to a connection, over all processes."""

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, db_constraint=False, related_name="pace")
    free_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.free_at)


class ConnectionEntry(TenantModel):
    """A line of a connection's log: who changed, tested, rewound or used it, and what came of it."""

    class Level(models.TextChoices):
        INFO = "info", "Info"
        WARNING = "warning", "Warning"
        ERROR = "error", "Error"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, db_constraint=False, related_name="log")
    at = models.DateTimeField(default=timezone.now)
    level = models.CharField(max_length=7, choices=Level.choices, default=Level.INFO)
    text = models.CharField(max_length=1000)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["tenant", "connection", "-id"], name="connectionentry_newest")]
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.text
