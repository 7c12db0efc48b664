"""One tenant's records, and another tenant that they are sent to: over HTTP, to a running hub or its API alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connections
from django.test import Client

from arhub.domain import api_keys
from arhub.domain.tenants import create_tenant
from arhub.models import Tenant
from arhub.tenancy.scope import scope
from connectors.base import Cursor, Page, RecordKey, Result, Setup, Subject
from connectors.erp.sage_network.connector import SageNetworkConnector
from connectors.simulators.server import Request, Response, RunningSimulator, Simulator
from ingestion import tasks as loads

Connect = Callable[..., SageNetworkConnector]
Keys = Mapping[RecordKey, Mapping[str, str]]
Found = dict[str, dict[str, Mapping[str, Any]]]
"""Record type → erp_key → record."""

DEFAULTS = {setting.name: setting.default for setting in SageNetworkConnector.settings}


@dataclass
class Kept:
    """What a connector remembers."""

    values: dict[str, Any] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        return self.values.get(name)

    def put(self, name: str, value: Any) -> None:
        self.values[name] = value
        if value is None:
            del self.values[name]


class AtOnce:
    def wait(self) -> None:
        """No limit."""


class Inside(Simulator):
    """The hub's own API in this process, where faults can be put before it. A sync has ended when it is answered, so
    that what is there does not depend on who is faster."""

    kind = "inside"

    def reset(self) -> None:
        """It holds nothing: the tenant does."""

    def state(self) -> Mapping[str, Any]:
        return {}

    def answer(self, request: Request) -> Response:
        try:
            target = f"{request.path}?{urlencode(request.query)}"
            headers = {name: value for name, value in request.headers.items() if name in ("api-key", "accept")}
            given = Client(headers=headers).generic(
                request.method, target, request.body, request.headers.get("content-type", "")
            )
            while request.method == "POST" and loads.answer() != "nothing due":
                pass
            return Response(given.status_code, given.content, given.headers["Content-Type"])
        finally:
            connections.close_all()


def connector_for(address: str, key: str, **values: Any) -> SageNetworkConnector:
    return SageNetworkConnector(Setup({**DEFAULTS, "address": address, "api_key": key, **values}, Kept(), AtOnce()))


@pytest.fixture
def there(transactional_db: None) -> Tenant:
    """The tenant that records are sent to. A third one has the same keys, and stays invisible."""
    hidden = create_tenant("hidden", name="Hidden A/S", currency="DKK")
    with scope(hidden.pk):
        api_keys.make("Other", ["read"])
    return create_tenant("there", name="There A/S", currency="DKK")


def key_of(tenant: Tenant) -> str:
    with scope(tenant.pk):
        return str(api_keys.make("Connector", ["read", "write"], requests_per_minute=100_000)[1])


@pytest.fixture
def key(there: Tenant) -> str:
    return key_of(there)


@pytest.fixture
def connect(hub: str, key: str) -> Connect:
    """connect(page_size=50) gives a connector to the other tenant's hub."""
    return lambda **values: connector_for(hub, key, **values)


@pytest.fixture
def inside(there: Tenant) -> Iterator[RunningSimulator]:
    with RunningSimulator(Inside()) as running:
        yield running


