"""Payments, advances and credits, and what is left after them."""

from __future__ import annotations

import pytest

from tests.connectors.simulators.intacct.client import DAY, Client, adjustment, advance, invoice, payment, query, tags

LEFT = ("STATE", "TRX_TOTALPAID", "TRX_TOTALDUE")


def _left(client: Client, kind: str, key: str) -> tuple[str, ...]:
    return tuple(client.row(kind, key, *LEFT).values())


@pytest.fixture
def owed(books: Client) -> str:
    """The record number of an invoice of 100 + 20."""
    return books.do(invoice("I1", "100", "20")).key


def test_payment_over_two_documents_lowers_what_they_owe(books: Client, owed: str) -> None:
    second = books.do(invoice("I2", "80")).key

    result = books.do(payment(
        {"RECORDKEY": owed, "TRX_PAYMENTAMOUNT": "110.00"}, {"RECORDKEY": second, "TRX_PAYMENTAMOUNT": "80"},
        DOCNUMBER="P-1",
    ))  # fmt: skip

    key = result.rows[0]["RECORDNO"]
    assert ([each.tag for each in result.data], result.rows) == (["arpymt"], [{"RECORDNO": key}])
    assert _left(books, "ARINVOICE", owed) == ("Partially Paid", "110.00", "10.00")
    assert _left(books, "ARINVOICE", second) == ("Paid", "80.00", "0.00")
    assert books.row("ARINVOICE", second, "WHENPAID") == {"WHENPAID": "01/06/2026"}
    assert [each["TRX_TOTALPAID"] for each in books.do(query("ARINVOICEITEM", "TRX_TOTALPAID")).rows] == [
        "100.00", "10.00", "80.00",
    ]  # fmt: skip
    fields = ("RECORDTYPE", "DOCNUMBER", "FINANCIALENTITY", "TRX_TOTALENTERED", "TRX_TOTALDUE")
    assert books.row("ARPYMT", key, *fields) == {
        "RECORDTYPE": "rp", "DOCNUMBER": "P-1", "FINANCIALENTITY": "BOFA1435", "TRX_TOTALENTERED": "190.00",
        "TRX_TOTALDUE": "0.00",
    }  # fmt: skip
    assert books.do(query("ARPYMTDETAIL", "PAYMENTKEY", "RECORDKEY", "TRX_PAYMENTAMOUNT")).rows == [
        {"PAYMENTKEY": key, "RECORDKEY": owed, "TRX_PAYMENTAMOUNT": "110.00"},
        {"PAYMENTKEY": key, "RECORDKEY": second, "TRX_PAYMENTAMOUNT": "80.00"},
    ]
    assert books.row("CUSTOMER", 1, "TOTALDUE") == {"TOTALDUE": "10.00"}


def test_payment_moves_the_invoice_too(books: Client, owed: str) -> None:
    before = books.row("ARINVOICE", owed, "WHENMODIFIED")["WHENMODIFIED"]
    books.configure(clock_ahead_seconds=60)

    books.do(payment({"RECORDKEY": owed, "TRX_PAYMENTAMOUNT": "1"}))

    later = f"<greaterthan><field>WHENMODIFIED</field><value>{before}</value></greaterthan>"
    found = [len(books.do(query(kind, filter=later)).rows) for kind in ("ARINVOICE", "ARINVOICEITEM", "ARPYMT")]
    assert found == [1, 1, 1]


