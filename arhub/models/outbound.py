"""What must reach someone else, and every attempt to bring it there."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from arhub.tenancy.models import TenantModel


class Outbound(TenantModel):
    """One thing that must reach one other: stored with its identity and exact bytes before the first call.

    `channel` says how it travels (settings.OUTBOUND_CHANNELS), `destination` where to, in the channel's own terms.
    `identity` is the id the receiver sees, the same at every repeat and unique there. `attempts` counts since it was
    first sent or last replayed; `claimed_at` is set while a worker has it, and tells one claim from the next.

    Some content can be made only when what it refers to has arrived: until then it is empty and the thing is held,
    with the identity it waits for in `waits_for`. What is uncertain is looked up at `next_attempt_at`; without one a
    person has to decide. `looks` counts the look-ups since the last attempt.
    """

    class State(models.TextChoices):
        HELD = "held", "Held"
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Sending"
        LOOKING = "looking", "Looking it up"
        DELIVERED = "delivered", "Delivered"
        UNCERTAIN = "uncertain", "Uncertain"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    SETTLED: ClassVar = frozenset({State.DELIVERED, State.FAILED, State.CANCELLED})

    channel = models.CharField(max_length=40)
    destination = models.CharField(max_length=255)
    identity = models.CharField(max_length=120, db_collation="C")
    subject = models.CharField(max_length=255, help_text="What it is, for people.")
    content = models.BinaryField()
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the content, once it is made.")
    content_type = models.CharField(max_length=120, default="application/json")
    headers = models.JSONField(default=dict, help_text="What travels with the content, the same every time.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    next_attempt_at = models.DateTimeField(default=timezone.now, null=True)
    looks = models.PositiveSmallIntegerField(default=0)
    uncertain_at = models.DateTimeField(null=True, help_text="Since when nobody knows whether it has arrived.")
    waits_for = models.CharField(max_length=120, blank=True)
    claimed_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True, help_text="When it was delivered, or given up.")
    answer = models.CharField(max_length=400, blank=True, help_text="What became of the last attempt, in a sentence.")

    class Meta:
        verbose_name, verbose_name_plural = "delivery", "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "channel", "destination", "identity"], name="outbound_once"),
            models.UniqueConstraint(fields=["tenant", "id"], name="outbound_tenant_id"),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "next_attempt_at", "id"],
                name="outbound_due",
                condition=Q(state__in=["waiting", "uncertain", "held"]),
            ),
            models.Index(
                fields=["tenant", "claimed_at"], name="outbound_at_work", condition=Q(state__in=["sending", "looking"])
            ),
            models.Index(
                fields=["tenant", "channel", "destination", "waits_for"],
                name="outbound_waits",
                condition=Q(state="held"),
            ),
            models.Index(fields=["tenant", "channel", "destination", "-id"], name="outbound_newest"),
            models.Index(fields=["tenant", "channel", "settled_at"], name="outbound_age"),
            models.Index(fields=["tenant", "-settled_at"], name="outbound_failed", condition=Q(state="failed")),
            models.Index(fields=["tenant", "uncertain_at"], name="outbound_uncertain", condition=Q(state="uncertain")),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.subject


class Attempt(TenantModel):
    """One attempt, or one look-up, written before the call; what came of it is added afterwards.

    `excerpt` is the beginning of what the other side answered, without credentials.
    """

    class Outcome(models.TextChoices):
        AT_WORK = "at_work", "At work"
        DELIVERED = "delivered", "Delivered"
        NOT_TAKEN = "not_taken", "Not taken"
        REFUSED = "refused", "Refused for good"
        UNKNOWN = "unknown", "No answer"
        STOPPED = "stopped", "Worker stopped"
        NOT_WANTED = "not_wanted", "No longer wanted"
        HELD = "held", "Held back"
        FOUND = "found", "Found there"
        NOT_FOUND = "not_found", "Not there"

    outbound = models.ForeignKey(
        Outbound, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="log"
    )
    started_at = models.DateTimeField(default=timezone.now)
    is_look_up = models.BooleanField(default=False)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.AT_WORK)
    status = models.PositiveSmallIntegerField(null=True, help_text="The HTTP status, where there was one.")
    text = models.CharField(max_length=400, blank=True)
    excerpt = models.CharField(max_length=500, blank=True)
    duration_ms = models.PositiveIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["tenant", "outbound", "id"], name="attempt_outbound")]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}: {self.text}"


class Pause(TenantModel):
    """A destination that fails: which different things did in succession (`failed`, their ids), and, once it is paused,
    since when, and when one thing is tried before the rest."""

    channel = models.CharField(max_length=40)
    destination = models.CharField(max_length=255)
    failed = models.JSONField(default=list)
    text = models.CharField(max_length=400, blank=True, help_text="What the last attempt came to.")
    paused_at = models.DateTimeField(null=True)
    probe_at = models.DateTimeField(null=True)
    probes = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "channel", "destination"], name="pause_once")]

    def __str__(self) -> str:
        return f"{self.channel} {self.destination}"
