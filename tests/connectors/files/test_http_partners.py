"""Files from one company to another by HTTP, in each shape of the body."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from arhub.domain.tenants import create_tenant
from arhub.models import Account, Outbound, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections, deliveries, receivers
from connectors.models import Connection, DeliveryReceipt, Inbox, InboxFile
from ingestion import tasks as loads

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

CSV = b"Customer Number,Customer Name\nC-1,Kunde \xc3\xa9t\n"
XML = (
    b"<?xml version='1.0'?>\n<Customers>"
    b"<Customer><CustomerNumber>C-1</CustomerNumber><CustomerName>Kunde \xc3\xa9t</CustomerName></Customer>"
    b"<Customer><CustomerNumber>C-2</CustomerNumber><CustomerName>Anden</CustomerName></Customer></Customers>\n"
)
State = Outbound.State


@pytest.fixture
def partner(transactional_db: None) -> Tenant:
    return create_tenant("partner", name="Partner", currency="DKK")


@pytest.fixture
def address(partner: Tenant, live_server: Any) -> Callable[..., str]:
    """Where the partner takes files in, as its settings say."""

    def made(**values: Any) -> str:
        with scope(partner.pk):
            given = {"url": "https://partner.example.com/", **values}
            here = connections.create("http", name="From the other", values=given)
            source = Source.objects.get(kind=Source.Kind.UPLOAD)
            Inbox.objects.create(name="Customers", connection=here, source=source, record_type="account")
            return str(live_server.url) + receivers.new_address(here)

    return made


def connected(tenant: Tenant, url: str, **values: Any) -> Connection:
    with scope(tenant.pk):
        return connections.create("http", name="To the partner", values={"url": url, **values})


def send(tenant: Tenant, connection: Connection, content: bytes, name: str) -> None:
    with scope(tenant.pk):
        deliveries.send(connection, content, name=name, media_type="text/csv")


def taken(partner: Tenant) -> list[tuple[str, str, str]]:
    while loads.answer() != "nothing due":
        pass
    with scope(partner.pk):
        names = InboxFile.objects.order_by("id").values_list("name", "state")
        return [(*one, ",".join(Account.objects.order_by("id").values_list("name", flat=True))) for one in names]


@pytest.mark.parametrize(
    ("body", "content", "name", "came"),
    [
        ("raw", CSV, "Æbler.csv", ("Æbler.csv", "taken", "Kunde ét")),
        ("form", CSV, "Æbler.csv", ("Æbler.csv", "taken", "Kunde ét")),
        ("soap12", XML, "customers.xml", (None, "taken", "Kunde ét,Anden")),
    ],
)
def test_file_becomes_a_load_of_the_partner_and_the_answer_is_kept(
    tenant: Tenant, partner: Tenant, address: Callable[..., str], deliver: Callable[[], list[str]],
    body: str, content: bytes, name: str, came: tuple[Any, ...],
) -> None:  # fmt: skip
    url = address(unwrap=body == "soap12", receiver_user="acme", receiver_password="s3cret")
    connection = connected(tenant, url, body=body, sign_in="basic", user="acme", password="s3cret")
    send(tenant, connection, content, name)

    assert deliver() == [State.DELIVERED]

    [(found, *rest)] = taken(partner)
    assert (found if came[0] else None, *rest) == came
    with scope(tenant.pk):
        receipt = DeliveryReceipt.objects.get()
    assert (receipt.kind, receipt.is_refusal, b"sha256" in bytes(receipt.content)) == ("answer", False, True)


def test_wrong_password_brings_nothing_in(
    tenant: Tenant, partner: Tenant, address: Callable[..., str], deliver: Callable[[], list[str]]
) -> None:
    url = address(receiver_user="acme", receiver_password="s3cret")
    send(tenant, connected(tenant, url, sign_in="basic", user="acme", password="wrong"), CSV, "a.csv")

    states = deliver()

    assert State.DELIVERED not in states
    assert taken(partner) == []


def test_form_with_several_files_and_its_repeat_are_taken_once(partner: Tenant, address: Callable[..., str]) -> None:
    """Long enough for the server to keep it on disk, so that all its files are read out of one."""
    rows = b"".join(b"N-%d,Name %d\n" % (number, number) for number in range(80_000))
    files = [("files", ("one.csv", CSV)), ("files", ("two.csv", CSV.splitlines(keepends=True)[0] + rows))]
    url, headers = address(), {"Idempotency-Key": "message-1"}

    answers = [requests.post(url, files=files, headers=headers, timeout=60) for _ in range(2)]

    assert [(one.status_code, one.json()["status"]) for one in answers] == [(202, "taken"), (200, "known")]
    assert [one["size"] for one in answers[0].json()["files"]] == [len(CSV), len(files[1][1][1])]
    assert [one[:2] for one in taken(partner)] == [("one.csv", "taken"), ("two.csv", "taken")]
    with scope(partner.pk):
        assert Account.objects.count() == 80_001


def test_what_cannot_be_read_is_refused_with_its_reason(partner: Tenant, address: Callable[..., str]) -> None:
    answer = requests.post(address(unwrap=True), data=XML, headers={"Content-Type": "text/xml"}, timeout=60)

    assert (answer.status_code, answer.json()["message"]) == (400, "Expected a SOAP envelope, found <Customers>.")
    assert taken(partner) == []


@pytest.mark.parametrize("headers", [{"Idempotency-Key": "one"}, {}])
def test_file_that_is_brought_several_times_at_once_is_taken_once(
    partner: Tenant, address: Callable[..., str], headers: dict[str, str]
) -> None:
    url = address()

    def bring(_: int) -> int:
        return requests.post(url, CSV, headers={**headers, "X-File-Name": "a.csv"}, timeout=60).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = set(pool.map(bring, range(16)))

    assert statuses <= {200, 202}
    assert taken(partner) == [("a.csv", "taken", "Kunde ét")]


@pytest.mark.parametrize(
    ("name", "kept"),
    [("../../etc/passwd", "passwd"), ("()", "()"), ("a\u2028b.csv", "a\u2028b.csv"), ("x" * 3_000, "x" * 200)],
)
def test_odd_name_of_a_file_leads_nowhere(partner: Tenant, address: Callable[..., str], name: str, kept: str) -> None:
    answer = requests.post(address(), CSV, params={"name": name}, timeout=60)

    assert answer.status_code == 202
    assert [one[:2] for one in taken(partner)] == [(kept, "taken")]
