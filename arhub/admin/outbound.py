"""What is sent to others, as lists and pages show it: what was sent where, every attempt, and what was answered."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.decorators import display

from arhub.admin import cells
from arhub.admin.base import HubAdmin
from arhub.admin.filters import QuickFilter
from arhub.admin.readable import readable
from arhub.models import Outbound

State = Outbound.State
MOST_ATTEMPTS = 100


class StateFilter(QuickFilter):
    """The states behind each button; the first one shows all."""

    states: ClassVar[Mapping[str, Collection[str]]]

    def narrow(self, request: HttpRequest, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset if value == "all" else queryset.filter(state__in=self.states.get(value, ()))


class OutboundAdmin(HubAdmin):
    """A list and pages of what goes out through one channel, the newest first. People change nothing of it but what
    becomes of it."""

    change_role = None
    channel: ClassVar[str]
    list_display: tuple[str, ...] = (
        "subject_",
        "destination_",
        "state_",
        "attempts",
        "answer_",
        "asked_for",
        "next_at",
    )
    search_fields = ("identity",)
    indexed_columns = ()
    ordering = ("-id",)
    fields = ("subject",)
    actions = None
    change_list_template = "arhub/list/list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Outbound]:
        found: QuerySet[Outbound] = super().get_queryset(request).filter(channel=self.channel)
        return found

    def destinations(self) -> Mapping[str, str]:
        """What people call each destination."""
        raise NotImplementedError

    def search_condition(self, term: str) -> Q:
        """By the destinations as well, since that is how the index begins."""
        return Q(channel=self.channel, destination__in=list(self.destinations()), identity=term.lower())

    def prepare_rows(self, request: HttpRequest, rows: list[Any]) -> None:
        names = self.destinations()
        for row in rows:
            row.destination_name = names.get(row.destination, "–")

    @display(description="What")
    def subject_(self, outbound: Outbound) -> str:
        return outbound.subject

    @display(description="To")
    def destination_(self, outbound: Outbound) -> str:
        return str(getattr(outbound, "destination_name", ""))

    @display(description="Asked for", ordering="created_at")
    def asked_for(self, outbound: Outbound) -> datetime:
        return outbound.created_at

    @display(description="State")
    def state_(self, outbound: Outbound) -> str:
        return cells.chip(outbound.get_state_display())

    @display(description="Last answer")
    def answer_(self, outbound: Outbound) -> str:
        return outbound.answer

    @display(description="Next attempt")
    def next_at(self, outbound: Outbound) -> Any:
        return None if outbound.state in Outbound.SETTLED else outbound.next_attempt_at

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        outbound = self.get_object(request, object_id)
        shown = self.page(request, outbound) if outbound else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def page(self, request: HttpRequest, outbound: Outbound) -> dict[str, Any]:
        """What its page shows."""
        attempts = outbound.log.order_by("-id")[:MOST_ATTEMPTS]
        return {
            "outbound": outbound,
            "chip": cells.chip(outbound.get_state_display()),
            "next_at": self.next_at(outbound),
            "content": readable(bytes(outbound.content), self.secrets(outbound)),
            "log": [(row, cells.chip(row.get_outcome_display())) for row in attempts],
        }

    def secrets(self, outbound: Outbound) -> Collection[str]:
        """What must not be seen in its content."""
        return ()
