"""Runs: what works in the background, how far it is, and what it said. Who may use
what a run works on, may retry and cancel it; managers those that work on nothing that is shared."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm

from arhub.admin import cells
from arhub.admin.base import HubAdmin, allows
from arhub.admin.dialogs import go_to
from arhub.admin.filters import QuickFilter
from arhub.admin.pace import duration, pace
from arhub.admin.paging import page_of_rows
from arhub.admin.sharing import Level, may
from arhub.domain import runs
from arhub.domain.askers import asker_of
from arhub.domain.run_kinds import kind_of, label_of
from arhub.domain.shared_work import thing_of, visible_work
from arhub.models import Role, Run, RunEntry

DAYS, MOST = 30, 8
PROBLEMS = (RunEntry.Level.WARNING, RunEntry.Level.ERROR)


class RunFilter(QuickFilter):
    options = (("all", "All"), ("failed", "Failed"), ("unfinished", "At work and waiting"), ("succeeded", "Succeeded"))

    def narrow(self, request: HttpRequest, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == "unfinished":
            return queryset.filter(state__in=Run.UNFINISHED)
        return queryset.filter(state=value) if value in ("failed", "succeeded") else queryset


@admin.register(Run)
class RunAdmin(HubAdmin):
    work_role = Role.MANAGER
    page_title = "Runs"
    list_display = ("title_", "state_", "kind_", "due_at", "started_at", "took", "counts_", "who")
    list_filter = (RunFilter, ("created_at", RangeDateTimeFilter))
    list_select_related = ("created_by", "schedule")
    indexed_columns = ()
    ordering = ("-id",)
    fields = ("title",)
    actions = None
    actions_detail = ("retry", "cancel")
    change_list_template = "arhub/list/list.html"
    change_form_template = "arhub/runs/page.html"
    empty_text = (
        "A run is work that the hub does in the background, such as fetching what changed in an ERP: how far it is, "
        "what it did, and what went wrong. Schedules make runs, and so do buttons on the pages of what is worked on."
    )

    def get_urls(self) -> list[URLPattern]:
        body = self.admin_site.admin_view(self.body)
        return [path("<int:pk>/body/", body, name="arhub_run_body"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        found: QuerySet[Run] = super().get_queryset(request).defer("memory")
        return visible_work(asker_of(request), found)

    def has_retry_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        run = self._allowed(request, object_id)
        return run is not None and runs.is_retryable(run)

    def has_cancel_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        run = self._allowed(request, object_id)
        return run is not None and run.is_unfinished

    def _allowed(self, request: HttpRequest, object_id: Any) -> Run | None:
        run: Run | None = self.get_object(request, str(object_id))
        if run is None:
            return None
        thing = thing_of(run)
        may_work = may(request, thing, Level.OPERATE) if thing else allows(request, self.work_role)
        return run if may_work else None

    @display(description="Run")
    def title_(self, run: Run) -> str:
        return run.title

    @display(description="State")
    def state_(self, run: Run) -> str:
        return cells.chip(run.get_state_display())

    @display(description="Kind")
    def kind_(self, run: Run) -> str:
        return label_of(run.kind)

    @display(description="Took")
    def took(self, run: Run) -> str:
        return duration(run.took) if run.took else "–"

    @display(description="Counts")
    def counts_(self, run: Run) -> str:
        return ", ".join(f"{label} {number:,}" for label, number in run.counts.items()) or "–"

    @display(description="By")
    def who(self, run: Run) -> str:
        return str(run.created_by or run.schedule or "The hub")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        run = self.get_object(request, object_id)
        shown = {"title": str(run), **page_of(request, run)} if run else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def body(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The part of the page that moves while a run is at work. When it is over, the page comes anew."""
        run = self._wanted(request, pk)
        response = TemplateResponse(request, "arhub/runs/body.html", page_of(request, run))
        if not run.is_unfinished:
            response["HX-Refresh"] = "true"
        return response

    @action(
        description="Retry",
        url_path="retry",
        icon="replay",
        permissions=["retry"],
        dialog={
            "title": "Retry this run",
            "description": "Makes one new run that does the same. This one stays as it is.",
            "form_class": None,
            "form_submit_text": "Retry",
        },
    )
    def retry(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        run = self._wanted(request, object_id)
        again = runs.retry(run, request.user)  # type: ignore[arg-type]
        if again is None:
            messages.warning(request, "It is at work, went well, or was retried already.")
        return go_to(_page(again or run))

    @action(
        description="Cancel",
        url_path="cancel",
        icon="cancel",
        permissions=["cancel"],
        dialog={
            "title": "Cancel this run",
            "description": "It stops at its next step. What it did until then stays.",
            "form_class": None,
            "form_submit_text": "Cancel the run",
        },
    )
    def cancel(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        run = self._wanted(request, object_id)
        if not runs.cancel(run, request.user):  # type: ignore[arg-type]
            messages.warning(request, "It was over already.")
        return go_to(_page(run))

    def _wanted(self, request: HttpRequest, object_id: Any) -> Run:
        run: Run | None = self.get_object(request, str(object_id))
        if run is None:
            raise Http404("There is no such run here.")
        return run


def page_of(request: HttpRequest, run: Run) -> dict[str, Any]:
    """Everything the page of a run shows."""
    only_problems = request.GET.get("log") == "problems"
    entries = run.log.order_by("-id")
    return {
        "run": run,
        "chip": cells.chip(run.get_state_display()),
        "kind": label_of(run.kind),
        "subject_url": _subject_url(run),
        "took": duration(run.took) if run.took else "",
        "again": run.retries.first(),
        "progress": pace(request, run.stage, run.done, run.total) if run.is_unfinished else None,
        "is_pausing": run.state == Run.State.QUEUED and bool(run.reason),
        "problems": run.log.filter(level__in=PROBLEMS).count(),
        "only_problems": only_problems,
        "page": (page := page_of_rows(request, entries.filter(level__in=PROBLEMS) if only_problems else entries)),
        "entries": [(entry, cells.chip(entry.get_level_display())) for entry in page],
    }


def _subject_url(run: Run) -> str:
    try:
        return kind_of(run.kind).url(run.subject_id)
    except KeyError:
        return ""


def _page(run: Run) -> str:
    return reverse("admin:arhub_run_change", args=[run.pk])


def panels(request: HttpRequest) -> dict[str, list[dict[str, Any]]]:
    """What the Start page tells of runs: those that failed within a month, and were not retried."""
    since = timezone.now() - timedelta(days=DAYS)
    own = visible_work(asker_of(request), Run.objects.all())
    failed = own.filter(state=Run.State.FAILED, created_at__gt=since, retries=None).order_by("-id")
    return {
        "failed": [
            {
                "title": f"{run.title}, failed",
                "detail": run.reason,
                "url": _page(run),
                "button": "Open",
                "at": run.created_at,
            }
            for run in failed[:MOST]
        ]
    }
