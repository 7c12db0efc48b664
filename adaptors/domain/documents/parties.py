"""The parties of a document, and how it is paid, out of effective settings."""

from __future__ import annotations

import re
from dataclasses import dataclass

from adaptors.domain.customers.effective import Settings
from adaptors.formats.document import Address, Endpoint, Party, Payment, Person
from arhub.countries import code_of

_FIK = re.compile(r"\+?(01|04|15|71|73|75)\s*<?\s*(\d{0,16})\s*[-+ ]+\s*(\d{7,8})<?\s*")
"""A line of a Danish payment slip: card type, payment id, creditor."""


@dataclass(frozen=True, slots=True)
class Sides:
    """What is the same on every document of a rule."""

    seller: Party
    buyer: Party
    payment: Payment


def sides_of(settings: Settings) -> Sides:
    return Sides(_party("supplier", settings), _party("customer", settings), _payment(settings))


def _party(side: str, settings: Settings) -> Party:
    def get(name: str) -> str:
        return settings.get(f"{side}_{name}", "")

    identifier = compact(get("endpoint_id"))
    return Party(
        get("name"),
        Endpoint(get("endpoint_scheme"), identifier) if identifier else None,
        number=get("number"),
        registration_number=compact(get("registration_number")),
        vat_number=compact(get("vat_number")).upper(),
        gln=compact(get("gln")),
        address=Address(
            tuple(line for line in (get("address_line1"), get("address_line2")) if line),
            get("city"), get("postal_code"), get("region"), code_of(get("country")),
        ),
        contact=Person(get("contact_name"), get("contact_phone"), get("contact_email")),
    )  # fmt: skip


def compact(number: str) -> str:
    """Without the blanks that people group digits by."""
    return "".join(number.split())


def _payment(settings: Settings) -> Payment:
    """Where it can be told from what is set, the means follow: an IBAN is a transfer, a FIK creditor a slip."""
    iban, branch = compact(settings["supplier_iban"]).upper(), compact(settings["supplier_bank_branch"])
    account, creditor = compact(settings["supplier_bank_account"]), compact(settings["supplier_fik_creditor"])
    code = settings["supplier_payment_means"] or _means(settings, iban, branch, account, creditor)
    is_debit = code in ("49", "59")
    return Payment(
        code,
        iban=iban if code in ("30", "58") else "",
        bic=compact(settings["supplier_bic"]) if code in ("30", "42", "58") else "",
        branch=branch if code in ("30", "42") else "",
        account={"93": creditor, "42": account}.get(code, "" if iban else account if code == "30" else ""),
        account_name=settings["supplier_name"] if code in ("30", "42", "58") else "",
        card_type=(settings["supplier_fik_type"] or "71") if code == "93" else "",
        mandate=settings["customer_mandate"] if is_debit else "",
        creditor_id=settings["supplier_creditor_id"] if is_debit else "",
        debited_account=settings["customer_debited_account"] if is_debit else "",
    )


def _means(settings: Settings, iban: str, branch: str, account: str, creditor: str) -> str:
    if settings["customer_mandate"]:
        return "59"
    if creditor:
        return "93"
    if branch and account:
        return "42"
    return "30" if iban else "1"


def fik_of(text: str) -> tuple[str, str, str] | None:
    """Card type, payment id and creditor of a slip's line such as +71<000000000104828+12345678<; None for another
    text."""
    found = _FIK.fullmatch(" ".join(text.split()))  # blanks in a row could be parted in too many ways
    return (found[1], found[2], found[3]) if found else None
