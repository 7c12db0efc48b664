"""The seller, the buyer, and where the goods went."""

from __future__ import annotations

from adaptors.formats.document import Address, Delivery, OutgoingDocument, Party, Person
from adaptors.formats.oioubl.schemes import ENDPOINTS, OTHER, endpoint, register, tax_office
from adaptors.formats.oioubl.tax import FOREIGN, MOMS
from adaptors.formats.xml import branch, leaf

_LAX = (
    '<cbc:AddressFormatCode listAgencyID="320" listID="urn:oioubl:codelist:addressformatcode-1.1">StructuredLax'
    "</cbc:AddressFormatCode>"
)
_GS1 = "9"


def supplier(document: OutgoingDocument) -> str:
    payment = document.payment
    sepa = payment.creditor_id if payment.code == "59" and not document.kind.is_credit else ""
    return branch(
        "cac:AccountingSupplierParty",
        _party(document.seller, _contact(document.seller.contact), _identification(sepa, "SEPA")),
    )


def customer(document: OutgoingDocument) -> str:
    buyer = document.buyer
    return branch("cac:AccountingCustomerParty", _party(buyer, _contact(buyer.contact, contact_id(document))))


def contact_id(document: OutgoingDocument) -> str:
    """Whom the invoice is for at the buyer, which OIOUBL asks for always: the buyer's reference, else a name."""
    return document.buyer_reference.strip() or document.buyer.contact.name.strip()


def delivery(found: Delivery) -> str:
    place = branch(
        "cac:DeliveryLocation",
        _number("cbc:ID", found.location, ENDPOINTS.get(found.scheme, found.scheme)),
        _address("cac:Address", found.address),
    )
    return branch(
        "cac:Delivery",
        leaf("cbc:ActualDeliveryDate", found.date.isoformat() if found.date else ""),
        place,
        branch("cac:DeliveryParty", branch("cac:PartyName", leaf("cbc:Name", found.name))),
    )


def _party(party: Party, contact: str, more_numbers: str = "") -> str:
    scheme, number = endpoint(party.endpoint) if party.endpoint else ("", "")
    legal = _legal_entity(party)
    return branch(
        "cac:Party",
        _number("cbc:EndpointID", number, scheme),
        _identification(party.gln, "GLN"),
        _identification(party.number, OTHER),
        more_numbers,
        branch("cac:PartyName", leaf("cbc:Name", (party.trading_name if legal else "") or party.name)),
        _address("cac:PostalAddress", party.address),
        _tax_number(party.vat_number),
        legal,
        contact,
    )


def _number(tag: str, number: str, scheme: str) -> str:
    return leaf(tag, number, schemeAgencyID=_GS1 if scheme == "GLN" else "", schemeID=scheme)


def _identification(number: str, scheme: str) -> str:
    return branch("cac:PartyIdentification", _number("cbc:ID", number, scheme))


def _tax_number(number: str) -> str:
    if not number:
        return ""
    scheme, identifier = tax_office(number)
    return branch(
        "cac:PartyTaxScheme", _number("cbc:CompanyID", identifier, scheme), FOREIGN if scheme == OTHER else MOMS
    )


def _legal_entity(party: Party) -> str:
    if not party.registration_number:
        return ""
    scheme, number = register(party.registration_number, party.address.country)
    return branch(
        "cac:PartyLegalEntity", leaf("cbc:RegistrationName", party.name), _number("cbc:CompanyID", number, scheme)
    )


def _contact(person: Person, id: str = "") -> str:
    return branch(
        "cac:Contact",
        leaf("cbc:ID", id),
        leaf("cbc:Name", person.name),
        leaf("cbc:Telephone", person.phone),
        leaf("cbc:ElectronicMail", person.email),
    )


def _address(tag: str, address: Address) -> str:
    """StructuredLax: the structured form would need the number of the house by itself."""
    parts = "".join((
        leaf("cbc:StreetName", "".join(address.lines[:1])),
        leaf("cbc:AdditionalStreetName", ", ".join(address.lines[1:])),
        leaf("cbc:CityName", address.city),
        leaf("cbc:PostalZone", address.postal_code),
        leaf("cbc:CountrySubentity", address.region),
        branch("cac:Country", leaf("cbc:IdentificationCode", address.country)),
    ))  # fmt: skip
    return branch(tag, _LAX, parts) if parts else ""
