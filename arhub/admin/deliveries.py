"""Deliveries of webhooks: what was sent where, every attempt, and what was answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm

from arhub.admin.base import allows
from arhub.admin.outbound import OutboundAdmin, StateFilter
from arhub.admin.webhooks import replay
from arhub.domain.askers import asker_of
from arhub.domain.webhook_endpoints import FAILED, kept_back
from arhub.domain.webhooks import CHANNEL
from arhub.models import Outbound, Role, WebhookEndpoint

State = Outbound.State
KEPT_BACK = "Some adaptors or connections are not shared with all, and it may speak of them: administrators see it."


class DeliveryFilter(StateFilter):
    options = (("all", "All"), ("waiting", "Waiting"), ("failed", "Failed"), ("delivered", "Delivered"))
    states = {"waiting": (State.WAITING, State.SENDING), "failed": FAILED, "delivered": (State.DELIVERED,)}


@admin.register(Outbound)
class DeliveryAdmin(OutboundAdmin):
    channel = CHANNEL
    replay_role = Role.ADMINISTRATOR
    page_title = "Deliveries"
    list_filter = (DeliveryFilter,)
    search_help_text = "Id of the event"
    actions_row = actions_detail = ("replay",)
    change_form_template = "arhub/webhooks/delivery.html"
    empty_text = (
        "Every event that goes to a webhook is a delivery: when it was sent, what the receiver answered, and when it "
        "is tried again. Add a webhook and send it a test to see the first one."
    )

    def destinations(self) -> Mapping[str, str]:
        return {str(endpoint.pk): endpoint.name for endpoint in WebhookEndpoint.objects.all()}

    def has_replay_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return allows(request, self.replay_role)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Outbound | None:
        found: Outbound | None = super().get_object(request, object_id, from_field)
        return found and kept_back(asker_of(request), [found])[0]

    def prepare_rows(self, request: HttpRequest, rows: list[Any]) -> None:
        super().prepare_rows(request, rows)
        kept_back(asker_of(request), rows)

    @display(description="Event")
    def subject_(self, outbound: Outbound) -> str:
        return outbound.subject

    def page(self, request: HttpRequest, outbound: Outbound) -> dict[str, Any]:
        endpoint = WebhookEndpoint.objects.filter(pk=int(outbound.destination)).first()
        shown = {**super().page(request, outbound), "endpoint": endpoint}
        return {**shown, "content": KEPT_BACK} if asker_of(request).is_narrowed else shown

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
