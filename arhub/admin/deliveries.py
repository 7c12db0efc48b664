"""Deliveries of webhooks: what was sent where, every attempt, and what was answered."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm

from arhub.admin import cells
from arhub.admin.base import HubAdmin
from arhub.admin.filters import QuickFilter
from arhub.admin.webhooks import replay
from arhub.domain.webhook_endpoints import FAILED
from arhub.domain.webhooks import CHANNEL
from arhub.models import Outbound, Role, WebhookEndpoint

State = Outbound.State


class DeliveryFilter(QuickFilter):
    options = (("all", "All"), ("waiting", "Waiting"), ("failed", "Failed"), ("delivered", "Delivered"))
    states = {
        "all": tuple(State),
        "waiting": (State.WAITING, State.SENDING),
        "failed": FAILED,
        "delivered": (State.DELIVERED,),
    }

    def narrow(self, request: HttpRequest, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset if value == "all" else queryset.filter(state__in=self.states.get(value, ()))


@admin.register(Outbound)
class DeliveryAdmin(HubAdmin):
    change_role = None
    replay_role = Role.ADMINISTRATOR
    page_title = "Deliveries"
    rows_name = "deliveries"
    list_display = ("event", "endpoint", "state_", "attempts", "answer_", "created_at", "next_at")
    list_filter = (DeliveryFilter,)
    search_fields = ("identity",)
    search_help_text = "Id of the event"
    indexed_columns = ()
    ordering = ("-id",)
    fields = ("subject",)
    actions = None
    actions_row = actions_detail = ("replay",)
    change_list_template = "arhub/list/list.html"
    change_form_template = "arhub/webhooks/delivery.html"
    empty_text = (
        "Every event that goes to a webhook is a delivery: when it was sent, what the receiver answered, and when it "
        "is tried again. Add a webhook and send it a test to see the first one."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Outbound]:
        found: QuerySet[Outbound] = super().get_queryset(request).filter(channel=CHANNEL)
        return found

    def search_condition(self, term: str) -> Q:
        """By the destinations as well, since that is how the index begins."""
        ids = [str(pk) for pk in WebhookEndpoint.objects.values_list("pk", flat=True)]
        return Q(channel=CHANNEL, destination__in=ids, identity=term.lower())

    def prepare_rows(self, request: HttpRequest, rows: list[Any]) -> None:
        names = {str(endpoint.pk): endpoint.name for endpoint in WebhookEndpoint.objects.all()}
        for row in rows:
            row.endpoint_name = names.get(row.destination, "–")

    def has_replay_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        membership = getattr(request, "membership", None)
        return membership is not None and membership.allows(self.replay_role)

    @display(description="Event")
    def event(self, delivery: Outbound) -> str:
        return delivery.subject

    @display(description="To")
    def endpoint(self, delivery: Outbound) -> str:
        return str(getattr(delivery, "endpoint_name", ""))

    @display(description="State")
    def state_(self, delivery: Outbound) -> str:
        return cells.chip(delivery.get_state_display())

    @display(description="Last answer")
    def answer_(self, delivery: Outbound) -> str:
        return delivery.answer

    @display(description="Next attempt")
    def next_at(self, delivery: Outbound) -> Any:
        return delivery.next_attempt_at if delivery.state == State.WAITING else None

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        delivery = self.get_object(request, object_id)
        shown = self._page(delivery) if delivery else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def _page(self, delivery: Outbound) -> dict[str, Any]:
        return {
            "delivery": delivery,
            "chip": cells.chip(delivery.get_state_display()),
            "next_at": self.next_at(delivery),
            "endpoint": WebhookEndpoint.objects.filter(pk=int(delivery.destination)).first(),
            "content": _readable(bytes(delivery.content)),
            "log": [(row, cells.chip(row.get_outcome_display())) for row in delivery.log.order_by("-id")[:100]],
        }

    @action(
        description="Replay",
        url_path="replay",
        icon="replay",
        permissions=["replay"],
        dialog={
            "title": "Replay this delivery",
            "description": "It is sent again with the same id and content, whatever was answered before. A receiver "
            "that took it knows it by the id.",
            "form_class": None,
            "form_submit_text": "Replay",
        },
    )
    def replay(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        delivery: Outbound | None = self.get_object(request, object_id)
        endpoint = WebhookEndpoint.objects.filter(pk=int(delivery.destination)).first() if delivery else None
        if endpoint is None:
            raise Http404("No such delivery here.")
        return replay(request, endpoint, delivery)


def _readable(content: bytes) -> str:
    """JSON set out over lines."""
    return json.dumps(json.loads(content), indent=2, ensure_ascii=False)
