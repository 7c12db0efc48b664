"""The settings form, in the words of Intacct's own pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.base import Setting

ADDRESS = "https://api.intacct.com/ia/xml/xmlgw.phtml"
PAYMENT_METHODS = ("Printed Check", "Cash", "EFT", "Credit Card")

ACCESS = (
    Setting(
        "address",
        "Gateway",
        "Intacct's own unless you try out a simulator: its address and /ia/xml/xmlgw.phtml.",
        kind="url",
        default=ADDRESS,
    ),
    Setting(
        "sender_id",
        "Sender ID",
        "From your Web Services licence. It must also stand in Company → Company "
        "Info → Security → Web Services authorizations.",
    ),
    Setting("sender_password", "Sender password", "Comes with the sender ID by mail from Sage.", kind="secret"),
    Setting("company_id", "Company ID", "What you type under Company ID when you sign in to Intacct."),
    Setting(
        "user_id",
        "User ID",
        "A Web Services user: Company → Admin → Web Services users. It needs the permission "
        "to read and add in Accounts Receivable.",
    ),
    Setting("user_password", "User password", "Sent by mail when the Web Services user was made.", kind="secret"),
    Setting(
        "entity",
        "Entity",
        "Location ID of the entity to work in; Company → Entities lists them. Nothing means the top level.",
        required=False,
    ),
)

POSTING = (
    Setting(
        "base_currency",
        "Base currency",
        "Of the company or entity: Company → Company Info → Accounting. "
        "Documents in another one need multi-currency there.",
        default="USD",
    ),
    Setting(
        "account",
        "AccountNo",
        "GL account of lines that name none: General Ledger → Accounts. Nothing means that a field mapping says it.",
        required=False,
    ),
    Setting(
        "vat_account", "AccountNo of VAT", "GL account that VAT goes to. Nothing means the one above.", required=False
    ),
    Setting(
        "advance_account",
        "AccountNo of advances",
        "The other side of an advance, often a liability. Nothing means the first one.",
        required=False,
    ),
    Setting(
        "term",
        "Term",
        "For invoices without a due date: Accounts Receivable → Terms. Nothing means due at once.",
        required=False,
    ),
    Setting(
        "bank",
        "FinancialEntity",
        "Bank account that payments go to: Cash Management → Checking accounts, column ID. Nothing means that a field "
        "mapping says it.",
        required=False,
    ),
    Setting(
        "payment_method",
        "PaymentMethod",
        "For payments whose method Intacct does not know.",
        kind="choice",
        default="EFT",
        choices=tuple((method, method) for method in PAYMENT_METHODS),
    ),
    Setting(
        "location",
        "Location",
        "Location ID for lines that name none. A company with several entities demands one at the top level.",
        required=False,
    ),
    Setting(
        "rate_type",
        "Exchange rate type",
        "For documents in another currency. Nothing means Intacct Daily Rate.",
        required=False,
    ),
    Setting(
        "numbers_itself",
        "Intacct numbers the documents",
        "When AR invoices and adjustments have a document "
        "sequence there: our number goes into the description, theirs comes back.",
        kind="bool",
        default=False,
        required=False,
    ),
)

READING = (
    Setting(
        "read_with",
        "Read with",
        "readByQuery is older and slower; take it when Intacct says that an object cannot be queried.",
        kind="choice",
        default="query",
        choices=(("query", "query"), ("readByQuery", "readByQuery")),
    ),
    Setting(
        "overlap_minutes",
        "Overlap",
        "Minutes that each pull reaches back before the last change it saw, for what Intacct stored late.",
        kind="number",
        default=10,
    ),
)

SETTINGS = (*ACCESS, *POSTING, *READING)


@dataclass(frozen=True, slots=True)
class Posting:
    """What documents and payments are posted with when they do not say."""

    base_currency: str
    account: str
    vat_account: str
    advance_account: str
    term: str
    bank: str
    payment_method: str
    location: str
    rate_type: str
    numbers_itself: bool

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Posting:
        given: dict[str, Any] = {setting.name: values.get(setting.name) or setting.default for setting in POSTING}
        given["base_currency"] = given["base_currency"].upper()
        for name in ("vat_account", "advance_account"):
            given[name] = given[name] or given["account"]
        return cls(**given)
