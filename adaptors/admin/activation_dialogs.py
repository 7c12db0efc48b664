"""What the dialogs of an activation ask, and say before anything is done."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from adaptors.catalogue import Work
from adaptors.domain import activations
from adaptors.domain.transactions.exporting import asks
from adaptors.domain.transactions.selection import due_count
from adaptors.models import Activation
from arhub.admin.dialogs import ToldDialog
from arhub.requests import number_of

MANY = 10_000
"""Of the documents that a run would take, so many are counted."""


class NameForm(BaseDialogForm):
    name = forms.CharField(max_length=120, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["name"] = _of(self.object_id) or ""


class RunDialog(ToldDialog):
    """A first run of many documents has to be meant."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        activation = _of(self.object_id)
        if activation is not None and (found := asks(activation)):
            said = f"more than {MANY:,}" if found > MANY else f"{found:,}"
            label = f"Yes, send these {said} documents"
            self.fields["all"] = forms.BooleanField(label=label, widget=UnfoldBooleanWidget)

    def told(self, object_id: str) -> str:
        activation = _of(object_id)
        if activation is None or activation.entry.work is not Work.EXPORT:
            return f"Makes one run at once, of all that is due of {activation}."
        found = due_count(activation, MANY)
        said = f"more than {MANY:,}" if found > MANY else f"{found:,}"
        first = "This is its first run. " if activation.first_run_at is None else ""
        return f"{first}It takes {said} {'document' if found == 1 else 'documents'}, and sends what nothing holds back."


class RemoveDialog(ToldDialog):
    def told(self, object_id: str) -> str:
        activation = _of(object_id)
        obstacle = activations.obstacle(activation) if activation else ""
        return obstacle or "Its settings, export rules and schedules go with it. Nothing was sent through it."


def _of(object_id: Any) -> Activation | None:
    return Activation.objects.filter(pk=number_of(str(object_id))).first()
