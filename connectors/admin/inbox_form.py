"""The form of an inbox: from where, what, and what becomes of a file afterwards."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from arhub.models import Source
from arhub.records import RECORD_TYPES
from connectors.base import Capability
from connectors.models import Connection, Inbox
from connectors.registry import load
from ingestion.models import MappingProfile

NEEDED = {Capability.LIST, Capability.RECEIVE}


class InboxForm(forms.ModelForm):
    class Meta:
        model = Inbox
        fields = (
            "name", "connection", "folder", "pattern", "order", "settle_seconds", "source", "contents", "record_type",
            "profile", "review", "afterwards", "move_to",
        )  # fmt: skip
        help_texts: ClassVar = {
            "name": "What people call it, such as “Invoices from the ERP”.",
            "source": "Whose records they are: its policies say how files are taken in.",
            "connection": "A gateway that can list files, or to which a partner sends.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, queryset in {
            "connection": Connection.objects.filter(pk__in=[one.pk for one in Connection.objects.all() if _may(one)]),
            "source": Source.objects.exclude(kind=Source.Kind.CONNECTION),
            "profile": MappingProfile.objects.order_by("name", "-version"),
        }.items():
            if name in self.fields:
                self.fields[name].queryset = queryset  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        source, profile, record_type = given.get("source"), given.get("profile"), given.get("record_type")
        if given.get("contents") == Inbox.Contents.RECORDS and not record_type:
            self.add_error("record_type", "Say what the files hold, such as invoices.")
        if profile and source and profile.source_id != source.pk:
            self.add_error("profile", f"This profile belongs to the source {profile.source}.")
        elif profile and record_type and profile.record_type != record_type:
            plural = RECORD_TYPES[profile.record_type].plural.lower()
            self.add_error("profile", f"This profile reads {plural}.")
        if given.get("afterwards") == Inbox.Afterwards.MOVE and not str(given.get("move_to") or "").strip("/ "):
            self.add_error("move_to", "Name the folder into which files go that were taken.")
        return given


def _may(connection: Connection) -> bool:
    return bool(NEEDED & load(connection.kind).capabilities)