OWN = Subject("account", {"erp_key": "OWN", "account_name": "Acme A/S", "account_type": "own", "is_active": True})
PUMPS = Subject(
    "account",
    {
        "erp_key": "C-1", "account_name": "Nordic Pumps A/S, “Århus”", "account_type": "both", "is_active": True,
        "parent_account_id": "OWN", "primary_contact_id": "P-1", "currency": "DKK", "vat_number": "DK12345674",
        "address_line1": "1 High Street", "city": "Aarhus", "postal_code": "08000", "country": "DK",
        "email": "post@pumps.example", "phone": "+45 86 12 34 56", "credit_limit": Decimal("50000.00"),
        "source_modified_at": datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    },
    contacts=(
        {"erp_key": "P-1", "account_id": "C-1", "contact_name": "Anna Holm", "email": "anna@pumps.example",
         "role": "PAYER", "title": "Accountant", "phone": "+45 86 12 34 57", "city": "Aarhus", "country": "DK",
         "is_active": True},
    ),
)  # fmt: skip
INVOICE = Subject(
    "invoice",
    {
        "erp_key": "I-1", "invoice_number": "10482", "document_type": "invoice", "account_id": "C-1",
        "company_id": "OWN", "invoice_date": date(2026, 3, 15), "due_date": date(2026, 4, 14), "currency": "DKK",
        "total_amount": Decimal("1250.000000"), "net_amount": Decimal("1000.00"), "tax_amount": Decimal("250.00"),
        "exchange_rate": Decimal("1.125"), "status": "Open", "customer_order_number": "PO-4711",
        "bill_to_address_line1": "1 High Street", "bill_to_address_city": "Aarhus", "bill_to_address_country": "DK",
        "ship_to_address_postal_code": "8000", "is_voided": False, "on_hold": True,
    },
    lines=(
        {"erp_key": "L-1", "invoice": "I-1", "line_number": "1", "description": "Pump;\n2 kW", "unit_code": "H87",
         "quantity": Decimal("2.125"), "unit_price": Decimal("500"), "total_amount": Decimal("1250")},
        {"erp_key": "L-2", "invoice": "I-1", "line_number": "2", "description": "=A1", "quantity": Decimal(1),
         "ship_to_address_city": "Odense"},
    ),
)  # fmt: skip
CREDIT_MEMO = Subject(
    "adjustment",
    {
        "erp_key": "M-1", "credit_memo_number": "90017", "document_type": "credit_memo", "account_id": "C-1",
        "company_id": "OWN", "credit_date": date(2026, 3, 20), "currency": "DKK", "total_amount": Decimal("100.10"),
    },
    applications=(
        {"document": ("invoice", "I-1"), "number": "10482", "amount": Decimal("100.10"),
         "applied_date": date(2026, 3, 21)},
    ),
)  # fmt: skip
PAYMENT = Subject(
    "payment",
    {
        "erp_key": "Y-1", "payment_id": "P-2001", "account_id": "C-1", "payment_type": "AR Payment",
        "payment_method": "Wire Transfer", "payment_date": date(2026, 4, 10), "posting_date": date(2026, 4, 11),
        "amount": Decimal("1149.90"), "unapplied_amount": Decimal("0"), "currency": "DKK", "reference": "INV 10482",
    },
    applications=(
        {"document": ("invoice", "I-1"), "number": "10482", "amount": Decimal("1000"),
         "applied_date": date(2026, 4, 10)},
        {"document": ("invoice", "I-1"), "number": "10482", "amount": Decimal("149.90"),
         "applied_date": date(2026, 4, 11)},
    ),
)  # fmt: skip


def send(connector: SageNetworkConnector, *subjects: Subject, keys: Keys | None = None) -> Result:
    """Send records of one type, which know those keys."""
    return connector.push(connector.compose("a1b2", [replace(one, keys=keys or {}) for one in subjects]))


def send_all(connector: SageNetworkConnector) -> dict[RecordKey, Mapping[str, str]]:
    """Accounts first, then what refers to them. Returns the keys that were given."""
    keys: dict[RecordKey, Mapping[str, str]] = {}
    for subjects in ([OWN, PUMPS], [INVOICE], [CREDIT_MEMO], [PAYMENT]):
        result = send(connector, *subjects, keys=keys)
        assert result.refused == {}
        keys |= result.keys
    return keys


def pull(connector: SageNetworkConnector, cursor: Cursor | None = None) -> tuple[Found, Cursor]:
    """All that a pull brings, the last one counting, and where it ends."""
    pages = list(connector.pull(cursor or Cursor()))
    assert not pages[-1].cursor.at
    return merged(pages), pages[-1].cursor


def merged(pages: Sequence[Page]) -> Found:
    found: Found = {}
    for page in pages:
        for record_type, records in page.records.items():
            for record in records:
                found.setdefault(record_type, {})[record["erp_key"]] = record
    return found
