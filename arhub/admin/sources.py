"""Sources and the ledgers they feed."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.decorators import display

from arhub.admin.base import HubAdmin
from arhub.admin.intake import not_default
from arhub.contributions import source_panels
from arhub.models import Ledger, Role, Source

_SHOWN_WHEN = "!('{name}' in $data) || {name} === '{value}'"


class SourceForm(forms.ModelForm):
    """Percents are whole numbers from 0 to 100; one that the choices above it do not use keeps what is stored."""

    used_with: ClassVar = {
        "reject_above_percent": ("rejects", Source.Rejects.SHARE),
        "stop_above_percent": ("extent", Source.Extent.SNAPSHOT),
    }

    class Meta:
        help_texts: ClassVar = {
            "empty_cells": "Keep: an empty cell says nothing, and what is stored stays. Clear: it empties the field. A "
            "column that a file does not have is never touched.",
            "unknown_accounts": "Reject: a row for an account nobody knows waits among the invalid rows. Create: the "
            "account is made from what the row says of it, and the row goes in.",
            "duplicate_keys": "When lines of one load mean the same record. Reject: the first goes in, the later ones "
            "wait among the invalid rows. The last line wins: the lines before it are passed over.",
            "rejects": "Only bad rows: the others go in, the bad ones wait to be repaired. The whole load: one bad "
            "row, and nothing goes in. Above a share: nothing goes in when more rows than that are bad.",
            "reject_above_percent": "From 0 to 100. With 5, a load of 100 rows goes in with 5 bad rows, not with 6.",
            "extent": "Incremental: records that a file leaves out stay as they are. Full snapshot: a file has all "
            "there is; what it leaves out is marked as missing at source, and documents among that count as closed. "
            "Nothing is deleted.",
            "stop_above_percent": "From 0 to 100. A file cut short looks like a snapshot that leaves out a lot: above "
            "this share of the open items, or of their money, nothing goes in.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.used_with.keys() & self.fields.keys():
            self.fields[name].widget.attrs.update({"min": "0", "max": "100", "inputmode": "numeric"})
            self.fields[name].required = False

    def clean_reject_above_percent(self) -> int:
        return self._percent("reject_above_percent")

    def clean_stop_above_percent(self) -> int:
        return self._percent("stop_above_percent")

    def _percent(self, name: str) -> int:
        given = self.cleaned_data[name]
        choice, value = self.used_with[name]
        if self.data.get(self.add_prefix(choice)) != value:
            return int(getattr(self.instance, name))
        if given is None or not 0 <= given <= 100:
            raise forms.ValidationError(f"Expected a whole number from 0 to 100, found {given or 'nothing'}.")
        return int(given)


@admin.register(Source)
class SourceAdmin(HubAdmin):
    """Where records come from. What a source feeds cannot change: its records live in that ledger."""

    add_role = change_role = Role.MANAGER
    form = SourceForm
    list_display = ("name", "kind_", "ledger", "taken_in", "date_order", "decimal_sign")
    list_filter = ("kind", "ledger")
    list_select_related = ("ledger",)
    search_fields = ("name__istartswith",)
    fieldsets = (
        (None, {"fields": ("name", "kind", "ledger")}),
        (
            "When a file can be read in two ways",
            {"fields": ("date_order", "decimal_sign"), "description": "Used only where the file itself does not tell."},
        ),
        (
            "How files are taken in",
            {
                "fields": (
                    "empty_cells", "unknown_accounts", "duplicate_keys", "rejects", "reject_above_percent", "extent",
                    "stop_above_percent",
                ),
                "description": "The first choice of each is the safe one. A load keeps what was chosen when it was "
                "made: a change counts from the next file on.",
            },
        ),
    )  # fmt: skip
    conditional_fields: ClassVar = {
        field: _SHOWN_WHEN.format(name=name, value=value) for field, (name, value) in SourceForm.used_with.items()
    }
    change_form_outer_after_template = "arhub/sources/panels.html"
    empty_text = "Sources say where records come from, and which ledger they go to."

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        source = self.get_object(request, object_id)
        shown = {"panels": source_panels(request, source)} if source else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def get_readonly_fields(self, request: HttpRequest, obj: Source | None = None) -> tuple[str, ...]:
        return ("kind", "ledger") if obj else ("kind",)

    @display(description="Kind", ordering="kind")
    def kind_(self, source: Source) -> str:
        return source.get_kind_display()

    @display(description="How files are taken in")
    def taken_in(self, source: Source) -> str:
        return "; ".join(said.words for said in not_default(source)).capitalize() or "The safe way"


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
