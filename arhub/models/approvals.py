"""What waits for a second person, who decided it, and who had put it there."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from arhub.models.api import ApiKey
from arhub.models.tenants import Role
from arhub.tenancy.models import TenantModel


class ApprovalPolicy(TenantModel):
    """What waits for a second person in a tenant; without a row nothing does. `kinds` are names of
    `arhub.domain.approvals.kinds()`. `amount` is in the currency of the books."""

    APPROVERS = ((Role.MANAGER.value, "Managers and administrators"), (Role.ADMINISTRATOR.value, "Administrators"))

    kinds = models.JSONField(default=list, blank=True)
    amount = models.DecimalField(max_digits=28, decimal_places=6, null=True, blank=True)
    approver = models.CharField(max_length=20, choices=APPROVERS, default=Role.MANAGER)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )

    class Meta:
        verbose_name_plural = "approval policies"
        constraints = [models.UniqueConstraint(fields=["tenant"], name="approvalpolicy_once")]

    def __str__(self) -> str:
        return "Approvals"


class Approval(TenantModel):
    """A decision about exactly one content. `key` says what it is about, `digest` is of its content: another content
    needs another decision. `details` are label, before and after; `authors` who put the content there, each with user,
    name, at and what; `facts` what whoever asked needs to know it again."""

    class State(models.TextChoices):
        PENDING = "pending", "Waiting for approval"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Not approved"
        VOID = "void", "No longer wanted"

    STANDING = (State.PENDING, State.APPROVED, State.REJECTED)

    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    title = models.CharField(max_length=255)
    details = models.JSONField(default=list)
    url = models.CharField(max_length=500, blank=True)
    authors = models.JSONField(default=list)
    facts = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    requested_at = models.DateTimeField(default=timezone.now)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    remark = models.CharField(max_length=1000, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "key", "digest"], name="approval_standing_once", condition=~Q(state="void")
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-id"], name="approval_newest"),
            models.Index(fields=["tenant", "-id"], name="approval_pending", condition=Q(state="pending")),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title

    @property
    def is_pending(self) -> bool:
        return self.state == self.State.PENDING


class SensitiveEdit(TenantModel):
    """Who put which value where money or documents go: `part` is what it belongs to, such as bank, `subject` the
    place, such as "activation 7", `label` the field for people. Of the value its digest is kept, by which it is found
    wherever else it turns up. `user` is for a program the one who made its key."""

    part = models.CharField(max_length=20)
    subject = models.CharField(max_length=80)
    label = models.CharField(max_length=120)
    value_digest = models.CharField(max_length=64, blank=True, help_text="Empty: the value was taken away.")
    before = models.CharField(max_length=255, blank=True)
    after = models.CharField(max_length=255, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    api_key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, db_constraint=False, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "part", "value_digest"], name="sensitiveedit_value"),
            models.Index(fields=["tenant", "part", "subject", "at"], name="sensitiveedit_subject"),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.label} of {self.subject}"
