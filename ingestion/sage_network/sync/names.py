"""The lists of a batch and the files of a ZIP: what each is of, and which the hub takes without keeping them."""

from __future__ import annotations

from arhub.records import RECORD_TYPES

NOT_KEPT = "The hub keeps receivables; financial accounts and journals are not kept."

SKIPPED = {
    "financialyearsetting": "FinancialYearSetting",
    "financialaccount": "FinancialAccount",
    "financialaccountbalancehistory": "FinancialAccountBalanceHistory",
    "basecurrency": "BaseCurrency",
    "journalentry": "JournalEntry",
    "journalentryline": "JournalEntryLine",
}
"""Squeezed singular → name of the sync model."""

_PLURALS = {
    "companies": "account",
    "contacts": "contact",
    "creditmemoapplications": "credit_memo_applied",
    "invoices": "invoice",
    "invoicelines": "invoice_line",
    "customfields": "custom_field",
    "payments": "payment",
    "paymentapplications": "payment_applied",
    "invoiceworkflowstatuses": "workflow_status",
}
"""Lowered name of a list of a batch → record type."""


def type_of_list(name: str) -> str:
    """The record type of a batch's list; "" for one nobody knows."""
    record_type = _PLURALS.get(name.lower(), "")
    return record_type if record_type in RECORD_TYPES else ""


def skipped_model(squeezed: str) -> str:
    """The sync model of that name which is not kept, in the singular or the plural; "" for any other."""
    singulars = (squeezed, squeezed.removesuffix("s"), f"{squeezed.removesuffix('ies')}y", f"{squeezed}s")
    return next((SKIPPED[name] for name in singulars if name in SKIPPED), "")
