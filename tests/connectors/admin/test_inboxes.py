"""An inbox on the screen: its form asks what the API asks, and its page tells how it does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from arhub.models import Run, Schedule, Source
from arhub.tenancy.scope import scope
from connectors.admin.connection_page import next_runs
from connectors.domain.inboxes import Health, health_of
from connectors.models import Connection, Inbox, InboxFile
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


def test_inbox_tells_how_its_own_last_look_went(client: Client, world: World, form: dict[str, Any]) -> None:
    """Another inbox of the connection may do well meanwhile."""
    due = timezone.now() + timedelta(hours=1)
    with scope(world.acting.tenant.pk):
        way = Connection.objects.get(pk=form["connection"])
        source = Source.objects.get(pk=form["source"])
        inboxes = [
            Inbox.objects.create(name=name, connection=way, source=source, record_type="invoice")
            for name in ("Fails", "Works", "New", "Brought")
        ]
        fails, works, _, brought = inboxes
        Run.objects.create(kind="fetch", subject_id=fails.pk, state="succeeded")
        Run.objects.create(kind="fetch", subject_id=fails.pk, state="failed", reason="There is no folder in.")
        Run.objects.create(kind="fetch", subject_id=works.pk, state="succeeded")
        InboxFile.objects.create(inbox=brought, name="a.csv", state=InboxFile.State.TAKEN)
        Schedule.objects.create(kind="fetch", subject_id=works.pk, name="Hourly", next_due_at=due)

        told = health_of(inboxes)

        assert [told[inbox.pk] for inbox in inboxes] == [
            Health("Failing", "There is no folder in."), Health("Working", "", due), Health("Not tried"),
            Health("Working"),
        ]  # fmt: skip
        assert next_runs([way.pk]) == {way.pk: due}
    assert b"There is no folder in." in client.get(f"/connectors/inbox/{fails.pk}/change/").content
    assert b"add a schedule" not in client.get(f"/connectors/inbox/{works.pk}/change/").content
    assert client.get("/connectors/inbox/").status_code == 200
