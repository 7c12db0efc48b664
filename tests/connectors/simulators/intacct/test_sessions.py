"""Signing in once, for a while, to an entity or the top level."""

from __future__ import annotations

from tests.connectors.simulators.intacct.client import Client, customer, query

SESSION = "<getAPISession/>"


def _session(client: Client, function: str = SESSION, **how: str) -> dict[str, str]:
    api = client.do(function, **how).data.find("api")
    return {each.tag: each.text or "" for each in api}


def test_session_names_our_own_address_and_is_good_for_later_requests(client: Client) -> None:
    given = _session(client)

    result = client.call(query("CUSTOMER"), session=given["sessionid"])

    assert (given["endpoint"], given["locationid"], result.status) == (client.url, "", "success")


def test_session_must_be_asked_for_alone(client: Client) -> None:
    results = client.send(SESSION, query("CUSTOMER")).results

    assert [each.status for each in results] == ["failure", "success"]
    assert results[0].errors == [("BL01001973", "getAPISession must be the only function of its request.")]


def test_session_nobody_issued_is_refused(client: Client) -> None:
    reply = client.send(query("CUSTOMER"), session="made-up")

    assert (reply.status, reply.authentication, reply.results) == (200, "failure", [])
    assert reply.errors == [("XL03000006", "Invalid session: it is unknown or has timed out.")]


def test_session_lasts_as_long_as_it_is_used(client: Client) -> None:
    client.configure(session_minutes=10)
    session = _session(client)["sessionid"]

    client.configure(clock_ahead_seconds=9 * 60)
    used = client.send(query("CUSTOMER"), session=session)
    client.configure(clock_ahead_seconds=18 * 60)
    used_again = client.send(query("CUSTOMER"), session=session)
    client.configure(clock_ahead_seconds=29 * 60)
    late = client.send(query("CUSTOMER"), session=session)

    assert [each.authentication for each in (used, used_again, late)] == ["success", "success", "failure"]


def test_sessions_can_be_ended(client: Client) -> None:
    session = _session(client)["sessionid"]

    client.configure(expire_sessions=True)

    assert client.send(query("CUSTOMER"), session=session).authentication == "failure"


def test_session_of_an_entity_keeps_its_records_from_the_top_level(client: Client) -> None:
    client.configure(entities=["E1", "E2"])
    top = _session(client)["sessionid"]
    first = _session(client, entity="E1")["sessionid"]
    second = _session(client, "<getAPISession><locationid>E2</locationid></getAPISession>", session=top)["sessionid"]

    client.do(customer("C1"), session=first)
    private = "<showprivate>true</showprivate>"
    seen = [
        client.do(query("CUSTOMER", "CUSTOMERID", "MEGAENTITYID", options=options), session=session).rows
        for session, options in ((first, None), (second, None), (top, None), (top, private))
    ]

    mine = [{"CUSTOMERID": "C1", "MEGAENTITYID": "E1"}]
    assert seen == [mine, [], [], mine]


def test_unknown_entity_is_refused(client: Client) -> None:
    assert client.send(SESSION, entity="NOWHERE").authentication == "failure"
    assert client.send(SESSION, entity="NOWHERE").status == 401
