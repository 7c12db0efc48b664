"""What people look for to export it by hand, and what they chose of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from adaptors.models.activations import Activation
from arhub.models import Document
from arhub.tenancy.models import BulkTenantModel, TenantModel


class ManualSearch(TenantModel):
    """A question for documents, kept for some days so that its answer has an address: `asked` is its `mode` with
    `numbers`, `accounts`, or `first` and `last`, and its `text` as it was typed."""

    activation = models.ForeignKey(Activation, on_delete=models.CASCADE, db_constraint=False, related_name="+")
    asked = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name_plural = "manual searches"

    def __str__(self) -> str:
        return f"Search {self.pk}"


class ManualExport(TenantModel):
    """Documents that a person chose to be exported, by a run of its own. `reason` is why they go once more."""

    activation = models.ForeignKey(
        Activation, on_delete=models.CASCADE, db_constraint=False, related_name="manual_exports"
    )
    reason = models.CharField(max_length=400, blank=True)
    total = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "id"], name="manualexport_tenant_id")]

    def __str__(self) -> str:
        return f"{self.total:,} invoice{'' if self.total == 1 else 's'} by hand: {self.activation}"


class ManualExportItem(BulkTenantModel):
    """One of them. `again` is that of the transaction which is to come of it, as `Transaction` counts: who repeats the
    work sees by it that it was done. `said` is why it was left."""

    class Outcome(models.TextChoices):
        WAITING = "", "Waiting"
        SENT = "sent", "Sent"
        HELD = "held", "Held"
        LEFT = "left", "Not exported"

    export = models.ForeignKey(
        ManualExport, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="items"
    )
    document = models.ForeignKey(Document, models.CASCADE, db_constraint=False, db_index=False, related_name="+")
    again = models.PositiveIntegerField(default=0)
    outcome = models.CharField(max_length=4, choices=Outcome.choices, blank=True)
    said = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "export", "document"], name="manualexportitem_once")]
        indexes = [
            models.Index(fields=["tenant", "export", "id"], name="manualexport_waiting", condition=Q(outcome="")),
            models.Index(fields=["tenant", "document"], name="manualexportitem_document"),
        ]

    def __str__(self) -> str:
        return str(self.document_id)
