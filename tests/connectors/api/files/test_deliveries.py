"""Deliveries by the API: a file sent, seen, downloaded, settled."""

from __future__ import annotations

import io
import json
import threading
import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from arhub.models import Outbound, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections, deliveries
from connectors.models import Connection, Delivery, DeliveryReceipt
from tests.arhub.api.routes import ROOT
from tests.connectors.api.files.conftest import Other, queries_of, told
from tests.connectors.files.careless import CarelessGateway

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

LIST, RECEIPTS = f"{ROOT}deliveries/", f"{ROOT}delivery-receipts/"
SCREEN = "/connectors/outbounddelivery/"
CONTENT = b"<Invoice>\xc3\xa6</Invoice>"
MEGABYTE = 1 << 20


def send(api: Client, connection: Connection, name: str = "INV-1.xml", **parts: Any) -> Any:
    file = SimpleUploadedFile(name, CONTENT, content_type="application/xml")
    return api.post(LIST, {"connection": connection.pk, "file": file} | parts)


def turn(tenant: Tenant, pk: int, state: str, **fields: Any) -> None:
    with scope(tenant.pk):
        Outbound.objects.filter(pk=pk).update(state=state, **fields)


def _hubs_own(tenant: Tenant, pk: int) -> str:
    with scope(tenant.pk):
        return str(Outbound.objects.get(pk=pk).identity)


