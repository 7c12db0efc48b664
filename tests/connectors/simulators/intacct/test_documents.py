"""Invoices and adjustments."""

from __future__ import annotations

import pytest

from tests.connectors.simulators.intacct.client import DAY, Client, adjustment, invoice, lines, query, tags

GENERAL = "BL01001973"
TOTALS = ("STATE", "TRX_TOTALENTERED", "TRX_TOTALPAID", "TRX_TOTALDUE")


def test_invoice_is_stored_with_its_lines(books: Client) -> None:
    result = books.do(invoice("I1", "100.5", "20", before_number="", due="<termname>N30</termname>"))

    assert [each.tag for each in result.element] == ["status", "function", "controlid", "key"]
    fields = (
        "RECORDID",
        "RECORDTYPE",
        "CUSTOMERID",
        "CUSTOMERNAME",
        "WHENCREATED",
        "WHENPOSTED",
        "WHENDUE",
        "CURRENCY",
    )
    assert books.row("ARINVOICE", result.key, *fields, *TOTALS) == {
        "RECORDID": "I1", "RECORDTYPE": "ri", "CUSTOMERID": "C1", "CUSTOMERNAME": "Nordic Pumps",
        "WHENCREATED": "01/05/2026", "WHENPOSTED": "01/05/2026", "WHENDUE": "02/04/2026", "CURRENCY": "USD",
        "STATE": "Posted",
        "TRX_TOTALENTERED": "120.50", "TRX_TOTALPAID": "0.00", "TRX_TOTALDUE": "120.50",
    }  # fmt: skip
    assert books.do(query("ARINVOICEITEM", "RECORDKEY", "LINE_NO", "ACCOUNTNO", "TRX_AMOUNT")).rows == [
        {"RECORDKEY": result.key, "LINE_NO": "1", "ACCOUNTNO": "4000", "TRX_AMOUNT": "100.50"},
        {"RECORDKEY": result.key, "LINE_NO": "2", "ACCOUNTNO": "4000", "TRX_AMOUNT": "20.00"},
    ]
    assert books.row("CUSTOMER", 1, "TOTALDUE") == {"TOTALDUE": "120.50"}


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (invoice(due=""), (GENERAL, "Required field Date Due is missing")),
        (invoice(customer="C9"), (GENERAL, "Invalid Customer 'C9' specified.")),
        (invoice(due="<termname>N99</termname>"), (GENERAL, "Invalid Term 'N99' specified.")),
        (
            invoice(items=lines("").replace("<amount></amount>", "")),
            ("BL03002101", "Remove the extra line item, or provide an amount for it."),
        ),
        (invoice(items=lines("1").replace("4000", "9999")), (GENERAL, "Invalid GL Account Number '9999' specified.")),
        (invoice(items=lines("1", locationid="999")), (GENERAL, "Invalid Location '999' specified.")),
        (invoice(items=lines("1", departmentid="999")), (GENERAL, "Invalid Department '999' specified.")),
        (invoice(items=lines("1,5")), ("BL03000018", "The value '1,5' of field amount is not a number.")),
        (invoice(before_number="<action>Hold</action>"), (GENERAL, "Invalid Action 'Hold' specified.")),
        (invoice(before_number="<batchkey>7</batchkey>"), (GENERAL, "Invalid Summary '7' specified.")),
        (invoice(before_items="<exchratetype/>"), (GENERAL, "Required field Currency is missing")),
        (
            invoice(before_items="<billto><contactname>Bo</contactname></billto>"),
            (GENERAL, "Invalid Contact 'Bo' specified."),
        ),
        (
            invoice(due="<datedue><year>2026</year><month>13</month><day>1</day></datedue>"),
            ("BL03000018", "The value '13/1/2026' of field datedue is not a date as mm/dd/yyyy."),
        ),
    ],
)  # fmt: skip
def test_invoice_that_is_not_right_is_refused(books: Client, function: str, error: tuple[str, str]) -> None:
    result = books.call(function)

    assert (result.status, result.errors) == ("failure", [error, (GENERAL, "Could not create Invoice record!")])
    assert books.state()["ARINVOICE"] == 0


@pytest.mark.parametrize(
    ("before", "after", "unexpected"),
    [
        ("customerid", "datecreated", "datecreated"),
        ("termname", "invoiceno", "termname"),
        ("glaccountno", "amount", "amount"),
    ],
)
def test_elements_have_their_order(books: Client, before: str, after: str, unexpected: str) -> None:
    body = books.request(invoice("I1"))
    first, second = (
        body[body.index(f"<{name}>") : body.index(f"</{name}>") + len(name) + 3] for name in (before, after)
    )
    swapped = body.replace(first, "@").replace(second, first).replace("@", second)

    reply = books.post(swapped)

    assert (reply.control, reply.errors[0][0]) == ("failure", "XL03000003")
    assert f"Element '{unexpected}': This element is not expected." in reply.errors[0][1]


def test_invoice_without_lines_is_refused_by_the_order(books: Client) -> None:
    reply = books.send(invoice().replace(lines("100.00"), ""))

    assert "Element 'invoiceitems': Missing child element(s). Expected is ( lineitem )." in reply.errors[0][1]


@pytest.mark.parametrize("pair", ["<batchkey/><action>Submit</action>", "<action>Submit</action><batchkey/>"])
def test_order_that_the_sources_dispute_is_open(books: Client, pair: str) -> None:
    assert books.call(invoice("I1", before_number=pair)).status == "success"


