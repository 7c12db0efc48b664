"""What of all that goes out through connections somebody may see."""

from __future__ import annotations

from typing import Any, TypeVar

from django.conf import settings
from django.db.models import QuerySet

from arhub.contributions import functions
from arhub.domain.sharing import Actor, visible

Rows = TypeVar("Rows", bound="QuerySet[Any]")


def visible_sent(actor: Actor, rows: Rows) -> Rows:
    """Those of some pushes and deliveries that go through what an actor sees, and carry what it sees: of the latter the
    functions in settings.SENT_HIDERS know."""
    rows = visible(actor, rows, "connection", "destination", as_text=True)
    for without_hidden in functions(settings.SENT_HIDERS):
        rows = without_hidden(actor, rows)
    return rows
