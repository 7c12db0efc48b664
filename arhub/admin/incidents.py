"""Incidents: what is not as it should be. Everyone may look; clerks close them and hand them over."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from unfold.dataclasses import SearchResult
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from arhub.admin import cells
from arhub.admin.base import HubAdmin, allows
from arhub.admin.dialogs import go_to
from arhub.admin.filters import QuickFilter
from arhub.admin.sharing import Level, may
from arhub.domain import incidents, search
from arhub.domain.askers import asker_of
from arhub.models import Incident, Role, User
from arhub.requests import number_of

MOST, MOST_FOUND = 20, 5
State = Incident.State


class IncidentFilter(QuickFilter):
    options = (("all", "All"), ("open", "Open"), ("mine", "Mine"), ("closed", "Closed"))

    def narrow(self, request: HttpRequest, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == "mine":
            return queryset.filter(state=State.OPEN, owner=request.user)
        return queryset.filter(state=value) if value in State.values else queryset


class OwnerFilter(SimpleListFilter):
    """People of this company alone."""

    title = "owner"
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(person.pk), str(person)) for person in incidents.members()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(owner=number_of(self.value())) if self.value() else queryset


class ReasonForm(BaseDialogForm):
    reason = forms.CharField(
        max_length=2_000, widget=UnfoldAdminTextareaWidget, help_text="Why it need not worry anybody any more."
    )


class OwnerForm(BaseDialogForm):
    owner = forms.ModelChoiceField(
        User.objects.none(), required=False, empty_label="Nobody", widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = incidents.members()  # type: ignore[attr-defined]
        incident = Incident.objects.filter(pk=number_of(str(self.object_id))).first()
        self.initial["owner"] = incident.owner_id if incident else None


@admin.register(Incident)
class IncidentAdmin(HubAdmin):
    work_role = Role.CLERK
    page_title = "Incidents"
    list_display = ("title_", "kind_", "state_", "text_", "owner_", "times_", "opened_at", "last_seen_at")
    list_filter = (IncidentFilter, "kind", "source", OwnerFilter)
    list_select_related = ("owner",)
    search_help_text = "What it is about"
    search_fields = ("subject",)
    indexed_columns = ()
    fields = ("subject",)
    actions = None
    actions_detail = ("close", "change_owner")
    change_list_template = "arhub/list/list.html"
    change_form_template = "arhub/incidents/page.html"
    empty_text = (
        "An incident says that something expected is not so: a file that is late, missing, empty, came before, or came "
        "out of order. Say on the page of a source what is expected of it, and by when."
    )

    def search_condition(self, term: str) -> Any:
        return search.words_begin("subject", term)

    def has_work_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        incident = self.get_object(request, str(object_id)) if allows(request, self.work_role) else None
        if incident is None or not incident.is_open:
            return False
        thing = incidents.thing_of(incident)
        return thing is None or may(request, thing, Level.OPERATE)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Incident]:
        return incidents.visible(asker_of(request), super().get_queryset(request))

    @display(description="About")
    def title_(self, incident: Incident) -> str:
        return incident.subject

    @display(description="Kind")
    def kind_(self, incident: Incident) -> str:
        label = incident.get_kind_display()
        return cells.chip(label) if incident.is_open else label

    @display(description="State")
    def state_(self, incident: Incident) -> str:
        return cells.chip(incident.get_state_display())

    @display(description="What")
    def text_(self, incident: Incident) -> str:
        return incident.text

    @display(description="Owner")
    def owner_(self, incident: Incident) -> str:
        return str(incident.owner or "–")

    @display(description="Times")
    def times_(self, incident: Incident) -> str:
        return cells.number(incident.times)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        incident = self.get_object(request, object_id)
        shown = {"incident": incident, "title": str(incident)} if incident else {}
        if incident:
            shown["chips"] = [self.kind_(incident), self.state_(incident)]
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    @action(
        description="Close",
        url_path="close",
        icon="check_circle",
        permissions=["work"],
        dialog={
            "title": "Close this incident",
            "description": "One incident is closed, with your name and the reason. Should it be found to be so again, "
            "a new one is opened.",
            "form_class": ReasonForm,
            "form_submit_text": "Close incident",
        },
    )
    def close(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        incident = self._wanted(request, object_id)
        if not incidents.close(incident, request.user, form.cleaned_data["reason"]):  # type: ignore[arg-type]
            messages.warning(request, "It was closed already.")
        return go_to(page_of(incident))

    @action(
        description="Change owner",
        url_path="change-owner",
        icon="person",
        permissions=["work"],
        dialog={
            "title": "Change the owner",
            "description": "The owner sees to it. Everyone sees it on their Start page.",
            "form_class": OwnerForm,
            "form_submit_text": "Change owner",
        },
    )
    def change_owner(self, request: HttpRequest, form: OwnerForm, object_id: str) -> HttpResponse:
        incident = self._wanted(request, object_id)
        if not incidents.hand_over(incident, form.cleaned_data["owner"]):
            messages.warning(request, "It was closed already.")
        return go_to(page_of(incident))

    def _wanted(self, request: HttpRequest, object_id: str) -> Incident:
        incident: Incident | None = self.get_object(request, object_id)
        if incident is None:
            raise Http404("There is no such incident here.")
        return incident


def page_of(incident: Incident) -> str:
    return reverse("admin:arhub_incident_change", args=[incident.pk])


def panels(request: HttpRequest) -> dict[str, list[dict[str, Any]]]:
    """What the Start page tells of incidents: those that are open."""
    rows = incidents.visible(asker_of(request), Incident.objects.filter(state=State.OPEN))
    still_open = rows.select_related("owner").order_by("-last_seen_at")
    return {
        "waiting": [
            {
                "title": str(incident),
                "detail": f"{incident.text} Owner: {incident.owner or 'nobody'}.",
                "url": page_of(incident),
                "button": "See to it",
                "at": incident.last_seen_at,
            }
            for incident in still_open[:MOST]
        ]
    }


def found(request: HttpRequest, term: str) -> list[SearchResult]:
    """What Ctrl-K finds among incidents: open ones first, by the beginnings of words of what they are about."""
    term = term.replace("\x00", "").strip()[:100]
    named = Incident.objects.filter(search.words_begin("subject", term)) if term else Incident.objects.none()
    rows = incidents.visible(asker_of(request), named)
    return [
        SearchResult(
            title=str(incident),
            description=f"{incident.get_state_display()}, {incident.text}",
            link=page_of(incident),
            icon="report",
        )
        for incident in rows[:MOST_FOUND]
    ]
