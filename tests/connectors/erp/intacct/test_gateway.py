"""What the gateway may answer, and what is made of it. The servers here only say what they are told."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from arhub.network.errors import ConfigError, NetworkError, RetryableError, Uncertain
from connectors.base import NeverThere
from connectors.erp.intacct.problems import Refusal
from tests.arhub.network.servers import Behaviour, Server, answer, in_turn, serve
from tests.connectors.erp.intacct import records, shapes
from tests.connectors.erp.intacct.conftest import Make, Memory
from tests.connectors.erp.intacct.shapes import xml

CREATED = shapes.result("<key>71</key>")
ENDED = shapes.sign_in_failure(("XL03000006", "Invalid session", ""))


def functions(server: Server) -> list[str]:
    return [etree.fromstring(body).find(".//function")[0].tag for *_, body in server.requests]


def push(make: Make, *behaviours: Behaviour) -> tuple[Any, Server]:
    with serve(in_turn(xml(shapes.session()), *behaviours)) as server:
        connector = make(address=server.url("/ia/xml/xmlgw.phtml"))
        try:
            return connector.push(connector.compose("id-1", [records.invoice()])), server
        except NetworkError as error:
            return error, server


def test_envelope_holds_what_the_gateway_wants(make: Make) -> None:
    result, server = push(make, xml(CREATED))

    assert result.keys == {("invoice", "10482"): {"recordno": "71", "invoiceno": "10482"}}
    _, path, headers, body = server.requests[1]
    sent = etree.fromstring(body)
    assert (path, headers["content-type"]) == ("/ia/xml/xmlgw.phtml", "application/xml")
    assert [(child.tag, child.text) for child in sent.find("control")] == [
        ("senderid", "sender-1"), ("password", "sender-secret"), ("controlid", "id-1"), ("uniqueid", "true"),
        ("dtdversion", "3.0"), ("includewhitespace", "false"),
    ]  # fmt: skip
    assert sent.findtext("operation/authentication/sessionid") == "session-1"
    assert sent.find("operation/content/function").get("controlid") == "id-1"


def test_sign_in_stands_in_the_order_of_the_schema(make: Make) -> None:
    with serve(in_turn(xml(shapes.session()), xml(shapes.rows("CUSTOMER")))) as server:
        list(make(address=server.url(), entity="100").read_object("CUSTOMER", ("NAME",)))

    login = etree.fromstring(server.requests[0][3]).find("operation/authentication/login")
    assert [(child.tag, child.text) for child in login] == [
        ("userid", "xml_gateway"), ("companyid", "COMPANY1"), ("password", "user-secret"), ("locationid", "100"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("behaviour", "kind", "text"),
    [
        (answer(b"<html>502</html>", 502), Uncertain, "127.0.0.1 broke off with status 502."),
        (answer(b"", 524), Uncertain, "127.0.0.1 broke off with status 524."),
        (xml(CREATED, 500), Uncertain, "127.0.0.1 broke off with status 500."),
        (
            answer(b"<html>"), Uncertain,
            "Expected XML of the gateway from 127.0.0.1, found something else: it begins with '<html>'.",
        ),
        (
            answer(b""), Uncertain,
            "Expected XML of the gateway from 127.0.0.1, found something else: it is empty.",
        ),
        (answer(b"slow down", 429), RetryableError, "127.0.0.1 takes no more requests for now (status 429)."),
        (
            answer(b"not here", 404), ConfigError,
            "127.0.0.1 answers with status 404, not as Intacct's gateway does: it begins with 'not here'.",
        ),
        (
            answer(b"", 302, Location="https://elsewhere.example/"), ConfigError,
            "127.0.0.1 answers with status 302, not as Intacct's gateway does: it is empty.",
        ),
        (
            xml(shapes.control_failure(("GW-0011", "The request is invalid", "")), 400), Refusal,
            "The request is invalid.",
        ),
        (
            answer(b"x", Content_Encoding="gzip"), Uncertain, None,
        ),
    ],
)  # fmt: skip
def test_answer_to_a_create_tells_what_may_have_happened(
    behaviour: Behaviour, kind: type[NetworkError], text: str | None, make: Make
) -> None:
    error, server = push(make, behaviour)

    assert type(error) is kind
    assert text is None or str(error) == text
    assert functions(server) == ["getAPISession", "create_invoice"]


def test_pause_that_the_gateway_asks_for_is_handed_on(make: Make) -> None:
    error, _ = push(make, answer(b"", 429, Retry_After="7"))

    assert error.retry_after == 7


def test_connection_that_closes_after_a_create_leaves_it_uncertain(make: Make) -> None:
    def close(handler: Any) -> None:
        handler.close_connection = True

    error, server = push(make, close)

    assert type(error) is Uncertain
    assert functions(server) == ["getAPISession", "create_invoice"]


@pytest.mark.parametrize("behaviour", [answer(b"<html>502</html>", 500), answer(b"<html>"), answer(b"")])
def test_reading_that_broke_off_may_be_done_again(behaviour: Behaviour, make: Make) -> None:
    with serve(in_turn(xml(shapes.session()), behaviour)) as server, pytest.raises(RetryableError):
        list(make(address=server.url()).read_object("CUSTOMER", ("NAME",)))


def test_letters_are_read_as_utf_8_whatever_the_header_lacks(make: Make) -> None:
    with serve(in_turn(xml(shapes.session()), xml(shapes.rows("CUSTOMER", {"NAME": "Ærø"})))) as server:
        found = list(make(address=server.url()).read_object("CUSTOMER", ("NAME",)))

    assert found == [{"NAME": "Ærø"}]


def test_session_is_used_on_by_the_next_connector(make: Make) -> None:
    with serve(in_turn(xml(shapes.session()), xml(shapes.rows("CUSTOMER")))) as server:
        for _ in range(2):
            list(make(address=server.url()).read_object("CUSTOMER", ("NAME",)))

    assert functions(server) == ["getAPISession", "query", "query"]


def test_session_is_left_when_the_password_was_changed(make: Make) -> None:
    behave = in_turn(xml(shapes.session()), xml(shapes.rows("C")), xml(shapes.session("2")), xml(shapes.rows("C")))
    with serve(behave) as server:
        for password in ("one", "two"):
            list(make(address=server.url(), user_password=password).read_object("C", ("NAME",)))

    assert functions(server) == ["getAPISession", "query", "getAPISession", "query"]


def test_session_that_ended_is_renewed_once_and_the_request_sent_again(make: Make, memory: Memory) -> None:
    with serve(
        in_turn(xml(shapes.session()), xml(CREATED), xml(ENDED), xml(shapes.session("new")), xml(CREATED))
    ) as server:
        connector = make(address=server.url())
        for identity in ("id-1", "id-2"):
            connector.push(connector.compose(identity, [records.invoice()]))

    assert functions(server) == ["getAPISession", "create_invoice", "create_invoice", "getAPISession", "create_invoice"]
    assert etree.fromstring(server.requests[-1][3]).findtext(".//sessionid") == "new"
    assert [value["id"] for value in memory.values.values()] == ["new"]


def test_session_that_ends_at_once_is_not_renewed_for_ever(make: Make) -> None:
    with serve(in_turn(xml(shapes.session()), xml(ENDED))) as server, pytest.raises(ConfigError) as raised:
        list(make(address=server.url()).read_object("CUSTOMER", ("NAME",)))

    assert str(raised.value) == "Invalid session."
    assert functions(server) == ["getAPISession", "query"]


def test_endpoint_elsewhere_gets_no_credentials(make: Make) -> None:
    behave = xml(shapes.session(endpoint="https://intacct.com.evil.example/x"))
    with serve(behave) as server, pytest.raises(ConfigError) as raised:
        list(make(address=server.url()).read_object("CUSTOMER", ("NAME",)))

    assert str(raised.value) == (
        "The gateway at 127.0.0.1 sent us on to intacct.com.evil.example, which is not Intacct's."
    )


def test_endpoint_of_the_session_is_where_the_rest_goes(make: Make) -> None:
    with serve(xml(shapes.rows("CUSTOMER"))) as other, serve(xml(shapes.session(endpoint=other.url("/e")))) as server:
        list(make(address=server.url()).read_object("CUSTOMER", ("NAME",)))

    assert [path for _, path, *_ in other.requests] == ["/e"]


def test_create_that_was_done_before_is_looked_up(make: Make) -> None:
    done = shapes.refusal(("XL", "A successful transaction has already been recorded with the control id id-1", ""))
    there = {"RECORDNO": "71", "RECORDID": "10482", "CUSTOMERID": "C-1001", "TRX_TOTALENTERED": "1250"}

    result, server = push(make, xml(done), xml(shapes.rows("ARINVOICE", there)))

    assert result.keys == {("invoice", "10482"): {"recordno": "71", "invoiceno": "10482"}}
    assert functions(server) == ["getAPISession", "create_invoice", "query"]


def test_customer_that_came_to_be_meanwhile_is_updated(make: Make) -> None:
    exists = shapes.refusal(("BL34000061", "Another Customer with the given value(s) C-1001  already exists", ""))
    updated = shapes.rows("customer", {"RECORDNO": "5", "CUSTOMERID": "C-1001"})
    with serve(in_turn(xml(shapes.session()), xml(shapes.rows("CUSTOMER")), xml(exists), xml(updated))) as server:
        connector = make(address=server.url())
        result = connector.push(connector.compose("id-1", [records.account()]))

    assert result.keys == {("account", "C-1001"): {"customerid": "C-1001", "recordno": "5"}}
    assert functions(server) == ["getAPISession", "query", "create", "update"]


def test_number_that_another_document_has_is_told(make: Make) -> None:
    taken = shapes.refusal(("BL03002185", "Invoice number has been used", ""))
    there = {
        "RECORDNO": "71", "RECORDID": "10482", "CUSTOMERID": "C-2", "TRX_TOTALENTERED": "500", "CURRENCY": "USD",
    }  # fmt: skip

    error, _ = push(make, xml(taken), xml(shapes.rows("ARINVOICE", there)))

    assert type(error) is NeverThere
    assert str(error) == (
        "Number 10482 is taken there by a document of 500.00 USD of customer C-2; "
        "ours is of 1250.00 of customer C-1001."
    )


def test_number_that_cannot_be_read_back_leaves_the_create_to_be_found(make: Make) -> None:
    with serve(in_turn(xml(shapes.session()), xml(CREATED), answer(b"", 500))) as server:
        connector = make(address=server.url(), numbers_itself=True)
        with pytest.raises(Uncertain) as raised:
            connector.push(connector.compose("id-1", [records.invoice()]))

    assert str(raised.value) == (
        "It was created, and its number could not be read back: 127.0.0.1 broke off with status 500."
    )


def test_nothing_secret_stands_in_the_content_or_the_texts(make: Make) -> None:
    connector = make()

    content = connector.compose("id-1", [records.invoice()]).content

    assert b"secret" not in content
    assert "secret" not in repr(connector._gateway.access)


@pytest.mark.parametrize(
    ("content", "passed", "text"),
    [
        (
            answer(b"<html>"), [],
            "Expected XML of the gateway from 127.0.0.1, found something else: it begins with '<html>'.",
        ),
        (
            xml(shapes.control_failure(("XL03000006", "Incorrect Intacct XML Partner ID or password.", ""))),
            ["Gateway"], "Incorrect Intacct XML Partner ID or password.",
        ),
        (
            xml(shapes.sign_in_failure(("XL03000006", "Sign-in information is incorrect.", ""))),
            ["Gateway", "Sender"], "Sign-in information is incorrect.",
        ),
        (
            in_turn(xml(shapes.session()), xml(shapes.refusal(("BL", "You do not have permission for API", "")))),
            ["Gateway", "Sender", "Sign-in", "Entity"], "You do not have permission for API.",
        ),
    ],
)  # fmt: skip
def test_trial_stops_at_the_step_that_says_where_to_look(
    content: Behaviour, passed: list[str], text: str, make: Make
) -> None:
    done = []
    with serve(content) as server, pytest.raises(NetworkError) as raised:
        for check in make(address=server.url()).checks():
            check.run()
            done.append(check.label)

    assert done == passed
    assert str(raised.value) == text
