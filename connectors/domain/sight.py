"""What of all that goes out through connections somebody may see, and do something about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet

from arhub.contributions import functions
from arhub.domain.sharing import Actor, visible
from arhub.models import Outbound
from connectors.models import Connection

Rows = TypeVar("Rows", bound="QuerySet[Any]")


def visible_sent(actor: Actor, rows: Rows) -> Rows:
    """Those of some pushes and deliveries that go through what an actor sees, and carry what it sees: of the latter the
    functions in settings.SENT_HIDERS know."""
    rows = visible(actor, rows, "connection", "destination", as_text=True)
    for without_hidden in functions(settings.SENT_HIDERS):
        rows = without_hidden(actor, rows)
    return rows


def things_of(outbound: Outbound) -> Iterator[Model]:
    """All that is shared of which somebody needs the level, to do something about what goes out: its connection, and
    what it was made by."""
    connection = Connection.objects.filter(pk=int(outbound.destination)).first()
    yield from () if connection is None else (connection,)
    for owner_of in functions(settings.SENT_OWNERS):
        owner = owner_of(outbound)
        yield from () if owner is None else (owner,)
