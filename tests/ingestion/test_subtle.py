"""Where a record's meaning depends on what is stored beside it: signs, types, numbers that move, money that follows."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from arhub.models import Account, Application, Contact, Document, OutstandingItem, Tenant
from arhub.tenancy.scope import scope
from ingestion import tasks
from ingestion.domain import runs, staging
from ingestion.models import Change, Ingestion
from tests.ingestion.conftest import ACCOUNTS, Load, counts, problems

HEADER = "erp_key,account_id,document_type,total_amount,balance_due\n"


def _document(tenant: Tenant, key: str) -> Document:
    with scope(tenant.pk):
        return Document.objects.get(erp_key=key)


def test_delta_without_a_type_keeps_a_credit_memo_a_credit_memo(load: Load, tenant: Tenant) -> None:
    load(account=ACCOUNTS, invoice=HEADER + "K1,C1,Credit Memo,-500,-500\n")

    again = load(invoice="erp_key,account_id,total_amount,balance_due\nK1,C1,-500,-400\n")

    memo = _document(tenant, "K1")
    assert (memo.document_type, memo.total_amount, memo.outstanding_amount, memo.given_sign) == (
        "credit_memo",
        500,
        400,
        -1,
    )
    assert counts(again) == {"ADJUSTMENT": (1, 0, 1, 0, 0)}


def test_credit_memo_file_does_not_write_into_an_invoice(load: Load, tenant: Tenant) -> None:
    load(account=ACCOUNTS, invoice=HEADER + "K1,C1,Invoice,500,500\n")

    again = load(adjustment="erp_key,account_id,total_amount\nK1,C1,-50\n")

    assert problems(again) == [
        (2, "erp_key: expected the key of a credit memo, found 'K1', which is the key of a stored invoice")
    ]
    assert _document(tenant, "K1").total_amount == 500


def test_zero_says_nothing_about_the_sign(load: Load, tenant: Tenant) -> None:
    load(account=ACCOUNTS, invoice=HEADER + "K1,C1,Credit Memo,-500,-500\nK2,C1,Credit Memo,0,-50\n")

    load(invoice="erp_key,account_id,document_type,balance_due\nK1,C1,Credit Memo,0\n")

    assert (_document(tenant, "K1").given_sign, _document(tenant, "K2").outstanding_amount) == (-1, 50)


def test_credit_memo_with_two_signs_is_refused(load: Load) -> None:
    ingestion = load(account=ACCOUNTS, invoice=HEADER + "K1,C1,Credit Memo,100,-100\n")

    assert problems(ingestion) == [(2, "balance_due: expected the sign of the total, found the other sign")]


def test_outstanding_item_of_a_credit_memo_counts_with_either_sign(load: Load, tenant: Tenant) -> None:
    load(account=ACCOUNTS, invoice="invoice_number,account_id,document_type,total_amount\nM1,C1,Credit Memo,-500\n")

    load(outstanding_item="invoice_number,total_outstanding\nM1,-300\n")

    with scope(tenant.pk):
        assert Document.objects.get().outstanding_amount == 300


@pytest.mark.parametrize("spelled", ["AP Invoice", "APInvoice", "ap_invoice", "AP-Credit-Memo"])
def test_payable_types_are_known_by_any_spelling(load: Load, tenant: Tenant, spelled: str) -> None:
    load(account=ACCOUNTS, invoice=HEADER + f"K1,C1,{spelled},5,5\n")

    assert _document(tenant, "K1").direction == "payable"


CONTACT = "erp_key,account_id,contact_name\nP,N1,Anna\n"


def test_number_that_moved_to_another_record_is_followed(load: Load, tenant: Tenant) -> None:
    load(account="erp_key,account_id,account_name\nk1,N1,One\nk2,N2,Two\n", contact=CONTACT)

    load(account="erp_key,account_id,account_name\nk1,N2,One\nk2,N1,Two\n")
    again = load(contact=CONTACT)

    assert counts(again)["CONTACT"] == (1, 0, 1, 0, 0)
    with scope(tenant.pk):
        assert Contact.objects.get().account.name == "Two"
        change = Change.objects.get(ingestion=again)
        assert (change.field, change.old, change.new) == ("account", "k1", "k2")


def test_number_that_the_same_load_moves_means_its_new_holder(load: Load, tenant: Tenant) -> None:
    load(account="erp_key,account_id,account_name\nk1,N1,One\n")

    load(account="erp_key,account_id,account_name\nk1,N2,One\nk2,N1,Two\n", contact=CONTACT)

    with scope(tenant.pk):
        assert Contact.objects.get().account.name == "Two"


def test_empty_currency_of_an_outstanding_item_is_the_invoices(load: Load, tenant: Tenant) -> None:
    load(
        account=ACCOUNTS,
        invoice="invoice_number,account_id,total_amount\n500,C2,100\n",
        outstanding_item="invoice_number,total_outstanding\n500,75\n",
    )

    with scope(tenant.pk):
        assert OutstandingItem.objects.get().currency == "EUR"


def test_application_of_a_credit_memo_needs_a_credit_memo(load: Load) -> None:
    load(account=ACCOUNTS, invoice=HEADER + "S1,C1,Invoice,100,\nM1,C1,Credit Memo,5,\n")

    ingestion = load(credit_memo_applied="credit_memo,invoice,amount\nS1,S1,5\nM1,S1,5\n")

    assert counts(ingestion)["CREDIT_MEMO_APPLIED"] == (2, 1, 0, 0, 1)
    assert "expected the key or number of one credit memo" in problems(ingestion)[0][1]


def test_payment_reduces_the_invoice_when_a_credit_memo_has_its_number(load: Load, tenant: Tenant) -> None:
    header = "invoice_number,account_id,document_type,total_amount\n"
    load(account=ACCOUNTS, invoice=header + "7,C1,Invoice,100\n7,C1,Credit Memo,30\n")

    load(payment="payment_id,account_id,amount\nP1,C1,60\n", payment_applied="payment,invoice,amount\nP1,7,60\n")

    with scope(tenant.pk):
        assert Application.objects.get().document.document_type == "invoice"
        assert Document.objects.get(document_type="invoice").outstanding_amount == 40


def test_voided_payment_pays_nothing(load: Load, tenant: Tenant) -> None:
    load(
        account=ACCOUNTS,
        invoice="invoice_number,account_id,total_amount\n1,C1,100\n",
        payment="payment_id,account_id,amount\nP1,C1,60\n",
        payment_applied="payment,invoice,amount\nP1,1,60\n",
    )

    load(payment="payment_id,account_id,amount,is_voided\nP1,C1,60,true\n")

    with scope(tenant.pk):
        assert Document.objects.get().outstanding_amount == 100


def test_keys_with_bars_are_told_apart(load: Load) -> None:
    accounts = "account_id,account_name\nA|B,One\nA,Two\n"

    ingestion = load(account=accounts, invoice="account_id,invoice_number,total_amount\nA|B,C,1\nA,B|C,2\n")

    assert counts(ingestion)["INVOICE"] == (2, 2, 0, 0, 0)


def test_contacts_name_follows_its_parts(load: Load, tenant: Tenant) -> None:
    text = "erp_key,account_id,first_name,last_name\nP,C1,Al,Bo\n"
    load(account=ACCOUNTS, contact=text)

    load(contact=text.replace("Bo", "Cy"))

    with scope(tenant.pk):
        assert Contact.objects.get().name == "Al Cy"


@pytest.mark.parametrize(
    "value", ["it's", "100 %s", "{x}", "back\\slash", 'a "quoted" one', "tab\there", "æøå 漢字", "E'nobody'"]
)
def test_any_text_goes_through_unchanged(load: Load, tenant: Tenant, value: str) -> None:
    quoted = '"' + value.replace('"', '""') + '"'
    header = f'account_id,account_name,"{value.replace(chr(34), chr(34) * 2)}"\n'

    load(account=header + f"{quoted},{quoted},1\n", contact=f"account_id,contact_name\n{quoted},{quoted}\n")

    with scope(tenant.pk):
        account = Account.objects.get()
        assert (account.erp_key, account.name, account.contacts.get().name) == (value, value, value)


def test_half_staged_load_is_read_again_before_the_commit(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=ACCOUNTS, invoice="invoice_number,account_id,total_amount\n1,C1,5\n", review=True)
    with connection.cursor() as cursor:
        cursor.execute(f'truncate staging."load_{ingestion.pk}_document_all"')
        cursor.execute(f'drop table staging."load_{ingestion.pk}_complete"')

    with scope(tenant.pk):
        runs.request_commit(ingestion, rejects="rows")
    tasks.answer()

    assert counts(ingestion) == {"ACCOUNT": (2, 2, 0, 0, 0), "INVOICE": (1, 1, 0, 0, 0)}


def test_sweeper_keeps_the_staging_of_an_old_review_that_is_being_committed(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=ACCOUNTS, review=True)
    with scope(tenant.pk):
        Ingestion.objects.filter(pk=ingestion.pk).update(created_at=timezone.now() - timedelta(days=30))
        runs.request_commit(ingestion, rejects="rows")

    runs.sweep()

    assert ingestion.pk in staging.staged_loads()


def test_application_moves_money_exactly(load: Load, tenant: Tenant) -> None:
    load(
        account=ACCOUNTS,
        invoice="invoice_number,account_id,total_amount\n1,C1,0.30\n",
        payment="payment_id,account_id,amount\nP1,C1,0.10\nP2,C1,0.20\n",
        payment_applied="payment,invoice,amount\nP1,1,0.10\nP2,1,0.20\n",
    )

    with scope(tenant.pk):
        assert Document.objects.get().outstanding_amount == Decimal("0.00")


def test_made_key_that_is_too_long_names_what_it_is_made_of(load: Load) -> None:
    account = "A" * 200
    accounts = f"account_id,account_name\n{account},Alpha\n"

    ingestion = load(account=accounts, invoice=f"account_id,invoice_number,total_amount\n{account},{'9' * 100},1\n")

    assert problems(ingestion) == [
        (2, ": expected account_id and invoice_number of at most 255 characters together, found 309")
    ]


def test_stored_payable_takes_no_outstanding_item(load: Load, tenant: Tenant) -> None:
    load(
        account=ACCOUNTS, invoice="erp_key,invoice_number,account_id,document_type,total_amount\nK,7,C1,AP Invoice,5\n"
    )

    load(
        invoice="erp_key,invoice_number,account_id,total_amount\nK,7,C1,6\n",
        outstanding_item="invoice_number,total_outstanding\n7,1\n",
    )

    with scope(tenant.pk):
        assert OutstandingItem.objects.get().document is None


def test_rows_without_a_key_mean_the_record_the_erp_gave_one(load: Load, tenant: Tenant) -> None:
    load(
        account="erp_key,account_id,account_name\nguid-a,C1,Alpha\n",
        contact="erp_key,account_id,contact_name,email\nguid-c,guid-a,Anna,a@x.example\n",
        invoice="erp_key,invoice_number,account_id,total_amount\nguid-i,100,guid-a,50\n",
        payment="erp_key,payment_id,account_id,amount\nguid-p,P1,guid-a,40\n",
        payment_applied="erp_key,payment,invoice,entry_number,amount\nguid-x,guid-p,guid-i,1,40\n",
    )

    again = load(
        payment_applied="payment,invoice,amount\nP1,100,30\n",
        payment="payment_id,account_id,amount\nP1,C1,45\n",
        invoice="invoice_number,account_id,total_amount\n100,C1,60\n",
        contact="account_id,contact_name,email\nC1,Anna Holm,a@x.example\n",
        account="account_id,account_name\nC1,Alpha ApS\n",
    )

    assert set(counts(again).values()) == {(1, 0, 1, 0, 0)}
    assert len(counts(again)) == 5
    with scope(tenant.pk):
        document = Document.objects.get()
        assert (document.erp_key, document.total_amount, document.outstanding_amount) == ("guid-i", 60, 30)
        assert (Contact.objects.get().name, Account.objects.get().name) == ("Anna Holm", "Alpha ApS")


def test_same_application_by_number_and_by_key_goes_in_once(load: Load, tenant: Tenant) -> None:
    load(
        account=ACCOUNTS,
        invoice="erp_key,invoice_number,account_id,total_amount\nd1,100,C1,100\n",
        payment="erp_key,payment_id,account_id,amount\np1,P1,C1,40\n",
        payment_applied="payment,invoice,amount\nP1,100,40\n",
    )

    again = load(payment_applied="payment,invoice,amount\np1,d1,40\n")

    assert counts(again)["PAYMENT_APPLIED"] == (1, 0, 0, 1, 0)
    with scope(tenant.pk):
        assert Document.objects.get().outstanding_amount == 60


def test_number_of_two_stored_records_is_adopted_from_neither(load: Load, tenant: Tenant) -> None:
    header = "erp_key,invoice_number,account_id,total_amount\n"
    load(account=ACCOUNTS, invoice=header + "d1,100,C1,1\nd2,100,C1,2\n")

    again = load(invoice="invoice_number,account_id,total_amount\n100,C1,3\n")

    assert counts(again)["INVOICE"] == (1, 1, 0, 0, 0)
