"""The form of a connection, made from what its connector asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from arhub.domain.sharing import Actor, Level, may, reachable
from arhub.models import Ledger
from arhub.moments import ago
from arhub.requests import number_of
from arhub.secrets.forms import SecretFormField
from connectors.base import Connector, Setting
from connectors.domain import connections
from connectors.domain.given import LONGEST
from connectors.models import Connection
from connectors.registry import load

PREFIX = "setting-"
"""Before the names of settings, which may be those of the connection's own fields."""


class ConnectionForm(forms.ModelForm):
    """`connector` and `asker`, who fills it in, are set by `form_of`. What the connector's settings must be is checked
    where they are stored."""

    connector: type[Connector]
    asker: Actor
    ledger = forms.ModelChoiceField(
        Ledger.objects.none(), required=False, empty_label="A new one, named after the connection",
        widget=UnfoldAdminSelectWidget, label="Ledger",
        help_text="Where its records go. In a ledger of others, a record with the same key is the same record.",
    )  # fmt: skip

    class Meta:
        model = Connection
        fields = ("name",)
        help_texts = {"name": "What people call it, such as “Dinero, Nordic Pumps”."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "ledger" in self.fields:
            self.fields["ledger"].queryset = Ledger.objects.order_by("name")  # type: ignore[attr-defined]
        if not sets_secrets(self.asker, self.instance):
            for setting in self.connector.settings:
                if setting.is_secret:
                    self.fields.pop(PREFIX + setting.name, None)
        for setting in self.connector.settings:
            if PREFIX + setting.name in self.fields:
                self._fill(setting)
        for name, field in self.fields.items():
            if isinstance(field, CarrierField):
                field.offer(self.asker, self.initial.get(name))

    def _fill(self, setting: Setting) -> None:
        """What is stored of a setting; of a secret only that it is, since when and by whom."""
        name, stored = PREFIX + setting.name, self.instance.values
        if setting.is_secret:
            told = set_when(self.instance.secrets_set.get(setting.name))
            self.initial[name] = bool(told)
            self.fields[name].required = setting.required and not told  # for the mark alone: it may be kept
            self.fields[name].widget.note = told  # type: ignore[attr-defined]
        else:
            self.initial[name] = stored.get(setting.name, setting.default)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        try:
            connections.valid(
                self.connector.kind, given.get("name", ""), self.settings(), self.instance if self.instance.pk else None
            )
        except connections.WrongSettings as problem:
            for name, text in problem.errors.items():
                field = name if name == "name" else PREFIX + name
                if field not in self.errors:
                    self.add_error(field if field in self.fields else None, text)
        if self.errors:
            self._ask_again()
        return given

    def _ask_again(self) -> None:
        """A form that comes back does not hold the secrets that were typed."""
        for setting in self.connector.settings:
            if setting.is_secret and self.cleaned_data.get(name := PREFIX + setting.name):
                self.add_error(name, "Enter it once more: a form that was not saved forgets it.")

    def settings(self) -> dict[str, Any]:
        """The values by the names of the settings; a secret that is left empty is left out, None removes it."""
        found: dict[str, Any] = {}
        for setting in self.connector.settings:
            value = self.cleaned_data.get(PREFIX + setting.name)
            if setting.is_secret:
                found |= {} if value is None else {setting.name: value.reveal() or None}
            else:
                found[setting.name] = "" if value is None else value
        return found


def sets_secrets(asker: Actor, connection: Connection | None) -> bool:
    """Who makes a connection sets its secrets; later only who administers it."""
    return connection is None or connection.pk is None or may(asker, connection, Level.ADMINISTER)


def form_of(kind: str, asker: Actor) -> type[ConnectionForm]:
    """The form for a kind of connection. Raises KeyError."""
    connector = load(kind)
    own = {"connector": connector, "asker": asker, **fields_of(connector.settings, PREFIX)}
    return type("ConnectionForm", (ConnectionForm,), own)


def fields_of(settings: Sequence[Setting], prefix: str) -> dict[str, forms.Field]:
    """A field for each setting, under its name with the prefix before it."""
    fields = {prefix + setting.name: _field_of(setting) for setting in settings}
    for setting in settings:
        if setting.when:
            other, values = setting.when
            shown_when(fields[prefix + setting.name], prefix + other, *values)
    return fields


def shown_when(field: forms.Field, other: str, *values: str) -> None:
    """Show a field only while another one has one of some values, and is shown itself."""
    field.widget.attrs |= {"data-when": other, "data-values": " ".join(values)}


def _field_of(setting: Setting) -> forms.Field:
    given: dict[str, Any] = {"label": setting.label, "help_text": setting.help}
    if setting.is_secret:
        return SecretFormField(removable=not setting.required, lines=setting.lines, **given)
    if setting.kind == "bool":
        return forms.BooleanField(required=False, widget=UnfoldBooleanWidget, **given)
    given["required"] = setting.required
    match setting.kind:
        case "connection":
            return CarrierField(setting, **given)
        case "number" | "port":
            return forms.IntegerField(min_value=0, widget=UnfoldAdminIntegerFieldWidget, **given)
        case "choice":
            has_empty = setting.required or "" in dict(setting.choices)
            choices = setting.choices if has_empty else (("", "–"), *setting.choices)
            return forms.ChoiceField(choices=choices, widget=UnfoldAdminSelectWidget, **given)
    attrs = {"url": {"type": "url"}, "template": {"data-template": setting.name}}.get(setting.kind, {})
    if setting.lines:
        return forms.CharField(
            max_length=LONGEST, widget=UnfoldAdminTextareaWidget(attrs={**attrs, "rows": 6}), **given
        )
    return forms.CharField(max_length=1_000, widget=UnfoldAdminTextInputWidget(attrs=attrs), **given)


class CarrierField(forms.TypedChoiceField):
    """One of the tenant's connections of some kinds, by its id."""

    def __init__(self, setting: Setting, **given: Any) -> None:
        self._kinds = dict(setting.choices)
        super().__init__(coerce=int, empty_value="", widget=UnfoldAdminSelectWidget, **given)

    def offer(self, asker: Actor, chosen: Any) -> None:
        """Those that somebody may use, and the one that is chosen already."""
        rows = Connection.objects.filter(kind__in=self._kinds)
        found = reachable(asker, rows, Level.OPERATE) | rows.filter(pk=number_of(str(chosen)))
        known = [(one.pk, f"{one.name} ({one.kind_label})") for one in found.order_by("name")]
        kinds = " or ".join(self._kinds.values())
        self.choices = [("", "–" if known else f"None yet: add a connection of the kind {kinds} first"), *known]


def set_when(told: Mapping[str, str] | None) -> str:
    """“Set 3 days ago by ana@example.com.”; empty for a secret that is not set."""
    if not told:
        return ""
    when = ago(datetime.fromisoformat(told["at"]))
    return f"Set {when} by {told['by']}." if told.get("by") else f"Set {when}."
