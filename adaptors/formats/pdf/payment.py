"""The box that says how the document is paid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adaptors.formats.document import OutgoingDocument, Payment
from adaptors.formats.pdf import words

Labels = Mapping[str, str]
Fact = tuple[str, str]

_SLIP = "93"
_LENGTH_OF_ID = {"71": 15, "75": 16}


@dataclass(frozen=True, slots=True)
class PaymentBox:
    """`amount` is what is to be paid, or credited; `due` empty where no date was given. `slip` is the line of a Danish
    payment slip, as banks read it."""

    title: str
    amount: str
    due: str
    facts: tuple[Fact, ...]
    slip: str
    text: str


def payment_of(document: OutgoingDocument, labels: Labels, due: str, amount: str) -> PaymentBox:
    payment, payable = document.payment, document.totals.payable
    if not payable:
        return PaymentBox(labels["settled"], amount, "", (), "", payment.text)
    if document.kind.is_credit != (payable < 0):
        return PaymentBox(labels["to_receive"], amount, "", (), "", labels["credit_text"])
    text = " · ".join(filter(None, (payment.terms, payment.text)))
    return PaymentBox(labels["payable"], amount, due, tuple(_facts(payment, labels)), slip_of(payment), text)


def slip_of(payment: Payment) -> str:
    """Such as +71<000000000104828+12345678<; "" where it is no slip. Card type 73 has no payment id."""
    if payment.code != _SLIP or not payment.card_type or not payment.account:
        return ""
    length = _LENGTH_OF_ID.get(payment.card_type, 0)
    number = payment.reference.zfill(length) if length else ""
    return f"+{payment.card_type}<{number}+{payment.account}<"


def _facts(payment: Payment, labels: Labels) -> Iterator[Fact]:
    is_slip = bool(slip_of(payment))
    facts = [
        ("iban", words.grouped(payment.iban)),
        ("bic", payment.bic),
        ("branch", payment.branch),
        ("account", "" if is_slip else payment.account),
        ("holder", payment.account_name),
        ("mandate", payment.mandate),
        ("creditor", payment.creditor_id),
        ("debited", words.grouped(payment.debited_account)),
        ("quote", "" if is_slip else payment.reference),
    ]
    yield from ((labels[name], value) for name, value in facts if value)
