"""Who is who: NAD with numbers, names, addresses, bank accounts and contacts; and who an interchange is between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from adaptors.formats import lacks
from adaptors.formats.base import Problem
from adaptors.formats.document import Address, Delivery, OutgoingDocument, Party, Payment
from adaptors.formats.edifact.profiles import Profile
from adaptors.formats.edifact.writer import Writer, joined

SUPPLIER, CUSTOMER = lacks.SUPPLIER, lacks.CUSTOMER
_ROLES = {SUPPLIER: "sender", CUSTOMER: "receiver"}
_WHAT = {
    "gln": "GLN", "registration_number": "registration number", "vat_number": "VAT number", "number": "number",
}  # fmt: skip
_ADDRESS, _ADDRESS_ABROAD = ("address_line1", "city", "postal_code"), ("address_line1", "city")
_DEBITS = ("49", "59")


def lacking(
    seller: Party, buyer: Party, payment: Payment, profile: Profile, values: Mapping[str, Any]
) -> Iterator[Problem]:
    """What is missing of the parties, or wrong."""
    for side, party in ((SUPPLIER, seller), (CUSTOMER, buyer)):
        if "names" in profile.parts:
            yield from lacks.required(party.name, f"{side}_name", f"The {side} has no name.")
            yield from lacks.address(party, side, _ADDRESS if party.address.country == "DK" else _ADDRESS_ABROAD)
        yield from lacks.numbers(party, side)
    yield from unidentified(seller, buyer, profile, values)
    yield from lacks.account(payment, is_danish=seller.address.country == buyer.address.country == "DK")


def unidentified(seller: Party, buyer: Party, profile: Profile, values: Mapping[str, Any]) -> Iterator[Problem]:
    """What is missing to say who the parties are: without it nothing can be written."""
    for side, party in ((SUPPLIER, seller), (CUSTOMER, buyer)):
        if not _known_by(party, profile):
            wanted = " or ".join(_WHAT[name] for name in profile.known_by)
            field = f"{side}_{profile.known_by[0]}"
            yield Problem(f"The {side} has no {wanted}, which this profile knows parties by.", field)
        identifier, qualifier = _interchange_id(party, side, values)
        if not identifier:
            yield Problem(
                f"Nothing says where an interchange reaches the {side}: a GLN, an endpoint, or an interchange ID.",
                f"{side}_endpoint_id",
            )
        elif qualifier == "14" and not lacks.is_gln(identifier) and identifier != party.gln:
            field = f"{_ROLES[side]}_id" if values[f"{_ROLES[side]}_id"] else f"{side}_endpoint_id"
            yield Problem(f"Expected the interchange ID of the {side} to be a GLN, found {identifier}.", field)


def interchange_address(writer: Writer, party: Party, side: str, values: Mapping[str, Any]) -> str:
    """S002, S003: the number and its qualifier."""
    identifier, qualifier = _interchange_id(party, side, values)
    return joined(writer.code(identifier, 35, f"{side}_endpoint_id"), qualifier)


def write(writer: Writer, document: OutgoingDocument, profile: Profile) -> None:
    """Groups 2, 3 and 5."""
    payment = document.payment
    _party(writer, profile.supplier, document.seller, SUPPLIER, profile)
    if "bank" in profile.parts and payment.code not in _DEBITS:
        _bank(writer, "RB", payment.iban or payment.account, payment)
    _numbers(writer, document.seller, SUPPLIER, profile)
    _party(writer, "BY", document.buyer, CUSTOMER, profile)
    if "bank" in profile.parts and payment.code in _DEBITS:
        _bank(writer, "PB", payment.debited_account, Payment())
    _numbers(writer, document.buyer, CUSTOMER, profile)
    if "invoicee" in profile.parts:
        _party(writer, "IV", document.buyer, CUSTOMER, profile)
    if "delivery" in profile.parts and document.delivery:
        _delivery(writer, document.delivery, profile)


def _interchange_id(party: Party, side: str, values: Mapping[str, Any]) -> tuple[str, str]:
    role = _ROLES[side]
    if values[f"{role}_id"]:
        return values[f"{role}_id"], values[f"{role}_qualifier"]
    if party.gln:
        return party.gln, "14"
    if party.endpoint:
        return party.endpoint.identifier, "14" if party.endpoint.scheme == "0088" else "ZZZ"
    return "", ""


def _known_by(party: Party, profile: Profile) -> str:
    return next((name for name in profile.known_by if getattr(party, name)), "")


def _party(writer: Writer, role: str, party: Party, side: str, profile: Profile) -> None:
    name = _known_by(party, profile)
    number = writer.code(getattr(party, name), 35, f"{side}_{name}") if name else ""
    agency = {"gln": "9", "number": "92" if side == SUPPLIER else "91"}.get(name, "ZZZ")
    names = [party.name, party.trading_name if party.trading_name != party.name else ""]
    _nad(writer, role, joined(number, "", agency) if number else "", names, party.address, side, profile)


def _delivery(writer: Writer, delivery: Delivery, profile: Profile) -> None:
    number = writer.code(delivery.location, 35, "delivery_location")
    agency = "9" if delivery.scheme == "0088" else "ZZZ"
    if number or delivery.name or delivery.address != Address():
        known = joined(number, "", agency) if number else ""
        _nad(writer, "DP", known, [delivery.name], delivery.address, "delivery", profile, always=not number)


def _nad(
    writer: Writer, role: str, known: str, names: list[str], address: Address, side: str, profile: Profile,
    *, always: bool = False,
) -> None:  # fmt: skip
    if not always and known and "names" not in profile.parts:
        writer.put("NAD", role, known)
        return
    called = [piece for name in names for piece in writer.words(name, f"{side}_name", count=5)]
    called = writer.first(called, 5, "Expected names that fit 5 times 35 characters together.", f"{side}_name")
    lines = [piece for line in address.lines for piece in writer.words(line, f"{side}_address_line1", count=4)]
    region = address.region if len(address.region) <= 9 else ""
    lines += writer.words(address.region, f"{side}_region", count=4) if address.region != region else []
    lines = writer.first(lines, 4, "Expected an address that fits 4 times 35 characters.", f"{side}_address_line1")
    writer.put(
        "NAD", role, known, "", joined(*called), joined(*lines),
        "".join(writer.words(address.city, f"{side}_city")), writer.code(region, 9, f"{side}_region"),
        writer.code(address.postal_code, 9, f"{side}_postal_code"), writer.code(address.country, 3, f"{side}_country"),
    )  # fmt: skip


def _bank(writer: Writer, role: str, account: str, payment: Payment) -> None:
    number = writer.code(account, 35, "supplier_iban" if payment.iban else "supplier_bank_account")
    holder = writer.words(payment.account_name, "supplier_name", count=2) if number else []
    bic, branch = writer.code(payment.bic, 11, "supplier_bic"), writer.code(payment.branch, 17, "supplier_bank_branch")
    bank = joined(bic, "25" if bic else "", "5" if bic else "", branch, "154" if branch else "")
    if number or bank:
        writer.put("FII", role, joined(number, *holder), bank)


def _numbers(writer: Writer, party: Party, side: str, profile: Profile) -> None:
    given = (
        ("vat_numbers", "VA", party.vat_number, "vat_number"),
        ("register", profile.register, party.registration_number, "registration_number"),
        ("party_numbers", "VR" if side == SUPPLIER else "IT", party.number, "number"),
    )
    for part, code, number, name in given:
        if number and part in profile.parts:
            writer.put("RFF", joined(code, writer.code(number, 35, f"{side}_{name}")))
    if party.contact and "contacts" in profile.parts:
        _contact(writer, party, side)


def _contact(writer: Writer, party: Party, side: str) -> None:
    person = party.contact
    writer.put("CTA", "IC", joined("", *writer.words(person.name, f"{side}_contact_name")))
    for value, channel, name in ((person.phone, "TE", "phone"), (person.email, "EM", "email")):
        if value:
            writer.put("COM", joined(writer.code(value, 512, f"{side}_contact_{name}"), channel))
