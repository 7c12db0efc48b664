"""Sources and the ledgers they feed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from arhub.admin.base import HubAdmin
from arhub.models import Ledger, Role, Source


@admin.register(Source)
class SourceAdmin(HubAdmin):
    """Where records come from. What a source feeds cannot change: its records live in that ledger."""

    add_role = change_role = Role.MANAGER
    list_display = ("name", "kind_", "ledger", "date_order", "decimal_sign", "created_at")
    list_filter = ("kind", "ledger")
    list_select_related = ("ledger",)
    search_fields = ("name__istartswith",)
    fieldsets = (
        (None, {"fields": ("name", "kind", "ledger")}),
        (
            "When a file can be read in two ways",
            {"fields": ("date_order", "decimal_sign"), "description": "Used only where the file itself does not tell."},
        ),
    )
    empty_text = "Sources say where records come from, and which ledger they go to."

    def get_readonly_fields(self, request: HttpRequest, obj: Source | None = None) -> tuple[str, ...]:
        return ("kind", "ledger") if obj else ("kind",)

    @display(description="Kind", ordering="kind")
    def kind_(self, source: Source) -> str:
        return source.get_kind_display()


@admin.register(Ledger)
class LedgerAdmin(HubAdmin):
    """The key spaces of a tenant. The default one stays."""

    add_role = change_role = Role.MANAGER
    list_display = ("name", "is_default", "fed_by")
    search_fields = ("name__istartswith",)
    fields = ("name",)
    empty_text = "A ledger is a space of keys: within it a key means one record."

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("sources")

    @display(description="Fed by")
    def fed_by(self, ledger: Ledger) -> str:
        return ", ".join(source.name for source in ledger.sources.all())
