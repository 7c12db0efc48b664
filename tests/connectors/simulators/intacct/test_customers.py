"""Customers and contacts."""

from __future__ import annotations

import pytest

from tests.connectors.simulators.intacct.client import Client, customer, invoice, query, tags

CONTACT = "<create><CONTACT><CONTACTNAME>Anna</CONTACTNAME><PRINTAS>Anna Holm</PRINTAS></CONTACT></create>"


def test_customer_gets_a_display_contact_of_its_own(client: Client) -> None:
    address = "<MAILADDRESS><CITY>Århus</CITY><ISOCOUNTRYCODE>DK</ISOCOUNTRYCODE></MAILADDRESS>"

    result = client.do(customer("C1", contact=f"<PRINTAS>Nordic</PRINTAS><EMAIL1>a@b.example</EMAIL1>{address}"))

    assert (result.data.get("listtype"), result.data.get("count")) == ("objects", "1")
    assert [each.tag for each in result.data] == ["customer"]
    assert result.rows == [{"RECORDNO": "1", "CUSTOMERID": "C1"}]
    fields = ("CONTACTNAME", "EMAIL1", "MAILADDRESS.CITY", "MAILADDRESS.COUNTRYCODE")
    assert client.do(query("CONTACT", *fields)).rows == [{
        "CONTACTNAME": "Nordic Pumps(CC1)", "EMAIL1": "a@b.example", "MAILADDRESS.CITY": "Århus",
        "MAILADDRESS.COUNTRYCODE": "DK",
    }]  # fmt: skip
    assert client.do(query("CUSTOMER", "STATUS", "TOTALDUE", "DISPLAYCONTACT.EMAIL1")).rows == [
        {"STATUS": "active", "TOTALDUE": "0.00", "DISPLAYCONTACT.EMAIL1": "a@b.example"},
    ]


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (customer("C1", NAME=""), ("BL01001973", "Required field Name is missing")),
        (customer(""), ("BL01001973", "Required field Customer ID is missing")),
        (customer("C1", contact="<PRINTAS/>"), ("BL01001973", "Required field Print As is missing")),
        (customer("C1", TERMNAME="N99"), ("BL01001973", "Invalid Term 'N99' specified.")),
        (customer("C1", PARENTID="C9"), ("BL01001973", "Invalid Parent 'C9' specified.")),
        (customer("C1", STATUS="open"), ("BL01001973", "Invalid Status 'open' specified.")),
        (
            customer("C1", CREDITLIMIT="a lot"),
            ("BL03000018", "The value 'a lot' of field CREDITLIMIT is not a number."),
        ),
        (
            customer("C1", contact="<PRINTAS>N</PRINTAS><EMAIL1>nobody</EMAIL1>"),
            ("BL03000018", "The email address 'nobody' is not valid."),
        ),
        (
            customer("C1").replace("</CUSTOMER>", "<BILLTO><CONTACTNAME>Bo</CONTACTNAME></BILLTO></CUSTOMER>"),
            ("BL01001973", "Invalid Contact 'Bo' specified."),
        ),
        (customer("C9", verb="update"), ("BL01001973", "Cannot find customer with key 'C9' in the company.")),
    ],
)
def test_customer_that_is_not_right_is_refused_and_leaves_nothing(
    client: Client, function: str, error: tuple[str, str]
) -> None:
    assert client.refused(function) == error
    assert (client.state()["CUSTOMER"], client.state()["CONTACT"]) == (0, 0)


def test_customer_that_exists_is_refused(books: Client) -> None:
    result = books.call(customer("C1"))

    assert result.errors == [
        ("BL34000061", "Another Customer with the given value(s) C1  already exists"),
        ("BL01001973", "Could not create Customer record!"),
    ]


