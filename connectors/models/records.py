"""Records that come from other systems, and go there."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from arhub.models import Outbound
from arhub.tenancy.managers import TenantManager, TenantQuerySet
from arhub.tenancy.models import TenantModel
from connectors.models.connections import Connection


class StreamCursor(TenantModel):
    """The time up to which a stream of a connection has been read, as the other side writes it; empty: not yet."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, db_constraint=False, related_name="cursors")
    stream = models.CharField(max_length=60)
    value = models.CharField(max_length=120, blank=True)
    moved_at = models.DateTimeField(default=timezone.now)
    moved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "connection", "stream"], name="streamcursor_once"),
        ]
        ordering = ["stream"]

    def __str__(self) -> str:
        return f"{self.stream}: {self.value or 'from the beginning'}"


class PulledPage(TenantModel):
    """A page of a pull that is spooled: its records lie in storage as JSON Lines, one file for each record type.

    `cursor` is where the pull goes on after it: {"since": {...}, "at": {...}}.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, db_constraint=False, related_name="pages")
    run = models.BigIntegerField()
    number = models.PositiveIntegerField()
    files = models.JSONField(default=dict, help_text="Record type → name in storage.")
    counts = models.JSONField(default=dict, help_text="Record type → records.")
    cursor = models.JSONField(default=dict)
    ingestion = models.BigIntegerField(null=True, help_text="The load it became a part of.")
    pulled_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "run", "number"], name="pulledpage_once")]
        indexes = [models.Index(fields=["tenant", "ingestion"], name="pulledpage_ingestion")]
        ordering = ["run", "number"]

    def __str__(self) -> str:
        return f"Page {self.number}"


class OutboundPushManager(TenantManager):
    def get_queryset(self) -> TenantQuerySet[Outbound]:
        return super().get_queryset().filter(channel="push")


class Push(TenantModel):
    """A record on its way to another system. `outbound` carries it, together with others where they go in batches.

    `version` tells one state of the record from the next for what is sent again when it changes; it is empty for what
    goes once. `refusal` is why the other side did not take this record.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, db_constraint=False, related_name="pushes")
    record_type = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    version = models.CharField(max_length=40, blank=True)
    outbound = models.ForeignKey(Outbound, on_delete=models.CASCADE, db_constraint=False, related_name="pushes")
    refusal = models.CharField(max_length=400, blank=True)

    class Meta:
        verbose_name_plural = "pushes"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "connection", "record_type", "record_id", "version"], name="push_once"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "record_type", "record_id"], name="push_record"),
            models.Index(fields=["tenant", "outbound"], name="push_outbound"),
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.record_type} {self.record_id}"


class OutboundPush(Outbound):
    """What is on its way to another system, as the list Pushes has it: one row for all records of a message."""

    objects = OutboundPushManager()  # type: ignore[misc]

    class Meta:
        proxy = True
        verbose_name, verbose_name_plural = "push", "pushes"


class WriteBack(TenantModel):
    """What another system calls one of our records: a key it gave, or the number under which it keeps it."""

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, db_constraint=False, related_name="write_backs"
    )
    record_type = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    system = models.CharField(max_length=40, help_text="The kind of the connection.")
    name = models.CharField(max_length=60, help_text="The field's name there.")
    value = models.CharField(max_length=255)
    written_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "connection", "record_type", "record_id", "name"], name="writeback_once"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "record_type", "record_id"], name="writeback_record"),
            models.Index(fields=["tenant", "value"], name="writeback_value"),
        ]
        ordering = ["record_type", "record_id", "name"]

    def __str__(self) -> str:
        return f"{self.name} {self.value}"
