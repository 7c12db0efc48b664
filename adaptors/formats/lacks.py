"""What parties lack, or say wrongly, before a document can go out: what electronic invoices have in common.

Each function yields a problem for each thing. `side` is supplier or customer, and the beginning of the field's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence

from stdnum import ean, iban, luhn
from stdnum.be import vat as belgian
from stdnum.dk import cvr
from stdnum.eu import vat
from stdnum.no import orgnr as norwegian
from stdnum.se import orgnr as swedish

from adaptors.formats.base import Problem
from adaptors.formats.countries import COUNTRIES
from adaptors.formats.document import OutgoingDocument, Party, Payment

SUPPLIER, CUSTOMER = "supplier", "customer"
_EU_PREFIXES = frozenset(code.upper() for code in vat.MEMBER_STATES) | {"EL", "XI"}
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def is_digits(value: str, *lengths: int) -> bool:
    return value.isascii() and value.isdigit() and len(value) in lengths


def is_gln(value: str) -> bool:
    return is_digits(value, 13) and ean.is_valid(value)


def is_cvr(value: str) -> bool:
    return is_digits(value, 8) and cvr.is_valid(value)


def is_se_number(value: str) -> bool:
    return value[:2] == "DK" and is_cvr(value[2:])


_FORMS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "0007": (
        lambda value: is_digits(value, 10) and swedish.is_valid(value),
        "a Swedish organisation number: 10 digits",
    ),
    "0060": (lambda value: is_digits(value, 9), "a DUNS number: 9 digits"),
    "0088": (is_gln, "a GLN: 13 digits, the last of them a check digit"),
    "0096": (lambda value: is_digits(value, 10), "a Danish P number: 10 digits"),
    "0184": (is_cvr, "a CVR number: 8 digits with a check digit, without DK"),
    "0192": (lambda value: is_digits(value, 9) and norwegian.is_valid(value), "a Norwegian company number: 9 digits"),
    "0198": (is_se_number, "a Danish SE number: DK and 8 digits with a check digit"),
    "0208": (lambda value: is_digits(value, 10) and belgian.is_valid(value), "a Belgian company number: 10 digits"),
    "EM": (lambda value: bool(_MAIL.fullmatch(value)), "a mail address"),
}
"""ISO 6523 scheme → whether a number can be of it, and what it looks like."""


def wrong_form(scheme: str, identifier: str) -> str:
    """What a number of the scheme looks like, where this one does not; empty where it does, or nobody knows."""
    fits, looks = _FORMS.get(scheme, (bool, ""))
    return "" if fits(identifier) else looks


def required(value: str, field: str, text: str) -> Iterator[Problem]:
    if not value.strip():
        yield Problem(text, field)


def endpoint(party: Party, side: str, schemes: Container[str], network: str) -> Iterator[Problem]:
    """The electronic address. `schemes` are those that `network` knows."""
    known = party.endpoint
    if known is None or not known.identifier:
        yield Problem(f"The {side} has no electronic address, which {network} needs to deliver.", f"{side}_endpoint_id")
    if known is None or not known.scheme:
        yield Problem(
            f"Nothing says what kind of number the {side}'s electronic address is, such as GLN or CVR.",
            f"{side}_endpoint_scheme",
        )
    elif known.scheme not in schemes:
        yield Problem(
            f"{network} does not know the kind {known.scheme} of the {side}'s electronic address.",
            f"{side}_endpoint_scheme",
        )
    elif known.identifier and (looks := wrong_form(known.scheme, known.identifier)):
        yield Problem(
            f"The {side}'s electronic address {known.identifier} is not {looks}.", f"{side}_endpoint_id"
        )  # fmt: skip


def numbers(party: Party, side: str) -> Iterator[Problem]:
    """GLN, VAT number and the number of the Danish register, where they are given."""
    if party.gln and not is_gln(party.gln):
        yield Problem(f"The {side}'s GLN {party.gln} is not {_FORMS['0088'][1]}.", f"{side}_gln")
    if party.vat_number:
        yield from _vat_number(party.vat_number, side)
    if party.registration_number and party.address.country == "DK" and not is_cvr(party.registration_number):
        yield Problem(
            f"The {side}'s registration number {party.registration_number} is not {_FORMS['0184'][1]}.",
            f"{side}_registration_number",
        )


def _vat_number(number: str, side: str) -> Iterator[Problem]:
    if number[:2] not in COUNTRIES | {"EL"} or not re.fullmatch("[0-9A-Z+*]{2,}", number[2:]):
        yield Problem(
            f"Expected the {side}'s VAT number with its country's two letters, such as DK12345674, found {number}.",
            f"{side}_vat_number",
        )
    elif number[:2] in _EU_PREFIXES and not vat.is_valid(number):
        yield Problem(f"The {side}'s VAT number {number} cannot be: look for a wrong digit.", f"{side}_vat_number")


def vat_numbers(document: OutgoingDocument) -> Iterator[Problem]:
    """Who must have one, for which VAT category."""
    categories, buyer = {one.vat.category for one in document.subtotals}, document.buyer
    if categories - {"O"} and not document.seller.vat_number:
        yield Problem("A document with VAT needs the supplier's VAT number.", "supplier_vat_number")
    if "K" in categories and not buyer.vat_number:
        yield Problem("A supply within the Union needs the customer's VAT number.", "customer_vat_number")
    if "AE" in categories and not buyer.vat_number and not buyer.registration_number:
        yield Problem("Reverse charge needs the customer's VAT number.", "customer_vat_number")


def address(
    party: Party, side: str, needed: Sequence[str] = ("address_line1", "city", "postal_code")
) -> Iterator[Problem]:
    """The country always, of the rest what is `needed`, by the names of the settings."""
    given = {
        "address_line1": ("street or post box", "".join(party.address.lines[:1])),
        "city": ("city", party.address.city),
        "postal_code": ("postal code", party.address.postal_code),
    }
    for field in needed:
        what, value = given[field]
        yield from required(value, f"{side}_{field}", f"The {side}'s address has no {what}.")
    if party.address.country not in COUNTRIES:
        yield Problem(
            f"Expected the country of the {side}'s address in two letters, such as DK, found "
            f"{party.address.country or 'nothing'}.", f"{side}_country",
        )  # fmt: skip


def contact(party: Party, side: str, needed: Sequence[str]) -> Iterator[Problem]:
    """Of contact_name, contact_email and contact_phone what is `needed`."""
    given = {
        "contact_name": ("Nobody is named as the contact at the", party.contact.name),
        "contact_email": ("There is no mail address of the contact at the", party.contact.email),
        "contact_phone": ("There is no telephone number of the contact at the", party.contact.phone),
    }
    for field in needed:
        text, value = given[field]
        yield from required(value, f"{side}_{field}", f"{text} {side}.")


def account(payment: Payment, *, is_danish: bool) -> Iterator[Problem]:
    """What the way of paying needs to be of use. `is_danish` says that both parties are."""
    if payment.iban and not iban.is_valid(payment.iban):
        yield Problem(f"The IBAN {payment.iban} cannot be: look for a wrong digit.", "supplier_iban")
    match payment.code:
        case "30" | "31" if payment.iban:
            if is_danish:
                yield from required(payment.bic, "supplier_bic", "An IBAN between Danish parties needs the bank's BIC.")
        case "42" if is_danish:
            yield from _danish_account(payment)
        case "30" | "31" | "42" if not payment.account and not payment.iban:
            yield Problem("A bank transfer needs an IBAN, or a bank account.", "supplier_iban")
        case "30" | "31" if is_danish:
            yield from _danish_account(payment)
        case "58":
            yield from required(payment.iban, "supplier_iban", "A SEPA transfer needs an IBAN.")
        case "49" | "59":
            yield from _direct_debit(payment, is_danish=is_danish)
        case "93":
            yield from _slip(payment)


def slip_reference(payment: Payment) -> Iterator[Problem]:
    """The payment id of a Danish payment slip, which each document has its own of."""
    digits = {"71": 15, "75": 16}.get(payment.card_type)
    if (
        payment.code == "93"
        and digits
        and not (is_digits(payment.reference, digits) and luhn.is_valid(payment.reference))
    ):
        yield Problem(
            f"A payment slip of type {payment.card_type} needs a payment id of {digits} digits, the last of them a "
            f"check digit, found {payment.reference or 'nothing'}.", "payment_reference",
        )  # fmt: skip


def _danish_account(payment: Payment) -> Iterator[Problem]:
    if not is_digits(payment.branch, 4):
        yield Problem(
            f"A transfer within Denmark needs the bank's registration number of 4 digits, found "
            f"{payment.branch or 'nothing'}.", "supplier_bank_branch",
        )  # fmt: skip
    if not is_digits(payment.account, *range(1, 11)):
        yield Problem(
            f"A transfer within Denmark needs an account number of up to 10 digits, found "
            f"{payment.account or 'nothing'}.", "supplier_bank_account",
        )  # fmt: skip


def _direct_debit(payment: Payment, *, is_danish: bool) -> Iterator[Problem]:
    yield from required(payment.mandate, "customer_mandate", "Direct debit needs the customer's mandate.")
    if is_danish and payment.code == "49":
        yield from required(
            payment.debited_account, "customer_debited_account",
            "Direct debit between Danish parties needs the account that is debited.",
        )  # fmt: skip
    if payment.code == "59":
        yield from required(
            payment.creditor_id, "supplier_creditor_id", "SEPA direct debit needs the supplier's creditor identifier."
        )


def _slip(payment: Payment) -> Iterator[Problem]:
    if payment.card_type not in ("71", "73", "75"):
        yield Problem(
            f"A payment slip (FIK) is of type 71, 73 or 75, found {payment.card_type or 'nothing'}.",
            "supplier_payment_means",
        )
    if not is_digits(payment.account, 8):
        yield Problem(
            f"A payment slip (FIK) needs the creditor number of 8 digits, found {payment.account or 'nothing'}.",
            "supplier_fik_creditor",
        )
