"""Activations of adaptors, and what they do for each customer."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KT
from django.utils import timezone

from adaptors.catalogue import CATALOGUE, Adaptor
from adaptors.registry import label_of
from arhub.models import Account, Document, Source
from arhub.tenancy.models import BulkTenantModel, TenantModel
from connectors.models import Connection


class Activation(TenantModel):
    """An adaptor as a tenant uses it.

    `source` are the records it takes, those of the source's ledger; `connection` is what brings them, where one does.
    `supplier` and `customer` are the common settings for all customers, by the names of `adaptors.fields`; `general`
    those of the group General; `values` what the adaptor asks for by itself. `statuses` are the source's words; none
    means any. `judged_with` is a digest of what all its rules were judged with, `seen_writes` how often its ledger
    had been written when it was last looked through for documents that have changed.
    """

    adaptor = models.CharField(max_length=40, editable=False)
    name = models.CharField(max_length=120)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    is_on = models.BooleanField(default=False)
    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, null=True, blank=True, db_constraint=False, related_name="activations"
    )
    connection = models.ForeignKey(
        Connection, on_delete=models.PROTECT, null=True, blank=True, db_constraint=False, related_name="activations"
    )
    destination = models.ForeignKey(
        Connection, on_delete=models.PROTECT, null=True, blank=True, db_constraint=False, related_name="+"
    )
    format = models.CharField(max_length=40, blank=True)
    format_values = models.JSONField(default=dict, editable=False)
    dated_from = models.DateField(default=timezone.localdate, verbose_name="Export documents dated from")
    document_types = models.JSONField(default=list)
    statuses = models.JSONField(default=list)
    file_name = models.CharField(max_length=200, blank=True)
    general = models.JSONField(default=dict, editable=False)
    supplier = models.JSONField(default=dict, editable=False)
    customer = models.JSONField(default=dict, editable=False)
    values = models.JSONField(default=dict, editable=False)
    first_run_at = models.DateTimeField(null=True, editable=False)
    judged_with = models.CharField(max_length=64, blank=True, editable=False)
    seen_writes = models.BigIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )

    class Meta:
        verbose_name, verbose_name_plural = "adaptor", "adaptors"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="activation_name_once"),
            models.UniqueConstraint(fields=["tenant", "id"], name="activation_tenant_id"),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def entry(self) -> Adaptor:
        return CATALOGUE[self.adaptor]


class CommonSettings(TenantModel):
    """Common settings for chosen customers of an activation, by the names of `adaptors.fields`."""

    activation = models.ForeignKey(
        Activation, on_delete=models.CASCADE, db_constraint=False, related_name="common_settings"
    )
    name = models.CharField(max_length=120)
    values = models.JSONField(default=dict, editable=False)

    class Meta:
        verbose_name_plural = "common settings"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "activation", "name"], name="commonsettings_once"),
            models.UniqueConstraint(fields=["tenant", "id"], name="commonsettings_tenant_id"),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ExportRule(BulkTenantModel):
    """What an activation does for one customer. There is one for each account of its source, active or not.

    `format` and `destination` are the customer's own, else the activation's. `values` are own settings by the names of
    `adaptors.fields`, `common` the common settings that were chosen for this customer. `missing` is what stands in the
    way of every document, each with field and text, as it was judged at `judged_at`; null: what it rests on has changed
    since. `trusted` is what was last sent, by part of `adaptors.domain.approvals.sensitive`: its digest, key, what it
    says, and since when.
    """

    activation = models.ForeignKey(
        Activation, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="rules"
    )
    account = models.ForeignKey(
        Account, models.CASCADE, db_constraint=False, db_index=False, related_name="export_rules"
    )
    is_active = models.BooleanField(default=False)
    activated_at = models.DateTimeField(null=True, editable=False)
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+",
        db_constraint=False,
    )  # fmt: skip
    format = models.CharField(max_length=40, blank=True)
    format_values = models.JSONField(default=dict, editable=False)
    destination = models.ForeignKey(
        Connection, on_delete=models.PROTECT, null=True, blank=True, db_constraint=False, related_name="+"
    )
    common = models.ForeignKey(
        CommonSettings, on_delete=models.SET_NULL, null=True, blank=True, db_constraint=False, related_name="rules"
    )
    values = models.JSONField(default=dict, editable=False)
    is_ready = models.BooleanField(null=True, editable=False)
    missing = models.JSONField(default=list, editable=False)
    judged_at = models.DateTimeField(null=True, editable=False)
    trusted = models.JSONField(default=dict, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "activation", "account"], name="exportrule_once"),
            models.UniqueConstraint(fields=["tenant", "id"], name="exportrule_tenant_id"),
        ]
        indexes = [
            models.Index(fields=["tenant", "account"], name="exportrule_account"),
            models.Index(fields=["tenant", "activation", "is_active", "id"], name="exportrule_active"),
            models.Index(
                fields=["tenant", "activation", "id"], name="exportrule_not_ready", condition=Q(is_ready=False)
            ),
            models.Index("tenant", "activation", KT("trusted__bank__digest"), name="exportrule_bank"),
            models.Index("tenant", KT("trusted__address__digest"), name="exportrule_address"),
        ]

    def __str__(self) -> str:
        return str(self.account)

    @property
    def format_label(self) -> str:
        return label_of(self.format or self.activation.format)


class PassedOver(BulkTenantModel):
    """A document that does not go out by itself: it was in the hub when its customer was activated, or when an
    activation was changed so that it falls in, and nobody said that it is to be taken."""

    activation = models.ForeignKey(
        Activation, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    document = models.ForeignKey(Document, models.CASCADE, db_constraint=False, db_index=False, related_name="+")

    class Meta:
        verbose_name_plural = "passed over documents"
        constraints = [models.UniqueConstraint(fields=["tenant", "activation", "document"], name="passedover_once")]

    def __str__(self) -> str:
        return str(self.document_id)
