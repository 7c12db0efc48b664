"""Pushes: records on their way to other systems."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from arhub.models import Outbound
from connectors.admin.records import named
from connectors.admin.settled import SettledAdmin
from connectors.domain.pushes import CHANNEL
from connectors.models import OutboundPush, Push

MOST_RECORDS = 1_000


@admin.register(OutboundPush)
class PushAdmin(SettledAdmin):
    channel = CHANNEL
    page_title = "Pushes"
    search_help_text = "Id of the push"
    change_form_template = "connectors/push.html"
    empty_text = (
        "What you send to another system is a push: what became of it, and what the other side calls the record. Open "
        "an invoice, or tick some in their list, and choose “Send to a connection”."
    )

    def page(self, request: HttpRequest, outbound: Outbound) -> dict[str, Any]:
        pushes = list(Push.objects.filter(outbound=outbound).order_by("id")[: MOST_RECORDS + 1])
        names = named((push.record_type, push.record_id) for push in pushes)
        return {
            **super().page(request, outbound),
            "records": [(names[push.record_type, push.record_id], push) for push in pushes[:MOST_RECORDS]],
            "has_more_records": len(pushes) > MOST_RECORDS,
        }
