"""Files that answer something that was sent from here: offered to those who can read them, before they become loads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from arhub.contributions import functions
from connectors.models import InboxFile


class NotReadable(Exception):
    """It looks like an answer and cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that came in. `seen` is how an inbox knows it, None where the connection has no inbox."""

    name: str
    file: Any
    sha256: str
    seen: InboxFile | None = None


def offer(arrived: Arrived) -> str:
    """What the answer says, in a sentence, from the first of settings.ANSWER_READERS that takes it; empty when none
    does. In the caller's transaction. Raises `NotReadable`."""
    for read in functions(settings.ANSWER_READERS):
        arrived.file.seek(0)
        if text := read(arrived):
            return str(text)
    return ""
