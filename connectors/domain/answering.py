"""Files that answer something that was sent from here: offered to those who can read them, before they become loads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from arhub.contributions import functions
from connectors.gateways.base import Gateway
from connectors.models import Connection, InboxFile
from connectors.registry import load


class NotReadable(Exception):
    """It looks like an answer and cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that came in over a connection. `seen` is how an inbox knows it, None where the connection
    has no inbox."""

    name: str
    file: Any
    sha256: str
    connection: Connection
    seen: InboxFile | None = None

    @property
    def is_open(self) -> bool:
        """Whether anybody may have brought it."""
        gateway = load(self.connection.kind)
        return issubclass(gateway, Gateway) and gateway.is_open


def offer(arrived: Arrived) -> str:
    """What the answer says, in a sentence, from the first of settings.ANSWER_READERS that takes it; empty when none
    does. In the caller's transaction. Raises `NotReadable`."""
    for read in functions(settings.ANSWER_READERS):
        arrived.file.seek(0)
        if text := read(arrived):
            return str(text)
    return ""
