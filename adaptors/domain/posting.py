"""Intacct: Post Accounts Receivable. What is new goes there: customers that are not known there before what refers to
them, then documents, then payments. By which fields, the field mapping says when each is composed."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from adaptors.domain import record_runs
from adaptors.domain.record_runs import of_activation
from adaptors.models import Activation
from arhub.domain.jobs import Job
from connectors.models import Push, WriteBack


def work(job: Job) -> bool:
    return record_runs.work(job, chosen)


def chosen(activation: Activation, record_type: str) -> QuerySet[Any]:
    """The records of a type that are posted. Debit memos are none of them: Intacct has no such thing."""
    rows = of_activation(activation, record_type)
    match record_type:
        case "account":
            return _customers(activation, rows)
        case "invoice":
            return rows.filter(document_type="invoice")
    return rows


def _customers(activation: Activation, accounts: QuerySet[Any]) -> QuerySet[Any]:
    """Those that something which is posted refers to, unless they are known there; and those that were sent, whose
    changes follow."""
    documents = [chosen(activation, one).filter(account=OuterRef("pk")) for one in ("invoice", "adjustment")]
    payments = chosen(activation, "payment").filter(account=OuterRef("pk"))
    is_needed = Q(Exists(documents[0])) | Q(Exists(documents[1])) | Q(Exists(payments))
    here = {"connection": activation.destination, "record_type": "account", "record_id": OuterRef("pk")}
    is_sent, is_known = Exists(Push.objects.filter(**here)), Exists(WriteBack.objects.filter(**here))
    return accounts.filter(Q(is_sent) | (is_needed & ~Q(is_known)))
