"""What Dinero's books hold is what stands in the hub after a pull, and after the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from django.db.models import Sum

from arhub.models import Application, Document, Payment, Run, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections, pulls
from connectors.models import Connection
from connectors.simulators.dinero.organization import Organization
from connectors.simulators.dinero.simulator import DineroSimulator
from connectors.simulators.server import RunningSimulator
from ingestion.models import Count, Ingestion, InvalidRow

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

Work = Callable[[Run], Run]


@pytest.fixture
def running() -> Iterator[RunningSimulator]:
    with RunningSimulator(DineroSimulator()) as running:
        running.simulator.configure({"requests_per_minute": 0})
        yield running


@pytest.fixture
def books(running: RunningSimulator) -> Organization:
    assert isinstance(running.simulator, DineroSimulator)
    return running.simulator.organizations[123456]


@pytest.fixture
def connection(tenant: Tenant, running: RunningSimulator) -> Connection:
    values = {
        "api_url": running.url, "sign_in_url": running.url, "client_id": "client-1", "client_secret": "client-secret",
        "api_key": "api-key-1", "organization": "", "payments": True, "requests_per_minute": 6000,
    }  # fmt: skip
    with scope(tenant.pk):
        return connections.create("dinero", name="Dinero", values=values)


def start(connection: Connection, *, full: bool = False) -> Run:
    with scope(connection.tenant_id):
        return pulls.start(connection, full=full)


def open_amounts(tenant: Tenant) -> dict[str, Decimal]:
    with scope(tenant.pk):
        rows = Document.objects.filter(document_type="invoice", is_draft=False, missing_at=None)
        return dict(rows.values_list("currency").annotate(Sum("balance_due")))


def open_in(books: Organization) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for one in books.sales:
        if one.kind == "Invoice" and one.number is not None:
            found[one.currency] = found.get(one.currency, Decimal(0)) + one.remaining
    return found


def test_pull_brings_all_of_the_books(connection: Connection, tenant: Tenant, books: Organization, work: Work) -> None:
    run = work(start(connection))

    with scope(tenant.pk):
        invalid = [(row.type, row.message) for row in InvalidRow.objects.all()]
        assert invalid == []
        assert run.state == Run.State.SUCCEEDED
        assert Document.objects.count() == 25
        assert Document.objects.filter(is_draft=True).count() == 2
        assert not Document.objects.filter(number__startswith="9223").exists()
        assert Payment.objects.count() == sum(not one.related for v in books.sales for one in v.payments)
        assert Application.objects.count() == sum(len(v.payments) for v in books.sales)
    assert open_amounts(tenant) == open_in(books)


def test_next_pull_changes_nothing_but_what_changed(
    connection: Connection, tenant: Tenant, books: Organization, work: Work
) -> None:
    work(start(connection))
    unpaid = next(one for one in books.sales if one.number and one.remaining > 10)
    books.pay(unpaid.guid, {"Timestamp": unpaid.timestamp, "Amount": 10})

    work(start(connection))

    assert open_amounts(tenant) == open_in(books)
    with scope(tenant.pk):
        counts = Count.objects.filter(ingestion=Ingestion.objects.order_by("-pk")[0])
        assert {(one.type, one.inserted, one.updated) for one in counts if one.inserted or one.updated} == {
            ("PAYMENT", 1, 0), ("PAYMENT_APPLIED", 1, 0), ("INVOICE", 0, 1),
        }  # fmt: skip


def test_full_pull_after_a_full_pull_changes_nothing(
    connection: Connection, tenant: Tenant, books: Organization, work: Work
) -> None:
    work(start(connection, full=True))
    draft = next(one for one in books.sales if one.number is None)
    books.remove("Invoice", draft.guid, {"Timestamp": draft.timestamp})

    work(start(connection, full=True))

    with scope(tenant.pk):
        counts = Count.objects.filter(ingestion=Ingestion.objects.order_by("-pk")[0])
        assert [(one.type, one.inserted, one.updated) for one in counts if one.inserted or one.updated] == []
        assert [one.erp_key for one in Document.objects.exclude(missing_at=None)] == [draft.guid]
