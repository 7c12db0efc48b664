"""Accounts: the list with its ageing, and the page with documents, payments, contacts and history."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from unfold.contrib.filters.admin import FieldTextFilter
from unfold.decorators import display

from arhub.admin import cells
from arhub.admin.ageing_bar import bar_of
from arhub.admin.facts import Fact, address_lines, facts_of
from arhub.admin.filters import AccountFilter
from arhub.admin.paging import page_of_rows
from arhub.admin.record import RecordAdmin
from arhub.admin.states import ageing_chip
from arhub.admin.tabs import open_tab, tabs_of
from arhub.amounts import amount_text
from arhub.contributions import History
from arhub.domain import ageing, identifiers, search
from arhub.domain.receivables import OTHER_KINDS, state_of, today_of
from arhub.models import Account, Contact, Direction, Document, Payment
from arhub.records import RECORD_TYPES

TYPE = RECORD_TYPES["account"]
_ADDRESS = (
    "address_line1", "address_line2", "address_line3", "address_line4", "postal_code", "city", "region", "country",
)  # fmt: skip
_IDENTIFIERS = ("vat_number", "registration_number", "gln", "duns_number")
_TERMS = ("payment_terms", "credit_limit", "currency", "language", "delivery_method", "salesperson", "collector")
_REACH = ("email", "ar_email", "ap_email", "phone", "fax", "primary_contact_id", "parent_account_id")
_TOP = ("erp_key", "account_id", "account_name", "account_type", "is_active", "network_id", "source_created_at",
        "source_modified_at", "on_match_action")  # fmt: skip


@admin.register(Account)
class AccountAdmin(RecordAdmin):
    record_types = ("account",)
    table_key = "Company"
    change_form_template = "arhub/record/account.html"
    list_display = ("name_", "number_", "age", "outstanding", "overdue", "unapplied", "terms", "limit", "city")
    list_display_links = ("name_",)
    list_filter = (
        AccountFilter, "is_active", "kind", ("country", FieldTextFilter), ("currency", FieldTextFilter),
        ("salesperson", FieldTextFilter), "ledger",
    )  # fmt: skip
    ordering = ("name", "pk")
    search_help_text = "Name, number or key"
    empty_text = "Accounts are the customers you send invoices to. They come from the files you upload."

    def search_condition(self, term: str) -> Q:
        return search.accounts(term)

    def prepare_rows(self, request: HttpRequest, rows: list[Account]) -> None:
        found = ageing.by_account(request.tenant, [account.pk for account in rows])  # type: ignore[attr-defined]
        for account in rows:
            account.ageing = found.get(account.pk, [])  # type: ignore[attr-defined]

    @display(description="Name", ordering="name")
    def name_(self, account: Account) -> str:
        return str(account)

    @display(description="Number", ordering="number_lower")
    def number_(self, account: Account) -> str:
        return cells.clipped(account.number)

    @display(description="Ageing")
    def age(self, account: Any) -> str:
        if account.kind in OTHER_KINDS:
            return cells.chip(account.get_kind_display())
        return cells.chip(ageing_chip(account.ageing))

    @display(description="Outstanding")
    def outstanding(self, account: Any) -> str:
        return cells.moneys([(row.outstanding, row.currency) for row in account.ageing if row.outstanding])

    @display(description="Overdue")
    def overdue(self, account: Any) -> str:
        return cells.moneys([(row.overdue, row.currency) for row in account.ageing if row.overdue])

    @display(description="Unapplied")
    def unapplied(self, account: Any) -> str:
        found = [(row.unapplied_credits + row.unapplied_payments, row.currency) for row in account.ageing]
        return cells.moneys([(amount, currency) for amount, currency in found if amount])

    @display(description="Terms", ordering="payment_terms")
    def terms(self, account: Account) -> str:
        return account.payment_terms or ""

    @display(description="Limit", ordering="credit_limit")
    def limit(self, account: Account) -> str:
        return cells.money(account.credit_limit, account.currency)

    def page(self, request: HttpRequest, record: Any, history: History) -> dict[str, Any]:
        rows = ageing.by_account(request.tenant, [record.pk]).get(record.pk, [])  # type: ignore[attr-defined]
        tabs = tabs_of(
            request, ("documents", "Documents"), ("payments", "Payments"), ("contacts", "Contacts"),
            ("history", "History"),
        )  # fmt: skip
        return {
            "chip": cells.chip(record.get_kind_display() if record.kind in OTHER_KINDS else ageing_chip(rows)),
            "kind": record.get_kind_display() if record.kind else "Customer",
            "identifiers": _identifiers(record),
            "address": address_lines([getattr(record, name) for name in _ADDRESS[:4]], record),
            "terms": facts_of(record, TYPE, only=_TERMS),
            "reach": facts_of(record, TYPE, only=_REACH),
            "facts": facts_of(record, TYPE, leave_out=(*_TOP, *_ADDRESS, *_IDENTIFIERS, *_TERMS, *_REACH)),
            "bars": [bar_of(row) for row in rows],
            "over_limit": _over_limit(record, rows, record.currency or request.tenant.currency),  # type: ignore[attr-defined]
            "tabs": tabs,
            "tab": open_tab(tabs),
            **_tab(request, record, open_tab(tabs)),
        }


def _tab(request: HttpRequest, account: Account, name: str) -> dict[str, Any]:
    rows: Any
    match name:
        case "documents":
            documents = Document.objects.filter(account=account, direction=Direction.RECEIVABLE)
            rows = page_of_rows(request, documents.order_by("-invoice_date", "-pk"))
            today = today_of(request.tenant)  # type: ignore[attr-defined]
            for document in rows:
                document.state = state_of(document, today)
                document.chip = cells.chip(document.state.name)
        case "payments":
            payments = Payment.objects.filter(account=account, direction=Direction.RECEIVABLE)
            rows = page_of_rows(request, payments.order_by("-payment_date", "-pk"))
        case "contacts":
            rows = page_of_rows(request, Contact.objects.filter(account=account).order_by("-is_primary", "name", "pk"))
        case _:
            return {}
    return {"rows": rows}


def _identifiers(account: Account) -> list[Fact]:
    """The numbers the company is known by, each with the verdict of its check digit."""
    verdicts = {
        "vat_number": identifiers.vat_number(account.vat_number),
        "registration_number": identifiers.registration_number(account.registration_number, account.country),
        "gln": identifiers.gln(account.gln),
    }
    found = []
    for name in _IDENTIFIERS:
        for fact in facts_of(account, TYPE, only=[name]):
            found.append(Fact(fact.label, fact.value, "identifier", fact.help, is_valid=verdicts.get(name)))
    return found


def _over_limit(account: Account, rows: list[ageing.Ageing], currency: str) -> str:
    """By how much the balance in this currency, the limit's, is above the credit limit; empty when it is not."""
    if account.credit_limit is None:
        return ""
    balance = sum((row.balance for row in rows if row.currency == currency), Decimal(0))
    above = balance - account.credit_limit
    return f"{amount_text(above)} {currency}" if above > 0 else ""
