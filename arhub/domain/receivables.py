"""What counts as a receivable, and the state a receivable is in. Each list, sum and ageing asks here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.db.models import Q, QuerySet
from django.utils import timezone

from arhub.models import Account, Direction, Document, Payment, Tenant

Rows = TypeVar("Rows", bound="QuerySet[Any]")

OTHER_KINDS = ("vendor", "own")
"""Kinds of accounts that stand in no receivable view."""


def today_of(tenant: Tenant) -> date:
    """What day it is where the tenant is."""
    return timezone.now().astimezone(tenant.zone).date()


def of_customers(account: str = "account_id") -> Q:
    """The condition that an account, by its id in this column, is one of those that owe us.

    A list of those that do not is looked up once; a join would be planned badly right after a first load, when
    the database knows nothing about the tenant's rows yet.
    """
    return ~Q(**{f"{account}__in": Account.objects.filter(kind__in=OTHER_KINDS).values("pk")})


def of_documents() -> Q:
    """The condition that what belongs to a document belongs to a receivable one."""
    return of_customers("document__account_id") & Q(document__direction=Direction.RECEIVABLE)


def customers(accounts: QuerySet[Account]) -> QuerySet[Account]:
    """Those that owe us. An account of no known kind is a customer."""
    return accounts.filter(Q(kind__isnull=True) | ~Q(kind__in=OTHER_KINDS))


def documents() -> QuerySet[Document]:
    """Every receivable document, drafts and voided ones too."""
    return Document.objects.filter(of_customers(), direction=Direction.RECEIVABLE)


def payments() -> QuerySet[Payment]:
    """Every payment from a customer."""
    return Payment.objects.filter(of_customers(), direction=Direction.RECEIVABLE)


def counting() -> Q:
    """The condition that a document counts as money: not voided, not a draft."""
    return ~Q(is_voided=True) & ~Q(is_draft=True)


def is_open() -> Q:
    """The condition that something is still to be paid on a document."""
    return counting() & Q(outstanding_amount__isnull=False) & ~Q(outstanding_amount=0)


def is_overdue(today: date) -> Q:
    """The condition that an open document should have been paid: by its due date, else by its own date."""
    late = Q(due_date__lt=today) | Q(due_date__isnull=True, invoice_date__lt=today)
    return is_open() & late & ~Q(document_type="credit_memo")


def overdue_account_ids(tenant: Tenant) -> list[int]:
    """The customers with an overdue document. They are found beforehand, for the reason given at `of_customers`."""
    late = documents().filter(is_overdue(today_of(tenant))).order_by()
    return list(late.values_list("account_id", flat=True).distinct())


STATES = ("Voided", "Draft", "Settled", "Unapplied", "Disputed", "On hold", "Overdue", "Open")
"""The names of the states a document can be in."""


@dataclass(frozen=True, slots=True)
class DocumentState:
    """What a person wants to know first: one word, and how late it is."""

    name: str
    days_overdue: int = 0


def state_of(document: Document, today: date) -> DocumentState:
    """The first that holds, from what stops everything to what is usual."""
    if document.is_voided:
        return DocumentState("Voided")
    if document.is_draft:
        return DocumentState("Draft")
    if not document.outstanding_amount:
        return DocumentState("Settled")
    if document.document_type == "credit_memo":
        return DocumentState("Unapplied")
    days = days_overdue(document, today)
    if document.in_dispute:
        return DocumentState("Disputed", days)
    if document.on_hold:
        return DocumentState("On hold", days)
    return DocumentState("Overdue" if days else "Open", days)


def days_overdue(document: Document, today: date) -> int:
    """Days since the document should have been paid; 0 when that is still to come, or unknown."""
    due = document.due_date or document.invoice_date
    return max((today - due).days, 0) if due else 0
