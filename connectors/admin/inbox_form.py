"""The form of an inbox: from where, what, and what becomes of a file afterwards."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from arhub.domain.sharing import NOBODY, Actor, Level, reachable
from connectors.domain import inbox_settings
from connectors.models import Inbox


class InboxForm(forms.ModelForm):
    """`asker` is who fills it in: of connections, they choose among those that they may change."""

    asker: ClassVar[Actor] = NOBODY

    class Meta:
        model = Inbox
        fields = inbox_settings.FIELDS
        help_texts: ClassVar = {
            "name": "What people call it, such as “Invoices from the ERP”.",
            "source": "Whose records they are: its policies say how files are taken in.",
            "connection": "A gateway that can list files, or to which a partner sends.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, queryset in {
            "connection": reachable(self.asker, inbox_settings.connections(), Level.EDIT),
            "source": inbox_settings.sources(),
            "profile": inbox_settings.profiles(),
        }.items():
            if name in self.fields:
                self.fields[name].queryset = queryset  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for name, sentence in inbox_settings.mistakes(given, self.instance).items():
            self.add_error(name, sentence)
        return given


def form_for(asker: Actor) -> type[InboxForm]:
    return type("InboxForm", (InboxForm,), {"asker": asker})
