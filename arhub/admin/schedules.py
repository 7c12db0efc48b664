"""Schedules: when runs are due, in words and with the next five times. Managers change those
of what they may change."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget

from arhub.admin import cells
from arhub.admin.base import HubAdmin, allows
from arhub.admin.dialogs import go_to
from arhub.admin.sharing import Level, SharedMixin
from arhub.admin.timing_form import (
    SHOWN_WHEN,
    TIMING_FIELDS,
    ClockWidget,
    TimingForm,
    preview,
    times_shown,
    usual_timing,
)
from arhub.domain import schedules
from arhub.domain.askers import asker_of
from arhub.domain.run_kinds import kinds, label_of
from arhub.domain.schedules import sentence
from arhub.domain.shared_work import thing_of, visible_work, workable
from arhub.domain.sharing import NOBODY, Actor
from arhub.domain.timing import NotASchedule
from arhub.models import ClosedDay, Role, Run, Schedule

LAST_RUNS = 10


class DueForm(TimingForm):
    """When a schedule is due, whatever it is for."""

    times = schedules.TIMES
    quiet_from = forms.TimeField(label="Not between", required=False, widget=ClockWidget)
    quiet_until = forms.TimeField(
        label="and", required=False, widget=ClockWidget,
        help_text="Quiet hours: what would come within them comes at their end, once. They may span midnight.",
    )  # fmt: skip

    class Meta(TimingForm.Meta):
        model = Schedule
        fields = ("name", *schedules.TIMES, "missed")
        help_texts: ClassVar = {
            "missed": "When the hub was down at the time. Skip: nothing is made up for. Once: one run for all of "
            f"them. Each: one run for each, at most {schedules.MOST_MADE_UP}.",
        }

    def check(self) -> None:
        schedules.check_times(self.instance)


class ScheduleForm(DueForm):
    """`work` is a kind and what it works on, as kind:id, of what `asker` may change."""

    asker: ClassVar[Actor] = NOBODY
    work = forms.ChoiceField(label="What", widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["work"].choices = _works(self.asker)  # type: ignore[attr-defined]
        if self.instance.pk:
            self.initial["work"] = f"{self.instance.kind}:{self.instance.subject_id}"

    def clean_work(self) -> str:
        kind, _, subject_id = str(self.cleaned_data["work"]).partition(":")
        self.instance.kind, self.instance.subject_id = kind, int(subject_id)
        return f"{kind}:{subject_id}"


def _works(asker: Actor) -> list[Any]:
    """What somebody may schedule."""
    found = []
    for name, kind in kinds().items():
        subjects = dict(kind.subjects())
        own = workable(asker, name, subjects, Level.EDIT)
        found += [(f"{name}:{pk}", f"{kind.label}: {label}") for pk, label in subjects.items() if pk in own]
    return found


def _form_for(request: HttpRequest) -> type[ScheduleForm]:
    return type("ScheduleForm", (ScheduleForm,), {"asker": asker_of(request)})


@admin.register(Schedule)
class ScheduleAdmin(SharedMixin, HubAdmin):
    view_role = Role.VIEWER
    add_role = change_role = delete_role = Role.MANAGER
    delete_level = Level.EDIT
    form = ScheduleForm
    has_one_button = True
    page_title = "Schedules"
    list_display = ("name", "state", "what", "when", "next_due_at", "last_due_at")
    search_fields = ("name__istartswith",)
    search_help_text = "Name"
    actions = None
    actions_row = actions_detail = ("run_now", "pause", "resume")
    change_form_after_template = "arhub/schedules/preview_box.html"
    change_form_outer_after_template = "arhub/schedules/runs.html"
    conditional_fields = SHOWN_WHEN
    fieldsets = (
        (None, {"fields": ("name", "work")}),
        ("When", {"fields": (*TIMING_FIELDS, *schedules.QUIET, "missed")}),
    )
    read_only = ("name", "what", "when")
    empty_text = (
        "A schedule says when something is done: every hour, every business day at 07:00, or by a pattern of your own. "
        "Each time it is due there is a run, which tells what it did."
    )

    def get_urls(self) -> list[URLPattern]:
        preview = self.admin_site.admin_view(self.preview)
        return [path("preview/", preview, name="arhub_schedule_preview"), *super().get_urls()]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Who only looks gets no form."""
        form = _form_for(request) if self.has_change_permission(request, obj) else forms.ModelForm
        return super().get_form(request, obj, change, form=form, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets if self.has_change_permission(request, obj) else ((None, {"fields": self.read_only}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if self.has_change_permission(request, obj) else self.read_only

    def seen(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return visible_work(asker_of(request), rows)

    def thing_of(self, row: Any) -> Model | None:
        return thing_of(row)

    def has_pause_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may_switch(request, object_id, on=False)

    def has_resume_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may_switch(request, object_id, on=True)

    def _may_switch(self, request: HttpRequest, object_id: Any, *, on: bool) -> bool:
        """A page offers what makes a difference; a list, which asks about none of its rows, offers both."""
        schedule = self.get_object(request, str(object_id)) if object_id else None
        return self.has_change_permission(request, object_id) and (schedule is None or schedule.is_paused == on)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Where the company is, on its working days; an address may name what is to be scheduled, as kind:id."""
        return {**usual_timing(request), **super().get_changeform_initial_data(request)}

    def prepare_rows(self, request: HttpRequest, rows: list[Any]) -> None:
        names = {(name, pk): label for name, kind in kinds().items() for pk, label in kind.subjects()}
        for row in rows:
            row.subject_name = names.get((row.kind, row.subject_id), "")

    @display(description="State")
    def state(self, schedule: Schedule) -> str:
        return cells.chip("Paused" if schedule.is_paused else "On")

    @display(description="What")
    def what(self, schedule: Schedule) -> str:
        if not hasattr(schedule, "subject_name"):
            self.prepare_rows(None, [schedule])  # type: ignore[arg-type]
        return f"{label_of(schedule.kind)}: {schedule.subject_name or 'gone'}"  # type: ignore[attr-defined]

    @display(description="When")
    def when(self, schedule: Schedule) -> str:
        return sentence(schedule)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        schedule = self.get_object(request, object_id)
        shown: dict[str, Any] = {"schedule": schedule}
        if schedule is not None:
            shown["runs"] = [(run, cells.chip(run.get_state_display())) for run in last_runs(schedule)]
            shown["may_change"] = self.has_change_permission(request, schedule)
            shown["times"] = [] if schedule.is_paused else times_shown(schedule)
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def preview(self, request: HttpRequest) -> HttpResponse:
        """What the form says now, in words and times; and the regions of its country."""
        if not allows(request, self.change_role):
            raise PermissionDenied("Schedules are made by managers.")
        form = _form_for(request)(request.GET)
        return preview(request, form, sentence)

    def save_model(self, request: HttpRequest, obj: Schedule, form: Any, change: bool) -> None:
        schedules.save(obj, request.user)  # type: ignore[arg-type]

    @action(
        description="Run now",
        url_path="run-now",
        icon="play_arrow",
        permissions=["operate"],
        dialog={
            "title": "Run now",
            "description": "Makes one run at once. When it is due next stays as it is.",
            "form_class": None,
            "form_submit_text": "Run now",
        },
    )
    def run_now(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        schedule = self._wanted(request, object_id)
        try:
            run = schedules.run_now(schedule, request.user)  # type: ignore[arg-type]
        except NotASchedule as problem:
            messages.warning(request, f"Nothing was started. {problem}")
            return go_to(_page(schedule))
        return go_to(reverse("admin:arhub_run_change", args=[run.pk]))

    @action(
        description="Pause",
        url_path="pause",
        icon="pause",
        permissions=["pause"],
        dialog={
            "title": "Pause this schedule",
            "description": "No runs are made until it is resumed, and those are not made up for. Runs at work go on.",
            "form_class": None,
            "form_submit_text": "Pause",
        },
    )
    def pause(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._switch(request, object_id, on=False)

    @action(
        description="Resume",
        url_path="resume",
        icon="resume",
        permissions=["resume"],
        dialog={
            "title": "Resume this schedule",
            "description": "Runs are made again from now on.",
            "form_class": None,
            "form_submit_text": "Resume",
        },
    )
    def resume(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._switch(request, object_id, on=True)

    def _switch(self, request: HttpRequest, object_id: str, *, on: bool) -> HttpResponse:
        schedule = self._wanted(request, object_id)
        schedules.switch(schedule, on)
        messages.success(request, f"{schedule} {'runs again' if on else 'is paused'}.")
        return go_to(_page(schedule))

    def _wanted(self, request: HttpRequest, object_id: str) -> Schedule:
        schedule: Schedule | None = self.get_object(request, object_id)
        if schedule is None:
            raise Http404("There is no such schedule here.")
        return schedule


def _page(schedule: Schedule) -> str:
    return reverse("admin:arhub_schedule_change", args=[schedule.pk])


def last_runs(schedule: Schedule) -> list[Run]:
    return list(schedule.runs.order_by("-id").defer("memory")[:LAST_RUNS])


@admin.register(ClosedDay)
class ClosedDayAdmin(HubAdmin):
    add_role = change_role = delete_role = Role.MANAGER
    page_title = "Closed days"
    list_display = ("name", "date")
    fields = ("date", "name")
    ordering = ("-date", "-id")
    actions = None
    empty_text = (
        "Days on which your company is closed although its country works, such as an outing. Schedules that go by "
        "business days leave them out."
    )

    def save_model(self, request: HttpRequest, obj: ClosedDay, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        schedules.closed_days_changed()

    def delete_model(self, request: HttpRequest, obj: ClosedDay) -> None:
        super().delete_model(request, obj)
        schedules.closed_days_changed()
