"""Payments, applications, outstanding items, and the custom fields of any record."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

from arhub.models.columns import ExactDecimalField, columns_of
from arhub.models.documents import Direction, Document
from arhub.models.parties import Account
from arhub.models.sources import SourceRecord, by_file
from arhub.records.money import CUSTOM_FIELD, OUTSTANDING_ITEM, PAYMENT, PAYMENT_APPLIED


class Payment(columns_of(PAYMENT), SourceRecord):  # type: ignore[misc]
    """Money received; what is not applied yet is an advance."""

    account = models.ForeignKey(
        Account, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="payments"
    )
    direction = models.CharField(max_length=10, choices=Direction.choices, default=Direction.RECEIVABLE)
    open_amount = ExactDecimalField(
        null=True, editable=False, help_text="Not applied yet. Written by arhub.domain.outstanding alone."
    )
    number_lower = models.GeneratedField(
        expression=Lower("number"), output_field=models.CharField(max_length=120, db_collation="C"), db_persist=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="payment_tenant_id"),
            models.UniqueConstraint(fields=["tenant", "ledger", "erp_key"], name="payment_key"),
        ]
        indexes = [
            models.Index(fields=["tenant", "account", "-payment_date"], name="payment_account"),
            models.Index(fields=["tenant", "-payment_date", "-id"], name="payment_date"),
            models.Index(fields=["tenant", "number_lower"], name="payment_number"),
            by_file("payment"),
        ]

    def __str__(self) -> str:
        return f"Payment {self.number}"


class ApplicationType(models.TextChoices):
    PAYMENT = "payment", "Payment"
    CREDIT_MEMO = "credit_memo", "Credit memo"


class Application(columns_of(PAYMENT_APPLIED), SourceRecord):  # type: ignore[misc]
    """What reduces a document: a part of a payment or of a credit memo."""

    application_type = models.CharField(max_length=12, choices=ApplicationType.choices)
    document = models.ForeignKey(Document, models.DO_NOTHING, db_constraint=False, db_index=False,
                                 related_name="applications")  # fmt: skip
    payment = models.ForeignKey(Payment, models.DO_NOTHING, null=True, blank=True, db_constraint=False, db_index=False,
                                related_name="applications")  # fmt: skip
    credit_memo = models.ForeignKey(Document, models.DO_NOTHING, null=True, blank=True, db_constraint=False,
                                    db_index=False, related_name="applied")  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="application_tenant_id"),
            models.UniqueConstraint(fields=["tenant", "ledger", "application_type", "erp_key"], name="application_key"),
        ]
        indexes = [
            models.Index(fields=["tenant", "document"], name="application_document"),
            models.Index(fields=["tenant", "payment"], name="application_payment"),
            by_file("application"),
            models.Index(
                fields=["tenant", "credit_memo"],
                name="application_credit_memo",
                condition=models.Q(credit_memo__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} to {self.document}"


class OutstandingItem(columns_of(OUTSTANDING_ITEM), SourceRecord):  # type: ignore[misc]
    """What an ERP says is still open on an invoice number. It waits unmatched until its invoice comes."""

    document = models.ForeignKey(
        Document,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="outstanding_items",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="outstanding_item_tenant_id"),
            models.UniqueConstraint(fields=["tenant", "ledger", "erp_key"], name="outstanding_item_key"),
        ]
        indexes = [
            models.Index(fields=["tenant", "document"], name="outstanding_item_document"),
            models.Index(fields=["tenant", "ledger", "number"], name="outstanding_item_number"),
            by_file("outstanding_item"),
        ]

    def __str__(self) -> str:
        return f"Outstanding on {self.number}"


class CustomFieldValue(columns_of(CUSTOM_FIELD), SourceRecord):  # type: ignore[misc]
    """The value of a tenant's own field on a record; `table_key` says which table `owner_id` is in."""

    owner = models.BigIntegerField(db_column="owner_id")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "ledger", "erp_key"], name="custom_field_key"),
        ]
        indexes = [
            models.Index(fields=["tenant", "table_key", "owner"], name="custom_field_owner"),
            by_file("custom_field"),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.value}"
