"""Saying when something is due: the fields of a form, and the choice read back in words with the next times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from arhub.domain.calendars import countries, regions
from arhub.domain.due_times import zone_names
from arhub.domain.timing import TIMING, WEEKDAYS, NotASchedule, check_timing, in_words, next_times
from arhub.models import Timing

TIMING_FIELDS = ("every", "minute", "weekdays", "at", "cron", "zone", "country", "subdivision")
"""In the order they are asked for."""

_SHOWN_WHEN = "!('every' in $data) || {}"
SHOWN_WHEN = {
    "minute": _SHOWN_WHEN.format("every === 'hourly'"),
    "at": _SHOWN_WHEN.format("every === 'daily' || every === 'weekly'"),
    "weekdays": _SHOWN_WHEN.format("every === 'weekly'"),
    "cron": _SHOWN_WHEN.format("every === 'cron'"),
    "subdivision": _SHOWN_WHEN.format("country"),
}
"""For an admin's `conditional_fields`."""


class ClockWidget(UnfoldAdminTextInputWidget):
    """The browser's own. The theme's compares with the clock of the person, and it is the schedule's that counts."""

    input_type = "time"

    def format_value(self, value: Any) -> str:
        return f"{value:%H:%M}" if isinstance(value, time) else value or ""


class TimingForm(forms.ModelForm):
    """What `every` does not use keeps what is stored. `times` are the fields that say when, which `check` looks at
    together."""

    times: ClassVar[tuple[str, ...]] = TIMING

    at = forms.TimeField(required=False, initial=time(7), widget=ClockWidget)
    weekdays = forms.TypedMultipleChoiceField(
        label="Days", choices=list(enumerate(WEEKDAYS)), coerce=int, required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )  # fmt: skip
    zone = forms.ChoiceField(label="Time zone", widget=UnfoldAdminSelectWidget)
    country = forms.ChoiceField(
        label="Business days of",
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="Weekends and holidays of this country are left out, and your own closed days.",
    )
    subdivision = forms.CharField(label="Region", required=False, widget=UnfoldAdminSelectWidget)

    class Meta:
        fields: tuple[str, ...] = TIMING
        labels: ClassVar = {"every": "Every"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"].choices = [(name, name) for name in zone_names()]  # type: ignore[attr-defined]
        self.fields["country"].choices = [("", "Every day counts"), *countries().items()]  # type: ignore[attr-defined]
        country = self["country"].value() or ""
        found = [("", "All of it"), *regions(country).items()]
        self.fields["subdivision"].widget.choices = found  # type: ignore[attr-defined]
        self.fields["minute"].required = False

    def clean_minute(self) -> int:
        given = self.cleaned_data["minute"]
        return self.instance.minute if given is None else int(given)

    def clean_at(self) -> Any:
        given = self.cleaned_data["at"]
        if given is None and self.data.get(self.add_prefix("every")) in (Timing.Every.DAILY, Timing.Every.WEEKLY):
            raise forms.ValidationError("Expected a time such as 07:00.")
        return given or self.instance.at

    def check(self) -> None:
        """Raises `NotASchedule`."""
        check_timing(self.instance)

    def _post_clean(self) -> None:
        """What the fields together make is checked where it is stored; its sentences stand at the fields."""
        super()._post_clean()  # type: ignore[misc]
        if self.errors.keys() & set(self.times):
            return
        try:
            self.check()
        except NotASchedule as problem:
            self.add_error(problem.field, str(problem))


def usual_timing(request: HttpRequest) -> dict[str, Any]:
    """Where the company is, on its working days: what a new form proposes."""
    return {"zone": str(request.tenant.zone), "weekdays": [0, 1, 2, 3, 4]}  # type: ignore[attr-defined]


def preview(request: HttpRequest, form: TimingForm, sentence: Callable[[Any], str]) -> HttpResponse:
    """What the form says now, in words and times; and the regions of its country."""
    problems = [error for name in form.times for error in form.errors.get(name, [])]
    shown: dict[str, Any] = {"form": form, "problems": problems}
    if not problems:
        shown |= {"sentence": sentence(form.instance), "times": times_shown(form.instance)}
    return render(request, "arhub/schedules/preview.html", shown)


def times_shown(timing: Timing) -> list[tuple[str, str]]:
    """The next times, for programs and for people, as the clocks of its zone show them."""
    return [(moment.isoformat(), in_words(moment, timing)) for moment in next_times(timing)]
