"""Users and roles: the people of this tenant. Only its administrators come here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from arhub.admin.base import HubAdmin
from arhub.admin.dialogs import answer, go_to
from arhub.domain import members
from arhub.models import Membership, Role

LIST = "admin:arhub_membership_changelist"
HAND_ON = "Hand this link on. It signs them in once, within three days, and is shown only now."


class PersonForm(BaseDialogForm):
    email = forms.EmailField(label="E-mail", max_length=254, widget=UnfoldAdminEmailInputWidget)
    name = forms.CharField(max_length=255, required=False, widget=UnfoldAdminTextInputWidget)
    role = forms.ChoiceField(choices=Role.choices, initial=Role.VIEWER, widget=UnfoldAdminSelectWidget)


class RoleForm(BaseDialogForm):
    role = forms.ChoiceField(choices=Role.choices, widget=UnfoldAdminSelectWidget)


@admin.register(Membership)
class MembershipAdmin(HubAdmin):
    """The table has no row-level security, since it is read before a tenant is chosen: this filters always."""

    view_role = Role.ADMINISTRATOR
    page_title = "Users and roles"
    row_names = ("person", "people")
    list_display = ("person", "email", "role_", "since", "signed_in")
    list_display_links = None
    list_filter = ("role",)
    search_fields = ("user__name__istartswith", "user__email__istartswith")
    search_help_text = "Name or e-mail"
    ordering = ("user__email",)
    fields = ("person", "email", "role_")
    readonly_fields = fields
    actions = None
    actions_list = ("add_person",)
    actions_row = ("give_role", "new_link", "remove")
    empty_text = "The people who use the hub for this company."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        mine = super().get_queryset(request).filter(tenant=request.tenant)  # type: ignore[attr-defined]
        return mine.select_related("user")

    @display(description="Name", ordering="user__name")
    def person(self, membership: Membership) -> str:
        return membership.user.name or "–"

    @display(description="E-mail", ordering="user__email")
    def email(self, membership: Membership) -> str:
        return membership.user.email

    @display(description="Role", ordering="role", label={"Administrator": "primary"})
    def role_(self, membership: Membership) -> str:
        return membership.get_role_display()

    @display(description="Since", ordering="created_at")
    def since(self, membership: Membership) -> Any:
        return timezone.localdate(membership.created_at)

    @display(description="Last signed in", ordering="user__last_login")
    def signed_in(self, membership: Membership) -> Any:
        return timezone.localdate(signed_in) if (signed_in := membership.user.last_login) else "not yet"

    @action(
        description="Add person",
        url_path="add-person",
        icon="person_add",
        permissions=["view"],
        dialog={
            "title": "Add person",
            "description": "They get a link that signs them in once. You see it only once, so hand it on at once.",
            "form_class": PersonForm,
            "form_submit_text": "Add person",
        },
    )
    def add_person(self, request: HttpRequest, form: PersonForm) -> HttpResponse:
        facts = {name: form.cleaned_data[name] for name in ("email", "name", "role")}
        try:
            welcome = members.let_in(request.tenant, **facts)  # type: ignore[attr-defined]
        except (members.LastAdministratorError, members.ElsewhereError) as error:
            return _answer(request, "Nothing was changed", str(error))
        if welcome.path is None:
            return _answer(request, f"{welcome.user} was added", "They sign in with the password they have already.")
        return _answer(request, f"{welcome.user} was added", link=request.build_absolute_uri(welcome.path))

    @action(
        description="Change role",
        url_path="give-role",
        icon="manage_accounts",
        permissions=["view"],
        dialog={
            "title": "Change role",
            "description": "Viewers read. Clerks also upload and repair. Managers also undo, connect and schedule. "
            "Administrators also manage people and settings.",
            "form_class": RoleForm,
            "form_submit_text": "Change role",
        },
    )
    def give_role(self, request: HttpRequest, form: RoleForm, object_id: str) -> HttpResponse:
        membership = self._wanted(request, object_id)
        try:
            members.change_role(membership, form.cleaned_data["role"])
        except members.LastAdministratorError as error:
            return _answer(request, "Nothing was changed", str(error))
        messages.success(request, f"{membership.user} is now {membership.get_role_display().lower()}.")
        return _back_to_list()

    @action(
        description="New sign-in link",
        url_path="new-link",
        icon="link",
        permissions=["view"],
        dialog={
            "title": "New sign-in link",
            "description": "Makes a link that signs this person in once and lets them choose a new password.",
            "form_class": None,
            "form_submit_text": "Make link",
        },
    )
    def new_link(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        membership = self._wanted(request, object_id)
        try:
            path = members.new_link(membership)
        except members.NoLinkError as error:
            return _answer(request, "No link was made", str(error))
        return _answer(request, f"Link for {membership.user}", link=request.build_absolute_uri(path))

    @action(
        description="Remove",
        url_path="remove",
        icon="person_remove",
        permissions=["view"],
        dialog={
            "title": "Remove this person",
            "description": "They lose access to this company at once. What they did stays on record.",
            "form_class": None,
            "form_submit_text": "Remove person",
        },
    )
    def remove(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        membership = self._wanted(request, object_id)
        try:
            members.remove(membership)
        except members.LastAdministratorError as error:
            return _answer(request, "Nothing was changed", str(error))
        messages.success(request, f"{membership.user} no longer has access.")
        return _back_to_list()

    def _wanted(self, request: HttpRequest, object_id: str) -> Membership:
        membership = self.get_object(request, object_id)
        if membership is None:
            raise Http404("No such person here.")
        return membership


def _answer(request: HttpRequest, title: str, sentence: str = "", *, link: str = "") -> HttpResponse:
    shown = {"label": "Link", "text": link, "note": HAND_ON} if link else {}
    return answer(request, title, sentence, back=reverse(LIST), **shown)


def _back_to_list() -> HttpResponse:
    return go_to(reverse(LIST))