class TestSending:
    def test_file_is_sent_with_its_facts(
        self, tenant: Tenant, api: Client, place: Path, deliver: Callable[[], list[str]]
    ) -> None:
        with scope(tenant.pk):
            values = {"folder": "{document_type}/{year}", "file_name": "{number}.{ending}"}
            connection = connections.create("careless", name="Named", values=values)
        facts = {"number": "17", "document_type": "invoice", "date": "2026-03-15"}

        answer = send(api, connection, facts=json.dumps(facts))

        made = answer.json()
        assert answer.status_code == 202
        assert api.get(answer.headers["Location"]).json() == made
        assert (made["name"], made["folder"], made["media_type"]) == ("17.xml", "invoice/2026", "application/xml")
        assert (made["state"], made["verdict"], made["size"]) == ("waiting", "", len(CONTENT))
        assert {name: made["facts"][name] for name in facts} == facts
        assert deliver() == ["delivered"]
        assert (place / "invoice/2026/17.xml").read_bytes() == CONTENT

    def test_same_identity_is_the_first_delivery(
        self, tenant: Tenant, api: Client, connection: Connection, deliver: Callable[[], list[str]]
    ) -> None:
        first, second = (
            send(api, connection, identity="INV/1 æ"),
            send(api, connection, "other.xml", identity="INV/1 æ"),
        )
        states = deliver()
        third = send(api, connection, identity="INV/1 æ")

        assert [answer.status_code for answer in (first, second, third)] == [202, 200, 200]
        assert second.json() == first.json()
        assert second.headers["Location"] == first.headers["Location"]
        assert (third.json()["id"], third.json()["state"]) == (first.json()["id"], "delivered")
        assert (states, CarelessGateway.delivered) == (["delivered"], 1)
        assert first.json()["identity"] == "INV/1 æ"

    def test_same_identity_elsewhere_is_another_delivery(
        self, tenant: Tenant, api: Client, connection: Connection, other: Other
    ) -> None:
        with scope(tenant.pk):
            second = connections.create("careless", name="Second", values={})
        with scope(other.tenant.pk):
            deliveries.send(other.connection, CONTENT, name="a", identity=deliveries.identity_of(other.connection, "1"))

        answers = [send(api, way, identity="1") for way in (connection, second)]

        with scope(tenant.pk):
            ours = set(Outbound.objects.values_list("identity", flat=True))
        with scope(other.tenant.pk):
            theirs = set(Outbound.objects.values_list("identity", flat=True))
        assert [answer.status_code for answer in answers] == [202, 202]
        assert (len(ours), ours & theirs) == (2, set())

    def test_two_senders_of_one_identity_get_one_delivery(self, tenant: Tenant, connection: Connection) -> None:
        found: list[Delivery] = []

        def sent() -> None:
            try:
                with scope(tenant.pk):
                    found.append(deliveries.send(connection, CONTENT, name="a.xml", identity="one"))
            finally:
                database.close()

        second = threading.Thread(target=sent)
        with scope(tenant.pk):
            first = deliveries.send(connection, CONTENT, name="a.xml", identity="one")
            second.start()
            _wait_for_a_lock()
        second.join(20)

        assert found == [first]

    @pytest.mark.parametrize(
        ("parts", "fields"),
        [
            ({"connection": "4711"}, {"connection": ["There is no such connection."]}),
            ({"connection": "x"}, {"connection": ["A valid integer is required."]}),
            ({"file": "text"}, {"file": ["The submitted data was not a file. Check the encoding type on the form."]}),
            ({"file": SimpleUploadedFile("a.xml", b"")}, {"file": ["The submitted file is empty."]}),
            ({"identity": ""}, {"identity": ["This field may not be blank."]}),
            ({"identity": "x" * 121}, {"identity": ["Ensure this field has no more than 120 characters."]}),
            ({"identity": "a\nb"}, {"identity": ["Expected a text in one line."]}),
            ({"file": SimpleUploadedFile("a.xml", b"a", content_type="xml")},
             {"file": ["Expected a media type such as application/xml in its part."]}),
            ({"file": SimpleUploadedFile("a.xml", b"a", content_type=f"text/{'x' * 60}")},
             {"file": ["Expected a media type such as application/xml in its part."]}),
            ({"colour": "red"}, {"colour": ["There is no part “colour” here. There are: connection, file, facts, "
                                            "identity."]}),
            ({"facts": "{"}, {"facts": ["Expected a JSON object of texts."]}),
            ({"facts": "[" * 100_000}, {"facts": ["Expected a JSON object of texts."]}),
            ({"facts": '["number"]'}, {"facts": ["Expected a JSON object of texts."]}),
            ({"facts": '{"total": 12.5}'},
             {"facts.total": ["Expected a text in one line, of at most 200 characters."]}),
            ({"facts": '{"number": "1\\r\\nBcc: x"}'},
             {"facts.number": ["Expected a text in one line, of at most 200 characters."]}),
            ({"facts": '{"number": "\\u0000"}'},
             {"facts.number": ["Expected a text in one line, of at most 200 characters."]}),
            ({"facts": '{"identity": "1"}'}, {"facts.identity": ["Give it in the part “identity”."]}),
        ],
    )  # fmt: skip
    def test_what_cannot_be_sent_is_told_by_field(
        self, tenant: Tenant, api: Client, connection: Connection, parts: dict[str, Any], fields: dict[str, list[str]]
    ) -> None:
        file = SimpleUploadedFile("INV-1.xml", CONTENT)

        answer = api.post(LIST, {"connection": connection.pk, "file": file} | parts)

        assert (*told(answer), answer.json()["code"]) == (400, fields, "invalid")
        assert api.get(LIST).json()["results"] == []

    def test_fact_that_is_not_known_is_told_with_those_that_are(
        self, tenant: Tenant, api: Client, connection: Connection
    ) -> None:
        status, fields = told(send(api, connection, facts='{"invoice_no": "17"}'))

        assert (status, list(fields)) == (400, ["facts.invoice_no"])
        assert fields["facts.invoice_no"][0].startswith("There is no such fact. There are: name, stem, ending, docu")

    def test_missing_parts_are_told(self, tenant: Tenant, api: Client) -> None:
        answer = api.post(LIST, {})

        assert told(answer) == (400, {"connection": ["This field is required."], "file": ["No file was submitted."]})

    def test_json_is_no_file(self, tenant: Tenant, api: Client, connection: Connection) -> None:
        answer = api.post(LIST, {"connection": connection.pk}, content_type="application/json")

        assert (answer.status_code, answer.json()["message"]) == (
            415, "Expected multipart/form-data, with the file in the part “file”."
        )  # fmt: skip

    def test_connection_that_takes_no_files_is_refused(self, tenant: Tenant, api: Client) -> None:
        with scope(tenant.pk):
            books = Connection.objects.create(kind="dinero", name="Books")

        assert told(send(api, books)) == (400, {"connection": ["Books takes no files."]})

    def test_connection_of_another_tenant_is_refused(self, tenant: Tenant, api: Client, other: Other) -> None:
        assert told(send(api, other.connection)) == (400, {"connection": ["There is no such connection."]})

    def test_name_that_comes_out_empty_is_refused(self, tenant: Tenant, api: Client, place: Path) -> None:
        with scope(tenant.pk):
            connection = connections.create("careless", name="Empty", values={"file_name": "{order_number}"})

        sentence = "The file name asks for {order_number}, which is not known of this file."
        assert told(send(api, connection)) == (400, {"file": [sentence]})

    def test_large_file_is_taken_and_given_in_constant_memory(
        self, tenant: Tenant, api: Client, connection: Connection
    ) -> None:
        body = _Body(connection, 20 * MEGABYTE)
        sent_as = {"CONTENT_TYPE": "multipart/form-data; boundary=edge", "CONTENT_LENGTH": str(body.size)}
        send(api, connection)  # what is loaded once does not count
        tracemalloc.start()
        answer = api.generic("POST", LIST, **{**sent_as, "wsgi.input": body})
        taken = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        response: Any = api.get(f"{answer.headers['Location']}file/")
        given = sum(map(len, response.streaming_content))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        assert (answer.status_code, answer.json()["size"], given) == (202, 20 * MEGABYTE, 20 * MEGABYTE)
        assert max(taken, peak) < 6 * MEGABYTE