@pytest.mark.parametrize(
    ("detail", "fields", "error"),
    [
        ({"TRX_PAYMENTAMOUNT": "120.01"}, {}, "The amount 120.01 is more than the 120.00 that is due on Invoice '1'."),
        ({"TRX_PAYMENTAMOUNT": "0"}, {}, "The amount to apply to Invoice '1' must be more than zero."),
        ({"TRX_PAYMENTAMOUNT": "1", "RECORDKEY": "I1"}, {}, "Invalid Record Key 'I1' specified."),
        ({"TRX_PAYMENTAMOUNT": "1", "ENTRYKEY": "99"}, {}, "Invalid Entry Key '99' specified."),
        ({"TRX_PAYMENTAMOUNT": "1"}, {"FINANCIALENTITY": "NOBANK"}, "Invalid Bank Account 'NOBANK' specified."),
        ({"TRX_PAYMENTAMOUNT": "1"}, {"FINANCIALENTITY": None}, "Required field Financial Entity is missing"),
        ({"TRX_PAYMENTAMOUNT": "1"}, {"PAYMENTMETHOD": "Barter"}, "Invalid Payment Method 'Barter' specified."),
        ({"TRX_PAYMENTAMOUNT": "1"}, {"RECEIPTDATE": None}, "Required field Receipt Date is missing"),
        ({"TRX_PAYMENTAMOUNT": "1"}, {"CUSTOMERID": None}, "Provide either a CUSTOMERID or a PAYERNAME."),
        ({"TRX_PAYMENTAMOUNT": "1"}, {"CUSTOMERID": "C2"}, "Invalid Customer 'C2' specified."),
        ({"TRX_PAYMENTAMOUNT": "1"}, {"PRBATCH": "Week 1"}, "Invalid Summary 'Week 1' specified."),
        (
            {"TRX_PAYMENTAMOUNT": "1"}, {"CURRENCY": "EUR"},
            "The currency EUR of the payment is not USD as of the document.",
        ),
        (
            {"TRX_PAYMENTAMOUNT": "1", "POSADJKEY": "1"}, {},
            "Provide either a RECORDKEY or a POSADJKEY in each payment detail.",
        ),
        (
            {"DISCOUNTDATE": "01/06/2026", "TRX_TOTALDISCOUNTTOAPPLY": "1"}, {},
            "Provide either a DISCOUNTDATE or a TRX_TOTALDISCOUNTTOAPPLY.",
        ),
    ],
)  # fmt: skip
def test_payment_that_is_not_right_is_refused(
    books: Client, owed: str, detail: dict[str, object], fields: dict[str, object], error: str
) -> None:
    assert books.refused(payment({"RECORDKEY": owed, **detail}, **fields)) == ("BL01001973", error)
    assert (books.state()["ARPYMT"], _left(books, "ARINVOICE", owed)) == (0, ("Posted", "0.00", "120.00"))


def test_second_detail_that_fails_takes_the_first_back(books: Client, owed: str) -> None:
    books.refused(payment(
        {"RECORDKEY": owed, "TRX_PAYMENTAMOUNT": "100"}, {"RECORDKEY": owed, "TRX_PAYMENTAMOUNT": "21"},
    ))  # fmt: skip

    assert _left(books, "ARINVOICE", owed) == ("Posted", "0.00", "120.00")


def test_dates_of_generic_objects_have_one_form(books: Client, owed: str) -> None:
    refused = books.refused(payment({"RECORDKEY": owed, "TRX_PAYMENTAMOUNT": "1"}, RECEIPTDATE="2026-01-06"))

    assert refused == ("BL03000018", "The value '2026-01-06' of field RECEIPTDATE is not a date as mm/dd/yyyy.")


def test_credit_memo_and_discount_lower_the_due_amount(books: Client, owed: str) -> None:
    credit = books.do(adjustment("A1", "-30.00")).key

    books.do(payment({
        "RECORDKEY": owed, "TRX_PAYMENTAMOUNT": "40", "ADJUSTMENTKEY": credit, "TRX_ADJUSTMENTAMOUNT": "25",
        "TRX_TOTALDISCOUNTTOAPPLY": "5",
    }))  # fmt: skip

    assert _left(books, "ARINVOICE", owed) == ("Partially Paid", "70.00", "50.00")
    assert _left(books, "ARADJUSTMENT", credit) == ("Partially Paid", "-25.00", "-5.00")
    assert books.do(query("ARPYMT", "TRX_TOTALENTERED")).rows == [{"TRX_TOTALENTERED": "40.00"}]
    too_much = {"RECORDKEY": owed, "ADJUSTMENTKEY": credit, "TRX_ADJUSTMENTAMOUNT": "6"}
    assert books.refused(payment(too_much))[1].startswith("The amount 6.00 is more than the 5.00")


