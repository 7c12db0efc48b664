"""What a source says about empty cells, unknown accounts, repeated keys, invalid rows and full snapshots."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from arhub.domain import ageing
from arhub.models import Account, Document, Source, Tenant
from arhub.tenancy.scope import scope
from ingestion.models import Change
from tests.ingestion.conftest import ACCOUNTS, COMMITTED, FAILED, Load, another_source, counts, problems

INVOICES = (
    "erp_key,invoice_number,account_id,invoice_date,due_date,currency,total_amount,balance_due,status\n"
    "1,INV-1,C1,2026-03-01,2026-03-31,DKK,100.00,100.00,Open\n"
    "2,INV-2,C1,2026-03-02,2026-04-01,DKK,200.00,200.00,Open\n"
    "3,INV-3,C2,2026-03-03,2026-04-02,EUR,300.00,0.00,Paid\n"
)
HEADER = INVOICES.splitlines()[0] + "\n"


@pytest.fixture
def policy(tenant: Tenant) -> Any:
    def choose(**values: Any) -> None:
        with scope(tenant.pk):
            Source.objects.update(**values)

    return choose


def document(tenant: Tenant, number: str) -> Document:
    with scope(tenant.pk):
        return Document.objects.get(number=number)


def test_empty_cell_keeps_what_is_stored_unless_the_source_says_otherwise(
    tenant: Tenant, load: Load, policy: Any
) -> None:
    load(account=ACCOUNTS)
    load(invoice=INVOICES)

    load(invoice=HEADER + "1,INV-1,C1,2026-03-01,,DKK,100.00,100.00,\n")
    kept = document(tenant, "INV-1")
    policy(empty_cells="clear")
    cleared_by = load(invoice=HEADER + "1,INV-1,C1,2026-03-01,,DKK,100.00,,\n")
    cleared = document(tenant, "INV-1")

    assert (kept.status, str(kept.due_date)) == ("Open", "2026-03-31")
    assert (cleared.status, cleared.due_date, cleared.balance_due) == (None, None, None)
    assert cleared.outstanding_amount == Decimal("100.00")
    with scope(tenant.pk):
        rows = Change.objects.filter(ingestion=cleared_by).order_by("field").values_list("field", "old", "new")
        assert list(rows) == [
            ("balance_due", "100.00", None),
            ("due_date", "2026-03-31", None),
            ("status", "Open", None),
        ]


def test_cleared_cell_touches_no_column_the_file_does_not_have(tenant: Tenant, load: Load, policy: Any) -> None:
    policy(empty_cells="clear")
    load(account=ACCOUNTS)
    load(invoice=INVOICES)

    again = load(invoice="erp_key,invoice_number,account_id,total_amount,currency\n1,INV-1,C1,100.00,\n")

    stored = document(tenant, "INV-1")
    assert counts(again) == {"INVOICE": (1, 0, 0, 1, 0)}
    assert (stored.status, stored.currency) == ("Open", "DKK")


def test_unknown_account_is_created_when_the_source_says_so(tenant: Tenant, load: Load, policy: Any) -> None:
    text = (
        "erp_key,invoice_number,account_id,account_name,total_amount\n"
        "1,INV-1,C9,Nine Ltd,10\n2,INV-2,C9,Nine Ltd,20\n3,INV-3,C8,,30\n"
    )

    refused = load(invoice=text)
    policy(unknown_accounts="create")
    taken = load(invoice=text)
    again = load(invoice=text)

    assert refused.state == FAILED
    assert counts(taken) == {"ACCOUNT": (2, 2, 0, 0, 0), "INVOICE": (3, 3, 0, 0, 0)}
    assert counts(again) == {"INVOICE": (3, 0, 0, 3, 0)}
    with scope(tenant.pk):
        assert list(Account.objects.order_by("number").values_list("number", "name", "kind")) == [
            ("C8", "C8", "customer"), ("C9", "Nine Ltd", "customer"),
        ]  # fmt: skip


def test_last_line_wins_when_the_source_says_so(tenant: Tenant, load: Load, policy: Any) -> None:
    policy(duplicate_keys="last")
    load(account=ACCOUNTS)

    loaded = load(invoice=INVOICES + "1,INV-1,C1,2026-03-01,2026-03-31,DKK,150.00,50.00,Open\n")

    assert counts(loaded) == {"INVOICE": (4, 3, 0, 1, 0)}
    assert document(tenant, "INV-1").total_amount == Decimal("150.00")


@pytest.mark.parametrize(("percent", "state"), [(24, FAILED), (25, COMMITTED)])
def test_load_is_refused_above_the_share_of_invalid_rows(load: Load, policy: Any, percent: int, state: str) -> None:
    policy(rejects="share", reject_above_percent=percent)
    load(account=ACCOUNTS)

    loaded = load(invoice=INVOICES + "4,INV-4,C1,2026-02-31,,DKK,1,1,Open\n")

    assert loaded.state == state
    if state == FAILED:
        assert loaded.reason == "1 of 4 rows are invalid: more than the 24 % that its source allows."


def snapshot(*keys: int) -> str:
    lines = INVOICES.splitlines()
    return HEADER + "".join(f"{lines[key]}\n" for key in keys)


def test_snapshot_marks_open_documents_it_leaves_out_and_finds_them_again(
    tenant: Tenant, load: Load, policy: Any
) -> None:
    policy(extent="snapshot", stop_above_percent=80)
    load(account=ACCOUNTS)
    load(invoice=INVOICES)

    load(invoice=snapshot(2))
    gone = document(tenant, "INV-1")
    with scope(tenant.pk):
        settled, outstanding = (
            document(tenant, "INV-3"),
            {row.currency: row.outstanding for row in ageing.totals(tenant)},
        )
        marked = list(Change.objects.filter(field="missing_at").values_list("record", "old"))
    load(invoice=snapshot(1, 2))
    back = document(tenant, "INV-1")

    assert (gone.outstanding_amount, gone.outstanding_origin, gone.balance_due) == (0, "missing", Decimal("100.00"))
    assert gone.missing_at is not None
    assert settled.missing_at is None
    assert outstanding == {"DKK": Decimal("200.00")}
    assert marked == [(gone.pk, None)]
    assert (back.missing_at, back.outstanding_amount) == (None, Decimal("100.00"))


def test_snapshot_that_leaves_out_too_much_stops(tenant: Tenant, load: Load, policy: Any) -> None:
    policy(extent="snapshot", stop_above_percent=40)
    load(account=ACCOUNTS)
    load(invoice=INVOICES)

    stopped = load(invoice=snapshot(2))

    assert stopped.state == FAILED
    assert stopped.reason.startswith("This snapshot leaves out 1 of 2 open documents (50 %), more than the 40 %")
    assert document(tenant, "INV-1").missing_at is None


def test_snapshot_stops_by_money_too(tenant: Tenant, load: Load, policy: Any) -> None:
    policy(extent="snapshot", stop_above_percent=50)
    load(account=ACCOUNTS)
    load(invoice=INVOICES)

    stopped = load(invoice=snapshot(1))

    assert stopped.reason.startswith(
        "This snapshot leaves out 200.00 of 300.00 DKK on open documents (66 %), more than the 50 %"
    )


def test_snapshot_speaks_for_its_own_source_and_types_only(tenant: Tenant, load: Load, policy: Any) -> None:
    another_source(tenant, "Other")
    load(account=ACCOUNTS)
    load(invoice=INVOICES, source="Other")
    load(adjustment="erp_key,credit_memo_number,account_id,total_amount\n9,CM-9,C1,40\n")
    load(invoice=HEADER + "7,INV-7,C1,2026-03-01,,DKK,5,5,Open\n")
    policy(extent="snapshot", stop_above_percent=0)

    taken = load(invoice=HEADER + "7,INV-7,C1,2026-03-01,,DKK,5,5,Open\n")

    assert taken.state == COMMITTED
    with scope(tenant.pk):
        assert Document.objects.filter(missing_at__isnull=False).count() == 0


def test_snapshot_that_creates_an_account_says_nothing_about_other_accounts(
    tenant: Tenant, load: Load, policy: Any
) -> None:
    load(account=ACCOUNTS)
    policy(extent="snapshot", unknown_accounts="create")

    loaded = load(invoice=INVOICES + "4,INV-4,C9,2026-03-04,,DKK,50.00,50.00\n")

    assert (loaded.state, loaded.reason) == (COMMITTED, "")
    with scope(tenant.pk):
        accounts = Account.objects.order_by("number").values_list("number", "missing_at")
        assert list(accounts) == [("C1", None), ("C2", None), ("C9", None)]


def test_snapshot_with_invalid_rows_marks_nothing_and_says_so(tenant: Tenant, load: Load, policy: Any) -> None:
    policy(extent="snapshot", stop_above_percent=100)
    load(account=ACCOUNTS)
    load(invoice=INVOICES)

    taken = load(invoice=snapshot(2) + "1,INV-1,C1,2026-02-31,,DKK,100.00,100.00,Open\n")

    assert (taken.state, document(tenant, "INV-1").missing_at) == (COMMITTED, None)
    assert len(problems(taken)) == 1
    with scope(tenant.pk):
        assert any("Nothing was marked as missing" in text for text in taken.log.values_list("text", flat=True))
