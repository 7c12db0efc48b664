"""Each route of the API, by programs to which nothing was shared, and by those granted too little."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from adaptors.api.catalogue import Catalogue
from adaptors.models import Activation, Answer
from arhub.domain import api_keys, shares
from arhub.tenancy.scope import scope
from connectors.models import Connection
from tests.adaptors.sharing.conftest import WORD, Person, Shared
from tests.arhub.api.conftest import body_of
from tests.arhub.api.routes import ROOT, Route, routes

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

PACKAGES = ("adaptors.", "connectors.", "arhub.api.runs", "arhub.api.schedules", "arhub.api.incidents")
FREE = {"participants"}
"""The tenant's own directory; its connections are chosen among those the caller may use."""
OPERATES = {"retry", "cancel", "run_now", "test", "pull", "create_fetch", "take_again"}
SETTLES = {"pushes", "deliveries", "inbox_files", "transactions", "answers", "incidents"}
"""Of which all that is done needs no more than to operate."""
ADMINISTERS = {("connections", "destroy"), ("adaptors", "destroy")}


def known() -> list[Route]:
    own = [route for route in routes() if route.view.__module__.startswith(PACKAGES)]
    return [route for route in own if route.view.resource not in FREE and route.view is not Catalogue]


def id_of(shared: Shared, route: Route) -> int:
    """Of a row that hangs on what is shared. A KeyError says that the test's world lacks such a row."""
    rows = {"connectors": "connectors/", "adaptors": "adaptors/", "arhub": "arhub/"}
    if "(?P<transaction>" in route.pattern:
        return shared.ids["sent"]
    for parent, place in (("run", "arhub/run"), ("inbox", "connectors/inbox")):
        if f"(?P<{parent}>" in route.pattern:
            return shared.rows[place]
    model = route.view.model
    known = {
        "deliveryreceipt": shared.rows["connectors/outbounddelivery/receipts"], "writeback": shared.ids["write_back"]
    }  # fmt: skip
    name = model._meta.model_name
    return known[name] if name in known else shared.rows[rows[model._meta.app_label] + name]


def asked(client: Client, route: Route, shared: Shared) -> Any:
    return client.generic(
        route.method.upper(), route.address(id_of(shared, route)), "{}", content_type="application/json"
    )


def test_excluded_program_finds_nothing_anywhere(shared: Shared, person: Person) -> None:
    client, there = shared.program(), person("administrator")
    tried = 0
    for route in known():
        if route.has_id:
            answer = asked(client, route, shared)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found") or (
                answer.status_code == 200 and answer.json()["results"] == []
            ), route
            tried += 1
        elif route.method == "get":
            answer = client.get(route.address())
            assert (answer.status_code, answer.json()["results"]) == (200, []), route
            assert there.get(route.address()).json()["results"] != [], route
    assert tried > 30


@pytest.mark.parametrize("level", ["view", "operate", "edit"])
def test_program_that_was_granted_too_little_is_refused(shared: Shared, level: str) -> None:
    client = shared.program(level)
    answers = {}
    for route in known():
        if route.action == "write" and route.has_id and _needs_more(route, level):
            answers[str(route)] = asked(client, route, shared).status_code
    assert answers and {name: code for name, code in answers.items() if code != 403} == {}


def _needs_more(route: Route, level: str) -> bool:
    if level == "edit":
        return (route.view.resource, route.handler) in ADMINISTERS
    return level == "view" or not (route.handler in OPERATES or route.view.resource in SETTLES)


Body = dict[str, Any]


def bodies(shared: Shared) -> dict[str, tuple[str, Body, str]]:
    """By the address that names an adaptor, or what hangs on it: what is posted, the field that names it, and the level
    with which it is refused still."""
    adaptor, rule, row = shared.activation.pk, shared.ids["rule"], shared.rows["adaptors/transaction"]
    return {
        "manual-exports/": ("adaptor", {"adaptor": adaptor, "invoices": ["10482"], "export": True}, "view"),
        "export-rules/activate/": ("adaptor", {"adaptor": adaptor, "ids": [rule]}, "operate"),
        "export-rules/deactivate/": ("adaptor", {"adaptor": adaptor, "ids": [rule]}, "operate"),
        "transactions/act/": ("ids", {"action": "resend", "ids": [row]}, "view"),
    }