def test_contact_left_over_refuses_the_customer_by_the_contacts_name(client: Client) -> None:
    client.do(CONTACT.replace("<CONTACTNAME>Anna<", "<CONTACTNAME>Nordic Pumps(CC1)<"))

    assert client.refused(customer("C1")) == (
        "BL34000061", "Another Contact with the given value(s) Nordic Pumps(CC1)  already exists",
    )  # fmt: skip


def test_update_keeps_what_is_left_out_and_clears_what_is_empty(client: Client) -> None:
    client.do(customer("C1", TERMNAME="N30", COMMENTS="Old", CUSTOM_REGION="North"))

    client.do(customer("C1", verb="update", contact="", COMMENTS=""))

    assert client.row("CUSTOMER", 1, "NAME", "TERMNAME", "COMMENTS", "CUSTOM_REGION") == {
        "NAME": "Nordic Pumps", "TERMNAME": "N30", "COMMENTS": "", "CUSTOM_REGION": "North",
    }  # fmt: skip
    assert client.do(query("CONTACT", "PRINTAS")).rows == [{"PRINTAS": "Nordic"}]


def test_update_by_record_number_moves_the_customer_and_its_contact(books: Client) -> None:
    books.configure(clock_ahead_seconds=60)

    books.do(customer("", verb="update", contact="<PHONE1>12</PHONE1>", RECORDNO="1", NAME="Nordic Two"))

    moved = "<greaterthan><field>WHENMODIFIED</field><value>{}</value></greaterthan>"
    before = books.row("CUSTOMER", 1, "WHENCREATED")["WHENCREATED"]
    for kind in ("CUSTOMER", "CONTACT"):
        assert len(books.do(query(kind, filter=moved.format(before))).rows) == 1
    assert books.do(query("CUSTOMER", "NAME", "DISPLAYCONTACT.PHONE1")).rows == [
        {"NAME": "Nordic Two", "DISPLAYCONTACT.PHONE1": "12"},
    ]


def test_customer_refers_to_contacts_that_exist(books: Client) -> None:
    books.do(CONTACT)
    billed = "<BILLTO><CONTACTNAME>Anna</CONTACTNAME></BILLTO><SHIPTO><CONTACTNAME/></SHIPTO>"

    books.do(customer("C1", verb="update").replace("</CUSTOMER>", f"{billed}</CUSTOMER>"))

    fields = ("BILLTO.CONTACTNAME", "BILLTO.PRINTAS", "SHIPTO.CONTACTNAME")
    assert books.do(query("CUSTOMER", *fields)).rows == [dict(zip(fields, ("Anna", "Anna Holm", ""), strict=True))]
    used = books.refused("<delete><object>CONTACT</object><keys>2</keys></delete>")
    assert used[1] == "Contact 'Anna' cannot be deleted: it is in use."


def test_company_that_numbers_names_the_customer(client: Client) -> None:
    client.configure(document_sequencing=True)

    assert client.do(customer("")).rows == [{"RECORDNO": "1", "CUSTOMERID": "CUST-00001"}]


def test_customer_without_transactions_is_deleted(books: Client) -> None:
    books.customer("C2", NAME="Busy")
    books.do(invoice("I1", customer="C2"))

    books.do("<delete><object>CUSTOMER</object><keys>1</keys></delete>")
    refused = books.refused('<delete_customer customerid="C2"/>')

    assert refused[1] == "Customer 'C2' cannot be deleted: it has transactions."
    assert (books.state()["CUSTOMER"], books.state()["CONTACT"]) == (1, 1)


def test_contact_is_created_and_updated(client: Client) -> None:
    client.do(CONTACT)
    again = client.refused(CONTACT)
    client.do(f"<update><CONTACT>{tags(CONTACTNAME='Anna', PHONE1='12')}</CONTACT></update>")

    assert again == ("BL34000061", "Another Contact with the given value(s) Anna  already exists")
    assert client.row("CONTACT", 1, "PRINTAS", "PHONE1") == {"PRINTAS": "Anna Holm", "PHONE1": "12"}
