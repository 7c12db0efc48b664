"""Where a tenant wants to be told of events."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from arhub.secrets import SecretField
from arhub.tenancy.models import TenantModel


class WebhookEndpoint(TenantModel):
    """An address that is called when something happens. No `kinds` means all of them.

    `previous_key` signs beside `key` until `previous_key_until`. `failing_since` is the first failure after the last
    success; `reason` says why the hub has switched the endpoint off.
    """

    name = models.CharField(max_length=120)
    url = models.CharField("URL", max_length=500, help_text="Such as https://shop.example/hooks/arhub.")
    kinds = models.JSONField("events", default=list, blank=True)
    key = SecretField(editable=False)
    previous_key = SecretField(blank=True, editable=False)
    previous_key_until = models.DateTimeField(null=True, editable=False)
    is_enabled = models.BooleanField(default=True, editable=False)
    reason = models.CharField(max_length=400, blank=True, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )

    class Meta:
        verbose_name = "webhook"
        constraints = [models.UniqueConstraint(fields=["tenant", "id"], name="webhook_endpoint_tenant_id")]
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name
