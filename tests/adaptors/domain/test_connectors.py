"""What each connector brings, as documents: a usual one is right, and what nobody can tell is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from adaptors.domain.customers import rules
from adaptors.domain.documents.composing import compose
from adaptors.domain.transactions import exporting
from adaptors.domain.transactions.selection import due
from adaptors.models import Activation
from arhub.models import Account, Document, DocumentLine, Run, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections, pulls
from connectors.erp.sage_network.entities import ENTITIES
from connectors.erp.sage_network.reading import record_of
from connectors.models import Connection
from connectors.simulators import registry
from connectors.simulators.server import RunningSimulator
from tests.adaptors.conftest import account_of, rules_of
from tests.connectors.conftest import loopback_is_allowed, work
from tests.connectors.faults.world import ACCESS

__all__ = ["loopback_is_allowed", "work"]

Work = Callable[[Run], Run]
PAY = {"supplier_bank_branch": "0040", "supplier_bank_account": "0440116243"}
ADDRESS = {
    "customer_address_line1": "Industrivej 7", "customer_city": "Aarhus C", "customer_postal_code": "8000",
    "customer_country": "DK", "customer_endpoint_scheme": "0184", "customer_endpoint_id": "25313763",
    "customer_vat_number": "DK25313763", "customer_registration_number": "25313763", "customer_contact_email": "",
    "customer_buyer_reference": "7",
}  # fmt: skip


@pytest.fixture
def simulated(request: pytest.FixtureRequest) -> Iterator[RunningSimulator]:
    with RunningSimulator(registry.make(request.param)) as running:
        yield running


def pulled(tenant: Tenant, gateway: Connection, work: Work, connection: Connection) -> Activation:
    """An activation that takes what a connection has brought."""
    with scope(tenant.pk):
        run = pulls.start(connection, full=True)
    assert work(run).state == Run.State.SUCCEEDED
    with scope(tenant.pk):
        source = Source.objects.get(kind=Source.Kind.CONNECTION, pk=connection.source_id)
        found = Activation.objects.create(
            adaptor="file_invoices", name="Export", source=source, destination=gateway, format="bis3", is_on=True,
            dated_from=date(2000, 1, 1), document_types=["invoice", "credit_memo", "debit_memo"],
            supplier=PAY, customer=ADDRESS, general={"no_vat_category": "Z"},
        )  # fmt: skip
        rules.follow(found)
        rules.activate(found, rules_of(found), format="bis3", destination=gateway, takes_existing=True)
    return found


def outcome(activation: Activation) -> dict[str, list[str]]:
    """Number → why it is held; nothing for what went out."""
    with scope(activation.tenant_id):
        rows = exporting.export(activation, list(due(activation).values_list("pk", flat=True)))
        return {row.number: [one["text"] for one in row.problems if one["holds"]] for row in rows}


@pytest.mark.django_db(transaction=True, databases=["default", "side"])
@pytest.mark.parametrize("simulated", ["dinero"], indirect=True)
def test_what_dinero_brings(tenant: Tenant, gateway: Connection, work: Work, simulated: RunningSimulator) -> None:
    simulated.simulator.configure({"requests_per_minute": 0})
    values = {
        "api_url": simulated.url, "sign_in_url": simulated.url, "client_id": "client-1",
        "client_secret": "client-secret", "api_key": "api-key-1", "organization": "", "payments": False,
        "requests_per_minute": 6000,
    }  # fmt: skip
    with scope(tenant.pk):
        connection = connections.create("dinero", name="Dinero", values=values)
    found = outcome(pulled(tenant, gateway, work, connection))
    assert len(found) == 23
    assert {number: why for number, why in found.items() if why} == {
        "22": ["VAT of 25 % (S) on 500.00 is 125.00, the document says 124.99: 0.01 differ."]
    }


@pytest.mark.django_db(transaction=True, databases=["default", "side"])
@pytest.mark.parametrize("simulated", ["intacct"], indirect=True)
def test_what_intacct_brings(tenant: Tenant, gateway: Connection, work: Work, simulated: RunningSimulator) -> None:
    simulated.simulator.configure({"seed_invoices": 40})
    address = f"{simulated.url}{simulated.simulator.path}"
    with scope(tenant.pk):
        connection = connections.create("intacct", name="Books", values={**ACCESS, "address": address})
    found = outcome(pulled(tenant, gateway, work, connection))
    assert Counter(map(tuple, found.values())) == {(): 40}


def test_what_intacct_says_nothing_of_is_asked(tenant: Tenant, source: Source, activation: Activation) -> None:
    """Its entries have an amount alone: what no VAT means, and what a nameless one is, somebody has to say."""
    with scope(tenant.pk):
        document = _taken(
            activation, source, {"erp_key": "7", "number": "7", "total_amount": Decimal(80), "currency": "DKK"},
            [{"erp_key": "8", "line_number": "1", "net_amount": Decimal(80), "description": None}],
        )  # fmt: skip
        [made] = compose(activation, [document.pk])
        assert [one.text for one in made.problems][:1] == ["It has neither a description nor a product code."]
        DocumentLine.objects.filter(document=document).update(description="Freight")
        [made] = compose(activation, [document.pk])
    assert [(one.field, one.line) for one in made.problems] == [("no_vat_category", "1"), ("lines", "")]


def _taken(activation: Activation, source: Source, document: dict[str, Any], lines: list[dict[str, Any]]) -> Document:
    account: Account = account_of(source)
    rules.follow(activation)
    facts = {"document_type": "invoice", "invoice_date": date(2026, 3, 15), **document}
    made = Document.objects.create(ledger=account.ledger, account=account, **facts)
    DocumentLine.objects.bulk_create(DocumentLine(ledger=account.ledger, document=made, **line) for line in lines)
    return made


SAGE_INVOICE = {
    "erpKey": "INV-1", "referenceCode": "INV-1", "invoiceTypeCode": "AR Invoice", "invoiceDate": "2026-03-15T00:00:00Z",
    "paymentDueDate": "2026-04-14T00:00:00Z", "currencyCode": "DKK", "currencyRate": 1.0, "totalAmount": 1250.0,
    "salesTaxAmount": 250.0, "netAmount": 1000.0, "discountAmount": 0.0, "shippingAmount": 0.0,
    "purchaseOrderCode": "PO-1", "isVoided": False, "inDispute": False,
}  # fmt: skip
SAGE_LINE = {
    "erpKey": "INV-1:1", "lineNumber": "1", "productCode": "P-100", "description": "Pump", "unitMeasureCode": "EACH",
    "unitPrice": 500.0, "quantity": 2.0, "totalAmount": 1000.0, "netAmount": 1000.0, "salesTaxAmount": 250.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"taxRate": 25.0}, []),
        ({"taxRate": 25.0, "totalAmount": 1250.0}, []),
        ({}, ["There is VAT of 250.00 and no rate."]),
    ],
)
def test_what_sage_network_brings(
    tenant: Tenant, source: Source, activation: Activation, line: dict[str, Any], said: list[str]
) -> None:
    header = record_of(ENTITIES["invoice"], SAGE_INVOICE, {}, {})
    header["number"], header["document_type"] = header.pop("invoice_number"), "invoice"
    row = record_of(ENTITIES["invoice_line"], {**SAGE_LINE, **line}, {}, {})
    with scope(tenant.pk):
        [made] = compose(activation, [_taken(activation, source, header, [row]).pk])
    assert [one.text for one in made.problems if one.field != "lines"] == said
    assert (made.outgoing is None) == bool(said)
    if made.outgoing is not None:
        assert (made.outgoing.totals.gross, made.outgoing.lines[0].unit) == (Decimal(1250), "EA")
