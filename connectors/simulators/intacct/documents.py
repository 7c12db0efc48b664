"""Invoices and adjustments: what one must say to be posted, and what it owes from then on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connectors.simulators.intacct.books import Books, Record
from connectors.simulators.intacct.errors import invalid, missing, wrong
from connectors.simulators.intacct.kinds import ADJUSTMENT, CONTACT, CUSTOMER, INVOICE, ITEM_OF, Kind
from connectors.simulators.intacct.values import CENT

ZERO = Decimal("0.00")
TYPES = {INVOICE.name: "ri", ADJUSTMENT.name: "ra"}


@dataclass(frozen=True, slots=True)
class Currency:
    code: str = ""
    rate: Decimal | None = None
    rate_date: date | None = None
    rate_type: str = ""


def post(
    books: Books, kind: Kind, fields: dict[str, Any], lines: Sequence[dict[str, Any]], currency: Currency, action: str
) -> Record:
    """Store a document. Its lines have ACCOUNTNO, TRX_AMOUNT and so on, as `line` gives them."""
    customer = customer_of(books, fields["CUSTOMERID"])
    if action not in {"", "Submit", "Draft"}:
        raise invalid("Action", action)
    check_contacts(books, fields)
    code = currency.code or books.company.base_currency
    rate = books.company.rate(code, currency.rate)
    document = books.insert(kind, {
        **fields, "RECORDTYPE": TYPES[kind.name], "RECORDID": _number(books, kind, fields["RECORDID"]),
        "CUSTOMERNAME": customer["NAME"], "BASECURR": books.company.base_currency, "CURRENCY": code,
        "EXCHANGE_RATE": rate,
        "EXCH_RATE_DATE": currency.rate_date or fields["WHENCREATED"], "EXCH_RATE_TYPE_ID": currency.rate_type or None,
        "MODULEKEY": "4.AR", "STATE": "Draft" if action == "Draft" else "Posted",
        "RAWSTATE": "D" if action == "Draft" else "A",
    })  # fmt: skip
    for line in lines:
        add_line(books, document, line)
    total(books, document)
    return document


def add_line(books: Books, document: Record, line: dict[str, Any]) -> None:
    kind = ITEM_OF[document.kind.name]
    books.add_line(document, books.insert(kind, {
        **line, "RECORDKEY": document.number, "LINE_NO": len(document.lines) + 1, "CURRENCY": document["CURRENCY"],
        "BASECURR": document["BASECURR"], "EXCHANGE_RATE": document["EXCHANGE_RATE"],
        "AMOUNT": in_base(document, line["TRX_AMOUNT"]), "TOTALPAID": ZERO, "TRX_TOTALPAID": ZERO,
        "ENTRY_DATE": document["WHENCREATED"], "RECORDTYPE": document["RECORDTYPE"],
    }))  # fmt: skip


def total(books: Books, document: Record) -> None:
    """Work out what an unpaid document is about from its lines."""
    before = document["TRX_TOTALDUE"] or ZERO
    amount = sum((line["TRX_AMOUNT"] for line in document.lines), ZERO)
    base = in_base(document, amount)
    books.change_silently(
        document, TRX_TOTALENTERED=amount, TRX_TOTALDUE=amount, TRX_TOTALPAID=ZERO, TRX_TOTALSELECTED=ZERO,
        TOTALENTERED=base, TOTALDUE=base, TOTALPAID=ZERO, TOTALSELECTED=ZERO,
    )  # fmt: skip
    owe(books, document, amount - before)


def owe(books: Books, document: Record, amount: Decimal) -> None:
    """The customer owes that much more by it; drafts, advances and payments do not count."""
    if document["RAWSTATE"] != "D" and document["RECORDTYPE"] in TYPES.values():
        customer = customer_of(books, document["CUSTOMERID"])
        books.change_silently(customer, TOTALDUE=customer["TOTALDUE"] + in_base(document, amount))


def line(
    books: Books, *, account: str, label: str, amount: Decimal | None, location: str, department: str, **more: Any
) -> dict[str, Any]:
    """The fields of a line, checked. Raises Refusal, for a missing amount in the gateway's misleading words."""
    company = books.company
    number = company.account(account, label)
    if amount is None:
        raise wrong(
            "Remove the extra line item, or provide an amount for it.",
            "Each line item needs an amount.", "BL03002101",
        )  # fmt: skip
    return {
        "ACCOUNTNO": number, "ACCOUNTLABEL": label or None, "TRX_AMOUNT": amount,
        "LOCATIONID": company.location(location, books.entity) or None,
        "DEPARTMENTID": company.department(department) or None, **more,
    }  # fmt: skip


def due_date(books: Books, created: date, due: date | None, term: str) -> date:
    """Refuses a document with neither a due date nor a term."""
    days = books.company.term(term) if term else 0
    if due is None and not term:
        raise missing("Date Due")
    return due or created + timedelta(days=days)


def customer_of(books: Books, name: str) -> Record:
    customer = books.find(CUSTOMER, name)
    if customer is None:
        raise invalid("Customer", name)
    return customer


def check_contacts(books: Books, fields: dict[str, Any]) -> None:
    for name in ("BILLTOPAYTOCONTACTNAME", "SHIPTORETURNTOCONTACTNAME"):
        if fields.get(name) and not books.find(CONTACT, fields[name]):
            raise invalid("Contact", fields[name])


def cancel(books: Books, document: Record, note: str, day: date) -> None:
    """Reverse: it stays, owing nothing."""
    untouched(document)
    if document["RAWSTATE"] != "A":
        raise wrong(f"{document.kind.title} '{document.number}' cannot be reversed in state {document['STATE']}.")
    owe(books, document, -document["TRX_TOTALDUE"])
    books.change(
        document, STATE="Reversed", RAWSTATE="V", TRX_TOTALDUE=ZERO, TOTALDUE=ZERO,
        DESCRIPTION=note or document["DESCRIPTION"], WHENPAID=day,
    )  # fmt: skip


def remove(books: Books, document: Record) -> None:
    untouched(document)
    owe(books, document, -document["TRX_TOTALDUE"])
    books.delete(document)


def untouched(document: Record) -> None:
    """Refuses what payments or credits were applied to."""
    if document["TRX_TOTALPAID"]:
        raise wrong(f"{document.kind.title} '{document.number}' cannot be changed: it has payments or credits applied.")


def in_base(document: Record, amount: Decimal) -> Decimal:
    """The amount in the base currency."""
    base: Decimal = (amount * document["EXCHANGE_RATE"]).quantize(CENT, ROUND_HALF_UP)
    return base


def check_number(books: Books, kind: Kind, number: str) -> None:
    if number and books.find(kind, number):
        raise wrong(
            f"The {kind.title.lower()} number '{number}' has already been used.  Document numbers must be unique.",
            "Use another number.", "BL03002185",
        )  # fmt: skip


def _number(books: Books, kind: Kind, given: str) -> str:
    """The company's own where it numbers documents itself, whatever was given."""
    if books.company.document_sequencing:
        return books.next_name(kind)
    check_number(books, kind, given)
    return given
