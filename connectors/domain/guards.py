"""What may keep a file back that was handed over already (settings.DELIVERY_GUARDS): asked in the moment before it
goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from connectors.models import Connection, Delivery


class Guard(Protocol):
    """Somebody who may object to a delivery."""

    def look(self, deliveries: Sequence[Delivery], end: Connection) -> None:
        """Some deliveries of one connection are about to go to where `end` leads. Raises `Held`, with what it waits
        for, or `NotWanted`, when one of them must not; what was written is undone then."""

    def held(self, delivery: Delivery, waits_for: str) -> None:
        """One was held that waits for something, in the transaction that stores that."""


def look(deliveries: Sequence[Delivery], end: Connection) -> None:
    for guard in _guards():
        guard.look(deliveries, end)


def held(delivery: Delivery, waits_for: str) -> None:
    for guard in _guards():
        guard.held(delivery, waits_for)


def _guards() -> list[Guard]:
    return [import_string(path) for path in settings.DELIVERY_GUARDS]
