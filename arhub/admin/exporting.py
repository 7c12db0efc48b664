"""The export button of lists: the whole filtered list, or the rows that are ticked."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from import_export.admin import ExportMixin
from unfold.contrib.import_export.forms import ExportForm

from arhub.admin import paging
from arhub.admin.base import HubAdmin
from arhub.exports import FORMATS, resource_of


class FormatForm(ExportForm):
    """Asks for the format, and proposes the first one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["format"]
        field.choices = [choice for choice in field.choices if choice[0] != ""]  # type: ignore[attr-defined]
        field.widget.choices, field.initial = field.choices, "0"  # type: ignore[attr-defined]


class ExportingAdmin(ExportMixin, HubAdmin):
    """A list with an export button. `resource_classes` are its resources, whose `export` gives `Rows`."""

    resource_classes: ClassVar[list[Any]] = []
    export_formats = FORMATS
    export_form_class = FormatForm
    export_template_name = "arhub/list/export.html"
    import_export_change_list_template = "arhub/list/list.html"
    actions: tuple[str, ...] = ("export_selected",)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.action(description="Export the selected rows")
    def export_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponseRedirect:
        """Hands the choice over to the export page by its address. All rows of the list: by the list's filters."""
        query = paging.without_place(request.GET).dict()
        if request.POST.get("select_across") != "1":
            query = {"pk__in": ",".join(map(str, queryset.values_list("pk", flat=True)))}
        opts = self.model._meta
        address = reverse(f"admin:{opts.app_label}_{opts.model_name}_export")
        return HttpResponseRedirect(f"{address}?{urlencode(query)}" if query else address)

    def get_export_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        try:
            return super().get_export_queryset(request)
        except IncorrectLookupParameters as error:
            raise BadRequest("The address asks for rows in a way this list does not know.") from error

    def get_valid_export_item_pks(self, request: HttpRequest) -> list[int]:
        """Rows are chosen by the address alone; the library would list every key of the table here."""
        return []

    def init_request_context_data(self, request: HttpRequest, form: Any) -> dict[str, Any]:
        context = super().init_request_context_data(request, form)
        chosen = [key for key in request.GET.get("pk__in", "").split(",") if key]
        rows = self.paginator(self.get_export_queryset(request), self.list_per_page)
        return {**context, "chosen": len(chosen), "rows": rows, "is_filtered": bool(request.GET)}

    def _do_file_export(
        self, file_format: Any, request: HttpRequest, queryset: QuerySet[Any], export_form: Any = None
    ) -> HttpResponseBase:
        if not self.has_export_permission(request):
            raise PermissionDenied
        resource = self.choose_export_resource_class(export_form, request)()
        pieces = file_format.export_data(resource.export(queryset))
        name = f"{slugify(resource.get_display_name())}-{timezone.localdate():%Y-%m-%d}.{file_format.get_extension()}"
        return StreamingHttpResponse(
            pieces,
            content_type=file_format.get_content_type(),
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
        )


class ExportedAdmin(ExportingAdmin):
    """`record_types` are the names of the record types this list exports as."""

    record_types: ClassVar[tuple[str, ...]] = ()

    def get_resource_classes(self, request: HttpRequest) -> list[Any]:
        return [resource_of(name) for name in self.record_types]
