"""Who is told what of an activation, what there is to tell, and what was told."""

from __future__ import annotations

import uuid
from datetime import time
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from adaptors.models.activations import Activation
from arhub.models import Account
from arhub.secrets import SecretField
from arhub.tenancy.models import BulkTenantModel, TenantModel
from connectors.models import Connection


class NotificationSetting(TenantModel):
    """One cell of an activation's notifications: of which kinds of events (`kinds`; none means all of the cell) whom it
    tells, and when.

    `users` are ids of people who are told at their own address for as long as they belong to the tenant, `addresses`
    any others. With `to_customer` each customer is told of its own documents. E-mail goes by `connection`, or by the
    hub's own server. Slack, Teams and the webhook are told where their address is set. `subject` and `body` are
    templates; empty ones mean the usual words. `next_at` is when the next digest is due.
    """

    class Level(models.TextChoices):
        DOCUMENT = "document", "Document level"
        ADAPTOR = "adaptor", "Adaptor level"

    class Tone(models.TextChoices):
        NEGATIVE = "negative", "Negative"
        POSITIVE = "positive", "Positive"

    class When(models.TextChoices):
        AT_ONCE = "at_once", "At once"
        HOURLY = "hourly", "As a digest every hour"
        DAILY = "daily", "As a digest once a day"

    activation = models.ForeignKey(
        Activation, on_delete=models.CASCADE, db_constraint=False, related_name="notification_settings"
    )
    level = models.CharField(max_length=10, choices=Level.choices)
    tone = models.CharField(max_length=10, choices=Tone.choices)
    is_on = models.BooleanField(default=False)
    kinds = models.JSONField(default=list)
    users = models.JSONField(default=list)
    addresses = models.JSONField(default=list)
    to_customer = models.BooleanField(default=False)
    connection = models.ForeignKey(
        Connection, on_delete=models.PROTECT, null=True, db_constraint=False, related_name="+"
    )
    slack_url = SecretField(blank=True)
    teams_url = SecretField(blank=True)
    webhook_url = SecretField(blank=True)
    webhook_key = SecretField(blank=True)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    when = models.CharField(max_length=10, choices=When.choices, default=When.AT_ONCE)
    at = models.TimeField(default=time(7))
    next_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "activation", "level", "tone"], name="notification_cell"),
            models.UniqueConstraint(fields=["tenant", "id"], name="notification_tenant_id"),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()}, {self.get_tone_display().lower()}"

    @property
    def mails(self) -> bool:
        """Whether anybody is told by e-mail."""
        return bool(self.users or self.addresses or self.to_customer)


class Notice(TenantModel):
    """What there is to tell of one cause, as one thing: opened by the first event, counted by those that follow, closed
    when it is over.

    `audience` is the customer who is told of its own documents; without one it is the company's people. `count` are its
    events, `untold` those that no message has told yet. `facts` are what the last of them said. `is_done` says that
    nothing of it is left to tell.
    """

    setting = models.ForeignKey(
        NotificationSetting, on_delete=models.CASCADE, db_constraint=False, related_name="notices"
    )
    kind = models.CharField(max_length=60)
    cause = models.CharField(max_length=120)
    audience = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, db_constraint=False, related_name="+")
    count = models.PositiveIntegerField(default=0)
    untold = models.PositiveIntegerField(default=0)
    facts = models.JSONField(default=dict)
    opened_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True, help_text="When a message first told of it.")
    closed_at = models.DateTimeField(null=True)
    over = models.CharField(max_length=400, blank=True, help_text="How it came to be over, in a sentence.")
    is_done = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "setting", "cause", "audience"], name="notice_open_once", nulls_distinct=False,
                condition=Q(closed_at=None),
            ),
            models.UniqueConstraint(fields=["tenant", "id"], name="notice_tenant_id"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["tenant", "setting"], name="notice_to_do", condition=Q(is_done=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.count}"


class NoticeEntry(BulkTenantModel):
    """An event that a setting wants told, written in the event's own transaction. Without `notice` nobody has looked at
    it yet. `facts` are what the event said: ids, words and counts."""

    setting = models.ForeignKey(
        NotificationSetting, models.CASCADE, db_constraint=False, db_index=False, related_name="entries"
    )
    notice = models.ForeignKey(
        Notice, models.CASCADE, null=True, db_constraint=False, db_index=False, related_name="entries"
    )
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=60)
    cause = models.CharField(max_length=120)
    audience = models.BigIntegerField(null=True)
    transaction = models.BigIntegerField(null=True)
    facts = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "notice entries"
        indexes = [
            models.Index(fields=["tenant", "setting", "id"], name="noticeentry_new", condition=Q(notice=None)),
            models.Index(fields=["tenant", "notice", "id"], name="noticeentry_of"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.cause}"


class NoticeMessage(TenantModel):
    """A message that was made, for the log. `key` says what it tells, so that nothing is told twice; `identity` is what
    its receivers know it by, the same at every attempt. `sent_to` are their destinations, `said` is what came of a
    test."""

    class Kind(models.TextChoices):
        TROUBLE = "trouble", "Trouble"
        OVER = "over", "Recovery"
        NEWS = "news", "News"
        DIGEST = "digest", "Digest"
        TEST = "test", "Test"

    MOST_RECIPIENTS: ClassVar[int] = 25

    setting = models.ForeignKey(
        NotificationSetting, on_delete=models.CASCADE, db_constraint=False, related_name="messages"
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    key = models.CharField(max_length=120)
    identity = models.UUIDField(default=uuid.uuid4)
    subject = models.CharField(max_length=255)
    sent_to = models.JSONField(default=list)
    said = models.CharField(max_length=1000, blank=True)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="noticemessage_once")]
        indexes = [models.Index(fields=["tenant", "setting", "-id"], name="noticemessage_newest")]
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.subject
