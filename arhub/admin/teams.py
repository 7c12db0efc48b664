"""Groups: people to whom adaptors and connections are granted together. Managers look, administrators change them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from arhub.admin.base import HubAdmin
from arhub.admin.dialogs import ToldDialog, go_to
from arhub.domain import teams
from arhub.models import Role, Team, User
from arhub.requests import number_of

LIST = "admin:arhub_team_changelist"


class TeamForm(forms.ModelForm):
    people = forms.ModelMultipleChoiceField(
        User.objects.none(), required=False, label="Members", widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="What is granted to the group, is granted to each of them, up to their role.",
    )  # fmt: skip

    class Meta:
        model = Team
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].queryset = teams.people()  # type: ignore[attr-defined]
        if self.instance.pk:
            self.initial["people"] = list(self.instance.members.values_list("user", flat=True))


class DeleteDialog(ToldDialog):
    def told(self, object_id: str) -> str:
        team = Team.objects.filter(pk=number_of(object_id)).first()
        return teams.told(team) if team else ""


@admin.register(Team)
class TeamAdmin(HubAdmin):
    view_role = Role.MANAGER
    add_role = change_role = Role.ADMINISTRATOR
    form = TeamForm
    has_one_button = True
    page_title = "Groups"
    row_names = ("group", "groups")
    list_display = ("name", "members_", "grants_")
    search_fields = ("name__istartswith",)
    search_help_text = "Name"
    ordering = ("name",)
    actions = None
    actions_detail = ("remove",)
    fields = ("name", "people")
    empty_text = (
        "A group is some of your people, such as “Sales Denmark”. Share an adaptor or a connection with it, and all of "
        "them can use it."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        counted = {"people": Count("members", distinct=True), "uses": Count("grants", distinct=True)}
        found: QuerySet[Team] = super().get_queryset(request)
        return found.annotate(**counted)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Who only looks gets no form."""
        form = self.form if self.has_change_permission(request) else forms.ModelForm
        return super().get_form(request, obj, change, form=form, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if self.has_change_permission(request) else ("name", "names_")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields if self.has_change_permission(request) else ("name", "names_")

    @display(description="Members")
    def members_(self, team: Any) -> int:
        return int(team.people)

    @display(description="Granted")
    def grants_(self, team: Any) -> str:
        return f"{team.uses} thing{'s' * (team.uses != 1)}" if team.uses else "nothing"

    @display(description="Members")
    def names_(self, team: Team) -> str:
        return ", ".join(str(one) for one in team.members.select_related("user")) or "nobody"

    def save_model(self, request: HttpRequest, obj: Team, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        teams.set_members(obj, form.cleaned_data["people"])

    def response_add(self, request: HttpRequest, obj: Team, post_url_continue: str | None = None) -> HttpResponse:
        messages.success(request, f"{obj} was added.")
        return HttpResponseRedirect(reverse(LIST))

    def response_change(self, request: HttpRequest, obj: Team) -> HttpResponse:
        messages.success(request, f"{obj} was changed.")
        return HttpResponseRedirect(reverse(LIST))

    @action(
        description="Delete",
        url_path="remove",
        icon="delete",
        permissions=["change"],
        dialog={"title": "Delete this group", "form_class": DeleteDialog, "form_submit_text": "Delete group"},
    )
    def remove(self, request: HttpRequest, form: DeleteDialog, object_id: str) -> HttpResponse:
        team = self.get_object(request, object_id)
        if team is None:
            raise Http404("There is no such group here.")
        team.delete()
        messages.success(request, f"{team} was deleted.")
        return go_to(reverse(LIST))
