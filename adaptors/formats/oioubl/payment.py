"""How an invoice is to be paid. A credit note tells nothing of it: OIOUBL's has no place for payment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from adaptors.formats.document import OutgoingDocument, Payment
from adaptors.formats.oioubl.pieces import amount
from adaptors.formats.xml import branch, leaf

NOTE_LENGTH = 20
"""The most characters that reach the payee's own statement."""
MANDATE_LENGTH = 60


def code(payment: Payment) -> str:
    """OIOUBL's code for the way of paying. It has 31 for what others call 30, 42 for an account in Denmark, and for a
    card (48) asks for the card's number, which nobody here knows: that is 1, not defined, and the text says what."""
    if payment.code in ("30", "31"):
        return "31" if payment.iban else "42"
    return payment.code if payment.code in _SHAPES else "1"


def means(document: OutgoingDocument) -> str:
    payment = document.payment
    known = code(payment)
    channel = _CHANNELS.get(known, "")
    return branch(
        "cac:PaymentMeans",
        f"<cbc:ID>1</cbc:ID><cbc:PaymentMeansCode>{known}</cbc:PaymentMeansCode>",
        leaf("cbc:PaymentDueDate", _day(document.due_date)),
        leaf(
            "cbc:PaymentChannelCode", channel,
            listAgencyID="320", listID="urn:oioubl:codelist:paymentchannelcode-1.1",
        ),
        _SHAPES[known](payment),
    )  # fmt: skip


def terms(document: OutgoingDocument) -> str:
    """With the amount, which the rules compare with the total."""
    note = leaf("cbc:Note", document.payment.terms)
    if not note:
        return ""
    return branch(
        "cac:PaymentTerms",
        "<cbc:ID>1</cbc:ID><cbc:PaymentMeansID>1</cbc:PaymentMeansID>",
        note,
        amount("cbc:Amount", document.totals.payable, document.currency),
    )


def prepaid(paid: Decimal, currency: str) -> str:
    return branch("cac:PrepaidPayment", amount("cbc:PaidAmount", paid, currency) if paid else "")


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def _plain(payment: Payment) -> str:
    return leaf("cbc:InstructionID", payment.reference) + leaf("cbc:InstructionNote", payment.text)


def _account(payment: Payment) -> str:
    """In Denmark: registration number and account."""
    bank = branch("cac:FinancialInstitutionBranch", leaf("cbc:ID", payment.branch))
    return _payee(payment, payment.account, bank)


def _iban(payment: Payment) -> str:
    institution = branch("cac:FinancialInstitution", leaf("cbc:ID", payment.bic, schemeID="BIC"))
    return _payee(payment, payment.iban, branch("cac:FinancialInstitutionBranch", institution))


def _payee(payment: Payment, number: str, bank: str) -> str:
    """What to quote goes on the payee's statement, where it is short enough for one."""
    is_short = len(payment.reference) <= NOTE_LENGTH
    return leaf("cbc:InstructionID", "" if is_short else payment.reference) + branch(
        "cac:PayeeFinancialAccount",
        leaf("cbc:ID", number),
        leaf("cbc:Name", payment.account_name),
        leaf("cbc:PaymentNote", payment.reference if is_short else ""),
        bank,
    )


def _direct_debit(payment: Payment) -> str:
    """The mandate is the instruction; SEPA's creditor is named with the supplier."""
    return "".join((
        leaf("cbc:InstructionID", payment.mandate),
        leaf("cbc:PaymentID", payment.reference),
        branch("cac:PayerFinancialAccount", leaf("cbc:ID", payment.debited_account)),
    ))  # fmt: skip


def _slip(payment: Payment) -> str:
    """A Danish FIK slip: its type, the payment id where the type has one, and the creditor."""
    has_id = payment.card_type != "73"
    return "".join((
        leaf("cbc:InstructionID", payment.reference if has_id else ""),
        leaf("cbc:InstructionNote", "" if has_id else payment.reference),
        leaf("cbc:PaymentID", payment.card_type),
        branch("cac:CreditAccount", leaf("cbc:AccountID", payment.account)),
    ))  # fmt: skip


def _nothing(payment: Payment) -> str:
    return ""


_CHANNELS = {"31": "IBAN", "42": "DK:BANK", "58": "IBAN", "93": "DK:FIK", "97": "DK:NEMKONTO"}
_SHAPES: Mapping[str, Callable[[Payment], str]] = {
    "1": _plain, "10": _plain, "20": _plain, "31": _iban, "42": _account, "49": _direct_debit, "58": _iban,
    "59": _direct_debit, "93": _slip, "97": _nothing,
}  # fmt: skip
"""OIOUBL's codes, each with what it tells. Not among them: 48, see `code`, and 50, the slips of the Danish post office,
whose types no document here has."""
