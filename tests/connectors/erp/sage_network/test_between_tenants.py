"""Through the hub itself: what one tenant has goes to another, and what that one has comes in, each once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from arhub.domain.tenants import create_tenant
from arhub.models import (
    Account,
    Application,
    Contact,
    Document,
    DocumentLine,
    Ledger,
    Outbound,
    Payment,
    Run,
    Tenant,
)
from arhub.network import http
from arhub.tenancy.scope import scope
from connectors.domain import connections, pulls, pushes, write_backs
from connectors.erp.sage_network.connector import SageNetworkConnector
from connectors.models import Connection, Push
from connectors.simulators.server import RunningSimulator
from ingestion.models import Count, Ingestion
from tests.connectors.erp.sage_network.conftest import OWN, connector_for, key_of, pull, send, send_all

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

Deliver = Callable[[], list[str]]
Work = Callable[[Run], Run]


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    return create_tenant("acme", name="Acme A/S", currency="DKK")


@pytest.fixture
def connection(tenant: Tenant, inside: RunningSimulator, key: str) -> Connection:
    """From one tenant to the other."""
    with scope(tenant.pk):
        return connections.create("sage_network", name="There", values={
            "address": inside.url, "api_key": key, "own_company": "OWN",
        })  # fmt: skip


def _push_all(connection: Connection) -> list[str]:
    with scope(connection.tenant_id):
        memos = Document.objects.filter(document_type="credit_memo")
        records = {
            "account": Account.objects.all(), "invoice": Document.objects.exclude(pk__in=memos), "adjustment": memos,
            "payment": Payment.objects.all(),
        }  # fmt: skip
        return [str(pushes.push(connection, name, [row.pk for row in rows])) for name, rows in records.items()]


def _values(tenant: Tenant) -> dict[str, list[dict[str, Any]]]:
    """What both tenants should know of the records. The API tells an amount that is empty as 0."""
    models = (Account, Contact, Document, DocumentLine, Payment, Application)
    with scope(tenant.pk):
        rows = {model.__name__: list(model.objects.order_by("erp_key").values()) for model in models}
    return {
        name: [{key: row[key] or None for key in SAME & row.keys()} for row in found] for name, found in rows.items()
    }


SAME = frozenset({
    "erp_key", "name", "kind", "email", "currency", "city", "country", "number", "document_type", "invoice_date",
    "due_date", "total_amount", "net_amount", "tax_amount", "outstanding_amount", "status", "bill_to_address_line1",
    "line_number", "description", "quantity", "unit_price", "amount", "open_amount", "payment_date", "reference",
    "applied_date", "entry_number", "role_code", "title",
})  # fmt: skip


def test_records_are_pushed_once_and_their_ids_written_back(
    connection: Connection, tenant: Tenant, there: Tenant, inside: RunningSimulator, deliver: Deliver
) -> None:
    send_all(connector_for(inside.url, key_of(tenant)))
    send(connector_for(inside.url, key_of(there)), OWN)

    said = _push_all(connection)
    while set(deliver()) - {"held"}:
        pass
    again = _push_all(connection)

    assert said == ["1 on their way."] * 4
    assert again == ["0 on their way, 1 sent before."] * 4
    with scope(tenant.pk):
        assert set(Outbound.objects.values_list("state", flat=True)) == {"delivered"}
        assert list(Push.objects.exclude(refusal="").values_list("refusal", flat=True)) == []
        payment = Payment.objects.get()
        [written] = write_backs.of_record(payment)
    found, _ = pull(connector_for(inside.url, key_of(there)))
    assert (written.name, written.value) == ("networkId", found["payment"]["Y-1"]["network_id"])
    ours, theirs = _values(tenant), _values(there)
    for row in (*ours["Payment"], *theirs["Payment"]):
        del row["number"]  # the API has no name for it
    del ours["Application"], theirs["Application"]  # they get keys of their own
    assert theirs == ours


def _pull(connection: Connection, *, full: bool = False) -> Run:
    with scope(connection.tenant_id):
        return pulls.start(connection, full=full)


def test_records_are_pulled_as_one_load_and_again_without_a_change(
    connection: Connection, tenant: Tenant, there: Tenant, inside: RunningSimulator, work: Work
) -> None:
    send_all(connector_for(inside.url, key_of(there)))

    done = work(_pull(connection))
    full = work(_pull(connection, full=True))

    assert (done.state, full.state) == (Run.State.SUCCEEDED, Run.State.SUCCEEDED)
    assert _values(tenant) == _values(there)
    with scope(tenant.pk):
        counts = [
            {count.type: (count.inserted, count.updated, count.unchanged, count.invalid) for count in counted}
            for load in Ingestion.objects.order_by("pk")
            for counted in [Count.objects.filter(ingestion=load)]
        ]
        assert Document.objects.exclude(missing_at=None).count() == 0
    sizes = {
        "ACCOUNT": 2, "CONTACT": 1, "INVOICE": 1, "ADJUSTMENT": 1, "INVOICE_LINE": 2, "PAYMENT": 1,
        "PAYMENT_APPLIED": 2, "CREDIT_MEMO_APPLIED": 1,
    }  # fmt: skip
    assert counts == [
        {name: (size, 0, 0, 0) for name, size in sizes.items()},
        {name: (0, 0, size, 0) for name, size in sizes.items()},
    ]


FAULTS = {
    "refuse": {}, "drop": {}, "garbage": {}, "status": {"status": 500}, "stored_status": {"status": 502},
    "duplicate": {}, "busy": {"status": 429, "retry_after": 1},
}  # fmt: skip


@pytest.mark.parametrize("kind", FAULTS)
def test_fault_at_any_step_of_a_push_leaves_one_there(
    kind: str,
    connection: Connection,
    tenant: Tenant,
    there: Tenant,
    inside: RunningSimulator,
    deliver: Deliver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(SageNetworkConnector, "done_within_seconds", 0)
    monkeypatch.setattr(http, "PAUSE_SECONDS", 0.01)
    with scope(tenant.pk):
        ledger = Ledger.objects.get(is_default=True)
        customers = [
            Account.objects.create(ledger=ledger, erp_key=f"C-{step}", number=f"C-{step}", name=f"Customer {step}")
            for step in range(6)
        ]
    ends = []
    for step, customer in enumerate(customers):
        inside.misbehave("status" if kind == "busy" else kind, skip=step, **FAULTS[kind])
        with scope(tenant.pk):
            pushes.push(connection, "account", [customer.pk])
        states = [state for _ in range(8) for state in deliver()]
        ends.append(states[-1])
        inside.simulator.faults.clear()

    assert ends == ["delivered"] * 6
    with scope(there.pk):
        assert list(Account.objects.order_by("number").values_list("erp_key", flat=True)) == [
            f"C-{step}" for step in range(6)
        ]
    with scope(tenant.pk):
        assert all(len(write_backs.of_record(customer)) == 1 for customer in customers)
