"""Customers and invoices to read, as many as a test of reading needs."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from connectors.simulators.intacct import documents
from connectors.simulators.intacct.books import Books, Record
from connectors.simulators.intacct.documents import ZERO, Currency
from connectors.simulators.intacct.kinds import CONTACT, CUSTOMER, INVOICE

INVOICES_PER_CUSTOMER = 20


def seed(books: Books, invoices: int) -> None:
    """The same ones every time, each last changed a second after the one before, the last one now."""
    random, books.control_id = Random(1), ""
    now, start = books.now(), len(books.tables[INVOICE.name])
    names = [
        _customer(books, start // INVOICES_PER_CUSTOMER + place + 1)["CUSTOMERID"]
        for place in range(-(-invoices // INVOICES_PER_CUSTOMER))
    ]
    for place in range(invoices):
        with books.all_or_nothing():
            invoice = _invoice(books, names[place % len(names)], start + place + 1, random)
            changed = now - timedelta(seconds=invoices - place - 1)
            for record in (invoice, *invoice.lines):
                record.values["WHENMODIFIED"] = changed


def _customer(books: Books, number: int) -> Record:
    identity, name = f"SEED{number:05}", f"Seeded Customer {number}"
    with books.all_or_nothing():
        contact = books.insert(CONTACT, {
            "CONTACTNAME": f"{name}(C{identity})", "PRINTAS": name, "COMPANYNAME": name, "STATUS": "active",
            "EMAIL1": f"accounts@customer{number}.example", "MAILADDRESS.CITY": "San José",
            "MAILADDRESS.COUNTRY": "United States",
        })  # fmt: skip
        return books.insert(CUSTOMER, {
            "CUSTOMERID": identity, "NAME": name, "STATUS": "active", "ENTITY": f"C{identity}", "TERMNAME": "N30",
            "CURRENCY": books.company.base_currency, "TOTALDUE": ZERO, "ONHOLD": False, "ONETIME": False,
            "DISPLAYCONTACT.CONTACTNAME": contact["CONTACTNAME"], "DISPLAYCONTACTKEY": contact.number,
        })  # fmt: skip


def _invoice(books: Books, customer: str, number: int, random: Random) -> Record:
    created = date(2026, 1, 1) + timedelta(days=number % 200)
    lines = [
        documents.line(
            books, account="4000", label="", amount=Decimal(random.randrange(100, 500_000)) / 100, location="",
            department="", ENTRYDESCRIPTION=f"Line {place}",
        )
        for place in range(1, random.randrange(1, 4) + 1)
    ]  # fmt: skip
    fields = {
        "CUSTOMERID": customer, "RECORDID": f"SI-{number:06}", "WHENCREATED": created, "WHENPOSTED": created,
        "WHENDUE": created + timedelta(days=30), "TERMNAME": "N30", "DESCRIPTION": f"Seeded invoice {number}",
    }  # fmt: skip
    return documents.post(books, INVOICE, fields, lines, Currency(), "")
