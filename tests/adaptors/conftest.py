"""A company with a ledger of customers and documents, and an activation that exports them to a folder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F, QuerySet

from adaptors.models import Activation, ExportRule
from arhub.domain.tenants import create_tenant
from arhub.models import Account, Document, DocumentLine, Ledger, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections
from connectors.models import Connection
from tests.ingestion.conftest import keeping_files

COMPANY = {
    "legal_name": "Vestjysk Pumpefabrik ApS", "address_line1": "Havnegade 12", "postal_code": "6700",
    "city": "Esbjerg", "country": "DK", "registration_number": "12345674", "vat_number": "DK12345674",
    "email": "faktura@example.com", "phone": "+45 75 12 34 56", "currency": "DKK",
}  # fmt: skip
CUSTOMER = {
    "address_line1": "Industrivej 7", "postal_code": "8000", "city": "Aarhus C", "country": "DK",
    "registration_number": "25313763", "vat_number": "DK25313763", "currency": "DKK", "kind": "customer",
}  # fmt: skip
DAY = date(2026, 3, 15)


def account_of(source: Source, number: str = "10042", **facts: Any) -> Account:
    known = {"name": f"Customer {number}", **CUSTOMER, **facts}
    return Account.objects.create(ledger=source.ledger, erp_key=number, number=number, **known)


def document_of(account: Account, number: str = "10482", lines: int = 1, **facts: Any) -> Document:
    """An invoice whose lines of 2 x 500.00 with 25 % VAT add up, unless facts say otherwise."""
    net, kind = Decimal(1000 * lines), facts.pop("document_type", "invoice")
    known = {
        "document_type": kind, "invoice_date": DAY, "due_date": date(2026, 4, 14), "currency": "DKK",
        "net_amount": net, "tax_amount": net / 4, "total_amount": net * 5 / 4, "customer_order_number": "PO-4711",
        **facts,
    }  # fmt: skip
    document = Document.objects.create(
        ledger=account.ledger, account=account, erp_key=f"{kind}{number}", number=number, **known
    )  # fmt: skip
    DocumentLine.objects.bulk_create(line_of(document, str(place)) for place in range(1, lines + 1))
    return document


def line_of(document: Document, number: str, **facts: Any) -> DocumentLine:
    known = {
        "description": "Pumpe P-100", "product_code": "P-100", "quantity": Decimal(2), "unit_code": "C62",
        "unit_price": Decimal(500), "net_amount": Decimal(1000), "tax_amount": Decimal(250),
        "total_amount": Decimal(1250), "tax_rate": Decimal(25), "tax_category": "S", **facts,
    }  # fmt: skip
    key = f"{document.erp_key}:{number}"
    return DocumentLine(document=document, ledger=document.ledger, erp_key=key, line_number=number, **known)


def rewrite(rows: QuerySet[Any], **fields: Any) -> None:
    """Write to records as a load does: the ledger counts it."""
    rows.update(**fields)
    Ledger.objects.update(writes=F("writes") + 1)


@pytest.fixture(autouse=True)
def rules_folder(settings: Any, tmp_path: Path) -> Path:
    """Nothing but what comes with the packages, whatever this checkout has installed."""
    settings.RULES_DIR = tmp_path / "rules"
    return settings.RULES_DIR


@pytest.fixture
def folders(settings: Any, tmp_path: Path) -> Path:
    settings.FOLDERS = tmp_path / "exchange"
    return tmp_path / "exchange"


@pytest.fixture
def tenant(db: None, tmp_path: Path, folders: Path) -> Iterator[Tenant]:
    with keeping_files(tmp_path / "media"):
        yield create_tenant("acme", name="Acme", **COMPANY)


@pytest.fixture
def source(tenant: Tenant) -> Source:
    with scope(tenant.pk):
        return Source.objects.select_related("ledger").get(kind=Source.Kind.UPLOAD)


@pytest.fixture
def gateway(tenant: Tenant, folders: Path) -> Connection:
    (folders / tenant.slug).mkdir(parents=True)
    with scope(tenant.pk):
        return connections.create("folder", name="Share", values={})


@pytest.fixture
def activation(tenant: Tenant, source: Source, gateway: Connection) -> Activation:
    with scope(tenant.pk):
        return Activation.objects.create(
            adaptor="file_invoices", name="Export", source=source, destination=gateway, format="bis3", is_on=True,
            dated_from=date(2026, 1, 1), document_types=["invoice", "credit_memo"],
        )  # fmt: skip


def rules_of(activation: Activation) -> Any:
    return ExportRule.objects.filter(activation=activation)
