"""The tab Ingestion: every load, its drawer and its page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display

from arhub.admin.base import HubAdmin, allows
from arhub.models import Role
from arhub.requests import number_of
from ingestion.admin import guide, mapping, page, repair, undo, upload
from ingestion.admin import line as line_page
from ingestion.admin.downloads import failed_rows
from ingestion.admin.presentation import CHIPS, causes, chip, invalid_total, took, totals
from ingestion.domain import runs
from ingestion.models import Ingestion, IngestionFile, Task
from ingestion.tasks import ring

CHECK = "✓"


@admin.register(Ingestion)
class IngestionAdmin(HubAdmin):
    list_display = (
        "number", "is_failed", "is_processing", "is_succeeded", "chip", "files_count", "created", "update", "source",
        "who", "duration",
    )  # fmt: skip
    list_display_links = ("number",)
    list_filter = ("state", "source", ("created_at", RangeDateFilter))
    list_select_related = ("source", "created_by")
    ordering = ("-id",)
    change_list_template = "ingestion/list.html"
    actions = None

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("counts", "files")

    @display(description="Id", ordering="id")
    def number(self, ingestion: Ingestion) -> int:
        return ingestion.pk

    @display(description="Failed")
    def is_failed(self, ingestion: Ingestion) -> str:
        return CHECK if ingestion.failed else ""

    @display(description="Processing")
    def is_processing(self, ingestion: Ingestion) -> str:
        return CHECK if ingestion.processing else ""

    @display(description="Succeeded")
    def is_succeeded(self, ingestion: Ingestion) -> str:
        return CHECK if ingestion.succeeded else ""

    @display(description="State", label={state.label: colour for state, colour in CHIPS.items()})
    def chip(self, ingestion: Ingestion) -> str:
        return chip(ingestion)[1]

    @display(description="No. Files")
    def files_count(self, ingestion: Ingestion) -> int:
        return len({count.type for count in ingestion.counts.all()}) or len(
            {file.record_type for file in ingestion.files.all()}
        )

    @display(description="Created", ordering="created_at")
    def created(self, ingestion: Ingestion) -> Any:
        return ingestion.created_at

    @display(description="Update", ordering="rows_written_at")
    def update(self, ingestion: Ingestion) -> Any:
        return ingestion.rows_written_at

    @display(description="Who")
    def who(self, ingestion: Ingestion) -> str:
        return str(ingestion.created_by or ingestion.get_origin_display())

    @display(description="Took")
    def duration(self, ingestion: Ingestion) -> str:
        return took(ingestion)

    def get_urls(self) -> list[URLPattern]:
        def at(route: str, view: Any, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"ingestion_{name}")

        return [
            at("upload/", self.upload, "upload"),
            at("guide/", self.guide, "guide"),
            at("guide/<slug:record_type>/", self.guide_type, "guide_type"),
            at("guide/<slug:record_type>/template.<slug:form>", self.template, "template"),
            at("<int:pk>/drawer/", self.drawer, "drawer"),
            at("<int:pk>/body/", self.body, "body"),
            at("<int:pk>/commit/", self.commit, "commit"),
            at("<int:pk>/cancel/", self.cancel, "cancel"),
            at("<int:pk>/resume/", self.resume, "resume"),
            at("<int:pk>/undo/", self.undo, "undo"),
            at("file/<int:file>/line/<int:line>/", self.line, "line"),
            at("<int:pk>/mapping/<int:file>/", self.mapping, "mapping"),
            at("<int:pk>/mapping/<int:file>/preview/", self.mapping_preview, "mapping_preview"),
            at("<int:pk>/repair/", self.repair, "repair"),
            at("<int:pk>/repair/upload/", self.repair_by_file, "repair_upload"),
            at("<int:pk>/failed-rows.<slug:form>", self.failed_rows, "failed_rows"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "can_upload": allows(request, Role.CLERK)})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        ingestion = self._get(request, number_of(object_id))
        context = {
            **self.admin_site.each_context(request),
            **page.context(request, ingestion),
            "title": f"Ingestion {ingestion.pk}",
            "can_upload": allows(request, Role.CLERK),
        }
        return TemplateResponse(request, "ingestion/page.html", context)

    def body(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The part of the page that moves while a load is at work."""
        ingestion = self._get(request, pk)
        context = {**page.context(request, ingestion), "can_upload": allows(request, Role.CLERK)}
        return TemplateResponse(request, "ingestion/body.html", context)

    def drawer(self, request: HttpRequest, pk: int) -> HttpResponse:
        ingestion = self._get(request, pk)
        counts = list(ingestion.counts.select_related("file"))
        context = {
            "ingestion": ingestion,
            "chip": chip(ingestion),
            "took": took(ingestion),
            "counts": counts,
            "total": totals(counts),
            "causes": causes(ingestion, most=5),
            "may_undo": undo.may_undo(request, ingestion),
            "can_repair": repair.is_possible(request, ingestion, counts),
        }
        return TemplateResponse(request, "ingestion/drawer.html", context)

    def commit(self, request: HttpRequest, pk: int) -> HttpResponse:
        ingestion = self._get(request, pk)
        self._require_clerk(request)
        rejects = Ingestion.Rejects.FILE if request.POST.get("rejects") == "file" else Ingestion.Rejects.ROWS
        if rejects == Ingestion.Rejects.FILE and invalid_total(ingestion):
            messages.warning(request, "Nothing was uploaded: the load has invalid rows and was to be whole.")
        elif runs.request_commit(ingestion, rejects=rejects):
            ring()
        else:
            messages.warning(request, f"Ingestion {pk} no longer waits for review.")
        return self._to_page(pk)

    def cancel(self, request: HttpRequest, pk: int) -> HttpResponse:
        ingestion = self._get(request, pk)
        self._require_clerk(request)
        if ingestion.task == Task.UNDO and not allows(request, Role.MANAGER):
            raise PermissionDenied("Cancelling an undo needs the role Manager.")
        if runs.cancel(ingestion, request.user):  # type: ignore[arg-type]
            left = "Nothing of it went in." if ingestion.task == Task.LOAD else "It is as it was before."
            messages.success(request, f"Ingestion {pk} was cancelled. {left}")
        else:
            messages.warning(request, f"Ingestion {pk} has ended already and cannot be cancelled.")
        return self._to_page(pk)

    def resume(self, request: HttpRequest, pk: int) -> HttpResponse:
        ingestion = self._get(request, pk)
        self._require_clerk(request)
        if runs.request_resume(ingestion, request.user):  # type: ignore[arg-type]
            ring()
        else:
            messages.warning(request, f"Ingestion {pk} cannot be resumed: it is at work, or its file is what failed.")
        return self._to_page(pk)

    def undo(self, request: HttpRequest, pk: int) -> HttpResponse:
        undo.post(request, self._get(request, pk))
        return self._to_page(pk)

    def line(self, request: HttpRequest, file: int, line: int) -> HttpResponse:
        return line_page.view(request, self.admin_site.each_context(request), file, line)

    def failed_rows(self, request: HttpRequest, pk: int, form: str) -> HttpResponseBase:
        return failed_rows(self._get(request, pk), form, number_of(request.GET.get("file")))

    def repair(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The workbench: failed rows by cause, corrected in the page."""
        ingestion = self._get(request, pk)
        if not allows(request, Role.CLERK):
            raise PermissionDenied("Repairing rows needs the role Clerk.")
        return repair.view(request, ingestion, self.admin_site.each_context(request))

    def repair_by_file(self, request: HttpRequest, pk: int) -> HttpResponse:
        ingestion = self._get(request, pk)
        self._require_clerk(request)
        return repair.upload(request, ingestion, self.admin_site.each_context(request))

    def mapping(self, request: HttpRequest, pk: int, file: int) -> HttpResponse:
        return mapping.page(request, self._file(request, pk, file), self.admin_site.each_context(request))

    def mapping_preview(self, request: HttpRequest, pk: int, file: int) -> HttpResponse:
        return mapping.preview(request, self._file(request, pk, file), {})

    def upload(self, request: HttpRequest) -> HttpResponse:
        if not allows(request, Role.CLERK):
            raise PermissionDenied("Uploading files needs the role Clerk.")
        return upload.view(request, self.admin_site.each_context(request))

    def guide(self, request: HttpRequest) -> HttpResponse:
        return guide.index(request, self.admin_site.each_context(request))

    def guide_type(self, request: HttpRequest, record_type: str) -> HttpResponse:
        return guide.record_type_page(request, self.admin_site.each_context(request), record_type)

    def template(self, request: HttpRequest, record_type: str, form: str) -> HttpResponse:
        return guide.template(record_type, form)

    def _get(self, request: HttpRequest, pk: int) -> Ingestion:
        ingestion = Ingestion.objects.select_related("source__ledger", "created_by", "undone_by").filter(pk=pk).first()
        if ingestion is None:
            raise Http404(f"There is no ingestion {pk} here.")
        return ingestion

    def _file(self, request: HttpRequest, pk: int, file: int) -> IngestionFile:
        """A file of a load, for those who may say how it is read."""
        found = IngestionFile.objects.select_related("ingestion__source").filter(pk=file, ingestion=pk).first()
        if found is None:
            raise Http404(f"There is no file {file} in an ingestion {pk} here.")
        if not allows(request, Role.CLERK):
            raise PermissionDenied("Mapping a file needs the role Clerk.")
        return found

    def _require_clerk(self, request: HttpRequest) -> None:
        if request.method != "POST" or not allows(request, Role.CLERK):
            raise PermissionDenied("This needs the role Clerk.")

    def _to_page(self, pk: int) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:ingestion_ingestion_change", args=[pk]))
