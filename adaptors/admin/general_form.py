"""The form of an activation's tab *General*, made from what its adaptor and the formats it offers ask for."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import formats
from django.utils.text import capfirst
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from adaptors.catalogue import Adaptor, Work
from adaptors.domain.choices import destinations_for, status_words
from adaptors.domain.customers import settings
from adaptors.domain.documents.producing import DEFAULT_NAME
from adaptors.fields import BY_NAME, RuleField
from adaptors.models import Activation
from adaptors.registry import label_of
from arhub.domain.sharing import EVERYTHING, Actor, Level, may, reachable
from arhub.models import Document, User
from connectors.admin.connection_form import fields_of, shown_when
from connectors.base import Setting
from connectors.domain.given import WrongSettings
from connectors.models import Connection

GENERAL, VALUES, OPTIONS = "general-", "values-", "format_values-"
"""Before the names of what is stored together; between the last one and an option's name stands its format's."""
IN_DESIGNER = "columns"
"""The kind of an option that is chosen on a page of its own."""

FIELDS: dict[Work, dict[str, tuple[str, ...]]] = {
    Work.EXPORT: {
        "": ("name", "owner"),
        "Documents": ("dated_from", "document_types", "statuses", "takes_existing", f"{GENERAL}when_changed"),
        "Where they go": ("destination", "file_name"),
        "Format": ("format",),
        "VAT": (f"{GENERAL}no_vat_category", f"{GENERAL}exemption_reason"),
    },
    Work.POST: {"": ("name", "owner", "destination"), "Documents": ("dated_from", "document_types")},
    Work.PUBLISH: {"": ("name", "owner", "destination")},
    Work.SYNC: {"": ("name", "owner", "destination")},
}
"""By work, heading → the fields that make sense there."""


class GeneralForm(forms.ModelForm):
    """`entry` and `asker`, who fills it in, are set by `form_of`. What the settings must be is checked where they are
    stored."""

    entry: Adaptor
    asker: Actor
    owner = forms.ModelChoiceField(
        User.objects.none(), required=False, empty_label="Nobody", widget=UnfoldAdminSelectWidget,
        help_text="Who is asked when something is wrong with it.",
    )  # fmt: skip
    destination = forms.ModelChoiceField(
        Connection.objects.none(), required=False, empty_label="Decide later", widget=UnfoldAdminSelectWidget,
        label="Default destination", help_text="Where everything goes that has no destination of its own.",
    )  # fmt: skip

    takes_existing = forms.BooleanField(
        required=False, widget=UnfoldBooleanWidget, label="Also what is here already",
        help_text="When another day, type or status makes more documents fall in: export those that are in the hub by "
        "now too. Otherwise they stay where they are.",
    )  # fmt: skip

    class Meta:
        model = Activation
        fields = ("name", "dated_from")
        help_texts = {"dated_from": "Older documents are left alone, whoever their customer is."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(_stored(self.instance))
        self.fields["owner"].queryset = settings.members()  # type: ignore[attr-defined]
        if not chooses_owner(self.asker, self.instance):
            del self.fields["owner"]
        own = Connection.objects.filter(pk=self.instance.destination_id)
        usable = reachable(self.asker, destinations_for(self.entry), Level.OPERATE)
        self.fields["destination"].queryset = usable | own  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        try:
            settings.valid(self.instance, self.values())
        except WrongSettings as problem:
            for name, text in problem.errors.items():
                field = name.replace(OPTIONS, _option(given.get("format", ""), ""))
                self.add_error(field if field in self.fields else None, text)
        return given

    def values(self) -> dict[str, Any]:
        """What was given, by the names of `adaptors.domain.customers.settings`."""
        given = self.cleaned_data
        found = {name: given[name] for name in settings.CHECKS if name in given}
        prefixes = {"general": GENERAL, "values": VALUES, "format_values": _option(given.get("format", ""), "")}
        for name, prefix in prefixes.items():
            part = {key.removeprefix(prefix): value for key, value in given.items() if key.startswith(prefix)}
            found |= {name: {key: "" if value is None else value for key, value in part.items()}} if part else {}
        return found


class WordsField(forms.CharField):
    """Words with commas between them, where nobody knows which there are."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        return [word for word in (super().to_python(value) or "").split(",") if word.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


def chooses_owner(asker: Actor, activation: Activation) -> bool:
    return may(asker, activation, Level.ADMINISTER)


def form_of(activation: Activation, asker: Actor) -> type[GeneralForm]:
    """The form for an activation, as `asker` fills it in: its owner is chosen by who administers it, its destination
    among the connections that they may use."""
    wanted = {name for names in FIELDS[activation.entry.work].values() for name in names}
    fields: dict[str, Any] = {name: field for name, field in _own_fields(activation).items() if name in wanted}
    fields |= fields_of(activation.entry.settings, VALUES)
    for kind in activation.entry.formats:
        for name, field in fields_of(shown_options(kind), _option(kind, "")).items():
            field.required = False  # only those of the format that is chosen are looked at
            if "data-when" not in field.widget.attrs:
                shown_when(field, "format", kind)
            fields[name] = field
    return type("GeneralForm", (GeneralForm,), {"entry": activation.entry, "asker": asker, **fields})


