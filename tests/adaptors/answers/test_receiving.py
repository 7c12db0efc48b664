"""Answers that partners bring by themselves, where no inbox takes files."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from adaptors.models import Activation, Answer, Transaction
from arhub.domain.tenants import create_tenant
from arhub.models import Source, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections, deliveries, receivers
from connectors.models import Connection, Inbox, InboxFile
from tests.adaptors.answers.samples import INVOICE_RESPONSE, response, said_of
from tests.adaptors.conftest import account_of, document_of
from tests.adaptors.world import transaction

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

CSV = b"Customer Number,Customer Name\nC-1,Kunde\n"
BROKEN = response(INVOICE_RESPONSE, said_of("Maybe"))


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    return create_tenant("acme", name="Acme", currency="DKK")


@pytest.fixture
def here(tenant: Tenant) -> Connection:
    with scope(tenant.pk):
        values = {"url": "https://partner.example.com/", "receiver_user": "acme", "receiver_password": "s3cret"}
        return connections.create("http", name="From the partner", values=values)


def post(server: Any, here: Connection, content: bytes) -> int:
    with scope(here.tenant_id):
        url = str(server.url) + receivers.new_address(here)
    return requests.post(url, data=content, auth=("acme", "s3cret"), timeout=30).status_code


def test_answer_is_taken_without_an_inbox(tenant: Tenant, here: Connection, live_server: Any) -> None:
    content = response(INVOICE_RESPONSE, said_of("RE"))

    statuses = [post(live_server, here, content) for _ in range(2)]

    with scope(tenant.pk):
        answer = Answer.objects.get()
    assert (statuses, answer.file_id, answer.verdict) == ([202, 202], None, "rejected")
    assert bytes(answer.content) == content


def test_answer_without_an_inbox_is_matched_with_what_went_out(
    tenant: Tenant, here: Connection, live_server: Any
) -> None:
    with scope(tenant.pk):
        source = Source.objects.get(kind=Source.Kind.UPLOAD)
        activation = Activation.objects.create(adaptor="file_invoices", name="Export", source=source, format="bis3")
        delivery = deliveries.send(here, b"<Invoice/>", name="10482.xml")
        row = transaction(activation, document_of(account_of(source)), delivery=delivery, state="sending")

    post(live_server, here, response(INVOICE_RESPONSE, said_of("AP")))

    with scope(tenant.pk):
        assert Transaction.objects.get(pk=row.pk).state == Transaction.State.ACKNOWLEDGED


@pytest.mark.parametrize("content", [CSV, BROKEN])
def test_anything_else_is_not_taken_without_one(
    tenant: Tenant, here: Connection, live_server: Any, content: bytes
) -> None:
    status = post(live_server, here, content)

    with scope(tenant.pk):
        assert (status, Answer.objects.count(), InboxFile.objects.count()) == (503, 0, 0)


def test_answer_comes_through_an_inbox_where_there_is_one(tenant: Tenant, here: Connection, live_server: Any) -> None:
    with scope(tenant.pk):
        source = Source.objects.get(kind=Source.Kind.UPLOAD)
        Inbox.objects.create(name="Post", connection=here, source=source, record_type="account")

    statuses = [post(live_server, here, one) for one in (response(INVOICE_RESPONSE, said_of("RE")), BROKEN)]

    with scope(tenant.pk):
        answer, files = Answer.objects.get(), list(InboxFile.objects.order_by("id"))
    assert (statuses, [one.state for one in files]) == ([202, 202], ["answer", "aside"])
    assert answer.file_id == files[0].pk
    assert files[1].text.endswith("as the ResponseCode of DocumentResponse 1, found Maybe.")
