"""Lookup tables: what a word of ours is called somewhere else. Everyone may look, managers change."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from unfold.decorators import action, display

from adaptors.admin import lookup_import
from adaptors.admin.lookup_export import LookupResource
from adaptors.domain.mapping import lookup_tables
from adaptors.domain.mapping.lookup_tables import BadTable
from adaptors.models import LookupEntry, LookupTable
from arhub.admin.base import allows
from arhub.admin.dialogs import ToldDialog, go_to
from arhub.admin.exporting import ExportingAdmin
from arhub.exports.formats import CsvFormat, XlsxFormat
from arhub.models import Role
from arhub.requests import number_of

MOST_EDITED = 300
"""Entries that a page has as fields; more are imported."""
EMPTY_ROWS = 5


class LookupTableForm(forms.ModelForm):
    """Name and default; the entries stand beside it, under "key" and "value"."""

    class Meta:
        model = LookupTable
        fields = ("name", "default")

    def entries(self) -> list[tuple[str, str]] | None:
        """None where the page had none to be edited."""
        return _typed(self.data)

    def _post_clean(self) -> None:
        if self.errors:
            return
        given = self.cleaned_data
        if self.data.get("seen") not in (None, lookup_tables.state_of(self.instance)):
            self.add_error(
                None, "Somebody has changed the entries meanwhile. Open the table again, and change it there."
            )
            return
        try:
            lookup_tables.check(self.instance, given["name"], given["default"], self.entries())
        except BadTable as problem:
            self.add_error(None, str(problem))


class DeleteDialog(ToldDialog):
    def told(self, object_id: str) -> str:
        table = LookupTable.objects.filter(pk=number_of(object_id)).first()
        obstacle = lookup_tables.obstacle(table) if table else ""
        return obstacle or "Its entries go with it. No field mapping uses it."


@admin.register(LookupTable)
class LookupTableAdmin(ExportingAdmin):
    add_role = change_role = Role.MANAGER
    has_one_button = True
    form = LookupTableForm
    page_title = "Lookup tables"
    resource_classes = [LookupResource]
    export_formats = [CsvFormat, XlsxFormat]
    list_display = ("name", "default", "entries_", "uses_")
    search_fields = ("name__istartswith",)
    search_help_text = "Beginning of a name"
    fields = ("name", "default")
    actions_detail = ("import_entries", "remove")
    import_export_change_list_template = "adaptors/lookup_tables.html"
    change_form_after_template = "adaptors/lookup_entries.html"
    change_form_outer_after_template = "adaptors/lookup_uses.html"
    empty_text = (
        "A lookup table says what a word of yours is called somewhere else: which GL account a product goes to, which "
        "payment method a tender is, which bank a bank account. A field mapping asks it."
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.import_view)
        return [path("<int:pk>/import/", view, name="adaptors_lookuptable_import"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found = super().get_queryset(request)
        return found.annotate(many=Count("entries", distinct=True), uses=Count("mappings", distinct=True))

    @display(description="Entries")
    def entries_(self, table: Any) -> int:
        return int(table.many)

    @display(description="Used by fields")
    def uses_(self, table: Any) -> int:
        return int(table.uses)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        table = self.get_object(request, object_id) if object_id else None
        shown = _shown(request, table, may_change=allows(request, Role.MANAGER))
        return super().changeform_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        lookup_tables.save(obj, form.cleaned_data["name"], form.cleaned_data["default"], form.entries())

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        messages.success(request, f"{obj} was added.")
        return HttpResponseRedirect(_page(obj))

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        messages.success(request, f"{obj} was changed.")
        return HttpResponseRedirect(_page(obj))

    def import_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        table = self._wanted(request, str(pk))
        if not allows(request, Role.MANAGER):
            raise PermissionDenied("Importing entries needs the role Manager.")
        return lookup_import.view(request, table, self.admin_site.each_context(request))

    @action(
        description="Import entries",
        url_path="import-entries",
        icon="upload",
        permissions=["change"],
        dialog={
            "title": "Import entries",
            "description": "Paste two columns on the next page, or choose a file. You see what it changes before "
            "anything is written; entries that it does not name stay.",
            "form_class": None,
            "form_submit_text": "Go on",
        },
    )
    def import_entries(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        table = self._wanted(request, object_id)
        return go_to(reverse("admin:adaptors_lookuptable_import", args=[table.pk]))

    @action(
        description="Delete",
        url_path="remove",
        icon="delete",
        permissions=["change"],
        dialog={"title": "Delete this table", "form_class": DeleteDialog, "form_submit_text": "Delete table"},
    )
    def remove(self, request: HttpRequest, form: DeleteDialog, object_id: str) -> HttpResponse:
        table = self._wanted(request, object_id)
        try:
            lookup_tables.remove(table)
        except lookup_tables.InUse as problem:
            messages.warning(request, f"Nothing was deleted. {problem}")
            return go_to(_page(table))
        messages.success(request, f"{table} was deleted.")
        return go_to(reverse("admin:adaptors_lookuptable_changelist"))

    def _wanted(self, request: HttpRequest, object_id: str) -> LookupTable:
        table: LookupTable | None = self.get_object(request, object_id)
        if table is None:
            raise Http404("No such lookup table here.")
        return table


def _shown(request: HttpRequest, table: LookupTable | None, *, may_change: bool) -> dict[str, Any]:
    """The entries, as they were typed when they could not be saved, and what uses the table."""
    rows = LookupEntry.objects.filter(table=table)
    stored = list(rows.values_list("key", "value")[: MOST_EDITED + 1]) if table else []
    is_long = len(stored) > MOST_EDITED
    stored = _typed(request.POST) or stored
    return {
        "table": table,
        "entries": stored[:MOST_EDITED] if is_long else stored,
        "is_editable": may_change and not is_long,
        "is_long": is_long,
        "most": MOST_EDITED,
        "empty_rows": range(EMPTY_ROWS),
        "seen": request.POST.get("seen") or lookup_tables.state_of(table or LookupTable()),
        "uses": lookup_tables.used_by(table) if table else [],
    }


def _typed(posted: Any) -> list[tuple[str, str]] | None:
    """The entries of a form that has them."""
    if "entries" not in posted:
        return None
    return list(zip(posted.getlist("key"), posted.getlist("value"), strict=False))


def _page(table: LookupTable) -> str:
    return reverse("admin:adaptors_lookuptable_change", args=[table.pk])