class TestReading:
    @pytest.fixture
    def sent(self, tenant: Tenant, connection: Connection, deliver: Callable[[], list[str]], api: Client) -> int:
        pk: int = send(api, connection, identity="one").json()["id"]
        assert deliver() == ["delivered"]
        return pk

    def test_delivery_brings_its_attempts_and_receipts_along(self, tenant: Tenant, api: Client, sent: int) -> None:
        found = api.get(f"{LIST}{sent}/?include=log,receipts").json()

        (attempt,), (receipt,) = found["log"], found["receipts"]
        assert (found["state"], attempt["outcome"]) == ("delivered", "delivered")
        assert (receipt["kind"], receipt["delivery"], receipt["is_refusal"]) == ("answer", sent, False)
        assert receipt["speaks_of"] == f"sha256:{found['digest']}"
        assert receipt["file_digest"] == found["digest"]
        assert receipt["text"] == attempt["text"]
        assert api.get(f"{RECEIPTS}?delivery={sent}").json()["results"] == [receipt]
        assert api.get(f"{RECEIPTS}?delivery={sent + 1}").json()["results"] == []
        assert {"log", "receipts"} & set(api.get(f"{LIST}{sent}/").json()) == set()

    @pytest.mark.parametrize("accept", ["*/*", "application/octet-stream", "text/html"])
    def test_bytes_are_downloaded_never_shown(self, tenant: Tenant, api: Client, sent: int, accept: str) -> None:
        with scope(tenant.pk):
            receipt = DeliveryReceipt.objects.get()
        wanted = {
            f"{LIST}{sent}/file/": ("INV-1.xml", CONTENT),
            f"{RECEIPTS}{receipt.pk}/file/": (f"answer-{receipt.pk}.txt", bytes(receipt.content)),
        }

        for address, (name, content) in wanted.items():
            answer: Any = api.get(address, headers={"Accept": accept})
            assert (answer.status_code, b"".join(answer.streaming_content)) == (200, content)
            assert answer.headers["Content-Type"] == "application/octet-stream"
            assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
            assert answer.headers["X-Content-Type-Options"] == "nosniff"

    def test_list_is_narrowed(self, tenant: Tenant, api: Client, connection: Connection, sent: int) -> None:
        waiting = send(api, connection, "INV-2.xml").json()
        with scope(tenant.pk):
            Delivery.objects.filter(outbound=sent).update(verdict="refused")
        soon, past = (f"{timezone.now() + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}" for hours in (2, -2))
        queries = {
            "": 2, f"connection={connection.pk}": 2, "connection=4711": 0, "state=waiting": 1, "state=failed": 0,
            "verdict=refused": 1, "verdict=accepted": 0, "identity=one": 1, f"identity={waiting['identity']}": 1,
            "identity=two": 0, "name=INV-": 2, "name=INV-2": 1, "name=NV-2": 0, "name=inv": 0,
            f"created_since={past}": 2, f"created_since={soon}": 0, "created_since=0001-01-01T00:00:00Z": 2,
            f"settled_since={past}": 1, f"settled_since={soon}": 0,
        }  # fmt: skip

        assert {query: len(api.get(f"{LIST}?{query}").json()["results"]) for query in queries} == queries

    def test_person_finds_what_a_program_calls_so(
        self, tenant: Tenant, api: Client, connection: Connection, as_role: Callable[[str], Client]
    ) -> None:
        sent, other = (send(api, connection, identity=name).json() for name in ("INV-17", "INV-18"))
        client = as_role("viewer")

        found = {
            term: [row.pk for row in client.get(SCREEN, {"q": term}).context["cl"].result_list]
            for term in ("INV-17", "INV-1", _hubs_own(tenant, other["id"]))
        }

        assert list(found.values()) == [[sent["id"]], [], [other["id"]]]
        assert "<dt>Its sender's id</dt><dd>INV-17</dd>" in client.get(f"{SCREEN}{sent['id']}/change/").content.decode()

    def test_delivery_made_out_of_order_is_found(self, tenant: Tenant, api: Client, connection: Connection) -> None:
        first, second, third = (send(api, connection).json()["id"] for _ in range(3))
        for pk, hour in ((first, 2), (second, 12), (third, 11)):
            turn(tenant, pk, "waiting", created_at=datetime(2026, 3, 15, hour, 30, tzinfo=UTC))

        found = api.get(f"{LIST}?created_since=2026-03-15T12:00:00Z").json()["results"]

        assert [row["id"] for row in found] == [second]

    @pytest.mark.parametrize(
        ("query", "name", "sentence"),
        [
            ("created_since=yesterday", "created_since", "Expected a time such as 2026-03-15T08:30:00Z."),
            ("verdict=maybe", "verdict", "Expected one of: awaited, accepted, refused."),
            ("include=records", "include", "There is no value “records” here. There are: log, receipts."),
        ],
    )
    def test_what_the_list_does_not_know_is_said(
        self, tenant: Tenant, api: Client, query: str, name: str, sentence: str
    ) -> None:
        assert told(api.get(f"{LIST}?{query}")) == (400, {name: [sentence]})

    def test_lists_take_the_same_queries_for_one_and_three(
        self, tenant: Tenant, api: Client, connection: Connection, deliver: Callable[[], list[str]], sent: int
    ) -> None:
        addresses = [LIST, f"{LIST}?include=log,receipts", RECEIPTS]

        one = queries_of(api, addresses)
        for name in ("INV-2.xml", "INV-3.xml"):
            send(api, connection, name)
            deliver()

        assert queries_of(api, addresses) == one
        assert [len(api.get(address).json()["results"]) for address in addresses] == [3, 3, 3]


