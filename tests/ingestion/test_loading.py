"""What a load does to the tables."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from django.db import connection

from arhub.domain import receivables
from arhub.models import (
    Account,
    Application,
    Contact,
    Document,
    DocumentLine,
    OutstandingItem,
    Payment,
    Tenant,
)  # fmt: skip
from arhub.tenancy.scope import scope
from ingestion.models import Change, Ingestion
from tests.ingestion.conftest import ACCOUNTS, COMMITTED, FAILED, Load, another_source, counts, problems

INVOICES = (
    "invoice_number,account_id,document_type,invoice_date,due_date,total_amount\n"
    "100,C1,Invoice,2026-03-01,2026-03-31,1250.00\n"
    "101,C2,AR Invoice,2026-03-02,2026-04-01,99.50\n"
    "900,C1,Credit Memo,2026-03-05,,-250.00\n"
)


def test_first_load_inserts_and_says_so(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=ACCOUNTS, invoice=INVOICES)

    assert ingestion.state == COMMITTED
    assert counts(ingestion) == {
        "ACCOUNT": (2, 2, 0, 0, 0),
        "INVOICE": (2, 2, 0, 0, 0),
        "ADJUSTMENT": (1, 1, 0, 0, 0),
    }
    with scope(tenant.pk):
        invoice = Document.objects.get(number="101")
        assert (invoice.account.name, invoice.total_amount, invoice.currency) == ("Beta", Decimal("99.50"), "EUR")
        assert (invoice.outstanding_amount, invoice.outstanding_origin) == (Decimal("99.50"), "computed")
        assert invoice.created_line == 3


def test_second_load_of_the_same_writes_nothing(load: Load, tenant: Tenant) -> None:
    load(account=ACCOUNTS, invoice=INVOICES)
    with scope(tenant.pk):
        before = list(Document.objects.order_by("pk").values())

    again = load(invoice=INVOICES, account=ACCOUNTS)

    assert again.rows_written_at is None
    assert counts(again)["INVOICE"] == (2, 0, 0, 2, 0)
    with scope(tenant.pk):
        assert list(Document.objects.order_by("pk").values()) == before


def test_changed_cell_gives_one_update_with_old_and_new(load: Load, tenant: Tenant) -> None:
    load(account=ACCOUNTS, invoice=INVOICES)

    again = load(invoice=INVOICES.replace("99.50", "109.50"))

    assert counts(again)["INVOICE"] == (2, 0, 1, 1, 0)
    with scope(tenant.pk):
        change = Change.objects.get(ingestion=again)
        assert (change.field, change.old, change.new, change.line) == ("total_amount", "99.50", "109.50", 3)
        assert Document.objects.get(number="101").outstanding_amount == Decimal("109.50")


def test_other_writing_of_the_same_values_is_unchanged(load: Load) -> None:
    load(account=ACCOUNTS, invoice=INVOICES)
    rewritten = (
        INVOICES.replace(",", ";")
        .replace("1250.00", "1.250,0")
        .replace("99.50", "99,5")
        .replace("2026-03-01", "01.03.2026")
    )

    again = load(invoice=rewritten)

    assert counts(again) == {"INVOICE": (2, 0, 0, 2, 0), "ADJUSTMENT": (1, 0, 0, 1, 0)}


def test_empty_cell_keeps_what_is_stored(load: Load, tenant: Tenant) -> None:
    load(account="account_id,account_name,email\nC1,Alpha,a@alpha.example\n")

    again = load(account="account_id,account_name,email\nC1,Alpha,\n")

    assert counts(again)["ACCOUNT"] == (1, 0, 0, 1, 0)
    with scope(tenant.pk):
        assert Account.objects.get(number="C1").email == "a@alpha.example"


def test_credit_memo_is_positive_and_keeps_its_sign(load: Load, tenant: Tenant) -> None:
    load(account=ACCOUNTS)
    load(adjustment="credit_memo_number,account_id,total_amount,balance_due\n1,C1,-10.00,-4.00\n2,C1,7.00,7.00\n")

    with scope(tenant.pk):
        rows = Document.objects.order_by("number").values_list("total_amount", "outstanding_amount", "given_sign")
        assert list(rows) == [(Decimal("10.00"), Decimal("4.00"), -1), (Decimal("7.00"), Decimal("7.00"), 1)]


FILES = {
    "account": "erp_key,account_id,account_name,primary_contact_id,parent_account_id\n"
    "A1,C1,Alpha,K1,\nA2,C2,Beta,,A1\n",
    "contact": "erp_key,account_id,contact_name\nK1,A1,Anna\n",
    "invoice": "erp_key,invoice_number,account_id,total_amount\nD1,100,A1,100\nD9,900,A1,30\n",
    "invoice_line": "invoice,line_number,description\nD1,1,Pump\nD1,2,Hose\n",
    "payment": "payment_id,account_id,amount\nP1,A1,60\n",
    "payment_applied": "payment,invoice,amount\nP1,D1,40\n",
    "outstanding_item": "invoice_number,total_outstanding\n900,12\n",
    "custom_field": "table,record,label,value\nCompany,A1,Region,North\nInvoice,D1,Batch,7\n",
}


@pytest.mark.parametrize("turn", range(4))
def test_order_of_the_files_does_not_matter(load: Load, tenant: Tenant, turn: int) -> None:
    names = list(FILES)
    order = [names, names[::-1], names[3:] + names[:3], list(list(permutations(names))[23_457])][turn]

    ingestion = load(**{name: FILES[name] for name in order})

    assert problems(ingestion) == []
    with scope(tenant.pk):
        account = Account.objects.get(erp_key="A1")
        assert account.primary_contact == Contact.objects.get()
        assert Account.objects.get(erp_key="A2").parent == account
        assert DocumentLine.objects.filter(document__number="100").count() == 2
        assert Application.objects.get().payment == Payment.objects.get()
        assert Document.objects.get(number="100").outstanding_amount == 60
        assert Payment.objects.get().open_amount == 20
        document = Document.objects.get(number="900")
        assert (document.outstanding_amount, document.outstanding_origin) == (12, "outstanding item")


def test_reference_to_nobody_is_an_invalid_row_that_says_so(load: Load) -> None:
    ingestion = load(account=ACCOUNTS, contact="Kundenr;Navn;Email\nC1;Anna;a@x.example\nC7;Bo;b@x.example\n")

    assert counts(ingestion)["CONTACT"] == (2, 1, 0, 0, 1)
    assert problems(ingestion) == [
        (3, "Kundenr: expected the key or number of one account of this ledger or of this load, "
            "found 'C7', which no account has")
    ]  # fmt: skip


def test_row_that_refers_to_an_invalid_row_is_invalid_too(load: Load) -> None:
    ingestion = load(
        account="erp_key,account_name,parent_account_id\nA1,Alpha,A2\nA2,Beta,A3\nA3,Gamma,NOBODY\n",
        contact="account_id,contact_name\nA1,Anna\n",
    )

    assert ingestion.state == FAILED
    assert [line for line, _ in problems(ingestion)] == [2, 3, 4, 2]


def test_number_that_means_two_records_resolves_to_none(load: Load) -> None:
    load(
        account=ACCOUNTS,
        invoice="erp_key,invoice_number,account_id,total_amount\nD1,100,C1,1\nD2,100,C2,2\n",
    )

    ingestion = load(invoice_line="invoice,line_number\n100,1\nD1,1\n")

    assert counts(ingestion)["INVOICE_LINE"] == (2, 1, 0, 0, 1)
    assert "found '100', which is the number of 2 of them" in problems(ingestion)[0][1]


def test_key_twice_in_a_file_keeps_the_earlier_row(load: Load, tenant: Tenant) -> None:
    ingestion = load(account="account_id,account_name\nC1,First\nC2,Other\nC1,Second\n")

    assert counts(ingestion)["ACCOUNT"] == (3, 2, 0, 0, 1)
    assert problems(ingestion) == [
        (4, ": expected a record that no earlier line of this load has, found the key 'C1', which is on line 2")
    ]
    with scope(tenant.pk):
        assert Account.objects.get(number="C1").name == "First"


def test_load_with_no_good_row_fails_and_keeps_the_reasons(load: Load, tenant: Tenant) -> None:
    ingestion = load(invoice=INVOICES)

    assert ingestion.state == FAILED
    assert ingestion.reason.startswith("None of the 3 rows could be taken in")
    assert counts(ingestion) == {"INVOICE": (2, 0, 0, 0, 2), "ADJUSTMENT": (1, 0, 0, 0, 1)}
    with scope(tenant.pk):
        assert list(ingestion.invalid_rows.order_by("line")[0].cells or [])[:3] == ["100", "C1", "Invoice"]
        assert not Document.objects.exists()


def test_many_invalid_rows_stop_the_reading(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.domain.reading.MOST_INVALID", 50)
    rows = "".join(f"{n},C1,not a date,5\n" for n in range(60))

    ingestion = load(invoice="invoice_number,account_id,invoice_date,total_amount\n" + rows)

    assert ingestion.state == FAILED
    assert "this looks like another type or layout than invoices" in ingestion.reason


def test_cells_of_rows_the_database_rejects_are_fetched_a_chunk_at_a_time(load: Load, tenant: Tenant) -> None:
    most = 0

    def count(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        nonlocal most
        result = execute(sql, params, many, context)
        if sql.startswith("select"):
            most = max(most, context["cursor"].rowcount)
        return result

    rows = "".join(f"INV-{n},C9,{n}\n" for n in range(1, 12_001))
    with connection.execute_wrapper(count):
        loaded = load(review=True, invoice=f"invoice_number,account_id,total_amount\n{rows}")

    with scope(tenant.pk):
        assert loaded.invalid_rows.count() == 12_000
        assert loaded.invalid_rows.get(line=10_001).cells == ["INV-10000", "C9", "10000"]
    assert most <= 5_000


def test_outstanding_item_waits_for_its_invoice_and_links(load: Load, tenant: Tenant) -> None:
    load(outstanding_item="invoice_number,currency,total_outstanding\n500,,75.00\n")
    with scope(tenant.pk):
        assert OutstandingItem.objects.get().document is None

    load(account=ACCOUNTS, invoice="invoice_number,account_id,total_amount\n500,C2,100.00\n")

    with scope(tenant.pk):
        item, document = OutstandingItem.objects.get(), Document.objects.get()
        assert (item.document, item.currency) == (document, "EUR")
        assert (document.outstanding_amount, document.outstanding_origin) == (Decimal("75.00"), "outstanding item")


def test_outstanding_item_in_another_currency_is_refused(load: Load) -> None:
    load(account=ACCOUNTS, invoice="invoice_number,account_id,total_amount\n500,C2,100.00\n")

    ingestion = load(outstanding_item="invoice_number,currency,total_outstanding\n500,USD,75.00\n")

    assert problems(ingestion) == [(2, "currency: expected the currency of its document, EUR, found 'USD'")]


def test_outstanding_item_that_fits_two_documents_is_refused(load: Load) -> None:
    load(account=ACCOUNTS, invoice="invoice_number,account_id,total_amount\n500,C1,1\n500,C2,2\n")

    ingestion = load(outstanding_item="invoice_number,total_outstanding\n500,75.00\n")

    assert "which is the number of 2 of them" in problems(ingestion)[0][1]


def test_own_amount_wins_over_item_and_applications(load: Load, tenant: Tenant) -> None:
    load(
        account=ACCOUNTS,
        invoice="invoice_number,account_id,total_amount,balance_due\n500,C1,100,33\n",
        outstanding_item="invoice_number,total_outstanding\n500,75\n",
        payment="payment_id,account_id,amount\nP1,C1,100\n",
        payment_applied="payment,invoice,amount\nP1,500,50\n",
    )

    with scope(tenant.pk):
        document = Document.objects.get()
        assert (document.outstanding_amount, document.outstanding_origin) == (33, "own")


def test_application_that_moves_refreshes_the_document_it_leaves(load: Load, tenant: Tenant) -> None:
    load(
        account=ACCOUNTS,
        invoice="invoice_number,account_id,total_amount\n1,C1,100\n2,C1,100\n",
        payment="payment_id,account_id,amount\nP1,C1,100\n",
        payment_applied="erp_key,payment,invoice,amount\nX,P1,1,50\n",
    )

    load(payment_applied="erp_key,payment,invoice,amount\nX,P1,2,50\n")

    with scope(tenant.pk):
        amounts = dict(Document.objects.values_list("number", "outstanding_amount"))
        assert amounts == {"1": 100, "2": 50}


def test_payable_documents_are_kept_apart(load: Load, tenant: Tenant) -> None:
    load(
        account=ACCOUNTS,
        invoice="invoice_number,account_id,document_type,total_amount\n1,C1,AP Invoice,5\n2,C1,Invoice,6\n",
    )

    with scope(tenant.pk):
        assert [document.number for document in receivables.documents()] == ["2"]
        assert Document.objects.get(number="1").given_type == "AP Invoice"


def test_same_key_in_two_ledgers_is_two_records(load: Load, tenant: Tenant) -> None:
    another_source(tenant, "Other books", ledger="Other books")
    load(account=ACCOUNTS)

    ingestion = load(account="account_id,account_name\nC1,Somebody else\n", source="Other books")

    assert counts(ingestion)["ACCOUNT"] == (1, 1, 0, 0, 0)
    with scope(tenant.pk):
        names = Account.objects.filter(erp_key="C1").order_by("pk").values_list("name", flat=True)
        assert list(names) == ["Alpha", "Somebody else"]


def test_review_writes_nothing_and_counts_what_it_would_do(load: Load, tenant: Tenant) -> None:
    load(account=ACCOUNTS)

    ingestion = load(account="account_id,account_name\nC1,Alpha 2\nC3,New\nC2,Beta\n,\n", review=True)

    assert ingestion.state == "review"
    assert counts(ingestion)["ACCOUNT"] == (3, 1, 1, 1, 0)
    with scope(tenant.pk):
        assert set(Account.objects.values_list("name", flat=True)) == {"Alpha", "Beta"}
        assert Ingestion.objects.get(pk=ingestion.pk).rows_written_at is None


def test_unknown_column_is_a_warning_not_lost_in_silence(load: Load, tenant: Tenant) -> None:
    ingestion = load(account="account_id,account_name,shoe size\nC1,Alpha,42\n")

    with scope(tenant.pk):
        assert ingestion.files.get().warnings == ["Column “shoe size” is not known for accounts and was not read."]


def test_contact_without_full_name_is_known_by_first_and_last(load: Load, tenant: Tenant) -> None:
    text = "account_id,first_name,last_name\nC1,Anna,Holm\nC1,Bo,\n"
    load(account=ACCOUNTS, contact=text)

    again = load(contact=text)

    assert counts(again)["CONTACT"] == (2, 0, 0, 2, 0)
    with scope(tenant.pk):
        assert sorted(Contact.objects.values_list("name", flat=True)) == ["Anna Holm", "Bo"]
