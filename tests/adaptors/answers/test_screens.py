"""The list of answers, the page of one, and matching by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from adaptors.models import Answer, Transaction
from arhub.domain.tenants import add_member, create_tenant
from arhub.models import Role, Tenant
from arhub.tenancy.scope import scope
from tests.adaptors.answers.conftest import Come, Send, stored
from tests.adaptors.answers.samples import INVOICE_RESPONSE, reason, response, said_of

BACKEND = "django.contrib.auth.backends.ModelBackend"
LIST = "/adaptors/answer/"
SENT = {"_form_submitted": "on"}
SignedIn = Callable[[Role], Client]


@pytest.fixture
def signed_in(tenant: Tenant, account: object) -> SignedIn:
    def made(role: Role, of: Tenant = tenant) -> Client:
        client = Client()
        client.force_login(add_member(f"{role}@{of.slug}.example.com", of, role), backend=BACKEND)
        return client

    return made


def unknown(tenant: Tenant, come: Come, number: str = "99") -> Answer:
    why = reason("REF", f"Never heard of {number} <script>")
    come(response(INVOICE_RESPONSE, said_of("RE", number, inside=why.replace("<script>", "&lt;script&gt;"))))
    with scope(tenant.pk):
        return Answer.objects.order_by("-id")[0]


def test_list_shows_what_matched_nothing_first_and_the_rest_when_asked(
    tenant: Tenant, signed_in: SignedIn, send: Send, come: Come
) -> None:
    send()
    come(response(INVOICE_RESPONSE, said_of("AP")))
    unknown(tenant, come)
    client = signed_in(Role.CLERK)

    shown = {show: client.get(f"{LIST}{show}").content.decode() for show in ("", "?show=all", "?kind=mlr")}

    assert ["10482 to Customer 10042" in text for text in shown.values()] == [False, True, False]
    assert ["Never heard of 99" in text for text in shown.values()] == [True, True, False]
    assert "<script>" not in shown[""].partition("Never heard of")[2][:40]


def test_list_asks_the_database_as_often_for_three_as_for_one(
    tenant: Tenant, signed_in: SignedIn, send: Send, come: Come
) -> None:
    client, counts = signed_in(Role.CLERK), []
    for number in ("1", "2", "3"):
        send(number)
        come(response(INVOICE_RESPONSE, said_of("AP", number)))
        client.get(f"{LIST}?show=all")
        with CaptureQueriesContext(database) as queries:
            assert client.get(f"{LIST}?show=all").status_code == 200
        counts.append(len(queries))
        assert not any('"adaptors_answer"."content"' in one["sql"] for one in queries)

    assert counts[0] == counts[2]


def test_page_shows_reasons_references_and_the_file(tenant: Tenant, signed_in: SignedIn, come: Come) -> None:
    answer = unknown(tenant, come)
    client = signed_in(Role.CLERK)

    text = client.get(f"{LIST}{answer.pk}/change/").content.decode()
    file = client.get(f"{LIST}{answer.pk}/file/")

    for wanted in (
        "Peppol invoice response", "Rejected", "REF", "Never heard of 99 &lt;script&gt;", "Nordic Pumps A/S",
        "It speaks of nothing that is known", "&lt;cbc:ResponseCode&gt;RE&lt;/cbc:ResponseCode&gt;",
    ):  # fmt: skip
        assert wanted in text
    assert file.content == bytes(answer.content)
    assert file["Content-Disposition"] == f'attachment; filename="invoice_response-{answer.pk}.txt"'


def test_clerk_matches_by_hand(tenant: Tenant, signed_in: SignedIn, send: Send, come: Come) -> None:
    row, answer = send(), unknown(tenant, come)
    client, address = signed_in(Role.CLERK), f"{LIST}{answer.pk}/match/"

    dialog = client.get(address).content.decode()
    wrong = client.post(address, {**SENT, "transaction": "4711"}).content.decode()
    client.post(address, {**SENT, "transaction": "10482"})

    assert "Say which document this answer speaks of" in dialog
    assert "Expected the number of a document that went out" in wrong
    with scope(tenant.pk):
        found = Answer.objects.select_related("matched_by").get()
        assert (found.transaction_id, stored(row).state) == (row.pk, Transaction.State.REJECTED)
        assert found.matched_by is not None
    assert "Match with a transaction" not in client.get(f"{LIST}{answer.pk}/change/").content.decode()


def test_viewer_and_other_companies_match_nothing(tenant: Tenant, signed_in: SignedIn, send: Send, come: Come) -> None:
    _row, answer = send(), unknown(tenant, come)
    other = create_tenant("other", name="Other", currency="DKK")
    clients = [signed_in(Role.VIEWER), signed_in(Role.MANAGER, other)]  # type: ignore[call-arg]

    for client in clients:
        client.post(f"{LIST}{answer.pk}/match/", {**SENT, "transaction": "10482"})
    hidden = [clients[1].get(f"{LIST}{answer.pk}/{page}/").status_code for page in ("change", "file")]

    with scope(tenant.pk):
        assert Answer.objects.get().transaction is None
    assert hidden == [404, 404]
    assert "Never heard of" not in clients[1].get(f"{LIST}?show=all").content.decode()
