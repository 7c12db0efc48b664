"""Who sells, who buys, where it went."""

from __future__ import annotations

from adaptors.formats.document import Address, Delivery, Party, Person
from adaptors.formats.xml import branch, leaf

DENMARK = "DK"


def supplier(party: Party, *, is_danish: bool, has_vat: bool, creditor_id: str = "") -> str:
    """`has_vat` is false for what VAT has nothing to do with: VAT numbers must not stand there then (BR-O-02)."""
    ids = _id(party.gln, "0088") + ("" if is_danish else _id(party.number)) + _id(creditor_id, "SEPA")
    return branch("cac:AccountingSupplierParty", _party(party, ids, has_vat=has_vat))


def customer(party: Party, *, is_danish: bool, has_vat: bool) -> str:
    """A buyer has one number: the GLN, or else what the seller calls it, which Danish rules want a scheme for that
    there is not (DK-R-013)."""
    ids = _id(party.gln, "0088") or ("" if is_danish else _id(party.number))
    return branch("cac:AccountingCustomerParty", _party(party, ids, has_vat=has_vat))


def delivery(given: Delivery | None) -> str:
    if given is None:
        return ""
    return branch(
        "cac:Delivery",
        leaf("cbc:ActualDeliveryDate", given.date.isoformat() if given.date else ""),
        branch(
            "cac:DeliveryLocation",
            leaf("cbc:ID", given.location, schemeID=given.scheme),
            _address("cac:Address", given.address),
        ),
        branch("cac:DeliveryParty", branch("cac:PartyName", leaf("cbc:Name", given.name))),
    )


def _party(party: Party, ids: str, *, has_vat: bool) -> str:
    endpoint = party.endpoint
    return branch(
        "cac:Party",
        leaf("cbc:EndpointID", endpoint.identifier, schemeID=endpoint.scheme) if endpoint else "",
        ids,
        branch("cac:PartyName", leaf("cbc:Name", party.trading_name)),
        _address("cac:PostalAddress", party.address),
        _vat_number(party.vat_number) if has_vat else "",
        branch(
            "cac:PartyLegalEntity",
            leaf("cbc:RegistrationName", party.name),
            leaf("cbc:CompanyID", party.registration_number, schemeID=_register(party.address.country)),
        ),
        _contact(party.contact),
    )


def _id(value: str, scheme: str = "") -> str:
    return branch("cac:PartyIdentification", leaf("cbc:ID", value, schemeID=scheme)) if value else ""


def _register(country: str) -> str:
    """The scheme of a country's register; the Danish one must be told (DK-R-014, DK-R-017)."""
    return "0184" if country == DENMARK else ""


def _address(tag: str, address: Address) -> str:
    street, second, third = (*address.lines, "", "", "")[:3]
    return branch(
        tag,
        leaf("cbc:StreetName", street),
        leaf("cbc:AdditionalStreetName", second),
        leaf("cbc:CityName", address.city),
        leaf("cbc:PostalZone", address.postal_code),
        leaf("cbc:CountrySubentity", address.region),
        branch("cac:AddressLine", leaf("cbc:Line", third)) if third else "",
        branch("cac:Country", leaf("cbc:IdentificationCode", address.country)),
    )


def _vat_number(number: str) -> str:
    given = leaf("cbc:CompanyID", number)
    return (
        f"<cac:PartyTaxScheme>{given}<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>"
        if given
        else ""
    )


def _contact(person: Person) -> str:
    return branch(
        "cac:Contact",
        leaf("cbc:Name", person.name),
        leaf("cbc:Telephone", person.phone),
        leaf("cbc:ElectronicMail", person.email),
    )
