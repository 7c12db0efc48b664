"""The routes of connections, of what goes out and comes in through them, and of participants."""

from __future__ import annotations

from rest_framework.routers import BaseRouter

from connectors.api.connections import Connections
from connectors.api.deliveries import Deliveries, Receipts
from connectors.api.inbox_files import Fetches, Files
from connectors.api.inboxes import Inboxes
from connectors.api.participants import Participants
from connectors.api.pushes import Pushes
from connectors.api.write_backs import WriteBacks

_ONE = "inboxes/(?P<inbox>[0-9]{1,18})"


def register(router: BaseRouter) -> None:
    router.register("connections", Connections, basename="connections")
    router.register("pushes", Pushes, basename="pushes")
    router.register("write-backs", WriteBacks, basename="write_backs")
    router.register("participants", Participants, basename="participants")
    router.register("deliveries", Deliveries, basename="deliveries")
    router.register("delivery-receipts", Receipts, basename="delivery_receipts")
    router.register("inboxes", Inboxes, basename="inboxes")
    router.register(f"{_ONE}/fetch", Fetches, basename="fetches")
    router.register(f"{_ONE}/files", Files, basename="inbox_files")
