"""Accounts as customers, and their people as contacts.

The customer's own contact (DisplayContact) is made of the account itself. ContactInfo, BillTo and ShipTo only name
contacts, which Intacct keeps in one list for the whole company: those we make carry the customer's id in their name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml import etree

from arhub.countries import NAMES
from arhub.network.errors import PermanentError
from connectors.base import Subject
from connectors.erp.intacct.documents import foreign
from connectors.erp.intacct.elements import Content, created
from connectors.erp.intacct.settings import Posting
from connectors.erp.intacct.targets import ACCOUNT, PLACES, contact_fields, overlaid

ROLES = {
    "CONTACTINFO": frozenset({"contactinfo", "primary", "main", "primarycontact"}),
    "BILLTO": frozenset({"billto", "billing", "payer", "invoice", "invoicing", "invoicee"}),
    "SHIPTO": frozenset({"shipto", "shipping", "delivery", "consignee"}),
}
Found = dict[str, Content]


def customer(subject: Subject, posting: Posting) -> Iterator[etree._Element]:
    """The contacts that the customer names, then the customer: each the function that creates it."""
    mapped, values = subject.header, overlaid(subject.values, subject.header, ACCOUNT)
    given = subject.keys.get(subject.key, {}).get("customerid") or mapped.get("CustomerId")
    number, name = str(given or values.get("account_id") or values["erp_key"]), values.get("account_name")
    if not name:
        raise PermanentError(f"Account {number} has no name, and Intacct needs one.")
    named = _named(subject, number)
    for contact in {str(one["CONTACTNAME"]): one for one in named.values()}.values():
        yield created("CONTACT", contact)
    yield created(
        "CUSTOMER",
        {
            "CUSTOMERID": number,
            "NAME": name,
            "DISPLAYCONTACT": _display_contact(values, name, mapped),
            **_terms(values, mapped, posting),
            **{place: {"CONTACTNAME": contact["CONTACTNAME"]} for place, contact in named.items()},
        },
    )


def _display_contact(values: Mapping[str, Any], name: str, mapped: Mapping[str, Any]) -> Found:
    """Of the account itself."""
    own = {"contact_name": name, "company_name": name}
    people = dict.fromkeys(("first_name", "last_name", "mobile"))
    said = overlaid({**values, **own, **people}, mapped, contact_fields("DisplayContact"))
    return _contact(said, None, "ISOCOUNTRYCODE")


def _named(subject: Subject, number: str) -> dict[str, Found]:
    """The contact of each place, by a name that has the customer's number, so that no other customer's contact has it;
    and the place too, where what is mapped there differs."""
    found: dict[str, Found] = {}
    by_name: dict[str, Found] = {}
    for place, contact in places(subject.contacts).items():
        said = overlaid(contact, subject.mapped_rows(place, [contact])[0], contact_fields(PLACES[place]))
        if not _person(said):
            continue
        made = _contact(said, f"{_person(said)} ({number})", "COUNTRYCODE")
        if by_name.setdefault(str(made["CONTACTNAME"]), made) != made:
            made = {**made, "CONTACTNAME": f"{_person(said)} ({number}, {PLACES[place]})"}
        found[place] = by_name.setdefault(str(made["CONTACTNAME"]), made)
    return found


def places(contacts: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The contact of each place: the first with such a role; for ContactInfo also the one that is marked as primary.
    Nothing is known of a place that has none."""
    found: dict[str, Mapping[str, Any]] = {}
    for place, words in ROLES.items():
        for contact in contacts:
            is_meant = bool(words & _roles(contact)) or (place == "CONTACTINFO" and contact.get("is_primary"))
            if is_meant and contact.get("is_active") is not False and _person(contact):
                found.setdefault(place, contact)
    return {place: found.get(place, {}) for place in ROLES}


def _roles(contact: Mapping[str, Any]) -> set[str]:
    given = contact.get("roles") or contact.get("role") or ()
    words = given.split(",") if isinstance(given, str) else given
    return {"".join(letter for letter in str(word).lower() if letter.isalnum()) for word in words}


def _person(contact: Mapping[str, Any]) -> str:
    parts = (contact.get("first_name"), contact.get("last_name"))
    return str(contact.get("contact_name") or " ".join(part for part in parts if part) or contact.get("email") or "")


def _contact(contact: Mapping[str, Any], name: str | None, code: str) -> Found:
    return {
        "CONTACTNAME": name,
        "PRINTAS": _person(contact),
        "COMPANYNAME": contact.get("company_name") or None,
        "FIRSTNAME": contact.get("first_name") or None,
        "LASTNAME": contact.get("last_name") or None,
        "CELLPHONE": contact.get("mobile") or None,
        **_reached(contact, code),
    }


def _terms(values: Mapping[str, Any], mapped: Mapping[str, Any], posting: Posting) -> Found:
    currency, active = foreign(values, posting), values.get("is_active")
    own = None if active is None else "active" if active else "inactive"
    return {
        "STATUS": mapped.get("Status") or own,
        "TERMNAME": mapped.get("TermName") or None,
        "TAXID": values.get("vat_number") or None,
        "CREDITLIMIT": values.get("credit_limit"),
        "CURRENCY": currency or None,
        "COMMENTS": values.get("notes") or None,
    }


def _reached(values: Mapping[str, Any], code: str) -> Found:
    """How to reach it. An empty value would clear what stands there, so it is left out."""
    country = str(values.get("country") or "")
    is_code = len(country) == 2
    address = {
        "ADDRESS1": values.get("address_line1") or None,
        "ADDRESS2": values.get("address_line2") or None,
        "ADDRESS3": values.get("address_line3") or None,
        "CITY": values.get("city") or None,
        "STATE": values.get("region") or None,
        "ZIP": values.get("postal_code") or None,
        "COUNTRY": (NAMES.get(country.upper()) if is_code else country) or None,
        code: country.upper() if is_code else None,
    }
    return {
        "PHONE1": values.get("phone") or None,
        "FAX": values.get("fax") or None,
        "EMAIL1": values.get("email") or None,
        "MAILADDRESS": address if any(address.values()) else None,
    }
