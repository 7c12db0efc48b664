"""Invoices, credit memos, debit memos: one table, and their lines."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

from arhub.models.columns import ExactDecimalField, columns_of
from arhub.models.parties import Account
from arhub.models.sources import SourceRecord, by_file
from arhub.records.documents import INVOICE, INVOICE_LINE
from arhub.records.workflow import WORKFLOW_STATUS
from arhub.tenancy.managers import TenantManager, TenantQuerySet


class Direction(models.TextChoices):
    RECEIVABLE = "receivable", "Receivable"
    PAYABLE = "payable", "Payable"


class OutstandingOrigin(models.TextChoices):
    """Where a document's outstanding amount comes from."""

    OWN = "own", "the document itself"
    OUTSTANDING_ITEM = "outstanding item", "its outstanding item"
    COMPUTED = "computed", "total less applications"
    MISSING = "missing", "missing at source"


class Document(columns_of(INVOICE), SourceRecord):  # type: ignore[misc]
    """An invoice, credit memo or debit memo; `document_type` tells.

    Amounts of a credit memo are stored positive; `given_sign` (1 or -1) is the sign they were given with.
    `outstanding_amount` and `outstanding_origin` are written by `arhub.domain.outstanding` alone.
    """

    account = models.ForeignKey(
        Account, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="documents"
    )
    company = models.ForeignKey(Account, models.DO_NOTHING, null=True, blank=True, db_constraint=False, db_index=False,
                                related_name="+")  # fmt: skip
    direction = models.CharField(max_length=10, choices=Direction.choices, default=Direction.RECEIVABLE)
    given_sign = models.SmallIntegerField(default=1)
    given_type = models.CharField(max_length=60, null=True, help_text="The type code as the source gave it.")
    outstanding_amount = ExactDecimalField(null=True, editable=False)
    outstanding_origin = models.CharField(max_length=20, choices=OutstandingOrigin.choices, null=True, editable=False)
    number_lower = models.GeneratedField(
        expression=Lower("number"), output_field=models.CharField(max_length=120, db_collation="C"), db_persist=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="document_tenant_id"),
            models.UniqueConstraint(fields=["tenant", "ledger", "erp_key"], name="document_key"),
        ]
        indexes = [
            models.Index(fields=["tenant", "account"], name="document_account"),
            models.Index(fields=["tenant", "invoice_date"], name="document_date"),
            models.Index(fields=["tenant", "number_lower"], name="document_number"),
            models.Index(
                fields=["tenant", "invoice_date"],
                name="document_open",
                condition=models.Q(outstanding_amount__isnull=False) & ~models.Q(outstanding_amount=0),
            ),
            models.Index(
                fields=["tenant", "invoice_date"],
                name="document_credit",
                condition=models.Q(document_type="credit_memo"),
            ),
            by_file("document"),
        ]

    def __str__(self) -> str:
        return f"{self.get_document_type_display()} {self.number}"


class InvoiceManager(TenantManager):
    """Receivable invoices and debit memos."""

    def get_queryset(self) -> TenantQuerySet[Document]:
        wanted = super().get_queryset().filter(direction=Direction.RECEIVABLE)
        return wanted.filter(document_type__in=["invoice", "debit_memo"])


class CreditMemoManager(TenantManager):
    """Receivable credit memos."""

    def get_queryset(self) -> TenantQuerySet[Document]:
        return super().get_queryset().filter(direction=Direction.RECEIVABLE, document_type="credit_memo")


class Invoice(Document):
    """The documents of the list Invoices."""

    objects = InvoiceManager()  # type: ignore[misc]

    class Meta:
        proxy = True


class CreditMemo(Document):
    """The documents of the list Credit memos."""

    objects = CreditMemoManager()  # type: ignore[misc]

    class Meta:
        proxy = True


class DocumentLine(columns_of(INVOICE_LINE), SourceRecord):  # type: ignore[misc]
    """A line of a document. Line numbers are text and sort naturally."""

    document = models.ForeignKey(Document, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="lines")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="line_tenant_id"),
            models.UniqueConstraint(fields=["tenant", "ledger", "erp_key"], name="line_key"),
        ]
        indexes = [models.Index(fields=["tenant", "document"], name="line_document"), by_file("line")]

    def __str__(self) -> str:
        return f"Line {self.line_number}"


class WorkflowStatus(columns_of(WORKFLOW_STATUS), SourceRecord):  # type: ignore[misc]
    """A status that a document has, or had: all of them are its history."""

    document = models.ForeignKey(Document, models.DO_NOTHING, db_constraint=False, db_index=False,
                                 related_name="workflow_statuses")  # fmt: skip

    class Meta:
        verbose_name_plural = "workflow statuses"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="workflow_status_tenant_id"),
            models.UniqueConstraint(fields=["tenant", "ledger", "erp_key"], name="workflow_status_key"),
        ]
        indexes = [
            models.Index(fields=["tenant", "document"], name="workflow_status_document"),
            by_file("workflow_status"),
        ]

    def __str__(self) -> str:
        return f"Workflow status {self.code or self.workflow_status_id}"
