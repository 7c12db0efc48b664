"""Programs that use the hub: their keys, and the answers they were given."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from arhub.models.sources import Source
from arhub.tenancy.models import TenantModel

REQUESTS_PER_MINUTE = 600


class ApiKey(TenantModel):
    """What a program signs in with. The key itself is shown once; its hash leads here (`ApiKeyHash`).

    `client` is the program: a rotation makes a second key of the same client, and both are valid for a while.
    `scopes` are "read" and "write" for everything, "accounts:read" and the like for one resource. `networks` are those
    the key may be used from; none means any. `window_at` and `window_requests` count the requests of the minute.
    """

    name = models.CharField(max_length=120)
    client = models.UUIDField(default=uuid.uuid4, editable=False)
    prefix = models.CharField(max_length=10, editable=False)
    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, db_constraint=False, related_name="api_keys",
        help_text="What is written with the key belongs to this source.",
    )  # fmt: skip
    scopes = models.JSONField(default=list)
    networks = models.JSONField(default=list, blank=True)
    requests_per_minute = models.PositiveIntegerField(default=REQUESTS_PER_MINUTE)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    last_used_at = models.DateTimeField(null=True, editable=False)
    window_at = models.DateTimeField(null=True, editable=False)
    window_requests = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = "API key"
        constraints = [models.UniqueConstraint(fields=["tenant", "id"], name="api_key_tenant_id")]
        indexes = [models.Index(fields=["tenant", "client"], name="api_key_client")]
        ordering = ["name", "-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def is_valid(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())


class ApiKeyHash(models.Model):
    """Which tenant a key belongs to, looked up before there is a tenant: no row policy, and nothing but ids here."""

    digest = models.CharField(max_length=64, primary_key=True)
    tenant = models.BigIntegerField(db_column="tenant_id")
    key = models.BigIntegerField(db_column="key_id")

    def __str__(self) -> str:
        return f"Key {self.key}"


class IdempotentRequest(TenantModel):
    """A request that may come again under its Idempotency-Key, and the answer it was given; `digest` is of what it
    asked for. Without `status` nobody has answered it yet."""

    client = models.UUIDField()
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    received_at = models.DateTimeField(default=timezone.now)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=b"")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "client", "key"], name="idempotent_request_once")]
        indexes = [models.Index(fields=["tenant", "received_at"], name="idempotent_request_age")]

    def __str__(self) -> str:
        return self.key
