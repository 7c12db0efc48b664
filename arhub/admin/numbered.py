"""What documents and payments have in common: a number people know them by, and the account they belong to."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from unfold.decorators import display

from arhub.admin import cells
from arhub.admin.facts import page_of
from arhub.admin.record import RecordAdmin
from arhub.domain import search


class NumberedAdmin(RecordAdmin):
    list_display_links = ("number_",)
    indexed_columns = ("number_", "account_", "dated")
    search_help_text = "Number, or account's name or number"

    def search_condition(self, term: str) -> Q:
        return search.documents(term)

    @display(description="Number", ordering="number_lower")
    def number_(self, record: Any) -> str:
        return cells.clipped(record.number or record.erp_key)

    @display(description="Account", ordering="account__name")
    def account_(self, record: Any) -> str:
        return cells.link(str(record.account), page_of(record.account))