class TestSettling:
    @pytest.fixture
    def sent(self, tenant: Tenant, api: Client, connection: Connection) -> int:
        pk: int = send(api, connection).json()["id"]
        return pk

    @pytest.mark.parametrize(
        ("path", "before", "after"),
        [
            ("look-up", "uncertain", "uncertain"),
            ("arrived", "uncertain", "delivered"),
            ("did-not-arrive", "uncertain", "waiting"),
            ("send-again", "failed", "waiting"),
            ("send-again", "cancelled", "waiting"),
            ("send-now", "held", "held"),
            ("cancel", "held", "cancelled"),
            ("cancel", "waiting", "cancelled"),
        ],
    )
    def test_delivery_is_settled(
        self, tenant: Tenant, api: Client, sent: int, path: str, before: str, after: str
    ) -> None:
        turn(tenant, sent, before)

        answer = api.post(f"{LIST}{sent}/{path}/", content_type="application/json")

        assert (answer.status_code, answer.json()["state"], answer.json()["id"]) == (202, after, sent)

    @pytest.mark.parametrize(
        ("path", "state", "reason"),
        [
            ("look-up", "delivered", "It is not uncertain whether it arrived: its state is delivered."),
            ("arrived", "failed", "It is not uncertain whether it arrived: its state is failed."),
            ("did-not-arrive", "waiting", "It is not uncertain whether it arrived: its state is waiting."),
            ("send-again", "delivered", "It arrived: what was taken never goes a second time."),
            ("send-again", "uncertain", "It may have arrived: say first whether it did."),
            ("send-now", "uncertain", "It has gone out, and may have arrived."),
            ("cancel", "sending", "It is being sent."),
        ],
    )
    def test_what_cannot_be_done_is_refused_with_the_reason(
        self, tenant: Tenant, api: Client, sent: int, path: str, state: str, reason: str
    ) -> None:
        turn(tenant, sent, state)

        answer = api.post(f"{LIST}{sent}/{path}/", content_type="application/json")

        assert (answer.status_code, answer.json()["message"]) == (409, reason)
        assert api.get(f"{LIST}{sent}/").json()["state"] == state


