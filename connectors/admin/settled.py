"""What is on its way to other systems, as pushes and deliveries share it: what became of it, and what people can do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget

from arhub.admin.dialogs import go_to
from arhub.admin.outbound import OutboundAdmin, StateFilter
from arhub.admin.sharing import Level, SharedMixin, may
from arhub.domain.askers import asker_of
from arhub.models import Outbound
from arhub.requests import number_of
from arhub.secrets import Unreadable
from connectors.domain import settling
from connectors.domain.setup import secrets_of
from connectors.domain.sight import things_of, visible_sent
from connectors.models import Connection

State = Outbound.State
MEANWHILE = "Nothing was done: it was settled or moved on meanwhile."


class SettledFilter(StateFilter):
    options: tuple[tuple[str, str], ...] = (
        ("all", "All"), ("person", "Needs a person"), ("waiting", "Waiting"), ("failed", "Failed"),
        ("delivered", "Delivered"),
    )  # fmt: skip
    states = {
        "person": (State.UNCERTAIN,),
        "waiting": (State.WAITING, State.HELD, State.SENDING, State.LOOKING),
        "failed": (State.FAILED, State.CANCELLED),
        "delivered": (State.DELIVERED,),
    }


class ArrivedForm(BaseDialogForm):
    """Asks for what the other side calls the record, as far as the person has seen it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        outbound = Outbound.objects.filter(pk=number_of(self.object_id)).first()
        for name in settling.key_names(outbound) if outbound else ():
            self.fields[name] = forms.CharField(
                label=f"Its {name} there", required=False, max_length=255, widget=UnfoldAdminTextInputWidget,
                help_text="Optional. What refers to this record needs it.",
            )  # fmt: skip

    def keys(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if name != "_form_submitted"}


class SettledAdmin(SharedMixin, OutboundAdmin):
    list_filter = (SettledFilter,)
    actions_detail = ("look_up", "arrived", "did_not_arrive", "send_again", "send_now", "cancel")

    def seen(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return visible_sent(asker_of(request), rows)

    def thing_of(self, row: Outbound) -> Connection | None:
        return Connection.objects.filter(pk=int(row.destination)).first()

    def reaches(self, request: HttpRequest, obj: Any, needed: Level) -> bool:
        """Of its connection, and of what it was made by."""
        if not super().reaches(request, obj, needed):
            return False
        if obj is None or not asker_of(request).is_narrowed:
            return True
        outbound = obj if isinstance(obj, Outbound) else self._row(request, obj)
        return all(may(request, thing, needed) for thing in things_of(outbound))

    def destinations(self) -> Mapping[str, str]:
        return {str(connection.pk): connection.name for connection in Connection.objects.all()}

    @display(description="Connection")
    def destination_(self, outbound: Outbound) -> str:
        return super().destination_(outbound)

    def secrets(self, outbound: Outbound) -> Collection[str]:
        """None of them are in what is stored; should one be, it is not shown."""
        connection = Connection.objects.filter(pk=int(outbound.destination)).first()
        try:
            return secrets_of(connection).values() if connection else ()
        except Unreadable:
            return ()

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Those that can be done now."""
        outbound = Outbound.objects.filter(pk=number_of(object_id)).first()
        free = {choice.name for choice in settling.choices_of(outbound) if not choice.obstacle} if outbound else set()
        prefix = f"{self.opts.app_label}_{self.opts.model_name}_"
        found = super().get_actions_detail(request, object_id)
        return [action for action in found if action.action_name.removeprefix(prefix) in free]

    def page(self, request: HttpRequest, outbound: Outbound) -> dict[str, Any]:
        choices = settling.choices_of(outbound)
        return {
            **super().page(request, outbound),
            "has_looks": True,
            "connection": self.thing_of(outbound),
            "waits_for": _awaited(outbound),
            "possible": [choice for choice in choices if not choice.obstacle],
            "impossible": [choice for choice in choices if choice.obstacle],
            "may_act": self.has_operate_permission(request, outbound),
        }

    @action(
        description="Look up at partner",
        url_path="look-up",
        icon="search",
        permissions=["operate"],
        dialog={
            "title": "Look it up",
            "description": "Asks the other side whether this is there. When it is, it is delivered; when it is not, "
            "the same content is sent again. Nothing is sent before that is known.",
            "form_class": None,
            "form_submit_text": "Look up",
        },
    )
    def look_up(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._act(request, object_id, settling.look_up, "It is looked up now: reload in a moment.")

    @action(
        description="It arrived",
        url_path="arrived",
        icon="check",
        permissions=["operate"],
        dialog={
            "title": "It arrived",
            "description": "Say so only when you have seen it at the other side: it is never sent again.",
            "form_class": ArrivedForm,
            "form_submit_text": "It arrived",
        },
    )
    def arrived(self, request: HttpRequest, form: ArrivedForm, object_id: str) -> HttpResponse:
        act = partial(settling.arrived, keys=form.keys())
        return self._act(request, object_id, act, "It is delivered.")

    @action(
        description="It did not arrive",
        url_path="did-not-arrive",
        icon="close",
        permissions=["operate"],
        dialog={
            "title": "It did not arrive",
            "description": "Say so only when you have seen that it is not at the other side: the same content is sent "
            "again, and what is there already would be there twice.",
            "form_class": None,
            "form_submit_text": "It did not arrive",
        },
    )
    def did_not_arrive(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._act(request, object_id, settling.did_not_arrive, "It is sent again.")

    @action(
        description="Send again",
        url_path="send-again",
        icon="replay",
        permissions=["operate"],
        dialog={
            "title": "Send this again",
            "description": "It goes under the same id, so that it never stands there twice.",
            "form_class": None,
            "form_submit_text": "Send again",
        },
    )
    def send_again(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._act(request, object_id, settling.send_again, "It is sent again.")

    @action(
        description="Send now",
        url_path="send-now",
        icon="send",
        permissions=["operate"],
        dialog={
            "title": "Send this now",
            "description": "It is tried at once. What it waits for must still be there first.",
            "form_class": None,
            "form_submit_text": "Send now",
        },
    )
    def send_now(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._act(request, object_id, settling.send_now, "It is tried now: reload in a moment.")

    @action(
        description="Cancel",
        url_path="cancel",
        icon="block",
        permissions=["operate"],
        dialog={
            "title": "Cancel this",
            "description": "It is not sent. What waits for it goes on waiting; from here it can be sent again.",
            "form_class": None,
            "form_submit_text": "Do not send it",
        },
    )
    def cancel(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._act(request, object_id, settling.cancel, "It is cancelled.")

    def _act(
        self, request: HttpRequest, object_id: str, act: Callable[[Outbound, Any], bool], said: str
    ) -> HttpResponse:
        outbound: Outbound | None = self.get_object(request, object_id)
        if outbound is None:
            raise Http404("Nothing of that number is sent here.")
        if act(outbound, request.user):
            messages.success(request, said)
        else:
            messages.warning(request, MEANWHILE)
        return go_to(reverse(f"admin:connectors_{self.opts.model_name}_change", args=[outbound.pk]))


def _awaited(outbound: Outbound) -> Outbound | None:
    """What must arrive before it."""
    if outbound.state != State.HELD or not outbound.waits_for:
        return None
    same = Outbound.objects.filter(channel=outbound.channel, destination=outbound.destination)
    return same.filter(identity=outbound.waits_for).defer("content").first()