ADDRESSES = ["manual-exports/", "export-rules/activate/", "export-rules/deactivate/", "transactions/act/"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_body_that_names_a_hidden_adaptor_is_told_there_is_none(shared: Shared, address: str) -> None:
    field, body, _ = bodies(shared)[address]
    named = body[field][0] if field == "ids" else body[field]
    hidden = _posted(shared.program(), address, body)
    absent = _posted(shared.program(), address, {**body, field: [987654] if field == "ids" else 987654})
    assert hidden[0] == 400
    assert hidden[1].replace(str(named), "N") == absent[1].replace("987654", "N")


@pytest.mark.parametrize("address", ADDRESSES)
def test_body_of_a_program_that_was_granted_too_little_is_refused(shared: Shared, address: str) -> None:
    _, body, level = bodies(shared)[address]
    answer = shared.program(level).post(ROOT + address, body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_shared")


def test_documents_are_found_by_hand_by_who_may_look(shared: Shared) -> None:
    body = {"adaptor": shared.activation.pk, "invoices": ["10482"]}
    answer = shared.program("view").post(f"{ROOT}manual-exports/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["exported"]) == (200, [])


def test_hidden_connection_is_no_destination_for_a_program(shared: Shared) -> None:
    client = shared.program("edit")
    with scope(shared.tenant.pk):
        shares.share(shared.gateway, "admins")
        Activation.objects.update(destination=None)
    for address, name in ((f"adaptors/{shared.activation.pk}/", "destination"),
                          (f"export-rules/{shared.ids['rule']}/", "destination")):  # fmt: skip
        answer = client.patch(ROOT + address, {name: shared.gateway.pk}, content_type="application/json")
        assert (answer.status_code, "There is no such connection" in str(answer.json()["fields"])) == (400, True)


def test_what_nothing_was_found_for_is_for_programs_that_write(shared: Shared) -> None:
    with scope(shared.tenant.pk):
        Answer.objects.update(transaction=None)
        _, text = api_keys.make("Reader", ["read"])
    assert WORD not in body_of(Client(headers={"Api-Key": text}).get(f"{ROOT}answers/"))
    assert WORD in body_of(shared.program().get(f"{ROOT}answers/"))


def test_deliveries_of_webhooks_are_called_by_their_kind_alone(shared: Shared) -> None:
    shown = body_of(shared.program().get(f"{ROOT}webhook-deliveries/"))
    assert WORD not in shown and "adaptor.run_done" in shown


@pytest.mark.parametrize(
    "address", ["pushes/", "inboxes/", "schedules/", "participants/"]
)  # fmt: skip
def test_body_that_names_a_hidden_connection_is_told_there_is_none(shared: Shared, address: str) -> None:
    gateway, source = shared.gateway.pk, shared.activation.source_id
    named: dict[str, Body] = {
        "pushes/": {"connection": gateway, "record_type": "account", "ids": [shared.ids["account"]]},
        "inboxes/": {"connection": gateway, "name": "x", "source": source, "record_type": "account"},
        "schedules/": {"name": "x", "kind": "adaptor", "subject_id": shared.activation.pk, "every": "hour"},
        "participants/": {"connection": gateway, "name": "x", "endpoint": "0184:12345674"},
    }  # fmt: skip
    hidden = _posted(shared.program(), address, named[address])
    gone = json.loads(json.dumps(named[address]))
    gone["subject_id" if address == "schedules/" else "connection"] = 987654
    absent = _posted(shared.program(), address, gone)
    assert hidden[0] == 400
    assert hidden[1].replace(str(shared.activation.pk), "N") == absent[1].replace("987654", "N")


def _posted(client: Client, address: str, body: dict[str, Any]) -> tuple[int, str]:
    answer = client.post(ROOT + address, body, content_type="application/json")
    return answer.status_code, str(answer.json()["fields"])


def test_edit_reaches_neither_secrets_nor_the_switch(shared: Shared) -> None:
    client = shared.program("edit")
    with scope(shared.tenant.pk):
        Connection.objects.update(kind="sftp")
    address = f"{ROOT}connections/{shared.gateway.pk}/"
    for body in ({"is_enabled": False}, {"values": {"password": "x"}}):
        answer = client.patch(address, body, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (403, "not_shared")


def test_person_who_is_signed_in_sees_as_much_as_on_the_screens(shared: Shared, person: Person) -> None:
    client = person("manager")
    assert WORD not in body_of(client.get(f"{ROOT}connections/"))
    shared.grant(client.user, "view")  # type: ignore[attr-defined]
    assert WORD in body_of(client.get(f"{ROOT}connections/"))
    with scope(shared.tenant.pk):
        assert Activation.objects.count() == 1