def test_document_number_is_used_once(books: Client) -> None:
    books.do(invoice("D1"))

    assert books.refused(invoice("D1"))[0] == "BL03002185"
    assert books.do(adjustment("D1")).status == "success"


def test_company_that_numbers_documents_takes_no_notice_of_ours(books: Client) -> None:
    books.configure(document_sequencing=True)

    keys = [books.do(invoice("MINE")).key, books.do(invoice(None)).key, books.do(adjustment("MINE")).key]

    kinds = ("ARINVOICE", "ARINVOICE", "ARADJUSTMENT")
    numbers = [books.row(kind, key, "RECORDID")["RECORDID"] for kind, key in zip(kinds, keys, strict=True)]
    assert numbers == ["INV-00001", "INV-00002", "ADJ-00001"]


def test_location_may_be_required_on_every_line(books: Client) -> None:
    books.configure(location_required=True)

    assert books.refused(invoice("I1"))[1] == "Required field Location is missing"
    assert books.do(invoice("I1", items=lines("1", locationid="100"))).status == "success"


def test_amounts_are_rounded_to_cents_and_foreign_ones_translated(books: Client) -> None:
    foreign = tags(currency="EUR", exchratetype="")

    key = books.do(invoice("I1", "10.005", before_items=foreign)).key

    assert books.row("ARINVOICE", key, "TRX_TOTALDUE", "TOTALDUE", "CURRENCY", "BASECURR") == {
        "TRX_TOTALDUE": "10.01", "TOTALDUE": "11.01", "CURRENCY": "EUR", "BASECURR": "USD",
    }  # fmt: skip
    assert books.refused(invoice("I2", before_items=tags(currency="XXX")))[1] == "Invalid Currency 'XXX' specified."


def test_draft_owes_nothing_until_it_is_submitted(books: Client) -> None:
    key = books.do(invoice("I1", before_number="<action>Draft</action>")).key

    draft = (books.row("ARINVOICE", key, "STATE", "RAWSTATE"), books.row("CUSTOMER", 1, "TOTALDUE"))
    books.do(f'<update_invoice key="{key}"><action>Submit</action></update_invoice>')

    assert draft == ({"STATE": "Draft", "RAWSTATE": "D"}, {"TOTALDUE": "0.00"})
    assert books.row("ARINVOICE", key, "STATE", "RAWSTATE") == {"STATE": "Posted", "RAWSTATE": "A"}
    assert books.row("CUSTOMER", 1, "TOTALDUE") == {"TOTALDUE": "100.00"}


def test_invoice_is_updated_by_its_external_id(books: Client) -> None:
    key = books.do(invoice("I1", "100", "20", before_items="<externalid>ours-1</externalid>")).key

    books.do(
        '<update_invoice key="ours-1" externalkey="true"><ponumber>PO 7</ponumber><updateinvoiceitems>'
        '<updatelineitem line_num="2"><amount>25</amount></updatelineitem>'
        f"{lines('5')}</updateinvoiceitems></update_invoice>"
    )

    assert books.row("ARINVOICE", key, "RECORDID", "DOCNUMBER", "TRX_TOTALDUE") == {
        "RECORDID": "I1", "DOCNUMBER": "PO 7", "TRX_TOTALDUE": "130.00",
    }  # fmt: skip
    assert books.row("CUSTOMER", 1, "TOTALDUE") == {"TOTALDUE": "130.00"}


def test_credit_note_is_an_adjustment_with_a_negative_amount(books: Client) -> None:
    key = books.do(adjustment("A1", "-30.00", invoiceno="I7")).key

    assert books.row("ARADJUSTMENT", key, "RECORDTYPE", "RECORDID", "DOCNUMBER", *TOTALS) == {
        "RECORDTYPE": "ra", "RECORDID": "A1", "DOCNUMBER": "I7", "STATE": "Posted", "TRX_TOTALENTERED": "-30.00",
        "TRX_TOTALPAID": "0.00", "TRX_TOTALDUE": "-30.00",
    }  # fmt: skip
    assert books.row("CUSTOMER", 1, "TOTALDUE") == {"TOTALDUE": "-30.00"}


def test_reversed_and_deleted_documents_owe_nothing(books: Client) -> None:
    reversed_one, deleted = books.do(invoice("I1")).key, books.do(invoice("I2")).key
    credit = books.do(adjustment("A1")).key

    books.do(f'<reverse_invoice key="{reversed_one}"><datereversed>{DAY}</datereversed></reverse_invoice>')
    books.do(f'<delete_invoice key="{deleted}"/>')
    books.do(f'<delete_aradjustment key="{credit}"/>')

    assert books.row("ARINVOICE", reversed_one, "STATE", "TRX_TOTALDUE") == {
        "STATE": "Reversed",
        "TRX_TOTALDUE": "0.00",
    }
    state = books.state()
    assert (state["ARINVOICE"], state["ARADJUSTMENT"], state["ARADJUSTMENTITEM"]) == (1, 0, 0)
    assert books.row("CUSTOMER", 1, "TOTALDUE") == {"TOTALDUE": "0.00"}
    assert books.refused(f'<delete_invoice key="{deleted}"/>')[1].startswith("Cannot find invoice with key")
    assert books.do(invoice("I2")).status == "success"