def fieldsets(activation: Activation, asker: Actor) -> list[tuple[str | None, dict[str, Any]]]:
    """Headings with what stands under each: a format's options below the choice of the format."""
    entry = activation.entry
    found: dict[str, list[str]] = {heading: list(names) for heading, names in FIELDS[entry.work].items()}
    if "Format" in found:
        found["Format"] += [_option(kind, one.name) for kind in entry.formats for one in shown_options(kind)]
    if entry.settings:
        found[""] += [VALUES + one.name for one in entry.settings]
    if not chooses_owner(asker, activation):
        found = {heading: [name for name in names if name != "owner"] for heading, names in found.items()}
    return [(heading or None, {"fields": names}) for heading, names in found.items()]


def facts(activation: Activation) -> list[tuple[str, str]]:
    """The same for people who only look: label and value."""
    form = form_of(activation, EVERYTHING)(instance=activation)
    names = [name for _, part in fieldsets(activation, EVERYTHING) for name in part["fields"]]
    chosen = _option(activation.format, "")
    names = [
        name for name in names
        if name != "takes_existing" and (not name.startswith(OPTIONS) or name.startswith(chosen))
    ]  # fmt: skip
    known = {**form.initial, "owner": activation.owner, "destination": activation.destination}
    return [(_label(form, name), _said(form.fields.get(name), known.get(name))) for name in names]


def shown_options(kind: str) -> list[Setting]:
    return [option for option in settings.options_of(kind) if option.kind != IN_DESIGNER]


def _own_fields(activation: Activation) -> dict[str, forms.Field]:
    types: Any = Document._meta.get_field("document_type").choices
    formats = [(kind, label_of(kind)) for kind in activation.entry.formats]
    return {
        "document_types": forms.MultipleChoiceField(choices=types, widget=UnfoldAdminCheckboxSelectMultipleWidget),
        "statuses": _statuses(activation),
        "format": forms.ChoiceField(label="Default format", choices=formats, widget=UnfoldAdminSelectWidget),
        "file_name": forms.CharField(
            required=False, max_length=settings.LONGEST,
            widget=UnfoldAdminTextInputWidget(attrs={"data-template": "file_name"}),
            help_text=f"Its fields stand below. Empty: {DEFAULT_NAME}.",
        ),
        **{GENERAL + name: _of_rule(BY_NAME[name]) for name in settings.GENERAL},
    }  # fmt: skip


def _statuses(activation: Activation) -> forms.Field:
    help_text = "As the source writes them. None: whatever the status; drafts and what was voided never go out."
    words = status_words(activation.source)
    if not words:
        return WordsField(
            required=False, widget=UnfoldAdminTextInputWidget, help_text=f"{help_text} Put commas between several.",
        )  # fmt: skip
    known = list(dict.fromkeys((*words, *activation.statuses)))
    return forms.MultipleChoiceField(
        required=False, choices=[(word, word) for word in known], widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=help_text,
    )  # fmt: skip


def _of_rule(field: RuleField) -> forms.Field:
    if not field.choices:
        return forms.CharField(
            label=field.label, required=False, max_length=settings.LONGEST, help_text=field.help,
            widget=UnfoldAdminTextInputWidget,
        )  # fmt: skip
    empty = dict(field.choices).get(field.default, "Not said")
    choices = [("", empty), *(choice for choice in field.choices if choice[0] != field.default)]
    return forms.ChoiceField(
        label=field.label, required=False, choices=choices, help_text=field.help, widget=UnfoldAdminSelectWidget
    )


def _stored(activation: Activation) -> dict[str, Any]:
    entry = activation.entry
    found = {name: getattr(activation, name) for name in ("document_types", "statuses", "format", "file_name")}
    found |= {GENERAL + name: value for name, value in activation.general.items()}
    found |= {VALUES + one.name: activation.values.get(one.name, one.default) for one in entry.settings}
    for kind in entry.formats:
        values = activation.format_values if kind == activation.format else {}
        found |= {_option(kind, one.name): values.get(one.name, one.default) for one in shown_options(kind)}
    return found


def _option(kind: str, name: str) -> str:
    return f"{OPTIONS}{kind}-{name}"


def _label(form: GeneralForm, name: str) -> str:
    """As the form of managers has it: a field without a label takes that of the model."""
    own = form.fields[name].label
    return str(own or capfirst(Activation._meta.get_field(name).verbose_name))  # type: ignore[union-attr]


def _said(field: forms.Field | None, value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, date):
        return formats.date_format(value, "DATE_FORMAT")
    labels = {str(key): str(label) for key, label in getattr(field, "choices", ())}
    values = value if isinstance(value, list) else [value]
    return ", ".join(labels.get(str(one), str(one)) for one in values if one not in (None, "")) or labels.get("", "–")
