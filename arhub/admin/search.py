"""What Ctrl-K finds among accounts, documents, payments and contacts, by the beginning of a number or name."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from unfold.dataclasses import SearchResult

from arhub.admin.facts import page_of
from arhub.amounts import amount_text
from arhub.domain import receivables, search
from arhub.models import Account, Contact

MOST = 5
LONGEST = 100


def records(request: HttpRequest, term: str) -> list[SearchResult]:
    """At most five of each kind."""
    term = term.replace("\x00", "").strip()[:LONGEST]
    if not term:
        return []
    matching = search.documents(term)
    own = receivables.documents().select_related("account").order_by("-invoice_date", "-pk")
    paid = receivables.payments().select_related("account").order_by("-payment_date", "-pk")
    people = Contact.objects.select_related("account").order_by("name", "pk")
    accounts = search.first(Account.objects.order_by("name", "pk"), search.accounts(term), MOST)
    documents = search.first(own, matching, MOST)
    payments = search.first(paid, matching, MOST)
    contacts = search.first(people, search.contacts(term), MOST)
    return [
        *(_result(account, account.number or "", "apartment") for account in accounts),
        *(_result(document, _amount(document, document.total_amount), "receipt_long") for document in documents),
        *(_result(payment, _amount(payment, payment.amount), "payments") for payment in payments),
        *(_result(contact, str(contact.account), "contacts") for contact in contacts),
    ]


def _result(record: Any, description: str, icon: str) -> SearchResult:
    return SearchResult(title=str(record), description=description, link=page_of(record), icon=icon)


def _amount(record: Any, amount: Any) -> str:
    return f"{record.account}, {amount_text(amount)} {record.currency or ''}".strip()
