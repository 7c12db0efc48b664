"""Contacts: the people at the accounts."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter, FieldTextFilter
from unfold.decorators import display

from arhub.admin import cells
from arhub.admin.facts import page_of
from arhub.admin.filters import ContactFilter
from arhub.admin.record import RecordAdmin
from arhub.domain import search
from arhub.models import Contact


@admin.register(Contact)
class ContactAdmin(RecordAdmin):
    record_types = ("contact",)
    table_key = "Contact"
    list_display = ("name_", "account_", "mail", "phone_", "role", "main")
    list_display_links = ("name_",)
    list_filter = (
        ContactFilter, "is_active", ("account", AutocompleteSelectFilter), ("role_code", FieldTextFilter), "ledger",
    )  # fmt: skip
    ordering = ("-pk",)
    search_help_text = "Name, e-mail or account"
    empty_text = "Contacts are the people at your accounts. They come from the files you upload."

    def search_condition(self, term: str) -> Q:
        return search.contacts(term)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("account")

    @display(description="Name", ordering="name")
    def name_(self, contact: Contact) -> str:
        return str(contact)

    @display(description="Account", ordering="account__name")
    def account_(self, contact: Contact) -> str:
        return cells.link(str(contact.account), page_of(contact.account))

    @display(description="E-mail", ordering="email")
    def mail(self, contact: Contact) -> str:
        return contact.email or ""

    @display(description="Phone")
    def phone_(self, contact: Contact) -> str:
        return contact.phone or contact.mobile or ""

    @display(description="Role", ordering="role_code")
    def role(self, contact: Contact) -> str:
        return contact.role_code or contact.title or ""

    @display(description="Main contact", boolean=True)
    def main(self, contact: Contact) -> bool | None:
        return True if contact.is_primary or contact.account.primary_contact_id == contact.pk else None
