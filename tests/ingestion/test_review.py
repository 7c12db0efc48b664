"""The review of a load: what it shows, what it rests on, and that the commit does exactly that."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from arhub.domain import ageing
from arhub.models import Document, Source, Tenant
from arhub.tenancy.scope import scope
from ingestion.domain import making, runs, staging
from ingestion.domain import reviewed as reviewed_rows
from ingestion.domain.loading import staged_tables
from ingestion.domain.money import restored
from ingestion.models import Count, Ingestion, IngestionFile, Review, State
from tests.ingestion.conftest import ACCOUNTS, COMMITTED, REVIEW, Load, counts

HEADER = "erp_key,invoice_number,account_id,invoice_date,due_date,currency,total_amount,balance_due\n"
INVOICES = HEADER + (
    "1,INV-1,C1,2026-03-01,2026-03-31,DKK,100.00,100.00\n"
    "2,INV-2,C1,2026-03-02,2036-04-01,DKK,200.00,200.00\n"
    "3,INV-3,C2,2026-03-03,2026-04-02,EUR,300.00,0.00\n"
)


def commit(ingestion: Ingestion) -> State:
    with scope(ingestion.tenant_id):
        assert runs.request_commit(ingestion, rejects="rows")
        runs.take(Ingestion.objects.filter(pk=ingestion.pk))
    state = runs.work(ingestion.tenant_id, ingestion.pk)
    with scope(ingestion.tenant_id):
        ingestion.refresh_from_db()
    return state


def money(ingestion: Ingestion) -> dict[str, Any]:
    with scope(ingestion.tenant_id):
        return Review.objects.get(ingestion=ingestion).money


def totals(tenant: Tenant) -> dict[str, Any]:
    with scope(tenant.pk):
        return {row.currency: row for row in ageing.totals(tenant)}


def shown(values: dict[str, Any], when: str) -> dict[str, Any]:
    return {row[when]["currency"]: restored(row[when]) for row in values["currencies"]}


LOADS = {
    "new documents": {"invoice": INVOICES},
    "updated documents": {
        "invoice": HEADER + "1,INV-1,C1,2026-03-01,2026-03-31,DKK,100.00,0.00\n"
        "3,INV-3,C1,2026-03-03,2026-04-02,EUR,300.00,30.00\n8,INV-8,C2,2026-03-03,,,10.00,\n"
    },
    "a sign that changes": {"invoice": HEADER + "1,INV-1,C1,2026-03-01,2026-03-31,DKK,100.00,-5.00\n"},
    "credit memos": {"adjustment": "erp_key,credit_memo_number,account_id,total_amount,currency\n9,CM-9,C1,40,DKK\n"},
    "accounts with documents": {
        "account": "account_id,account_name,currency,account_type\nC3,Gamma,SEK,customer\nC4,Delta,SEK,vendor\n",
        "invoice": HEADER + "10,INV-10,C3,2026-01-01,2026-01-31,,70,70\n11,INV-11,C4,2026-01-01,,,9,9\n",
    },
    "payments and applications": {
        "payment": "payment_id,account_id,payment_date,amount,currency\nP1,C1,2026-04-01,250,DKK\n",
        "payment_applied": "payment_id,invoice_number,amount\nP1,INV-4,60\n",
    },
    "outstanding items": {"outstanding_item": "invoice_number,currency,total_outstanding\nINV-4,DKK,12.50\n"},
}
MORE = HEADER + "4,INV-4,C1,2026-03-04,2026-04-03,DKK,60.00,\n"


@pytest.mark.parametrize("name", LOADS)
def test_commit_moves_the_money_its_review_showed(tenant: Tenant, load: Load, name: str) -> None:
    load(account=ACCOUNTS)
    if name != "new documents":
        load(invoice=INVOICES + MORE.splitlines()[1] + "\n")
    before = totals(tenant)

    reviewed = load(review=True, **LOADS[name])
    values, counted, unmoved = money(reviewed), counts(reviewed), totals(tenant)
    state = commit(reviewed)
    after = totals(tenant)

    assert state == COMMITTED
    assert unmoved == before
    assert counts(reviewed) == counted
    was, will = shown(values, "before"), shown(values, "after")
    assert {currency: row for currency, row in was.items() if not row.is_empty} == {
        currency: before[currency] for currency in was if currency in before
    }
    moved = {currency for currency in before.keys() | after.keys() if before.get(currency) != after.get(currency)}
    assert will.keys() == moved
    assert {currency: row for currency, row in will.items() if not row.is_empty} == {
        currency: after[currency] for currency in moved if currency in after
    }


def test_review_counts_documents_that_close_reopen_and_change_sign(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    load(invoice=INVOICES)

    reviewed = load(
        review=True,
        invoice=HEADER + "1,INV-1,C1,2026-03-01,,DKK,100,0\n2,INV-2,C1,2026-03-02,,DKK,200,-1\n"
        "3,INV-3,C2,2026-03-03,,EUR,300,5\n4,INV-4,C2,2026-03-03,,EUR,7,7\n",
    )

    assert money(reviewed)["documents"] == {"close": 1, "reopen": 1, "change_sign": 1}
    accounts = money(reviewed)["accounts"]
    assert [(row["number"], row["name"], row["before"]["currency"]) for row in accounts] == [
        ("C1", "Alpha", "DKK"), ("C2", "Beta", "EUR"),
    ]  # fmt: skip
    assert [restored(row["after"]).balance for row in accounts] == [Decimal("-1"), Decimal("12")]


def test_review_keeps_old_and_new_of_every_field(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    load(invoice=INVOICES)

    reviewed = load(review=True, invoice=HEADER + "1,INV-1,C2,2026-03-01,2026-03-31,DKK,100.00,20.00\n")

    with scope(tenant.pk):
        (document,) = loading_tables(reviewed)
        where = (reviewed.files.get().pk, 2, Document.objects.get(number="INV-1").pk)
        account = reviewed_rows.Change(1, *where, "account", "C1", "C2")
        balance = reviewed_rows.Change(2, *where, "balance_due", "100.00", "20.00")
        assert reviewed_rows.changes(document) == [account, balance]
        assert reviewed_rows.changes(document, after=1) == [balance]
        assert reviewed_rows.changes(document, only="money") == [balance]
        assert reviewed_rows.changes(document, only="account") == [account]
        assert reviewed_rows.changes(document, only="settles") == []
        assert reviewed_rows.changed_fields(document) == ["account", "balance_due"]


def test_review_pages_through_what_is_new(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    load(invoice=INVOICES)

    reviewed = load(review=True, invoice=INVOICES + MORE.splitlines()[1] + "\n5,INV-5,C1,2026-03-04,,DKK,1,1\n")

    with scope(tenant.pk):
        (document,) = loading_tables(reviewed)
        first = list(reviewed_rows.new_rows(document, most=1))
        rest = list(reviewed_rows.new_rows(document, after=first[0].place))
        assert [(row.line, row.key) for row in (*first, *rest)] == [(5, "4"), (6, "5")]
        assert first[0].cells["invoice_number"] == "INV-4"


def test_pages_of_new_rows_follow_the_file_however_the_database_comes_by_them(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    load(invoice=INVOICES)
    rows = "".join(f"{n},INV-{n},C1,2026-03-04,,DKK,{n},{n}\n" for n in range(10, 40))
    reviewed = load(review=True, invoice=HEADER + rows)

    with scope(tenant.pk), connection.cursor() as cursor:
        (document,) = loading_tables(reviewed)
        plan = document.beside("plan")
        cursor.execute(f"create temp table turned as select * from {plan} order by sid desc; truncate {plan}")
        cursor.execute(f"insert into {plan} select * from turned; drop table turned")
        pages, after = [], ""
        while page := list(reviewed_rows.new_rows(document, after=after, most=10)):
            pages.append([row.key for row in page])
            after = page[-1].place

    assert pages == [[str(n) for n in range(first, first + 10)] for first in (10, 20, 30)]


def loading_tables(ingestion: Ingestion) -> list[staging.Staged]:
    return staged_tables(ingestion, list(IngestionFile.objects.filter(ingestion=ingestion)))


@pytest.mark.parametrize(
    ("what", "meanwhile", "named"),
    [
        ("a matched record", {"invoice": HEADER + "1,INV-1,C1,2026-03-01,2026-03-31,DKK,100.00,77.00\n"}, "document 1"),
        ("an account it refers to", {"account": "account_id,account_name\nC1,Alpha renamed\n"}, "account C1"),
        ("a key it was to insert", {"invoice": HEADER + "5,INV-5,C1,2026-03-01,,DKK,1,1\n"}, "document 5"),
    ],
)
def test_commit_refuses_when_its_basis_moved_and_shows_a_fresh_review(
    tenant: Tenant, load: Load, what: str, meanwhile: dict[str, str], named: str
) -> None:
    load(account=ACCOUNTS)
    load(invoice=INVOICES)
    text = HEADER + "1,INV-1,C1,2026-03-01,2026-03-31,DKK,100.00,50.00\n5,INV-5,C1,2026-03-01,,DKK,9,9\n"
    reviewed = load(review=True, invoice=text)

    load(**meanwhile)
    refused = commit(reviewed)
    with scope(tenant.pk):
        log = list(reviewed.log.values_list("text", flat=True))
        assert not Document.objects.filter(total_amount=9).exists()
        assert runs.take(Ingestion.objects.filter(pk=reviewed.pk))
    fresh = runs.work(tenant.pk, reviewed.pk)

    assert refused == State.QUEUED
    assert [text for text in log if "rests on have changed" in text and f"({named})" in text]
    assert fresh == REVIEW
    assert commit(reviewed) == COMMITTED
    with scope(tenant.pk):
        assert Document.objects.get(number="INV-5").total_amount == Decimal("9")


def test_other_peoples_loads_do_not_spoil_a_review(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    load(invoice=INVOICES)
    reviewed = load(review=True, invoice=HEADER + "1,INV-1,C1,2026-03-01,2026-03-31,DKK,100.00,50.00\n")

    load(invoice=HEADER + "2,INV-2,C1,2026-03-02,2036-04-01,DKK,200.00,1.00\n6,INV-6,C2,2026-03-02,,DKK,1,1\n")
    load(account="account_id,account_name\nC2,Beta renamed\n")

    assert commit(reviewed) == COMMITTED


def test_commit_after_a_crash_of_the_database_does_what_was_reviewed(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    reviewed = load(review=True, invoice=INVOICES)
    staging.drop(reviewed.pk)  # what is left of unlogged tables

    assert commit(reviewed) == COMMITTED
    with scope(tenant.pk):
        assert Document.objects.count() == 3


def test_control_total_that_agrees_and_one_that_is_explained(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    text = INVOICES + "4,INV-4,C9,2026-03-04,,DKK,50.00,50.00\n"
    control = {"count": 4, "sums": {"DKK": "360.00", "EUR": "300.00"}}

    reviewed = load(review=True, control={"invoice": control}, invoice=text)

    with scope(tenant.pk):
        rows, dkk, eur = Review.objects.get(ingestion=reviewed).control
    assert (rows["given"], rows["found"], rows["agrees"], rows["unexplained"]) == ("4", "3", False, "0")
    assert (eur["found"], eur["agrees"]) == ("300.00", True)
    assert (dkk["given"], dkk["found"], Decimal(dkk["unexplained"])) == ("360.00", "300.00", Decimal("10.00"))
    assert [(item["line"], item["currency"], item["amount"]) for item in dkk["items"]] == [(5, "DKK", "50.00")]


def test_control_total_of_a_type_is_compared_over_all_its_files(tenant: Tenant) -> None:
    first = "erp_key,payment_id,account_id,amount\n1,P1,C1,10\n2,P2,C1,20\n"
    second = "erp_key,payment_id,account_id,amount\n3,P3,C1,30\n4,P4,C9,1.50\n"
    control = {"payment": {"count": 4, "sums": {"DKK": "61.50"}}}
    files = [("account", "account.csv", ACCOUNTS), ("payment", "a.csv", first), ("payment", "b.csv", second)]
    with scope(tenant.pk):
        pairs = [(kind, name, io.BytesIO(text.encode())) for kind, name, text in files]
        ingestion = making.create(Source.objects.get(), pairs, controls=control)
        runs.take(Ingestion.objects.filter(pk=ingestion.pk))

    runs.work(tenant.pk, ingestion.pk)

    with scope(tenant.pk):
        rows, dkk = Review.objects.get(ingestion=ingestion).control
    assert (rows["file"], rows["given"], rows["found"], rows["unexplained"]) == ("a.csv, b.csv", "4", "3", "0")
    assert (dkk["given"], dkk["found"], Decimal(dkk["unexplained"])) == ("61.50", "60", Decimal(0))
    reason = "b.csv: account_id: expected the key or number of one account of this ledger or of this load"
    assert [(item["line"], item["reason"], item["amount"]) for item in dkk["items"]] == [(3, reason, "1.50")]


def test_control_total_of_one_kind_of_application_leaves_out_the_other(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS, invoice=INVOICES)
    load(
        adjustment="erp_key,credit_memo_number,account_id,total_amount\n9,CM-9,C1,40\n",
        payment="payment_id,account_id,amount\nP1,C1,250\n",
    )

    reviewed = load(
        review=True,
        control={"credit_memo_applied": {"count": 1, "sums": {}}},
        payment_applied="payment_id,invoice_number,amount\nP1,INV-1,60\nP1,INV-2,5\n",
        credit_memo_applied="credit_memo,invoice,amount\nCM-9,INV-1,7\n",
    )

    with scope(tenant.pk):
        (rows,) = Review.objects.get(ingestion=reviewed).control
    assert (rows["found"], rows["agrees"]) == ("1", True)


def test_amount_of_a_rejected_row_is_not_guessed_for_a_control_total(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    text = "erp_key;invoice_number;account_id;total_amount\n1;INV-1;C1;1.234\n2;INV-2;C1;0,50\n3;INV-3;C9;1.234\n"

    reviewed = load(review=True, control={"invoice": {"sums": {"DKK": "2468.50"}}}, invoice=text)

    with scope(tenant.pk):
        (dkk,) = Review.objects.get(ingestion=reviewed).control
    assert (dkk["found"], Decimal(dkk["unexplained"])) == ("1234.50", Decimal("1234.00"))


def test_every_rejected_row_explains_its_part_though_only_some_are_shown(
    tenant: Tenant, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.domain.control.MOST_ITEMS", 2)
    load(account=ACCOUNTS)
    bad = "".join(f"{n},INV-{n},C9,2026-03-04,,DKK,1.00,\n" for n in range(10, 130))

    reviewed = load(review=True, control={"invoice": {"count": 123, "sums": {"DKK": "420"}}}, invoice=INVOICES + bad)

    with scope(tenant.pk):
        rows, dkk = Review.objects.get(ingestion=reviewed).control
    assert (rows["found"], rows["unexplained"]) == ("3", "0")
    assert (dkk["found"], Decimal(dkk["unexplained"])) == ("300.00", Decimal(0))
    assert [item["line"] for item in dkk["items"]] == [5, 6]


@pytest.mark.parametrize(
    ("sums", "explained"),
    [({"DKK": "350.00"}, {"DKK": 1}), ({"DKK": "300.00", "EUR": "300.00"}, {"DKK": 0, "EUR": 0})],
)
def test_rejected_row_without_a_currency_explains_a_sum_that_is_the_only_one(
    tenant: Tenant, load: Load, sums: dict[str, str], explained: dict[str, int]
) -> None:
    load(account=ACCOUNTS)
    text = INVOICES + "4,INV-4,C9,2026-03-04,,,50.00,50.00\n"

    reviewed = load(review=True, control={"invoice": {"sums": sums}}, invoice=text)

    with scope(tenant.pk):
        compared = Review.objects.get(ingestion=reviewed).control
    assert {row["currency"]: len(row["items"]) for row in compared} == explained
    assert [Decimal(row["unexplained"]) for row in compared] == [Decimal(0)] * len(sums)


def test_review_of_documents_without_dates_shows_their_money_as_not_due(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)

    reviewed = load(review=True, invoice="erp_key,invoice_number,account_id,total_amount\n1,INV-1,C1,70\n")

    assert shown(money(reviewed), "after")["DKK"].not_due == Decimal(70)


def test_review_of_documents_old_and_new_takes_new_lines_along(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS, invoice=INVOICES)
    load(invoice_line="invoice,line_number,description\n1,1,Pump\n")

    reviewed = load(
        review=True,
        invoice=HEADER + "1,INV-1,C1,2026-03-01,2026-03-31,DKK,100.00,90.00\n5,INV-5,C1,,,DKK,5.00,5.00\n",
        invoice_line="invoice,line_number,description\n5,1,Pump\n",
    )

    assert (reviewed.state, reviewed.reason) == (REVIEW, "")
    assert shown(money(reviewed), "after")["DKK"].outstanding == Decimal(295)
    assert commit(reviewed) == COMMITTED


def test_review_counts_what_a_snapshot_closes(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS, invoice=INVOICES)
    with scope(tenant.pk):
        Source.objects.update(extent="snapshot", stop_above_percent=90)

    reviewed = load(review=True, invoice="".join(INVOICES.splitlines(keepends=True)[:2]))

    assert money(reviewed)["documents"] == {"close": 1, "reopen": 0, "change_sign": 0}


def test_review_shows_what_leaves_with_an_account_that_becomes_a_vendor(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS, invoice=INVOICES)

    reviewed = load(review=True, account="account_id,account_name,account_type\nC1,Alpha,vendor\nC2,Beta,customer\n")

    values = money(reviewed)
    assert [(row["number"], row["after"]["not_due"]) for row in values["accounts"]] == [("C1", "0.00")]
    assert shown(values, "after")["DKK"].is_empty
    assert commit(reviewed) == COMMITTED
    assert totals(tenant) == {}


def test_review_names_accounts_that_come_with_the_load(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS, invoice=INVOICES)

    reviewed = load(
        review=True,
        account="account_id,account_name\nC9,Gamma\n",
        invoice=INVOICES.replace("1,INV-1,C1", "1,INV-1,C9"),
    )

    assert [(row["number"], row["name"]) for row in money(reviewed)["accounts"]] == [("C1", "Alpha"), ("C9", "Gamma")]
    with scope(tenant.pk):
        documents = staged_tables(reviewed, list(reviewed.files.all()))[1]
    (change,) = reviewed_rows.changes(documents)
    assert (change.field, change.old, change.new) == ("account", "C1", "C9")


def test_commit_refuses_when_a_row_without_a_key_was_stored_with_one_meanwhile(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS, invoice=INVOICES)
    reviewed = load(review=True, invoice="invoice_number,account_id,total_amount\nINV-8,C1,77\n")
    load(invoice=HEADER + "8,INV-8,C1,,,DKK,55.00,\n")

    assert commit(reviewed) == State.QUEUED
    with scope(tenant.pk):
        assert Document.objects.filter(number="INV-8").count() == 1


def test_commit_refuses_when_a_record_moved_that_two_lines_of_the_load_have(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS, invoice=INVOICES)
    with scope(tenant.pk):
        Source.objects.update(duplicate_keys="last")
    reviewed = load(review=True, invoice=INVOICES + "1,INV-1,C1,2026-03-01,2026-03-31,DKK,100.00,77.00\n")
    load(invoice=HEADER + "1,INV-1,C1,2026-03-01,2026-03-31,DKK,100.00,55.00\n")

    assert counts(reviewed) == {"INVOICE": (4, 0, 1, 3, 0)}
    assert commit(reviewed) == State.QUEUED


def test_counts_of_a_review_are_those_of_its_commit(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    reviewed = load(review=True, invoice=INVOICES)

    commit(reviewed)

    with scope(tenant.pk):
        assert list(Count.objects.filter(ingestion=reviewed).values_list("lines", "inserted")) == [(3, 3)]