class TestWhoMay:
    @pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("clerk", 403), ("manager", 202)])
    def test_managers_send_and_everyone_looks(
        self, connection: Connection, as_role: Callable[[str], Client], role: str, status: int
    ) -> None:
        client = as_role(role)

        assert client.get(LIST).status_code == 200
        assert send(client, connection).status_code == status
        assert len(client.get(LIST).json()["results"]) == (status == 202)

    def test_delivery_of_another_tenant_is_nowhere(self, tenant: Tenant, api: Client, other: Other) -> None:
        pk = other.delivery.outbound_id
        with scope(other.tenant.pk):
            receipt = other.delivery.receipts.get()
        actions = ("look-up", "arrived", "did-not-arrive", "send-again", "send-now", "cancel")

        answers = [
            *(api.get(address) for address in (f"{LIST}{pk}/", f"{LIST}{pk}/file/", f"{RECEIPTS}{receipt.pk}/",
                                               f"{RECEIPTS}{receipt.pk}/file/")),
            *(api.post(f"{LIST}{pk}/{action}/", content_type="application/json") for action in actions),
        ]  # fmt: skip

        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "not_found")] * 10
        queries = ("", f"?connection={other.connection.pk}", f"?identity={other.delivery.outbound.identity}",
                   "?name=hidden")  # fmt: skip
        assert [api.get(f"{LIST}{query}").json()["results"] for query in queries] == [[]] * 4
        assert api.get(f"{RECEIPTS}?delivery={pk}").json()["results"] == []


class _Body(io.RawIOBase):
    """A form with a file of so many bytes, made while it is read."""

    def __init__(self, connection: Connection, size: int) -> None:
        part = "--edge\r\nContent-Disposition: form-data; name="
        self._pieces = [
            f'{part}"connection"\r\n\r\n{connection.pk}\r\n{part}"file"; filename="large.bin"\r\n\r\n'.encode(),
            *[b"x" * (64 << 10)] * (size >> 16),
            b"\r\n--edge--\r\n",
        ]
        self.size = sum(map(len, self._pieces))

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """At most a piece at a time."""
        if not self._pieces:
            return b""
        piece = self._pieces.pop(0)
        if 0 <= size < len(piece):
            self._pieces.insert(0, piece[size:])
        return piece[:size] if size >= 0 else piece


def _wait_for_a_lock() -> None:
    """Until another process of the database waits for what is done here."""
    until = time.monotonic() + 20
    with database.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute("select count(*) from pg_locks where not granted")
            if cursor.fetchone()[0]:
                return
            time.sleep(0.02)
    raise AssertionError("Nobody waited.")