def test_advance_keeps_what_is_not_applied(books: Client, owed: str) -> None:
    result = books.do(advance("50.00", DOCNUMBER="D-7"))
    key = result.rows[0]["RECORDNO"]

    books.do(payment({"RECORDKEY": owed, "ADVANCEKEY": key, "TRX_POSTEDADVANCEAMOUNT": "30"}))

    assert (result.data.get("listtype"), [each.tag for each in result.data]) == ("objects", ["aradvance"])
    assert books.row("ARADVANCE", key, "RECORDTYPE", "DOCNUMBER", "TRX_TOTALENTERED", "TRX_TOTALDUE") == {
        "RECORDTYPE": "rr", "DOCNUMBER": "D-7", "TRX_TOTALENTERED": "50.00", "TRX_TOTALDUE": "20.00",
    }  # fmt: skip
    assert _left(books, "ARINVOICE", owed) == ("Partially Paid", "30.00", "90.00")


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (advance(PAYMENTDATE=None), "Required field Payment Date is missing"),
        (advance(CUSTOMERID="C9"), "Invalid Customer 'C9' specified."),
        (advance("0"), "The amount of an advance must be more than zero."),
        (advance().replace("1200", "9"), "Invalid GL Account Number '9' specified."),
    ],
)
def test_advance_that_is_not_right_is_refused(books: Client, function: str, error: str) -> None:
    assert books.refused(function) == ("BL01001973", error)
    assert books.state()["ARADVANCE"] == 0


def test_credit_of_another_customer_or_entity_is_refused(books: Client, owed: str) -> None:
    books.customer("C2", NAME="Other")
    foreign = books.do(adjustment("A1").replace("<customerid>C1", "<customerid>C2")).key
    books.configure(entities=["E1"])
    elsewhere = books.do(adjustment("A2"), entity="E1").key

    refusals = [
        books.refused(payment({"RECORDKEY": owed, "ADJUSTMENTKEY": key, "TRX_ADJUSTMENTAMOUNT": "1"}))[0]
        for key in (foreign, elsewhere)
    ]

    assert refusals == ["BL01001973", "BL03002073"]


def test_credit_in_another_currency_is_refused(books: Client, owed: str) -> None:
    credit = books.do(adjustment("A1", currency="EUR")).key

    refused = books.refused(payment({"RECORDKEY": owed, "ADJUSTMENTKEY": credit, "TRX_ADJUSTMENTAMOUNT": "1"}))

    assert refused == ("BL01001973", "The currency EUR of the credit is not USD as of the document.")


def test_debit_memo_is_paid_by_its_own_key(books: Client) -> None:
    debit = books.do(adjustment("A1", "15.00")).key

    books.do(payment({"POSADJKEY": debit, "TRX_PAYMENTAMOUNT": "15"}))

    assert _left(books, "ARADJUSTMENT", debit) == ("Paid", "15.00", "0.00")


def test_legacy_payment_keeps_what_is_over(books: Client, owed: str) -> None:
    received = (
        tags(bankaccountid="BOFA1435", refid="R-1") + f"<datereceived>{DAY}</datereceived>" + tags(paymentmethod="Cash")
    )
    item = f"<arpaymentitem>{tags(invoicekey=owed, amount='120')}</arpaymentitem>"
    start = f"<create_arpayment>{tags(customerid='C1', paymentamount='130')}{received}"

    paid = books.do(f"{start}{item}</create_arpayment>").key
    unapplied = books.do(f"{start}</create_arpayment>").key

    assert _left(books, "ARINVOICE", owed) == ("Paid", "120.00", "0.00")
    assert _left(books, "ARPYMT", paid) == ("Confirmed", "120.00", "10.00")
    assert _left(books, "ARADVANCE", unapplied) == ("Posted", "0.00", "130.00")


