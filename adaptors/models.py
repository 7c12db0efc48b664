"""Activations of adaptors, what they do for each customer, and the documents that go out."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from adaptors.catalogue import CATALOGUE, Adaptor
from adaptors.registry import label_of
from arhub.models import Account, Document, Source
from arhub.tenancy.models import BulkTenantModel, TenantModel
from connectors.models import Connection, Delivery


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
    since.
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


class Transaction(BulkTenantModel):
    """One document going out through one activation to one customer.

    `again` counts how often it was sent as new; 0 is the first time. `version` is a digest of what the document said,
    so that a later change shows. The bytes are stored with their digest before anything is sent, and stay. `problems`
    are why it is held, and what was found beside: each with text, field, line and rule. `checked_by` are the rule sets,
    with versions, that looked at it.
    """

    class State(models.TextChoices):
        HELD = "held", "On hold"
        READY = "ready", "Ready"
        SENT = "sent", "Handed over"

    activation = models.ForeignKey(
        Activation, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="transactions"
    )
    account = models.ForeignKey(Account, models.CASCADE, db_constraint=False, db_index=False, related_name="+")
    document = models.ForeignKey(
        Document, models.CASCADE, db_constraint=False, db_index=False, related_name="transactions"
    )
    again = models.PositiveIntegerField(default=0)
    version = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=State.choices)
    number = models.CharField(max_length=120, db_collation="C")
    sender = models.CharField(max_length=255, blank=True)
    receiver = models.CharField(max_length=255, blank=True)
    customer_order_number = models.CharField(max_length=255, blank=True)
    supplier_order_number = models.CharField(max_length=255, blank=True)
    document_date = models.DateField(null=True)
    amount = models.DecimalField(max_digits=28, decimal_places=6, null=True)
    currency = models.CharField(max_length=3, blank=True)
    format = models.CharField(max_length=40)
    connection = models.ForeignKey(
        Connection, on_delete=models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    delivery = models.OneToOneField(
        Delivery, on_delete=models.SET_NULL, null=True, db_constraint=False, related_name="transaction"
    )
    content = models.FileField(upload_to="documents/%Y/%m/%d", max_length=500, blank=True)
    name = models.CharField(max_length=255, blank=True)
    media_type = models.CharField(max_length=120, blank=True)
    size = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    facts = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    checked_by = models.JSONField(default=list)
    run = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    looked_at = models.DateTimeField(default=timezone.now, help_text="When its document was last looked at.")
    changed_at = models.DateTimeField(null=True, help_text="When its document was found changed since.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "activation", "document", "again"], name="transaction_once"),
            models.UniqueConstraint(fields=["tenant", "id"], name="transaction_tenant_id"),
        ]
        indexes = [
            models.Index(fields=["tenant", "activation", "-id"], name="transaction_activation"),
            models.Index(fields=["tenant", "document"], name="transaction_document"),
            models.Index(fields=["tenant", "account", "-id"], name="transaction_account"),
            models.Index(fields=["tenant", "number"], name="transaction_number"),
            models.Index(fields=["tenant", "activation", "-id"], name="transaction_held", condition=Q(state="held")),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.number} to {self.receiver}"

    @property
    def format_label(self) -> str:
        return label_of(self.format)


class LookupTable(TenantModel):
    """What a word of ours is called somewhere else: product → AccountNo, tender → PaymentMethod."""

    name = models.CharField(max_length=120)
    default = models.CharField(max_length=255, blank=True, help_text="For what is not in the table; empty: held.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="lookuptable_name_once"),
            models.UniqueConstraint(fields=["tenant", "id"], name="lookuptable_tenant_id"),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class LookupEntry(TenantModel):
    """A row of a lookup table."""

    table = models.ForeignKey(LookupTable, on_delete=models.CASCADE, db_constraint=False, related_name="entries")
    key = models.CharField(max_length=255)
    value = models.CharField(max_length=255)

    class Meta:
        verbose_name_plural = "lookup entries"
        constraints = [models.UniqueConstraint(fields=["tenant", "table", "key"], name="lookupentry_once")]
        ordering = ["key"]

    def __str__(self) -> str:
        return f"{self.key} → {self.value}"


class FieldMapping(TenantModel):
    """Where a field of the other system gets its value from: a field of ours, a constant, or a lookup table asked with
    a field of ours. `record_type` is the name of the object that a record becomes there, `target` that of its field, as
    the connector declares them."""

    class Kind(models.TextChoices):
        FIELD = "field", "Field"
        CONSTANT = "constant", "Constant"
        LOOKUP = "lookup", "Lookup table"

    activation = models.ForeignKey(
        Activation, on_delete=models.CASCADE, db_constraint=False, related_name="field_mappings"
    )
    record_type = models.CharField(max_length=40)
    target = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.FIELD)
    value = models.CharField(max_length=255, blank=True, help_text="The field's name, or the constant.")
    table = models.ForeignKey(
        LookupTable, on_delete=models.PROTECT, null=True, blank=True, db_constraint=False, related_name="mappings"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "activation", "record_type", "target"], name="fieldmapping_once"),
        ]
        ordering = ["record_type", "id"]

    def __str__(self) -> str:
        return f"{self.target} ← {self.value or self.table}"
