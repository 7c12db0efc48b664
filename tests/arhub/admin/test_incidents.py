"""Incidents on the screens: the list, the page, Close and Change owner, the Start page and the search."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from arhub.domain import incidents
from arhub.models import Incident
from arhub.tenancy.scope import scope
from tests.arhub.admin.conftest import SignIn, World, text_of

SENT = {"_form_submitted": "on"}


@pytest.fixture
def client(world: World, sign_in: SignIn) -> Client:
    return sign_in(world.acting.tenant, role="clerk")


def now(world: World) -> Incident:
    incident: Incident = world.acting.first("incident")
    with scope(incident.tenant_id):
        return Incident.objects.select_related("owner", "closed_by").get(pk=incident.pk)


def add(world: World, key: str, **fields: Any) -> Incident:
    with scope(world.acting.tenant.pk):
        return Incident.objects.create(**{"kind": "late", "key": key, "subject": "Newer", "text": "1 of 2.", **fields})


def rows(client: Client, query: str = "") -> list[str]:
    return [str(row) for row in client.get(f"/arhub/incident/{query}").context["cl"].result_list]


def test_list_has_open_ones_first_and_is_narrowed(client: Client, world: World) -> None:
    add(world, "mine", owner=client.user)  # type: ignore[attr-defined]
    add(world, "closed", subject="Newest", state="closed")

    assert rows(client) == ["Newer: late", "Acting files: missing", "Newest: late"]
    assert rows(client, "?show=open") == ["Newer: late", "Acting files: missing"]
    assert rows(client, "?show=closed") == ["Newest: late"]
    assert rows(client, "?show=mine") == ["Newer: late"]
    assert rows(client, f"?owner={client.user.pk}") == ["Newer: late"]  # type: ignore[attr-defined]
    assert rows(client, "?kind__exact=missing") == ["Acting files: missing"]
    assert rows(client, f"?source__id__exact={world.acting.first('source').pk}") == ["Acting files: missing"]
    assert rows(client, "?q=files") == ["Acting files: missing"]


def test_owners_to_filter_by_are_the_companys_own(client: Client, world: World, sign_in: SignIn) -> None:
    stranger = sign_in(world.hidden.tenant).user  # type: ignore[attr-defined]

    page = client.get("/arhub/incident/")

    (owners,) = [spec for spec in page.context["cl"].filter_specs if spec.title == "owner"]
    assert [pk for pk, _ in owners.lookup_choices] == [str(client.user.pk)]  # type: ignore[attr-defined]
    assert stranger.email not in text_of(page)


def test_page_tells_the_story(client: Client, world: World) -> None:
    incident = world.acting.first("incident")
    with scope(incident.tenant_id):
        incidents.close(incident, client.user, "The <b>ERP</b> was down.")  # type: ignore[attr-defined]

    page = text_of(client.get(f"/arhub/incident/{incident.pk}/change/"))

    assert "Acting: nothing came." in page and "Acting source" in page
    assert "by clerk" in page and "The &lt;b&gt;ERP&lt;/b&gt; was down." in page
    assert f"/arhub/incident/{incident.pk}/close/" not in page


def test_clerk_closes_it_with_a_reason(client: Client, world: World) -> None:
    incident = world.acting.first("incident")

    answer = client.post(f"/arhub/incident/{incident.pk}/close/", {**SENT, "reason": "It came by e-mail."})

    assert answer["HX-Redirect"] == f"/arhub/incident/{incident.pk}/change/"
    found = now(world)
    assert (found.state, found.closed_by, found.reason) == ("closed", client.user, "It came by e-mail.")  # type: ignore[attr-defined]


@pytest.mark.parametrize("reason", ["", "   "])
def test_close_asks_for_a_reason(client: Client, world: World, reason: str) -> None:
    incident = world.acting.first("incident")

    page = text_of(client.post(f"/arhub/incident/{incident.pk}/close/", {**SENT, "reason": reason}))

    assert "This field is required." in page
    assert now(world).is_open


def test_close_needs_a_post(client: Client, world: World) -> None:
    client.get(f"/arhub/incident/{world.acting.first('incident').pk}/close/?reason=x&_form_submitted=on")

    assert now(world).is_open


def test_owner_is_changed_among_the_companys_people(client: Client, world: World, sign_in: SignIn) -> None:
    incident, stranger = world.acting.first("incident"), sign_in(world.hidden.tenant).user  # type: ignore[attr-defined]
    address = f"/arhub/incident/{incident.pk}/change-owner/"

    client.post(address, {**SENT, "owner": client.user.pk})  # type: ignore[attr-defined]
    given = now(world).owner
    refused = text_of(client.post(address, {**SENT, "owner": stranger.pk}))
    kept = now(world).owner
    client.post(address, {**SENT, "owner": ""})

    assert (given, kept, now(world).owner) == (client.user, client.user, None)  # type: ignore[attr-defined]
    assert "Select a valid choice" in refused
    assert stranger.email not in text_of(client.get(address))


@pytest.mark.parametrize("action", ["close", "change-owner"])
def test_viewer_only_looks(world: World, sign_in: SignIn, action: str) -> None:
    client, incident = sign_in(world.acting.tenant, role="viewer"), world.acting.first("incident")

    assert f"/{action}/" not in text_of(client.get(f"/arhub/incident/{incident.pk}/change/"))
    assert client.post(f"/arhub/incident/{incident.pk}/{action}/", {**SENT, "reason": "x"}).status_code == 403
    assert now(world).is_open


@pytest.mark.parametrize("action", ["close", "change-owner"])
def test_incident_of_another_tenant_is_out_of_reach(client: Client, world: World, action: str) -> None:
    incident = world.hidden.first("incident")

    answer = client.post(f"/arhub/incident/{incident.pk}/{action}/", {**SENT, "reason": "x"})

    assert answer.status_code in (403, 404)
    with scope(incident.tenant_id):
        assert Incident.objects.get().is_open


def test_start_lists_what_is_open_until_it_is_closed(client: Client, world: World) -> None:
    incident = world.acting.first("incident")

    before = text_of(client.get("/"))
    client.post(f"/arhub/incident/{incident.pk}/close/", {**SENT, "reason": "Seen to."})
    after = text_of(client.get("/"))

    assert "Acting: nothing came. Owner: nobody." in before
    assert f'href="/arhub/incident/{incident.pk}/change/"' in before
    assert "Hidden: nothing came." not in before
    assert "Acting: nothing came." not in after


def test_start_asks_as_many_queries_for_three_as_for_one(client: Client, world: World) -> None:
    client.get("/")
    with CaptureQueriesContext(connection) as one:
        client.get("/")
    for key in ("a", "b"):
        add(world, key, owner=client.user)  # type: ignore[attr-defined]
    with CaptureQueriesContext(connection) as three:
        page = text_of(client.get("/"))

    assert (page.count("See to it</a>"), len(three)) == (3, len(one))


def test_search_finds_own_incidents(client: Client) -> None:
    own, anothers = (text_of(client.get(f"/search/?extended=1&s={word} files")) for word in ("acting", "hidden"))

    assert "Acting files: missing" in own
    assert "No results" in anothers