@pytest.mark.parametrize("source", ["ARADJUSTMENT", "ARADVANCE", "ARPYMT"])
def test_credits_are_applied_by_the_legacy_function(books: Client, owed: str, source: str) -> None:
    other = books.do(invoice("I2", "5")).key
    make = {
        "ARADJUSTMENT": lambda: books.do(adjustment("A1", "-30")).key,
        "ARADVANCE": lambda: books.do(advance("30")).rows[0]["RECORDNO"],
        "ARPYMT": lambda: books.do(
            payment({"RECORDKEY": other, "TRX_PAYMENTAMOUNT": "5"}, OVERPAYMENTAMOUNT="30")
        ).rows[0]["RECORDNO"],
    }  # fmt: skip
    key = make[source]()

    applied = books.do(
        f"<apply_arpayment><arpaymentkey>{key}</arpaymentkey><paymentdate>{DAY}</paymentdate><arpaymentitems><arpaymentitem>"
        f"{tags(invoicekey=owed, amount='25')}</arpaymentitem></arpaymentitems></apply_arpayment>"
    ).key

    assert _left(books, "ARINVOICE", owed) == ("Partially Paid", "25.00", "95.00")
    assert books.row(source, key, "TRX_TOTALDUE")["TRX_TOTALDUE"].lstrip("-") == "5.00"
    assert books.row("ARPYMT", applied, "RECORDTYPE", "PARENTPAYMENTKEY") == {
        "RECORDTYPE": "ro",
        "PARENTPAYMENTKEY": key,
    }


def test_reversed_payment_gives_everything_back(books: Client, owed: str) -> None:
    credit = books.do(adjustment("A1", "-30.00")).key
    result = books.do(payment({
        "RECORDKEY": owed, "TRX_PAYMENTAMOUNT": "90", "ADJUSTMENTKEY": credit, "TRX_ADJUSTMENTAMOUNT": "30",
    }))  # fmt: skip
    key = result.rows[0]["RECORDNO"]
    reverse = f'<reverse_arpayment key="{key}"><datereversed>{DAY}</datereversed></reverse_arpayment>'
    cannot = books.refused(f'<delete_invoice key="{owed}"/>')

    books.do(reverse)

    assert cannot[1] == "Invoice '1' cannot be changed: it has payments or credits applied."
    assert _left(books, "ARINVOICE", owed) == ("Posted", "0.00", "120.00")
    assert _left(books, "ARADJUSTMENT", credit) == ("Posted", "0.00", "-30.00")
    assert books.row("ARPYMT", key, "STATE", "RAWSTATE") == {"STATE": "Voided", "RAWSTATE": "V"}
    assert {each["TRX_TOTALPAID"] for each in books.do(query("ARINVOICEITEM", "TRX_TOTALPAID")).rows} == {"0.00"}
    assert books.row("CUSTOMER", 1, "TOTALDUE") == {"TOTALDUE": "90.00"}
    assert books.refused(reverse)[1] == f"Payment '{key}' cannot be reversed in state Voided."


def test_draft_payment_applies_when_it_is_submitted(books: Client, owed: str) -> None:
    key = books.do(payment({"RECORDKEY": owed, "TRX_PAYMENTAMOUNT": "20"}, ACTION="Draft")).rows[0]["RECORDNO"]
    draft = _left(books, "ARINVOICE", owed)

    books.do(f"<update><ARPYMT>{tags(RECORDNO=key, ACTION='Submit')}</ARPYMT></update>")

    assert draft == ("Posted", "0.00", "120.00")
    assert _left(books, "ARINVOICE", owed) == ("Partially Paid", "20.00", "100.00")
    assert books.do(query("ARPYMT", "RECORDNO", "STATE")).rows == [{"RECORDNO": key, "STATE": "Confirmed"}]
    assert books.do(query("ARPYMTDETAIL", "PAYMENTKEY")).rows == [{"PAYMENTKEY": key}]
    assert books.refused(f"<delete><object>ARPYMT</object><keys>{key}</keys></delete>")[1] == (
        f"Payment '{key}' cannot be changed in state Confirmed."
    )
