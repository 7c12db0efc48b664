"""How it is to be paid."""

from __future__ import annotations

from adaptors.formats.document import OutgoingDocument, Payment
from adaptors.formats.xml import branch, leaf


def code_of(payment: Payment, *, is_danish: bool) -> str:
    """Between Danish parties there is no 30 (DK-R-005): a transfer is 31 with IBAN and BIC, or 42 with registration and
    account number."""
    if is_danish and payment.code == "30":
        return "31" if payment.iban else "42"
    return payment.code


def means(document: OutgoingDocument, *, is_danish: bool) -> str:
    """A credit note has its due date here, an invoice at its beginning."""
    payment = document.payment
    due = document.due_date.isoformat() if document.due_date and document.kind.is_credit else ""
    return branch(
        "cac:PaymentMeans",
        leaf("cbc:PaymentMeansCode", code_of(payment, is_danish=is_danish), name=payment.text),
        leaf("cbc:PaymentDueDate", due),
        leaf("cbc:PaymentID", _reference(payment)),
        _account(payment),
        _mandate(payment),
    )


def terms(payment: Payment) -> str:
    return branch("cac:PaymentTerms", leaf("cbc:Note", payment.terms))


def _reference(payment: Payment) -> str:
    """A slip's type stands before its payment id; type 73 has no id."""
    if payment.code != "93":
        return payment.reference
    return f"{payment.card_type}#{'' if payment.card_type == '73' else payment.reference}"


def _account(payment: Payment) -> str:
    """Where to pay to. An IBAN has its BIC, an account its bank's number."""
    number, bank = (
        (_compact(payment.iban), payment.bic) if _is_international(payment) else (payment.account, payment.branch)
    )
    if not number:
        return ""
    return branch(
        "cac:PayeeFinancialAccount",
        leaf("cbc:ID", number),
        leaf("cbc:Name", payment.account_name),
        branch("cac:FinancialInstitutionBranch", leaf("cbc:ID", bank)),
    )


def _is_international(payment: Payment) -> bool:
    return bool(payment.iban) and payment.code != "93" and not (payment.code == "42" and payment.account)


def _mandate(payment: Payment) -> str:
    if payment.code not in ("49", "59"):
        return ""
    return branch(
        "cac:PaymentMandate",
        leaf("cbc:ID", payment.mandate),
        branch("cac:PayerFinancialAccount", leaf("cbc:ID", _compact(payment.debited_account))),
    )


def _compact(number: str) -> str:
    return number.replace(" ", "")
