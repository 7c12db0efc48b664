"""The routes of connections, pushes and what they brought back, and participants."""

from __future__ import annotations

from rest_framework.routers import BaseRouter

from connectors.api.connections import Connections
from connectors.api.participants import Participants
from connectors.api.pushes import Pushes
from connectors.api.write_backs import WriteBacks


def register(router: BaseRouter) -> None:
    router.register("connections", Connections, basename="connections")
    router.register("pushes", Pushes, basename="pushes")
    router.register("write-backs", WriteBacks, basename="write_backs")
    router.register("participants", Participants, basename="participants")
