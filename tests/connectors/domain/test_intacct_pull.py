"""The books of Sage Intacct come into the hub whole, and amount to the same there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

import pytest
from django.db.models import Sum

from arhub.models import Account, Application, Contact, Document, DocumentLine, Payment, Run, Tenant
from arhub.tenancy.scope import scope
from connectors.base import ErpConnector, Subject
from connectors.domain import connections, pulls
from connectors.domain.setup import connector_of
from connectors.models import Connection
from connectors.simulators import registry
from connectors.simulators.server import RunningSimulator
from ingestion.models import Count
from tests.connectors.erp.intacct import records
from tests.connectors.faults.world import ACCESS

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

Work = Callable[[Run], Run]


@pytest.fixture
def simulator() -> Iterator[RunningSimulator]:
    with RunningSimulator(registry.make("intacct")) as running:
        yield running


@pytest.fixture
def books(tenant: Tenant, simulator: RunningSimulator) -> Connection:
    """A connection to books with 40 invoices of two customers, and one customer with a bit of everything."""
    simulator.simulator.configure({"seed_invoices": 40})
    address = f"{simulator.url}{simulator.simulator.path}"
    with scope(tenant.pk):
        connection = connections.create("intacct", name="Books", values={**ACCESS, "address": address})
        connector = connector_of(connection)
    assert isinstance(connector, ErpConnector)
    keys: dict[tuple[str, str], Mapping[str, str]] = {}
    for subject in (records.account((records.ANNA, records.BO)), records.invoice(), records.credit_memo()):
        keys |= _sent(connector, subject)
    _sent(connector, records.payment(("10482", "400"), keys=keys, amount=Decimal(400)))
    _sent(connector, records.payment(erp_key="A-1", payment_id="A-1"))
    return connection


def _sent(connector: ErpConnector, subject: Subject) -> Mapping[tuple[str, str], Mapping[str, str]]:
    return connector.push(connector.compose(f"hub/{subject.key[1]}", [subject])).keys


def pull(connection: Connection, work: Work, *, full: bool = False) -> list[tuple[str, int, int, int, int]]:
    with scope(connection.tenant_id):
        run = pulls.start(connection, full=full)
    run = work(run)
    assert run.state == Run.State.SUCCEEDED, run.counts
    with scope(connection.tenant_id):
        load = pulls.PulledPage.objects.filter(run=run.pk).values_list("ingestion", flat=True).first()
        rows = Count.objects.filter(ingestion=load).order_by("type")
        return [(row.type, row.inserted, row.updated, row.unchanged, row.invalid) for row in rows]


def test_books_come_in_whole(books: Connection, simulator: RunningSimulator, tenant: Tenant, work: Work) -> None:
    counts = pull(books, work)
    lines = sum(simulator.simulator.state()[name] for name in ("ARINVOICEITEM", "ARADJUSTMENTITEM"))

    assert [(name, inserted, invalid) for name, inserted, _, _, invalid in counts] == [
        ("ACCOUNT", 3, 0), ("ADJUSTMENT", 1, 0), ("CONTACT", 2, 0), ("INVOICE", 41, 0), ("INVOICE_LINE", lines, 0),
        ("PAYMENT", 2, 0), ("PAYMENT_APPLIED", 1, 0),
    ]  # fmt: skip
    with scope(tenant.pk):
        assert Account.objects.count() == 3
        assert Contact.objects.count() == 2
        assert Document.objects.filter(document_type="invoice").count() == 41
        memo = Document.objects.get(document_type="credit_memo")
        assert (memo.number, memo.total_amount, memo.outstanding_amount) == ("90017", Decimal(125), Decimal(125))
        invoice = Document.objects.get(number="10482")
        assert (invoice.total_amount, invoice.outstanding_amount) == (Decimal(1250), Decimal(850))
        assert DocumentLine.objects.filter(document=invoice).aggregate(Sum("net_amount")) == {
            "net_amount__sum": Decimal(1250)
        }
        assert [(row.number, row.open_amount) for row in Payment.objects.order_by("number")] == [
            ("A-1", Decimal(700)), ("P-2001", Decimal(0)),
        ]  # fmt: skip
        assert Application.objects.count() == 1


def test_full_pull_after_it_finds_nothing_new(books: Connection, work: Work) -> None:
    pull(books, work)

    counts = pull(books, work, full=True)

    assert [row for row in counts if row[1] or row[2] or row[4]] == []
