"""Output format, its options, and destination gateway of one customer. What is left empty is as in General."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from adaptors.admin.field_form import FieldRow
from adaptors.domain.choices import destinations_for
from adaptors.domain.customers.rules import CannotChange
from adaptors.models import ExportRule
from adaptors.registry import FORMATS, label_of, load
from arhub.domain.sharing import Actor, Level, reachable
from connectors.base import Setting
from connectors.domain.given import WrongSettings, checked
from connectors.models import Connection

OPTION = "option-"
"""Before the names of a format's options."""
YES_NO = (("yes", "Yes"), ("no", "No"))


class FormatForm(forms.Form):
    format = forms.ChoiceField(label="Output format", required=False, widget=UnfoldAdminSelectWidget)
    destination = forms.ModelChoiceField(
        Connection.objects.none(), label="Destination gateway", required=False, widget=UnfoldAdminSelectWidget
    )

    def __init__(self, rule: ExportRule, asker: Actor, data: Any = None) -> None:
        super().__init__(data, initial={"format": rule.format, "destination": rule.destination_id})
        self.rule, activation = rule, rule.activation
        self.kind = rule.format or activation.format
        entry, fields = activation.entry, self.fields
        general = f"{label_of(activation.format)} (as in General)" if activation.format else "–"
        fields["format"].choices = [("", general), *((kind, label_of(kind)) for kind in entry.formats)]  # type: ignore[attr-defined]
        fields["destination"].queryset = (  # type: ignore[attr-defined]
            reachable(asker, destinations_for(entry), Level.OPERATE) | Connection.objects.filter(pk=rule.destination_id)
        )
        named = f"{activation.destination} (as in General)" if activation.destination else "–"
        fields["destination"].empty_label = named  # type: ignore[attr-defined]
        for option in self.options:
            fields[OPTION + option.name] = _field_of(option, self._inherited(option))
            self.initial[OPTION + option.name] = _text(rule.format_values.get(option.name, ""))

    @property
    def options(self) -> list[Setting]:
        """Those of the format that holds; columns have a page of their own."""
        kind = self.kind
        return [one for one in load(kind).options if one.kind != "columns"] if kind in FORMATS else []

    @property
    def has_columns(self) -> bool:
        return self.kind in FORMATS and any(one.kind == "columns" for one in load(self.kind).options)

    def _inherited(self, option: Setting) -> Any:
        """What holds without an own value: that of General, if its format holds."""
        activation = self.rule.activation
        known = activation.format_values if self.kind == activation.format else {}
        return known.get(option.name, option.default)

    def columns(self) -> dict[str, Any]:
        """The rule's columns that are to be stored. Another format brings its own options, which are empty at first.
        Raises `WrongSettings` for options that cannot be."""
        given, reset = self.cleaned_data, self.data.get("reset", "")
        format = "" if reset == "format" else given["format"]
        destination = None if reset == "destination" else given["destination"]
        is_other = (format or self.rule.activation.format) != self.kind
        return {"format": format, "destination": destination, "format_values": {} if is_other else self._own(reset)}

    def _own(self, reset: str) -> dict[str, Any]:
        found = {name: value for name, value in self.rule.format_values.items() if name == "columns"}
        for option in self.options:
            text = self.cleaned_data[OPTION + option.name].strip()
            if text and reset != OPTION + option.name:
                found[option.name] = text == "yes" if option.kind == "bool" else text
        inherited = {option.name: self._inherited(option) for option in self.options}
        valid = checked(tuple(self.options), {**inherited, **_without_columns(found)})
        own = {name: valid.get(name, value) for name, value in found.items()}
        try:
            load(self.kind)({**inherited, **own})
        except ValueError as problem:
            raise CannotChange(str(problem), "format") from problem
        return own

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            try:
                self.columns()
            except WrongSettings as problem:
                self.tell(problem)
            except CannotChange as problem:
                self.add_error(problem.field, str(problem))
        return given

    def tell(self, problem: WrongSettings) -> None:
        for name, text in problem.errors.items():
            self.add_error(OPTION + name if OPTION + name in self.fields else None, text)

    def rows(self) -> list[FieldRow]:
        """The options as the page shows them."""
        return [self._row(option) for option in self.options]

    def _row(self, option: Setting) -> FieldRow:
        own, beneath = self.rule.format_values.get(option.name, ""), self._inherited(option)
        shown = _shown(option, beneath)
        where = "General" if self.kind == self.rule.activation.format else "default"
        name = OPTION + option.name
        told = f"{shown} ({where})" if own != "" else ""
        return FieldRow(name, self[name], _shown(option, own), "" if own != "" else where, own != "", option.help, told)


def _field_of(option: Setting, inherited: Any) -> forms.Field:
    given: dict[str, Any] = {"label": option.label, "required": False}
    if option.kind in ("choice", "bool"):
        known = YES_NO if option.kind == "bool" else option.choices
        choices = [("", _shown(option, inherited) or "–"), *(one for one in known if one[0] != "")]
        return forms.ChoiceField(choices=choices, widget=UnfoldAdminSelectWidget, **given)
    attrs = {"placeholder": _shown(option, inherited)}
    if option.lines:
        return forms.CharField(max_length=20_000, widget=UnfoldAdminTextareaWidget(attrs={**attrs, "rows": 4}), **given)
    return forms.CharField(max_length=1_000, widget=UnfoldAdminTextInputWidget(attrs=attrs), **given)


def _shown(option: Setting, value: Any) -> str:
    return dict(option.choices).get(value, _text(value).capitalize() if option.kind == "bool" else _text(value))


def _text(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else "" if value is None else str(value)


def _without_columns(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "columns"}
