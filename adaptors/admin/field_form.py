"""Fields of settings that may be inherited: each with what holds without it, and where that comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from adaptors.domain.customers.effective import Effective, Level
from adaptors.fields import BY_NAME, Group, RuleField

LONGEST = 2_000
EACH = "each customer's data"


@dataclass(frozen=True, slots=True)
class Inherited:
    """What holds where nothing is entered, as people read it, and where it comes from."""

    shown: str
    where: str


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field on a page. `where` names the level its value comes from; `is_own` says that it was entered here."""

    name: str
    bound: Any
    value: str
    where: str
    is_own: bool
    help: str = ""
    inherited: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Fields under a heading, which may be empty."""

    label: str
    rows: Sequence[FieldRow]


def where_of(effective: Effective) -> str:
    match effective.level:
        case Level.CHOSEN:
            return f"common “{effective.where}”"
        case Level.DATA:
            return effective.where
    return str(effective.level)


def beneath(fields: Iterable[Effective], *, of_many: bool = False) -> dict[str, Inherited]:
    """What holds where nothing is entered above these. `of_many`: nothing is known of any one customer's data."""
    found = {one.field.name: Inherited(one.shown, where_of(one)) for one in fields}
    if of_many:
        own = {name for name in found if BY_NAME[name].source.startswith(("account.", "contact."))}
        found |= {name: Inherited("", EACH) for name in own if not found[name].shown}
    return found


class FieldForm(forms.Form):
    """The fields of some settings. An empty one inherits."""

    def __init__(
        self, fields: Sequence[RuleField], own: Mapping[str, str], inherited: Mapping[str, Inherited], data: Any = None
    ) -> None:
        super().__init__(data, initial=dict(own))
        self.own, self.inherited = own, inherited
        for field in fields:
            self.fields[field.name] = _form_field(field, inherited[field.name])

    def values(self) -> dict[str, str]:
        """What was entered, by name; the field whose button *Reset* was pressed is empty."""
        found = {name: self.cleaned_data.get(name, "") for name in self.fields}
        return found | {name: "" for name in (self.data.get("reset", ""),) if name in found}

    def changed(self) -> dict[str, str]:
        return {name: value for name, value in self.values().items() if value.strip() != self.own.get(name, "")}

    def groups(self) -> list[tuple[str, list[Part]]]:
        """The groups it has fields of, each with its parts."""
        return [(str(group), parts) for group in Group if (parts := self._parts(group))]

    def _parts(self, group: Group) -> list[Part]:
        found: dict[str, list[FieldRow]] = {}
        for name in self.fields:
            if BY_NAME[name].group is group:
                found.setdefault(BY_NAME[name].part, []).append(self._row(name))
        return [Part(label, rows) for label, rows in found.items()]

    def _row(self, name: str) -> FieldRow:
        field, own, beneath = BY_NAME[name], self.own.get(name, ""), self.inherited[name]
        shown = dict(field.choices).get(own, own) or beneath.shown
        where = "" if own else beneath.where
        told = f"{beneath.shown} ({beneath.where})" if own and beneath.shown else ""
        return FieldRow(name, self[name], shown, where, bool(own), field.help, told)


def _form_field(field: RuleField, inherited: Inherited) -> forms.Field:
    given: dict[str, Any] = {"label": field.label, "required": False}
    placeholder = {"placeholder": inherited.shown}
    if field.choices:
        empty = f"{inherited.shown} ({inherited.where})" if inherited.shown else "–"
        return forms.ChoiceField(choices=[("", empty), *field.choices], widget=UnfoldAdminSelectWidget, **given)
    if field.kind == "lines":
        widget: Any = UnfoldAdminTextareaWidget(attrs={**placeholder, "rows": 3})
        return forms.CharField(max_length=LONGEST, widget=widget, **given)
    return forms.CharField(max_length=LONGEST, widget=UnfoldAdminTextInputWidget(attrs=placeholder), **given)
