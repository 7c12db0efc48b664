"""A small world for the hub's screens: one tenant acts, one must stay invisible, one is empty."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from arhub.models import (
    Account,
    Application,
    BankAccount,
    ClosedDay,
    Contact,
    CustomFieldValue,
    Document,
    DocumentLine,
    Incident,
    Ledger,
    Membership,
    OutstandingItem,
    Payment,
    Role,
    Run,
    RunEntry,
    Schedule,
    Source,
    Tenant,
    User,
    WorkflowStatus,
)  # fmt: skip
from arhub.tenancy.scope import scope
from tests.conftest import make_tenants

LISTS = (
    "account", "contact", "invoice", "creditmemo", "payment", "outstandingitem", "application", "documentline",
    "customfieldvalue", "workflowstatus",
)  # fmt: skip
SETTINGS_LISTS = ("source", "ledger", "run", "schedule", "closedday", "incident")


@dataclass
class Records:
    """What a tenant has: one record of each type, or several sets of them."""

    tenant: Tenant
    ledger: Ledger
    made: dict[str, list[Any]] = field(default_factory=dict)

    def first(self, name: str) -> Any:
        return self.made[name][0]


@dataclass(frozen=True)
class World:
    acting: Records
    hidden: Records
    empty: Records


def fill(records: Records, word: str, *, sets: int = 1) -> None:
    """Add sets of records; every text begins with the word, so that a leak is seen."""
    with scope(records.tenant.pk):
        for _ in range(sets):
            _add_set(records, f"{word}{len(records.made.get('account', []))}")


def _add_set(records: Records, word: str) -> None:
    made, today = records.made, timezone.now().date()
    own = {"ledger": records.ledger, "created_file": 1, "created_line": 2}
    account = Account.objects.create(
        **own, erp_key=f"{word}-A", number=f"{word}-A", name=f"{word} Pumps", kind="customer", currency="EUR",
        credit_limit=Decimal(10),
    )  # fmt: skip
    contact = Contact.objects.create(
        **own, erp_key=f"{word}-P", account=account, name=f"{word} Holm", email=f"{word}@x.example"
    )
    shared = {**own, "account": account, "currency": "EUR", "invoice_date": today - timedelta(days=70)}
    invoice = Document.objects.create(
        **shared, erp_key=f"{word}-I", number=f"{word}-I", document_type="invoice", given_type="AR Invoice",
        due_date=today - timedelta(days=40), total_amount=Decimal("1250.00"), net_amount=Decimal("1000.00"),
        tax_amount=Decimal("250.00"), outstanding_amount=Decimal("1150.00"), outstanding_origin="computed",
    )  # fmt: skip
    credit = Document.objects.create(
        **shared, erp_key=f"{word}-C", number=f"{word}-C", document_type="credit_memo", given_type="Credit Memo",
        given_sign=-1, total_amount=Decimal("300.00"), outstanding_amount=Decimal("300.00"), outstanding_origin="own",
    )  # fmt: skip
    lines = [
        DocumentLine.objects.create(
            **own,
            erp_key=f"{word}-L{number}",
            document=invoice,
            line_number=number,
            description=f"{word} part {number}",
        )
        for number in ("10", "2")
    ]
    statuses = [
        WorkflowStatus.objects.create(
            **own, erp_key=f"{word}-W{day}", document=invoice, workflow_status_id=f"{word}-id",
            code=f"{word} code {day}", notes=f"{word} notes",
            source_created_at=datetime(2026, 3, day, tzinfo=UTC) if day else None,
        )
        for day in (3, 0, 7)
    ]  # fmt: skip
    payment = Payment.objects.create(
        **own, erp_key=f"{word}-M", number=f"{word}-M", account=account, amount=Decimal(150), currency="EUR",
        open_amount=Decimal(50), payment_date=today,
    )  # fmt: skip
    application = Application.objects.create(
        **own, erp_key=f"{word}-X", application_type="payment", payment=payment, document=invoice, amount=Decimal(100)
    )
    item = OutstandingItem.objects.create(
        **own, erp_key=f"{word}-I", number=f"{word}-I", document=invoice, amount=Decimal(5), currency="EUR"
    )
    value = CustomFieldValue.objects.create(
        **own, erp_key=f"Company|{word}-A|{word} Region", table_key="Company", owner=account.pk, label=f"{word} Region",
        value=f"{word} North",
    )  # fmt: skip
    bank = BankAccount.objects.create(name=f"{word} Bank")
    for name, record in {
        "account": account, "contact": contact, "invoice": invoice, "creditmemo": credit, "documentline": lines[0],
        "workflowstatus": statuses[0], "payment": payment, "application": application, "outstandingitem": item,
        "customfieldvalue": value, "bankaccount": bank,
    }.items():  # fmt: skip
        made.setdefault(name, []).append(record)


@pytest.fixture(scope="module")
def made_world(committed: None) -> World:
    acting, hidden, empty = (_with_ledger(tenant) for tenant in make_tenants())
    fill(acting, "acting")
    fill(hidden, "hidden")
    return World(acting, hidden, empty)


@pytest.fixture
def world(made_world: World, rolled_back: None) -> World:
    """A copy, for tests that add to it or change its records."""
    return deepcopy(made_world)


def _with_ledger(tenant: Tenant) -> Records:
    with scope(tenant.pk):
        ledger = Ledger.objects.create(name=f"{tenant.name} ledger", is_default=True)
        source = Source.objects.create(name=f"{tenant.name} source", ledger=ledger)
        schedule = Schedule.objects.create(name=f"{tenant.name} schedule", kind="copying", subject_id=1)
        run = Run.objects.create(
            title=f"{tenant.name} run",
            kind="copying",
            subject_id=1,
            schedule=schedule,
            counts={f"{tenant.name} files": 3},
        )
        RunEntry.objects.create(run=run, text=f"{tenant.name} entry")
        closed = ClosedDay.objects.create(name=f"{tenant.name} outing", date=date(2026, 5, 15))
        incident = Incident.objects.create(
            kind="missing",
            key="nightly",
            subject=f"{tenant.name} files",
            text=f"{tenant.name}: nothing came.",
            source=source,
        )
    made = {"ledger": ledger, "source": source, "schedule": schedule, "run": run, "closedday": closed}
    made["incident"] = incident
    return Records(tenant, ledger, {name: [record] for name, record in made.items()})


SignIn = Callable[..., Client]


@pytest.fixture
def sign_in(db: None) -> SignIn:
    """sign_in(tenant, role) gives a browser in which such a person is signed in; `client.user` is the person."""

    def signed_in(*tenants: Tenant, role: str = Role.ADMINISTRATOR) -> Client:
        user = User.objects.create_user(
            f"{role}-{User.objects.count()}@example.com", "a-long-password-7", name=f"{role}"
        )
        for tenant in tenants:
            Membership.objects.create(user=user, tenant=tenant, role=role)
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        client.user = user  # type: ignore[attr-defined]
        return client

    return signed_in


def text_of(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode("utf-8", "replace")
