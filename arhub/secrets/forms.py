"""Entering a secret: it is written and never shown. Left empty, the stored one stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextareaWidget, UnfoldBooleanWidget

from arhub.secrets.secret import Secret

REMOVE = object()


class SecretInput(forms.Widget):
    """A field to type into; with a stored secret also a tick to remove it. `note` says of the stored one what may be
    told, such as since when. `lines` asks for several lines, as keys have them. `is_lost` when what was typed comes
    back empty, with errors or a preview: it has to be entered again."""

    template_name = "arhub/widgets/secret.html"
    removable = lines = is_lost = False
    note = ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        typed = {**context["widget"]["attrs"], "autocomplete": "new-password"}
        area = {**typed, "rows": 6, "spellcheck": "false", "data-secret": ""}
        asked = UnfoldAdminTextareaWidget(area) if self.lines else UnfoldAdminPasswordWidget(typed)
        tick, tick_id = tick_name(name), f"id_{tick_name(name)}"
        return {
            **context,
            "input": asked.render(name, None),
            "is_stored": bool(value),
            "note": self.note,
            "is_lost": self.is_lost,
            "tick": UnfoldBooleanWidget().render(tick, False, {"id": tick_id}) if value and self.removable else "",
            "tick_id": tick_id,
        }

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """By the hub's own template folder, which forms' renderers do not look into."""
        return render_to_string(self.template_name, self.get_context(name, value, attrs))

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        if text := data.get(name):
            return text
        return REMOVE if self.removable and tick_name(name) in data else None

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return False  # an unticked box is not sent


class SecretFormField(forms.Field):
    """Gives a Secret to store (an empty one to remove it), or None to keep what there is."""

    widget = SecretInput
    empty_values: list[Any] = []  # so that a row that has none and needs one is told so by its model

    def __init__(self, *, removable: bool = False, lines: bool = False, **options: Any) -> None:
        super().__init__(required=False, **options)
        self.widget.removable, self.widget.lines = removable, lines

    def to_python(self, value: Any) -> Secret | None:
        if value is REMOVE:
            return Secret("")
        return Secret(value) if isinstance(value, str) and value else None

    def has_changed(self, initial: Any, data: Any) -> bool:
        return data is not None

    def bound_data(self, data: Any, initial: Any) -> Any:
        """A form that comes back with errors shows again whether one is stored, not what was typed."""
        self.widget.is_lost = isinstance(data, str) and bool(data)
        return initial


def tick_name(name: str) -> str:
    return f"{name}-remove"
