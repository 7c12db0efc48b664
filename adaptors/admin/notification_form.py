"""The form of one cell of an activation's notifications."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.conf import settings
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from adaptors.domain.notifications.notice_words import BODY, SUBJECT
from adaptors.domain.notifications.notification_kinds import CELLS, Level, Tone
from adaptors.domain.notifications.notification_settings import URLS, mail_connections, members
from adaptors.models import NotificationSetting
from arhub.admin.timing_form import ClockWidget
from arhub.domain import sharing
from arhub.domain.sharing import Actor, reachable
from arhub.secrets.forms import SecretFormField
from connectors.models import Connection

GROUPS = (
    ("", ("is_on", "kinds")),
    ("E-mail", ("users", "addresses", "to_customer", "connection")),
    ("Channels", URLS),
    ("Time", ("when", "at")),
    ("Words", ("subject", "body")),
)
"""Headings with what stands under each."""


class CellForm(forms.Form):
    is_on = forms.BooleanField(label="Tell people", required=False, widget=UnfoldBooleanWidget)
    kinds = forms.MultipleChoiceField(
        label="Of what",
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="None ticked: all of them, those of later versions too.",
    )
    users = forms.TypedMultipleChoiceField(
        label="People",
        coerce=int,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Each at their own address, for as long as they belong to your company.",
    )
    addresses = forms.CharField(
        label="Further addresses",
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 2}),
        help_text="Put commas or new lines between several.",
    )
    to_customer = forms.BooleanField(
        label="Each customer",
        required=False,
        widget=UnfoldBooleanWidget,
        help_text="Of its own documents alone, at its e-mail address for invoices, without a link to the hub.",
    )
    connection = forms.ModelChoiceField(
        Connection.objects.none(), label="Sent by", required=False, widget=UnfoldAdminSelectWidget
    )
    slack_url = SecretFormField(
        label="Slack",
        removable=True,
        help_text="The address of an incoming webhook, such as https://hooks.slack.com/services/…",
    )
    teams_url = SecretFormField(
        label="Teams",
        removable=True,
        help_text="The address that the workflow “Post to a channel when a webhook request is received” shows.",
    )
    webhook_url = SecretFormField(
        label="Webhook",
        removable=True,
        help_text="An address of your own, which gets JSON that is signed. The key is shown once, when it is saved.",
    )
    when = forms.ChoiceField(choices=NotificationSetting.When.choices, widget=UnfoldAdminSelectWidget)
    at = forms.TimeField(
        label="Time of day", required=False, widget=ClockWidget, help_text="Of a daily digest, in your company's time."
    )
    subject = forms.CharField(required=False, max_length=200, widget=UnfoldAdminTextInputWidget)
    body = forms.CharField(
        label="Text", required=False, widget=UnfoldAdminTextareaWidget({"rows": 8}),
        help_text="A line whose fields are all empty is left out. Empty: the usual words.",
    )  # fmt: skip

    def __init__(self, setting: NotificationSetting, asker: Actor, data: Any = None) -> None:
        super().__init__(data, initial=_stored(setting))
        found: dict[str, Any] = self.fields
        kinds = CELLS[Level(setting.level), Tone(setting.tone)]
        found["kinds"].choices = [(name, kind.label) for name, kind in kinds.items()]
        found["users"].choices = [(one.user_id, f"{one.user} ({one.user.email})") for one in members()]
        own = Connection.objects.filter(pk=setting.connection_id)
        found["connection"].queryset = reachable(asker, mail_connections(), sharing.Level.OPERATE) | own
        found["connection"].empty_label = "The hub's own mail server" if settings.SMTP else "No mail server yet"
        found["connection"].help_text = _on_mail()
        found["subject"].widget.attrs["placeholder"] = SUBJECT
        found["body"].widget.attrs["placeholder"] = BODY
        if setting.level != Level.DOCUMENT:
            del found["to_customer"]

    def values(self) -> dict[str, Any]:
        """By the names of `adaptors.domain.notifications.notification_settings`."""
        given = self.cleaned_data
        pieces = re.split(r"[,;\s]+", given["addresses"])
        return {**given, "addresses": [one for one in pieces if one], "at": given["at"] or self.initial["at"]}

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        return [(title, [self[name] for name in names if name in self.fields]) for title, names in GROUPS]


def _stored(setting: NotificationSetting) -> dict[str, Any]:
    names = ("is_on", "kinds", "users", "to_customer", "connection", *URLS, "when", "at", "subject", "body")
    found = {name: getattr(setting, name) for name in names}
    known = {one.user_id for one in members()}
    return {**found, "users": [one for one in setting.users if one in known],
            "addresses": "\n".join(setting.addresses)}  # fmt: skip


def _on_mail() -> str:
    if settings.SMTP:
        return "An e-mail connection of yours, or the hub's own mail server."
    return "The hub has no mail server of its own: choose an e-mail connection, or mails wait until there is one."
