"""What happened, in the words of whoever is told of it."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from arhub.tenancy.models import TenantModel


class Event(TenantModel):
    """Something that happened, written in the transaction that made it happen.

    `public_id` is its name outside the hub; `data` holds ids, words and counts that any program of the tenant may
    see, never amounts or contents.
    """

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=120, blank=True, help_text="What it happened to, such as “Ingestion 12”.")
    data = models.JSONField(default=dict)
    occurred_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "public_id"], name="event_public_id")]
        indexes = [models.Index(fields=["tenant", "occurred_at"], name="event_age")]

    def __str__(self) -> str:
        return f"{self.kind}, {self.subject}" if self.subject else self.kind
