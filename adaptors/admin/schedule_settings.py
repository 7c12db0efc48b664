"""The tab *Schedule settings* of an activation: when it runs by itself, read back in words. Everyone may look."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from adaptors.domain.running import KIND
from adaptors.models import Activation
from arhub.admin import cells
from arhub.admin.schedules import DueForm, last_runs
from arhub.admin.sharing import Level, may, require
from arhub.admin.timing_form import preview as timing_preview
from arhub.admin.timing_form import times_shown, usual_timing
from arhub.domain import schedules
from arhub.domain.timing import NotASchedule
from arhub.models import Schedule

TAB = "schedule"
LAST_RUNS = 5


class ScheduleForm(DueForm):
    """On a page of its own, where no admin chooses widgets."""

    class Meta(DueForm.Meta):
        widgets: ClassVar = {
            "name": UnfoldAdminTextInputWidget, "every": UnfoldAdminSelectWidget, "missed": UnfoldAdminSelectWidget,
            "minute": UnfoldAdminIntegerFieldWidget, "cron": UnfoldAdminTextInputWidget,
        }  # fmt: skip


def shown(request: HttpRequest, activation: Activation) -> dict[str, Any]:
    return {
        "schedules": [_told(one) for one in _of(activation)],
        "may_edit": may(request, activation, Level.EDIT),
        "may_run": activation.is_on and may(request, activation, Level.OPERATE),
    }


def edit(request: HttpRequest, activation: Activation, pk: int, context: dict[str, Any]) -> HttpResponse:
    """The form of one schedule, a new one without `pk`, and what becomes of it."""
    require(request, activation, Level.EDIT)
    schedule = _wanted(activation, pk) if pk else Schedule(kind=KIND, subject_id=activation.pk)
    proposed = {"name": activation.name, **usual_timing(request)} if not pk else {}
    form = ScheduleForm(request.POST or None, instance=schedule, initial=proposed)
    if request.method == "POST" and form.is_valid():
        try:
            saved = schedules.save(form.instance, request.user)  # type: ignore[arg-type]
        except NotASchedule as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, f"It runs so from now on: {schedules.sentence(saved)}.")
            return HttpResponseRedirect(_page(activation))
    title = f"Schedule of {activation}" if pk else f"New schedule of {activation}"
    shown = {**context, "title": title, "activation": activation, "form": form, "page_url": _page(activation)}
    return render(request, "adaptors/schedules/form.html", shown)


def preview(request: HttpRequest, activation: Activation) -> HttpResponse:
    """What the form says now, in words and times."""
    require(request, activation, Level.EDIT)
    return timing_preview(request, ScheduleForm(request.GET), schedules.sentence)


def act(request: HttpRequest, activation: Activation, pk: int, name: str) -> HttpResponse:
    """Run now, pause, resume or delete a schedule."""
    require(request, activation, Level.OPERATE if name == "run" else Level.EDIT)
    if request.method != "POST":
        raise PermissionDenied("This is done by its button.")
    schedule = _wanted(activation, pk)
    match name:
        case "run":
            return _run(request, activation, schedule)
        case "pause" | "resume":
            schedules.switch(schedule, name == "resume")
            messages.success(request, f"{schedule} {'runs again' if name == 'resume' else 'is paused'}.")
        case "delete":
            schedule.delete()
            messages.success(request, f"{schedule} was deleted. Its runs stay.")
        case _:
            raise Http404("Nothing like that is done to a schedule.")
    return HttpResponseRedirect(_page(activation))


def _run(request: HttpRequest, activation: Activation, schedule: Schedule) -> HttpResponse:
    if not activation.is_on:
        messages.warning(request, f"Nothing was started. {activation} is switched off.")
        return HttpResponseRedirect(_page(activation))
    run = schedules.run_now(schedule, request.user)  # type: ignore[arg-type]
    return HttpResponseRedirect(reverse("admin:arhub_run_change", args=[run.pk]))


def _told(schedule: Schedule) -> dict[str, Any]:
    return {
        "schedule": schedule,
        "chip": cells.chip("Paused" if schedule.is_paused else "On"),
        "sentence": schedules.sentence(schedule),
        "times": [] if schedule.is_paused else times_shown(schedule),
        "runs": [(run, cells.chip(run.get_state_display())) for run in last_runs(schedule)[:LAST_RUNS]],
    }


def _of(activation: Activation) -> list[Schedule]:
    return list(Schedule.objects.filter(kind=KIND, subject_id=activation.pk))


def _wanted(activation: Activation, pk: int) -> Schedule:
    found = Schedule.objects.filter(kind=KIND, subject_id=activation.pk, pk=pk).first()
    if found is None:
        raise Http404("No such schedule of this adaptor.")
    return found


def _page(activation: Activation) -> str:
    return f"{reverse('admin:adaptors_activation_change', args=[activation.pk])}?tab={TAB}"
