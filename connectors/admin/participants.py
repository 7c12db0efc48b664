"""Participants: who can be reached electronically, and how. Everyone may look, managers change."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget

from arhub.admin import cells
from arhub.admin.dialogs import go_to
from arhub.admin.exporting import ExportingAdmin
from arhub.admin.filters import QuickFilter
from arhub.admin.shared_filter import SharedFilter
from arhub.domain.askers import asker_of
from arhub.domain.sharing import NOBODY, Actor, Level, reachable
from arhub.exports.formats import CsvFormat, XlsxFormat
from arhub.models import Role
from connectors.admin import participant_import, participant_look_up
from connectors.admin.participant_export import ParticipantResource
from connectors.domain import look_ups, participants
from connectors.domain.participants import NotAParticipant
from connectors.models import Connection, Participant

FIELDS = ("endpoint", "name", "country", "registration_number", "vat_number", "route", "connection")


class RegisteredFilter(QuickFilter):
    options = (("all", "All"), ("yes", "Registered"), ("no", "Not registered"), ("unknown", "Not known"))
    known: ClassVar = {"yes": True, "no": False, "unknown": None}

    def narrow(self, request: HttpRequest, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(is_registered=self.known[value]) if value in self.known else queryset


class ParticipantForm(forms.ModelForm):
    """What is given is checked, and stored, by the domain. Who fills it in, `asker`, chooses among the connections that
    they may use, and the one that is chosen already."""

    asker: ClassVar[Actor] = NOBODY
    endpoint = forms.CharField(
        max_length=100,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "0184:12345674"}),
        help_text="Scheme and id: 0184 is a CVR number, 0088 a GLN, 0096 a P-number, 0198 an SE number.",
    )

    class Meta:
        model = Participant
        fields = ("name", "country", "registration_number", "vat_number", "route", "connection")
        help_texts: ClassVar = {
            "country": "Two letters, such as DK.",
            "registration_number": "Of the company, as its register has it. Blanks, full stops and hyphens go.",
            "route": "By which network it is reached.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["endpoint"] = self.instance.endpoint
        ids = [connection.pk for connection in participants.ways()]
        way: Any = self.fields["connection"]
        ways = Connection.objects.filter(pk__in=ids)
        own = ways.filter(pk=self.instance.connection_id)
        way.queryset = reachable(self.asker, ways, Level.OPERATE) | own
        way.widget.can_add_related = way.widget.can_change_related = way.widget.can_view_related = False

    def given(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in FIELDS if name in self.cleaned_data}

    def _post_clean(self) -> None:
        if self.errors:
            return
        try:
            participants.check(self.instance, self.given())
        except NotAParticipant as problem:
            self.add_error(problem.field, str(problem))


@admin.register(Participant)
class ParticipantAdmin(ExportingAdmin):
    add_role = change_role = delete_role = Role.MANAGER
    form = ParticipantForm
    page_title = "Participants"
    resource_classes = [ParticipantResource]
    export_formats = [CsvFormat, XlsxFormat]
    list_display = ("name_", "endpoint_", "country", "route_", "registered_", "connection_")
    list_filter = (RegisteredFilter, "route", "country", ("connection", SharedFilter))
    list_select_related = ("connection",)
    indexed_columns = ("name_",)
    search_fields = ("name",)
    search_help_text = "Beginning of a name or of any id"
    fields = FIELDS
    actions = ("look_up_selected", "export_selected")
    actions_list = ("look_up_all",)
    actions_row = actions_detail = ("look_up_now",)
    import_export_change_list_template = "connectors/participants.html"
    change_form_outer_before_template = "connectors/participant.html"
    empty_text = (
        "The directory of participants says who takes documents electronically: under which endpoint, such as "
        "0184:12345674, and by which network. What is sent “To Network” finds its way by it. Import a list you have, "
        "or add somebody."
    )

    def get_urls(self) -> list[URLPattern]:
        def at(route: str, view: Any, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"connectors_participant_{name}")

        return [
            at("import/", self.import_view, "import"),
            at("look-up-chosen/", self.look_up_view, "look_up_chosen"),
            *super().get_urls(),
        ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Who only looks gets no form."""
        own = type("ParticipantForm", (self.form,), {"asker": asker_of(request)})
        form = own if self.has_change_permission(request) else forms.ModelForm
        return super().get_form(request, obj, change, form=form, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if self.has_change_permission(request) else FIELDS

    def search_condition(self, term: str) -> Q:
        return participants.begins(term)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except NotAParticipant as problem:  # the form found nothing wrong, and somebody else was faster
            messages.warning(request, f"Nothing was saved. {problem}")
            return HttpResponseRedirect(request.get_full_path())

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        participant = self.get_object(request, object_id)
        shown = {"participant": participant, "chip": cells.chip(participant.registered)} if participant else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        participants.change(obj, form.given())

    def import_view(self, request: HttpRequest) -> HttpResponse:
        return participant_import.view(request, self.admin_site.each_context(request))

    def look_up_view(self, request: HttpRequest) -> HttpResponse:
        return participant_look_up.view(request, self.admin_site.each_context(request))

    @admin.action(description="Look up now", permissions=["change"])
    def look_up_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return participant_look_up.ask(request, self.admin_site.each_context(request), queryset)

    @display(description="Name", ordering="name_lower")
    def name_(self, participant: Participant) -> str:
        return participant.name

    @display(description="Endpoint", ordering="identifier")
    def endpoint_(self, participant: Participant) -> str:
        return participant.endpoint

    @display(description="Route", ordering="route")
    def route_(self, participant: Participant) -> str:
        return participant.get_route_display()

    @display(description="Registered", ordering="looked_up_at")
    def registered_(self, participant: Participant) -> str:
        if participant.is_registered is None and not look_ups.can_be_asked(participant):
            return "–"
        shown = {"participant": participant, "chip": cells.chip(participant.registered)}
        return render_to_string("connectors/registered.html", shown)

    @display(description="Connection", ordering="connection__name")
    def connection_(self, participant: Participant) -> str:
        return str(participant.connection or "–")

    @action(
        description="Look up all",
        url_path="look-up-all",
        icon="travel_explore",
        permissions=["change"],
        dialog={
            "title": "Look up all participants",
            "description": "Asks the networks' directories about everybody in the list, in the background. What they "
            "say is shown here. It changes no route, and whoever is not found can still be sent to.",
            "form_class": None,
            "form_submit_text": "Look up all",
        },
    )
    def look_up_all(self, request: HttpRequest, form: BaseDialogForm) -> HttpResponse:
        return go_to(participant_look_up.started(request))

    @action(
        description="Look up now",
        url_path="look-up-now",
        icon="travel_explore",
        permissions=["change"],
        dialog={
            "title": "Look up this participant",
            "description": "Asks the directory of its network whether it is registered there, in the background. It "
            "changes no route.",
            "form_class": None,
            "form_submit_text": "Look up now",
        },
    )
    def look_up_now(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        participant: Participant | None = self.get_object(request, object_id)
        if participant is None:
            raise Http404("No such participant here.")
        if not look_ups.can_be_asked(participant):
            messages.warning(request, f"The hub knows no directory of {participant.get_route_display()} to ask.")
            return go_to(reverse("admin:connectors_participant_change", args=[participant.pk]))
        return go_to(participant_look_up.started(request, [participant.pk]))
