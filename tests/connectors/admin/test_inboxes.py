"""The form of an inbox on the screen: it asks what the API asks."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from arhub.models import Source
from arhub.tenancy.scope import scope
from connectors.models import Connection, Inbox
from tests.arhub.admin.conftest import World

ADD = "/connectors/inbox/add/"


@pytest.fixture
def form(world: World) -> dict[str, Any]:
    """What makes an inbox."""
    with scope(world.acting.tenant.pk):
        way = Connection.objects.create(kind="folder", name="Share")
        source = Source.objects.get(kind=Source.Kind.UPLOAD)
        Inbox.objects.create(name="First", connection=way, source=source, record_type="invoice")
    return {
        "name": "Second", "connection": way.pk, "source": source.pk, "pattern": "*", "order": "name",
        "settle_seconds": "10", "contents": "records", "record_type": "invoice", "afterwards": "remember",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"name": "First"}, {"name": ["Another inbox is called so."]}),
        ({"record_type": ""}, {"record_type": ["Say what the files hold, such as invoices."]}),
        ({"afterwards": "move", "move_to": "/"},
         {"move_to": ["Name the folder into which files go that were taken."]}),
    ],
)  # fmt: skip
def test_what_makes_no_inbox_is_told_by_field(
    client: Client, form: dict[str, Any], given: dict[str, Any], errors: dict[str, list[str]]
) -> None:
    answer = client.post(ADD, form | given)

    assert answer.context["adminform"].form.errors == errors


def test_inbox_is_added(client: Client, world: World, form: dict[str, Any]) -> None:
    answer = client.post(ADD, form)

    with scope(world.acting.tenant.pk):
        made = Inbox.objects.get(name="Second")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/connectors/inbox/{made.pk}/change/")
