"""API keys: made, rotated and revoked by administrators. A key's text is shown once."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import CHECKBOX_CLASSES, UnfoldAdminSingleDateWidget, UnfoldAdminTextareaWidget

from arhub.admin import cells
from arhub.admin.base import HubAdmin
from arhub.admin.dialogs import answer, go_to
from arhub.admin.facts import label_of
from arhub.domain import api_keys
from arhub.domain.api_scopes import ACTIONS, known_scopes
from arhub.models import ApiKey, Role

LIST = "admin:arhub_apikey_changelist"
ONCE = "Copy it now, to where the program keeps its secrets: the hub stores a hash of it and cannot show it again."


class ScopesInput(forms.CheckboxSelectMultiple):
    """General scopes as two ticks, the others as a table: a line for each resource, a column for each action."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = set(value or ())
        lines = [
            (label_of(resource), [(f"{resource}:{what}", f"{resource}:{what}" in chosen) for what in ACTIONS])
            for resource in settings.API_RESOURCES
        ]
        context = {
            "name": name,
            "general": [(what, what in chosen) for what in ACTIONS],
            "lines": lines,
            "tick": " ".join(CHECKBOX_CLASSES),
        }
        return render_to_string("arhub/api_keys/scopes.html", context)


class ApiKeyForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        widget=ScopesInput, help_text="What the program may do. Give it no more than it needs."
    )
    networks = forms.CharField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="Where it may be used from, one network a line, such as 192.0.2.0/24. Empty: from anywhere.",
    )
    last_day = forms.DateField(
        required=False, widget=UnfoldAdminSingleDateWidget, help_text="The last day it is valid. Empty: until revoked."
    )

    class Meta:
        model = ApiKey
        fields = ("name", "source", "requests_per_minute")
        help_texts = {
            "name": "The program it is for, such as “Web shop”.",
            "requests_per_minute": "More than these are told to come back later.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "source" in self.fields:  # a key that stands is only looked at
            self.fields["scopes"].choices = [(scope, scope) for scope in known_scopes()]  # type: ignore[attr-defined]
            self.fields["source"].required = False
            self.fields["source"].help_text = "What it writes belongs to this source. Empty: the source “API”."

    def clean_networks(self) -> list[str]:
        try:
            return api_keys.checked_networks(self.cleaned_data["networks"].splitlines())
        except api_keys.NotAKey as problem:
            raise forms.ValidationError(str(problem)) from problem

    def clean_requests_per_minute(self) -> int:
        given = int(self.cleaned_data["requests_per_minute"])
        if given < 1:
            raise forms.ValidationError("Expected at least one request a minute.")
        return given

    def clean_last_day(self) -> datetime | None:
        """The moment after the day, where the tenant is."""
        day = self.cleaned_data["last_day"]
        if day is None:
            return None
        if day < timezone.localdate():
            raise forms.ValidationError("Expected today or a later day.")
        return timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))

    def settings_of_key(self) -> dict[str, Any]:
        given = self.cleaned_data
        names = ("name", "scopes", "source", "networks", "requests_per_minute")
        return {**{name: given[name] for name in names}, "expires_at": given["last_day"]}


@admin.register(ApiKey)
class ApiKeyAdmin(HubAdmin):
    view_role = add_role = Role.ADMINISTRATOR
    form = ApiKeyForm
    has_one_button = True
    page_title = "API keys"
    list_display = ("name", "beginning", "state", "scopes_", "source", "last_used", "until")
    list_select_related = ("source", "created_by")
    search_fields = ("name__istartswith", "prefix__startswith")
    search_help_text = "Name, or beginning of the key"
    ordering = ("name", "-created_at")
    actions = None
    actions_row = actions_detail = ("rotate", "revoke")
    empty_text = (
        "An API key lets a program read and write this company's records: a web shop that asks what a customer owes, "
        "or a script that sends invoices every night. Each program gets its own, with the scopes it needs."
    )
    shown = (
        "name", "beginning", "state", "scopes_", "source", "networks_", "requests_per_minute", "last_used", "until",
        "made",
    )  # fmt: skip

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> tuple[str, ...]:
        asked = ("name", "scopes", "source", "networks", "last_day", "requests_per_minute")
        return self.shown if obj else asked

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> tuple[str, ...]:
        return self.shown if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        key, obj.text = api_keys.make(**form.settings_of_key(), user=request.user)  # type: ignore[arg-type]
        obj.pk = key.pk

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"The key of {obj.name}", "text": obj.text, "note": ONCE, "back": reverse(LIST),
            "address": request.build_absolute_uri("/api/hub/v1/"),
        }  # fmt: skip
        return render(request, "arhub/api_keys/made.html", context)

    @display(description="Beginning")
    def beginning(self, key: ApiKey) -> str:
        return f"{key.prefix}…"

    @display(description="State")
    def state(self, key: ApiKey) -> str:
        return cells.chip("Active" if key.is_valid else "Revoked" if key.revoked_at else "Expired")

    @display(description="Scopes")
    def scopes_(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @display(description="Networks")
    def networks_(self, key: ApiKey) -> str:
        return ", ".join(key.networks) or "Any"

    @display(description="Last used", ordering="last_used_at")
    def last_used(self, key: ApiKey) -> Any:
        return key.last_used_at or "Never"

    @display(description="Valid until", ordering="expires_at")
    def until(self, key: ApiKey) -> Any:
        return key.revoked_at or key.expires_at or "until revoked"

    @display(description="Made")
    def made(self, key: ApiKey) -> str:
        at = timezone.localtime(key.created_at).strftime("%d-%m-%Y %H:%M")
        return f"{at} by {key.created_by}" if key.created_by else at

    @action(
        description="Rotate",
        url_path="rotate",
        icon="autorenew",
        permissions=["view"],
        dialog={
            "title": "Rotate this key",
            "description": "Makes a second key with the same scopes. The first one goes on for "
            f"{api_keys.ROTATION_DAYS} days, so that the program can change over without a pause.",
            "form_class": None,
            "form_submit_text": "Make new key",
        },
    )
    def rotate(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        key = self._wanted(request, object_id)
        try:
            _, text = api_keys.rotate(key, user=request.user)  # type: ignore[arg-type]
        except api_keys.NotAKey as problem:
            return answer(request, "Nothing was changed", str(problem), back=reverse(LIST))
        return answer(request, f"The new key of {key.name}", back=reverse(LIST), label="Key", text=text, note=ONCE)

    @action(
        description="Revoke",
        url_path="revoke",
        icon="block",
        permissions=["view"],
        dialog={
            "title": "Revoke this key",
            "description": "From this moment it opens nothing. The program that uses it is refused, and this cannot be "
            "taken back. Other keys of the same program go on.",
            "form_class": None,
            "form_submit_text": "Revoke key",
        },
    )
    def revoke(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        key = self._wanted(request, object_id)
        if api_keys.revoke(key):
            messages.success(request, f"The key {key} opens nothing any more.")
        else:
            messages.info(request, f"The key {key} was revoked before.")
        return go_to(reverse(LIST))

    def _wanted(self, request: HttpRequest, object_id: str) -> ApiKey:
        key: ApiKey | None = self.get_object(request, object_id)
        if key is None:
            raise Http404("No such key here.")
        return key
