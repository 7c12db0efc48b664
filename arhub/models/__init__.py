"""The hub's tables. Fields, constraints, query sets; what happens to them stands in `arhub.domain`."""

from arhub.models.api import ApiKey, ApiKeyHash, IdempotentRequest
from arhub.models.approvals import Approval, ApprovalPolicy, SensitiveEdit
from arhub.models.documents import (
    CreditMemo,
    Direction,
    Document,
    DocumentLine,
    Invoice,
    OutstandingOrigin,
    WorkflowStatus,
)
from arhub.models.events import Event
from arhub.models.incidents import Incident
from arhub.models.money import Application, ApplicationType, CustomFieldValue, OutstandingItem, Payment
from arhub.models.outbound import Attempt, Outbound, Pause
from arhub.models.parties import Account, Contact
from arhub.models.runs import Run, RunEntry
from arhub.models.schedules import ClosedDay, Schedule, Timing
from arhub.models.secrets import SecretCanary
from arhub.models.sharing import Grant, Level, Share, Team, TeamMember
from arhub.models.sources import BankAccount, Ledger, Source, SourceRecord
from arhub.models.tenants import Heartbeat, Membership, Role, Tenant, User
from arhub.models.webhooks import WebhookEndpoint

__all__ = [
    "Account",
    "ApiKey",
    "ApiKeyHash",
    "Application",
    "ApplicationType",
    "Approval",
    "ApprovalPolicy",
    "Attempt",
    "BankAccount",
    "ClosedDay",
    "Contact",
    "CreditMemo",
    "CustomFieldValue",
    "Direction",
    "Document",
    "DocumentLine",
    "Event",
    "Grant",
    "Heartbeat",
    "IdempotentRequest",
    "Incident",
    "Invoice",
    "Ledger",
    "Level",
    "Membership",
    "Outbound",
    "OutstandingItem",
    "OutstandingOrigin",
    "Pause",
    "Payment",
    "Role",
    "Run",
    "RunEntry",
    "Schedule",
    "SecretCanary",
    "SensitiveEdit",
    "Share",
    "Source",
    "SourceRecord",
    "Team",
    "TeamMember",
    "Tenant",
    "Timing",
    "User",
    "WebhookEndpoint",
    "WorkflowStatus",
]
