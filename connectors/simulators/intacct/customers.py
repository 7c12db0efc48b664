"""Customers and contacts."""

from __future__ import annotations

import re
from typing import Any

from connectors.simulators.intacct.books import Books, Record
from connectors.simulators.intacct.documents import ZERO
from connectors.simulators.intacct.errors import invalid, missing, not_found, taken, wrong
from connectors.simulators.intacct.kinds import ADJUSTMENT, ADVANCE, CONTACT, CUSTOMER, INVOICE, PAYMENT, Kind
from connectors.simulators.intacct.xml import Element, flat

CONTAINERS = frozenset({"DISPLAYCONTACT", "CONTACTINFO", "BILLTO", "SHIPTO", "MAILADDRESS"})
REFERRED = ("CONTACTINFO", "BILLTO", "SHIPTO")
ALIASES = {"DELIVERYOPTIONS": "DELIVERY_OPTIONS", "MAILADDRESS.ISOCOUNTRYCODE": "MAILADDRESS.COUNTRYCODE"}
READ_ONLY = frozenset({"RECORDNO", "TOTALDUE", "WHENCREATED", "WHENMODIFIED", "ENTITY", "MEGAENTITYID"})
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def create_customer(books: Books, element: Element) -> Record:
    fields, contact = _split(element)
    name, identity = fields.get("NAME", ""), fields.get("CUSTOMERID", "")
    if not name:
        raise missing("Name")
    if not identity and not books.company.document_sequencing:
        raise missing("Customer ID")
    identity = identity or books.next_name(CUSTOMER)
    if books.find(CUSTOMER, identity):
        raise taken(CUSTOMER.title, identity)
    if not contact.get("PRINTAS"):
        raise missing("Print As")
    display = _insert_contact(books, {**contact, "CONTACTNAME": f"{name}(C{identity})"})
    values = _checked(books, CUSTOMER, {**fields, "CUSTOMERID": identity})
    return books.insert(CUSTOMER, {
        "STATUS": "active", "ONETIME": False, "ONHOLD": False, "HIDEDISPLAYCONTACT": False, "TOTALDUE": ZERO,
        "OBJECTRESTRICTION": "Unrestricted", "ENTITY": f"C{identity}",
        **values, "DISPLAYCONTACT.CONTACTNAME": display["CONTACTNAME"], "DISPLAYCONTACTKEY": display.number,
    })  # fmt: skip


def update_customer(books: Books, element: Element) -> Record:
    """What is left out stays; an empty element clears."""
    fields, contact = _split(element)
    customer = _known(books, CUSTOMER, fields)
    if fields.get("NAME") == "":
        raise missing("Name")
    if contact:
        _change_contact(books, _display_contact(books, customer), contact)
    books.change(customer, **_checked(books, CUSTOMER, fields))
    return customer


def delete_customer(books: Books, customer: Record) -> None:
    for kind in (INVOICE, ADJUSTMENT, ADVANCE, PAYMENT):
        if any(record["CUSTOMERID"] == customer["CUSTOMERID"] for record in books.tables[kind.name].values()):
            raise wrong(f"Customer '{customer['CUSTOMERID']}' cannot be deleted: it has transactions.")
    display = _display_contact(books, customer)
    books.delete(customer)
    books.delete(display)


def create_contact(books: Books, element: Element) -> Record:
    fields = _aliased(flat(element, CONTAINERS))
    if not fields.get("CONTACTNAME"):
        raise missing("Contact Name")
    if not fields.get("PRINTAS"):
        raise missing("Print As")
    return _insert_contact(books, fields)


def update_contact(books: Books, element: Element) -> Record:
    fields = _aliased(flat(element, CONTAINERS))
    contact = _known(books, CONTACT, fields)
    _change_contact(books, contact, fields)
    return contact


def delete_contact(books: Books, contact: Record) -> None:
    fields = CUSTOMER.contacts.values()
    for customer in books.tables[CUSTOMER.name].values():
        if any(customer[field] == contact["CONTACTNAME"] for field in fields):
            raise wrong(f"Contact '{contact['CONTACTNAME']}' cannot be deleted: it is in use.")
    books.delete(contact)


def _split(element: Element) -> tuple[dict[str, str], dict[str, str]]:
    """What is the customer's and what is the display contact's."""
    every = _aliased(flat(element, CONTAINERS))
    before = "DISPLAYCONTACT."
    contact = {name.removeprefix(before): text for name, text in every.items() if name.startswith(before)}
    return {name: text for name, text in every.items() if not name.startswith(before)}, _aliased(contact)


def _aliased(fields: dict[str, str]) -> dict[str, str]:
    return {ALIASES.get(name, name): text for name, text in fields.items()}


def _known(books: Books, kind: Kind, fields: dict[str, str]) -> Record:
    """The record to update: by RECORDNO, or by what it is called."""
    if key := fields.get("RECORDNO"):
        record = books.get(kind, key)
    else:
        key = fields.get(kind.id_field, "")
        record = books.find(kind, key)
    if record is None:
        raise not_found(kind.title, key)
    return record


def _checked(books: Books, kind: Kind, texts: dict[str, str]) -> dict[str, Any]:
    values = books.typed(kind, {name: text for name, text in texts.items() if name not in READ_ONLY})
    if values.get("STATUS", "active") not in {"active", "inactive"}:
        raise invalid("Status", values["STATUS"])
    if values.get("TERMNAME"):
        books.company.term(values["TERMNAME"])
    for name in ("ARACCOUNT", "OFFSETGLACCOUNTNO"):
        if values.get(name):
            books.company.account(values[name])
    if values.get("CURRENCY"):
        books.company.rate(values["CURRENCY"], None)
    _refer(books, values)
    return values


def _refer(books: Books, values: dict[str, Any]) -> None:
    if parent := values.get("PARENTID"):
        if not (known := books.find(CUSTOMER, parent)):
            raise invalid("Parent", parent)
        values |= {"PARENTKEY": known.number, "PARENTNAME": known["NAME"]}
    for name in REFERRED:
        contact = values.get(f"{name}.CONTACTNAME")
        if contact and not books.find(CONTACT, contact):
            raise invalid("Contact", contact)


def _insert_contact(books: Books, fields: dict[str, str]) -> Record:
    if books.find(CONTACT, fields["CONTACTNAME"]):
        raise taken(CONTACT.title, fields["CONTACTNAME"])
    _check_emails(fields)
    return books.insert(CONTACT, {"STATUS": "active", **_checked(books, CONTACT, fields)})


def _change_contact(books: Books, contact: Record, fields: dict[str, str]) -> None:
    _check_emails(fields)
    if fields.get("PRINTAS") == "":
        raise missing("Print As")
    kept = {name: text for name, text in fields.items() if name != "CONTACTNAME"}
    books.change(contact, **_checked(books, CONTACT, kept))


def _check_emails(fields: dict[str, str]) -> None:
    for name in ("EMAIL1", "EMAIL2"):
        if fields.get(name) and not _EMAIL.fullmatch(fields[name]):
            raise wrong(f"The email address '{fields[name]}' is not valid.", "Provide a valid address.", "BL03000018")


def _display_contact(books: Books, customer: Record) -> Record:
    contact = books.find(CONTACT, customer["DISPLAYCONTACT.CONTACTNAME"])
    assert contact is not None
    return contact
