"""Documents on their way to customers."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from adaptors.models.activations import Activation
from adaptors.registry import label_of
from arhub.models import Account, Document
from arhub.tenancy.models import BulkTenantModel, TenantModel
from connectors.models import Connection, Delivery

NOT_ARRIVED = ~Q(state__in=["delivered", "acknowledged"])
"""Of those that arrived, the newest are met soon in any list: most are. They are kept out of indexes by state, so that
these stay small."""


class Transaction(BulkTenantModel):
    """One document going out through one activation to one customer.

    `again` counts how often it was sent as new; 0 is the first time. `version` is a digest of what the document said,
    so that a later change shows. The bytes are stored with their digest before anything is sent, and stay. `problems`
    are why it is held, and what was found beside: each with text, field, line and rule. `checked_by` are the rule sets,
    with versions, that looked at it.

    Its ladder is selected (`created_at`), rendered, validated, sending, delivered, acknowledged or rejected, each with
    its time. `state` follows that of its delivery, and what receipts and answers say; it moves in the transaction that
    moves them (`adaptors.domain.transactions.ladder`). `said` is why it stands where it does, in a sentence; `cause`
    the same for all that stand there for one reason. `asks_person` says that nothing goes on by itself.

    `bound_to` are the contents that decided where it and its money go, each with kind, key and digest, as approvals
    are about them; `waits_for` the ids of the approvals that it is held for.
    """

    class State(models.TextChoices):
        HELD = "held", "On hold"
        SENDING = "sending", "Sending"
        DELIVERED = "delivered", "Delivered"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        REJECTED = "rejected", "Rejected"
        FAILED = "failed", "Failed"
        UNCERTAIN = "uncertain", "Uncertain"
        CANCELLED = "cancelled", "Cancelled"
        ELSEWHERE = "elsewhere", "Sent by other means"

    ARRIVED: ClassVar = frozenset({State.DELIVERED, State.ACKNOWLEDGED})
    IN_TROUBLE: ClassVar = frozenset({State.HELD, State.REJECTED, State.FAILED, State.UNCERTAIN})

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
    customer_order_number = models.CharField(max_length=255, blank=True, db_collation="C")
    supplier_order_number = models.CharField(max_length=255, blank=True, db_collation="C")
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
    name = models.CharField(max_length=255, blank=True, db_collation="C")
    reference = models.CharField(
        max_length=80, blank=True, db_collation="C", help_text="What its envelope is called, such as the interchange."
    )
    media_type = models.CharField(max_length=120, blank=True)
    size = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    facts = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    checked_by = models.JSONField(default=list)
    bound_to = models.JSONField(default=list)
    waits_for = models.JSONField(default=list)
    run = models.BigIntegerField(null=True)
    said = models.CharField(max_length=400, blank=True)
    cause = models.CharField(max_length=80, blank=True)
    asks_person = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    rendered_at = models.DateTimeField(null=True)
    validated_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True, help_text="When the other side last acknowledged or rejected it.")
    moved_at = models.DateTimeField(default=timezone.now, help_text="Since when it is in its state.")
    looked_at = models.DateTimeField(default=timezone.now, help_text="When its document was last looked at.")
    changed_at = models.DateTimeField(null=True, help_text="When its document was found changed since.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "activation", "document", "again"], name="transaction_once"),
            models.UniqueConstraint(fields=["tenant", "id"], name="transaction_tenant_id"),
        ]
        indexes = [
            models.Index(fields=["tenant", "activation", "-id"], name="transaction_activation"),
            models.Index(fields=["tenant", "state", "-id"], name="transaction_state", condition=NOT_ARRIVED),
            models.Index(
                fields=["tenant", "activation", "state", "-id"], name="transaction_act_state", condition=NOT_ARRIVED
            ),
            models.Index(fields=["tenant", "document"], name="transaction_document"),
            models.Index(fields=["tenant", "account", "-id"], name="transaction_account"),
            models.Index(fields=["tenant", "number", "created_at"], name="transaction_number"),
            models.Index(
                fields=["tenant", "customer_order_number"],
                name="transaction_customer_order",
                condition=~Q(customer_order_number=""),
            ),
            models.Index(
                fields=["tenant", "supplier_order_number"],
                name="transaction_supplier_order",
                condition=~Q(supplier_order_number=""),
            ),
            models.Index(fields=["tenant", "name"], name="transaction_name", condition=~Q(name="")),
            models.Index(fields=["tenant", "reference"], name="transaction_reference", condition=~Q(reference="")),
            models.Index(fields=["tenant", "activation", "cause"], name="transaction_cause", condition=~Q(cause="")),
            models.Index(fields=["tenant", "connection", "-id"], name="transaction_connection"),
            models.Index(fields=["tenant", "format", "-id"], name="transaction_format"),
            models.Index(fields=["tenant", "created_at"], name="transaction_created"),
            models.Index(fields=["tenant", "-id"], name="transaction_person", condition=Q(asks_person=True)),
            models.Index(
                fields=["tenant", "-id"], name="transaction_failed", condition=Q(state__in=["failed", "rejected"])
            ),
            models.Index(fields=["tenant", "-id"], name="transaction_changed", condition=Q(changed_at__isnull=False)),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.number} to {self.receiver}"

    @property
    def format_label(self) -> str:
        return label_of(self.format)


class TransactionEntry(BulkTenantModel):
    """A line of a transaction's story that its times do not tell: what a person did, and why; what came back."""

    transaction = models.ForeignKey(
        Transaction, models.CASCADE, db_constraint=False, db_index=False, related_name="log"
    )
    at = models.DateTimeField(default=timezone.now)
    text = models.CharField(max_length=1000)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False
    )

    class Meta:
        verbose_name_plural = "transaction entries"
        indexes = [models.Index(fields=["tenant", "transaction", "id"], name="transactionentry_of")]
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text


class DayCount(TenantModel):
    """What became of the documents of an activation on a day of the tenant's, kept by the transactions that move them.
    A document counts as delivered once, on the day it first was; `waited` are the seconds from its selection until
    then, of all together, and `longest` those of the one that took longest."""

    activation = models.ForeignKey(Activation, on_delete=models.CASCADE, db_constraint=False, related_name="day_counts")
    day = models.DateField()
    delivered = models.PositiveIntegerField(default=0)
    acknowledged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    waited = models.BigIntegerField(default=0)
    longest = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "activation", "day"], name="daycount_once")]
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day}: {self.delivered} delivered"
