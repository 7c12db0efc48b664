"""The routes of the hub's own records."""

from __future__ import annotations

from rest_framework.routers import BaseRouter

from arhub.api.accounts import Accounts
from arhub.api.applications import Applications
from arhub.api.contacts import Contacts
from arhub.api.custom_fields import CustomFields
from arhub.api.documents import Documents
from arhub.api.incidents import Incidents
from arhub.api.lines import Lines
from arhub.api.outstanding_items import OutstandingItems
from arhub.api.payments import Payments
from arhub.api.runs import RunLog, Runs
from arhub.api.schedules import Schedules
from arhub.api.sources import Sources
from arhub.api.webhooks import Deliveries, Webhooks

VIEWS = (
    Accounts,
    Contacts,
    Documents,
    Lines,
    Payments,
    Applications,
    OutstandingItems,
    CustomFields,
    Sources,
    Incidents,
    Runs,
    Schedules,
    Webhooks,
)


def register(router: BaseRouter) -> None:
    for view in VIEWS:
        router.register(view.resource.replace("_", "-"), view, basename=view.resource)
    router.register("webhook-deliveries", Deliveries, basename="webhook_deliveries")
    router.register("runs/(?P<run>[0-9]{1,18})/log", RunLog, basename="run_log")
