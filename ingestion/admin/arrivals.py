"""Expected arrivals: by when files of a source are expected. Everyone may look; managers change it."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget

from arhub.admin import cells
from arhub.admin.base import HubAdmin, allows
from arhub.admin.dialogs import go_to
from arhub.admin.incidents import page_of
from arhub.admin.timing_form import SHOWN_WHEN, TIMING_FIELDS, TimingForm, preview, times_shown, usual_timing
from arhub.contributions import Panel
from arhub.domain import incidents
from arhub.domain.timing import TIMING, NotASchedule
from arhub.models import Incident, Role, Source, User
from ingestion.admin import presentation
from ingestion.domain import arrivals
from ingestion.domain.arrival_history import last_arrivals
from ingestion.domain.arrival_incidents import key_of
from ingestion.domain.file_indexes import check_mark
from ingestion.models import ArrivalWatch

AS_EXPECTED, SWITCHED_OFF = "As expected", "Switched off"


class WatchForm(TimingForm):
    source = forms.ModelChoiceField(Source.objects.none(), widget=UnfoldAdminSelectWidget)
    owner = forms.ModelChoiceField(
        User.objects.none(), required=False, empty_label="Nobody", widget=UnfoldAdminSelectWidget,
        help_text="Who sees to it when something is not as expected.",
    )  # fmt: skip

    class Meta(TimingForm.Meta):
        model = ArrivalWatch
        expected = ("at_least_files", "at_least_rows", "may_repeat", "index_mark", "owner")
        fields = ("source", "is_enabled", *TIMING, *expected)
        labels: ClassVar = {**TimingForm.Meta.labels, "at_least_files": "At least files",
                            "at_least_rows": "At least rows", "may_repeat": "Same content may come again"}  # fmt: skip
        help_texts: ClassVar = {
            "index_mark": "A part of the file names in which # stands for a number that goes up by one, such as "
            "SHOP_ErpCache_OutstandingItem_#. Gaps and numbers that came before are reported.",
            "may_repeat": "Otherwise a file with the same content as an earlier one is reported.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["at"].label = "By"
        self.fields["owner"].queryset = incidents.members()  # type: ignore[attr-defined]
        if self.instance.pk:  # it stays with its source
            del self.fields["source"]
        else:
            self.fields["source"].queryset = Source.objects.filter(arrival_watch=None)  # type: ignore[attr-defined]

    def clean_index_mark(self) -> str:
        mark = str(self.cleaned_data["index_mark"])
        try:
            check_mark(mark)
        except NotASchedule as problem:
            raise forms.ValidationError(str(problem)) from problem
        return mark

    def clean_at_least_files(self) -> int:
        number = int(self.cleaned_data["at_least_files"])
        if not number:
            raise forms.ValidationError("Expected at least one file.")
        return number


@admin.register(ArrivalWatch)
class ArrivalWatchAdmin(HubAdmin):
    add_role = change_role = delete_role = Role.MANAGER
    form = WatchForm
    has_one_button = True
    page_title = "Expected arrivals"
    list_display = ("source_", "state_", "what", "next_due_at", "owner_")
    list_select_related = ("source", "owner")
    search_fields = ("source__name__istartswith",)
    search_help_text = "Name of the source"
    actions = None
    actions_detail = ("count_anew",)
    change_form_after_template = "arhub/schedules/preview_box.html"
    conditional_fields = SHOWN_WHEN
    fieldsets = (
        (None, {"fields": ("source", "is_enabled")}),
        ("By when", {"fields": TIMING_FIELDS}),
        ("What", {"fields": WatchForm.Meta.expected}),
    )
    read_only = ("source", "is_enabled", "what", "next_due_at", "owner_")
    empty_text = (
        "Say of a source by when its files are expected, how many, and how many rows. What is late, missing, empty, "
        "came before or came out of order becomes an incident, and closes by itself when it comes."
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.preview)
        return [path("preview/", view, name="ingestion_arrivalwatch_preview"), *super().get_urls()]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Who only looks gets no form."""
        form = self.form if self.has_change_permission(request) else forms.ModelForm
        return super().get_form(request, obj, change, form=form, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets if self.has_change_permission(request) else ((None, {"fields": self.read_only}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if not self.has_change_permission(request):
            return self.read_only
        return ("source",) if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Where the company is; an address may name the source."""
        mine = {"owner": request.user.pk}
        return {**usual_timing(request), **mine, **super().get_changeform_initial_data(request)}

    def has_recount_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        watch = self.get_object(request, str(object_id)) if allows(request, self.change_role) else None
        return watch is not None and bool(watch.index_mark)

    def prepare_rows(self, request: HttpRequest, rows: list[Any]) -> None:
        found = _open_kinds([row.source_id for row in rows])
        for row in rows:
            row.kind = found.get(row.source_id, AS_EXPECTED)

    @display(description="Source", ordering="source__name")
    def source_(self, watch: ArrivalWatch) -> str:
        return str(watch.source)

    @display(description="State")
    def state_(self, watch: ArrivalWatch) -> str:
        return cells.chip(watch.kind if watch.is_enabled else SWITCHED_OFF)  # type: ignore[attr-defined]

    @display(description="What is expected")
    def what(self, watch: ArrivalWatch) -> str:
        return arrivals.sentence(watch)

    @display(description="Owner")
    def owner_(self, watch: ArrivalWatch) -> str:
        return str(watch.owner or "–")

    def preview(self, request: HttpRequest) -> HttpResponse:
        """What the form says now, in words and times; and the regions of its country."""
        if not allows(request, self.change_role):
            raise PermissionDenied("What is expected is said by managers.")
        return preview(request, WatchForm(request.GET), arrivals.sentence)

    def save_model(self, request: HttpRequest, obj: ArrivalWatch, form: Any, change: bool) -> None:
        arrivals.save(obj)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return self._to_the_source(request, obj)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self._to_the_source(request, obj)

    def _to_the_source(self, request: HttpRequest, watch: ArrivalWatch) -> HttpResponse:
        messages.success(request, f"{arrivals.sentence(watch)}: that is expected of {watch.source} from now on.")
        return HttpResponseRedirect(reverse("admin:arhub_source_change", args=[watch.source_id]))

    @action(
        description="Count anew",
        url_path="count-anew",
        icon="restart_alt",
        permissions=["recount"],
        dialog={
            "title": "Count the files anew",
            "description": "The number of the next file is taken as the first one, whatever it is; numbers that are "
            "missing now are no longer waited for.",
            "form_class": None,
            "form_submit_text": "Count anew",
        },
    )
    def count_anew(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        watch: ArrivalWatch | None = self.get_object(request, object_id)
        if watch is None:
            raise Http404("Nothing is expected here.")
        arrivals.count_anew(watch)
        messages.success(request, "The number of the next file is taken as the first one.")
        return go_to(reverse("admin:ingestion_arrivalwatch_change", args=[watch.pk]))


def _open_kinds(source_ids: list[int]) -> dict[int | None, str]:
    """By source, what is late or missing now."""
    keys = [key_of(pk) for pk in source_ids]
    found = Incident.objects.filter(key__in=keys, state=Incident.State.OPEN)
    return {incident.source_id: incident.get_kind_display() for incident in found}


def panel(request: HttpRequest, source: Source) -> Panel:
    """What the page of a source tells of what is expected of it, and of what came."""
    watch = ArrivalWatch.objects.filter(source=source).select_related("owner").first()
    shown: dict[str, Any] = {"watch": watch, "change_url": ""}
    if allows(request, ArrivalWatchAdmin.change_role):
        add_url = f"{reverse('admin:ingestion_arrivalwatch_add')}?source={source.pk}"
        shown["change_url"] = reverse("admin:ingestion_arrivalwatch_change", args=[watch.pk]) if watch else add_url
    if watch:
        shown |= {"sentence": arrivals.sentence(watch), "times": times_shown(watch)[:3] if watch.is_enabled else []}
        shown |= {"incidents": _open_of(source), "arrivals": _told(source, watch)}
    return Panel("Expected arrivals", "ingestion/arrivals.html", shown)


def _open_of(source: Source) -> list[tuple[Incident, str, str]]:
    """The open incidents of a source, each with its chip and its page."""
    found = Incident.objects.filter(source=source, state=Incident.State.OPEN)
    return [(incident, cells.chip(incident.get_kind_display()), page_of(incident)) for incident in found]


def _told(source: Source, watch: ArrivalWatch) -> list[tuple[Any, tuple[str, str], str]]:
    """What came last, each with the chip of its load, and whether it came in time; nothing of what does not count, or
    came before anything was expected."""
    told = []
    for arrival in last_arrivals(source):
        is_judged = arrival.counts and arrival.load.created_at > watch.created_at
        mark = cells.chip("Late" if arrival.is_late else "In time") if is_judged else "–"
        told.append((arrival, presentation.chip(arrival.load), mark))
    return told


def states() -> dict[int, str]:
    """By source of which something is expected, how it keeps to that, in words."""
    watched = list(ArrivalWatch.objects.filter(is_enabled=True).values_list("source_id", flat=True))
    found = _open_kinds(watched) if watched else {}
    return {pk: found.get(pk, AS_EXPECTED).lower() for pk in watched}
