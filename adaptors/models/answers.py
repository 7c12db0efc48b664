"""What the other side says of a document afterwards, and by when it should."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from adaptors.models.transactions import Transaction
from arhub.tenancy.models import TenantModel
from connectors.models import InboxFile


class Answer(TenantModel):
    """What came back about a document by an inbox or a receiver, as `adaptors.answers` read it: an application
    response, a bounced mail, a CONTRL.

    A file may hold several, each at its `place`. `references` are what it names, each with kind (message, document,
    interchange or file) and value; `reasons` what it says is wrong, each with code and text. `said_at` is its own time:
    of two that contradict each other the later one counts. Without `transaction` nothing was found that it speaks of.
    """

    class Verdict(models.TextChoices):
        RECEIVED = "received", "Received"
        IN_PROCESS = "in_process", "In process"
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"
        INFORMATION = "information", "For information"

    kind = models.CharField(max_length=40)
    verdict = models.CharField(max_length=12, choices=Verdict.choices)
    text = models.CharField(max_length=1000)
    reasons = models.JSONField(default=list)
    references = models.JSONField(default=list)
    sender = models.CharField(max_length=255, blank=True)
    said_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(default=timezone.now)
    name = models.CharField(max_length=500, blank=True, help_text="Of the file that it came in.")
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    place = models.PositiveIntegerField(default=0)
    file = models.ForeignKey(
        InboxFile, on_delete=models.SET_NULL, null=True, db_constraint=False, related_name="answers"
    )
    transaction = models.ForeignKey(
        Transaction, models.CASCADE, null=True, db_constraint=False, db_index=False, related_name="answers"
    )
    attempt = models.BigIntegerField(null=True, help_text="The attempt that it answers.")
    matched_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "sha256", "place"], name="answer_once"),
            models.UniqueConstraint(fields=["tenant", "id"], name="answer_tenant_id"),
        ]
        indexes = [
            models.Index(fields=["tenant", "transaction", "id"], name="answer_transaction"),
            models.Index(fields=["tenant", "-id"], name="answer_unmatched", condition=Q(transaction=None)),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.text


class Expectation(TenantModel):
    """Something the other side is to say of a document, and by when: `kind` is mdn, report, or a kind of answer.
    `alarmed_at` is when it was told that it stayed away."""

    transaction = models.ForeignKey(
        Transaction, models.CASCADE, db_constraint=False, db_index=False, related_name="expectations"
    )
    kind = models.CharField(max_length=40)
    attempt = models.BigIntegerField(null=True, help_text="The attempt that it would answer.")
    due_at = models.DateTimeField()
    came_at = models.DateTimeField(null=True)
    alarmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "transaction", "kind"], name="expectation_once"),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "due_at"], name="expectation_due", condition=Q(came_at=None, alarmed_at=None)
            ),
        ]
        ordering = ["due_at"]

    def __str__(self) -> str:
        return f"{self.kind} by {self.due_at}"
