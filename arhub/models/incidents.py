"""What is not as it should be, and waits for somebody."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from arhub.models.sources import Source
from arhub.tenancy.models import TenantModel


class Incident(TenantModel):
    """Something that was expected and is not so, until it comes or a person closes it with a reason.

    `key` is what it is about, for whoever reports it: while it is open, the same key counts `times` instead of opening
    another one. `text` says what was expected, what was found and where; `url` leads there. `by_arrival` tells that
    what was missing closed it by coming; otherwise `closed_by` did, or, without one, a program. `thing_kind`, one of
    settings.SHARED_THINGS, and `thing_id` say what it hangs on: who may not see that, does not see it; empty for what
    is for all.
    """

    class Kind(models.TextChoices):
        LATE = "late", "Late"
        MISSING = "missing", "Missing"
        EMPTY = "empty", "Empty"
        REPEATED = "repeated", "Repeated"
        OUT_OF_ORDER = "out_of_order", "Out of order"
        PAUSED = "paused", "Paused"
        EXPIRING = "expiring", "Expiring"
        OTHER = "other", "Other"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    key = models.CharField(max_length=200)
    subject = models.CharField(max_length=255, help_text="What it is about, for people, such as a source's name.")
    text = models.TextField()
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", help_text="Who sees to it."
    )
    source = models.ForeignKey(Source, on_delete=models.SET_NULL, null=True, db_constraint=False, related_name="+")
    thing_kind = models.CharField(max_length=40, blank=True)
    thing_id = models.BigIntegerField(null=True)
    url = models.CharField(max_length=500, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    times = models.PositiveIntegerField(default=1, help_text="How often it was found to be so.")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    by_arrival = models.BooleanField(default=False)
    reason = models.TextField(blank=True, help_text="Why it was closed.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="incident_tenant_id"),
            models.UniqueConstraint(fields=["tenant", "key"], name="incident_open_once", condition=Q(state="open")),
        ]
        indexes = [models.Index(fields=["tenant", "-state", "-id"], name="incident_open_first")]
        ordering = ["-state", "-id"]

    def __str__(self) -> str:
        return self.subject if self.kind == self.Kind.OTHER else f"{self.subject}: {self.get_kind_display().lower()}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN
