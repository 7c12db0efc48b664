"""Drops that come into an inbox and become loads."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from arhub.models import Document, OutstandingItem, Source
from arhub.tenancy.scope import scope
from connectors.domain.erp_cache import order_of
from connectors.models import Inbox, InboxFile
from ingestion.models import Ingestion
from tests.connectors.erp_cache.conftest import Take
from tests.connectors.erp_cache.drops import invoices, item, items, zipped
from tests.ingestion.conftest import counts, load_files, problems

ITEMS = "ACME_ErpCache_OutstandingItem_{}.zip"
ACCOUNTS = "account_id,account_name,currency\nC1,Alpha,DKK\n"
DOCUMENTS = "account_id,invoice_number,invoice_date,total_amount,currency\n"


def outstanding(inbox: Inbox) -> dict[str, tuple[Decimal | None, str | None]]:
    """Number → what is open on the document, and by whom that is said."""
    with scope(inbox.tenant_id):
        rows = Document.objects.values_list("number", "outstanding_amount", "outstanding_origin")
        return {number: (amount, origin) for number, amount, origin in rows}


def history(number: str, **given: str) -> dict[str, str]:
    return {"InvoiceNumber": number, "AccountNumber": "C1", "InvoiceDate": "2026-01-31", **given}


def load_of(taken: InboxFile) -> Ingestion:
    with scope(taken.tenant_id):
        return Ingestion.objects.get(pk=taken.ingestion)


def test_files_are_taken_in_the_order_of_their_numbers() -> None:
    items_of = ITEMS.format
    names = ["readme.txt", items_of("10"), items_of("9_10"), items_of("9_9"), "ACME_ErpCache_Invoice_11.zip"]

    assert sorted(names, key=order_of) == [
        "ACME_ErpCache_Invoice_11.zip", items_of("9_9"), items_of("9_10"), items_of("10"), "readme.txt",
    ]  # fmt: skip


def test_drop_becomes_a_load_of_its_own_name(take: Take) -> None:
    taken = take(ITEMS.format("5_1"), zipped(ACME_ErpCache_OutstandingItem_5_1=items(item("1", "1.234"))))

    with scope(taken.tenant_id):
        files = list(load_of(taken).files.values_list("name", "record_type"))
        stored = list(OutstandingItem.objects.values_list("number", "currency", "amount"))
    assert (taken.state, taken.index, taken.sub) == ("taken", "5", 1)
    assert taken.text == "Taken in: 1 outstanding item."
    assert files == [("ACME_ErpCache_OutstandingItem_5_1.jsonl", "outstanding_item")]
    assert stored == [("1", "DKK", Decimal("1.234"))]


def test_last_item_of_a_number_in_a_file_wins_whatever_the_source_says(take: Take, inbox: Inbox) -> None:
    with scope(inbox.tenant_id):
        Source.objects.update(duplicate_keys=Source.DuplicateKeys.FIRST, extent=Source.Extent.SNAPSHOT)
        inbox.refresh_from_db()

    taken = take(ITEMS.format("1"), items(item("1", "10"), item("2", "20"), item("1", "30")))

    with scope(inbox.tenant_id):
        stored = dict(OutstandingItem.objects.values_list("number", "amount"))
    assert problems(load_of(taken)) == []
    assert stored == {"1": Decimal(30), "2": Decimal(20)}


def test_what_a_drop_leaves_out_stays_as_it_is(take: Take, inbox: Inbox) -> None:
    with scope(inbox.tenant_id):
        Source.objects.update(extent=Source.Extent.SNAPSHOT)
        inbox.refresh_from_db()
    take(ITEMS.format("1"), items(item("1", "10"), item("2", "20")))

    take(ITEMS.format("2"), items(item("2", "5")))

    with scope(inbox.tenant_id):
        stored = dict(OutstandingItem.objects.filter(missing_at=None).values_list("number", "amount"))
    assert stored == {"1": Decimal(10), "2": Decimal(5)}


def test_currency_that_does_not_exist_is_rejected_alone(take: Take) -> None:
    taken = take(ITEMS.format("1"), items(item("1", "10", "crowns"), item("2", "20")))

    assert [line for line, _ in problems(load_of(taken))] == [1]
    assert counts(load_of(taken))["OUTSTANDING_ITEM"] == (2, 1, 0, 0, 1)


def test_drop_without_items_is_taken_and_changes_nothing(take: Take) -> None:
    taken = take(ITEMS.format("1"), items())

    assert (taken.state, taken.text) == ("taken", "Taken in: 0 outstanding items.")
    assert load_of(taken).state == "committed"


def test_warnings_and_what_the_numbers_show_are_told(take: Take) -> None:
    take(ITEMS.format("1"), items(item("1", "10")))

    texts = [
        take(ITEMS.format(index), items(item("1", index), importer=importer)).text
        for index, importer in (("3", "ErpCache_Invoices"), ("3", "ErpCache_OutstandingItem"), ("2", ""))
    ]

    warning = "The file names {}; it was read as ErpCache_OutstandingItem."
    assert texts == [
        "Taken in: 1 outstanding item. Expected index 2 after index 1, found index 3: 1 file was not taken. "
        + warning.format("the Importer ErpCache_Invoices"),
        "The index 3 was taken already. Take it in again if that is right.",
        "The index 2 came after index 3: its older amounts would take the place of newer ones. Take it in again if "
        "that is right.",
    ]


def test_other_shops_and_interfaces_have_numbers_of_their_own(take: Take) -> None:
    take(ITEMS.format("1"), items(item("1", "10")))

    texts = [
        take("ACME-Staging_ErpCache_OutstandingItem_5.zip", items(item("2", "10"))).text,
        take("ACME_ErpCache_Invoice_9.zip", invoices()).text,
        take("acme_erpcache_outstandingitem_2.zip", items(item("1", "20"))).text,
    ]

    assert texts == [
        "Taken in: 1 outstanding item.", "Taken in: 0 invoices.", "Taken in: 1 outstanding item.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("readme.txt", b"Hello", "Expected a name such as SHOP_ErpCache_OutstandingItem_20260131120000.zip, "
                                 "found readme.txt: this is no file of ERP Cache."),
        (ITEMS.format("1"), items(item("1", "x")),
         "OutstandingItem 1, line 5: expected a number such as 1250.00 as TotalOutstanding, found “x”."),
    ],
)  # fmt: skip
def test_file_that_is_wrong_is_set_aside_with_the_reason(take: Take, name: str, content: bytes, reason: str) -> None:
    taken = take(name, content)

    assert (taken.state, taken.text, taken.ingestion) == ("aside", reason, None)
    assert taken.content.read() == content


def test_number_of_a_drop_that_was_set_aside_counts_as_missing(take: Take) -> None:
    texts = [
        take(ITEMS.format(index), items(item("1", amount))).text
        for index, amount in (("1", "10"), ("2", "x"), ("3", "30"))
    ]

    assert texts[2] == (
        "Taken in: 1 outstanding item. Expected index 2 after index 1, found index 3: 1 file was not taken."
    )


def test_items_that_come_before_their_invoices_are_linked_later(take: Take, inbox: Inbox, tenant: Any) -> None:
    load_files(tenant, account=ACCOUNTS)
    take(ITEMS.format("1"), items(item("10", "40"), item("11", "0", ""), item("12", "7")))

    load_files(tenant, invoice=f"{DOCUMENTS}C1,10,2026-01-31,100,DKK\nC1,11,2026-01-31,100,DKK\n")
    taken = take("ACME_ErpCache_Invoice_1.zip", invoices(history("12", TotalPrice="70"), history("13", TotalPrice="9")))

    assert problems(load_of(taken)) == []
    assert outstanding(inbox) == {
        "10": (Decimal(40), "outstanding item"),
        "11": (Decimal(0), "outstanding item"),
        "12": (Decimal(7), "outstanding item"),
        "13": (Decimal(9), "computed"),
    }


def test_own_outstanding_amount_of_an_invoice_wins_until_it_is_empty(take: Take, inbox: Inbox, tenant: Any) -> None:
    load_files(tenant, account=ACCOUNTS)
    own = history("10", TotalPrice="100", TotalOutstanding="60")
    take("ACME_ErpCache_Invoice_1.zip", invoices(own))
    take(ITEMS.format("1"), items(item("10", "40")))
    first = outstanding(inbox)

    take("ACME_ErpCache_Invoice_2.zip", invoices(history("10", TotalPrice="100", TotalOutstanding="")))

    assert (first, outstanding(inbox)) == (
        {"10": (Decimal(60), "own")}, {"10": (Decimal(40), "outstanding item")},
    )  # fmt: skip


def test_item_without_a_currency_keeps_that_of_its_invoice(take: Take, inbox: Inbox, tenant: Any) -> None:
    load_files(tenant, account=ACCOUNTS, invoice=f"{DOCUMENTS}C1,10,2026-01-31,100,DKK\n")
    take(ITEMS.format("1"), items(item("10", "40"), item("11", "5", "EUR")))

    take(ITEMS.format("2"), items(item("10", "30", ""), item("11", "4", "EUR")))

    with scope(inbox.tenant_id):
        stored = list(OutstandingItem.objects.order_by("number").values_list("number", "currency", "amount"))
    assert stored == [("10", "DKK", Decimal(30)), ("11", "EUR", Decimal(4))]
    assert outstanding(inbox) == {"10": (Decimal(30), "outstanding item")}


def test_invoice_history_says_nothing_of_what_it_leaves_out(take: Take, inbox: Inbox, tenant: Any) -> None:
    load_files(tenant, account=ACCOUNTS)
    take("ACME_ErpCache_Invoice_1.zip", invoices(history("10", TotalPrice="100", DownloadablePdfUri="https://a.b/c")))

    take("ACME_ErpCache_Invoice_2.zip", invoices(history("10", TotalPrice="90")))

    with scope(inbox.tenant_id):
        assert Document.objects.values_list("total_amount", "pdf_url").get() == (Decimal(90), "https://a.b/c")


def test_credit_note_in_invoice_history_is_an_amount_below_zero(take: Take, inbox: Inbox, tenant: Any) -> None:
    load_files(tenant, account=ACCOUNTS)
    take(ITEMS.format("1"), items(item("K1", "-20")))

    take("ACME_ErpCache_Invoice_1.zip", invoices(history("K1", TotalPrice="-30")))

    assert outstanding(inbox) == {"K1": (Decimal(-20), "outstanding item")}


def test_invoice_history_of_an_unknown_account_is_rejected(take: Take) -> None:
    taken = take("ACME_ErpCache_Invoice_1.zip", invoices(history("10", TotalPrice="100")))

    assert problems(load_of(taken)) == [
        (1, "account_id: expected the key or number of one account of this ledger or of this load, "
            "found 'C1', which no account has"),
    ]  # fmt: skip
