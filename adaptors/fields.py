"""The settings of export rules: what each is called, whose it is, and which data it has when nobody sets it.

The effective value of a field is the customer's own one, else the common one that was chosen for the customer, else the
common one for all, else what the data says (`source`), else the default. docs/adaptors.md shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Group(StrEnum):
    GENERAL = "General"
    SUPPLIER = "Supplier/Sender"
    CUSTOMER = "Customer/Receiver"


@dataclass(frozen=True, slots=True)
class RuleField:
    """`source` is where the data has it: an attribute of the company, its bank, the account or its contact, with the
    name of that before it; several with "or" between them. `kind` is text, lines, choice, or one of
    `adaptors.domain.shapes`."""

    name: str
    label: str
    group: Group
    part: str = ""
    help: str = ""
    source: str = ""
    kind: str = "text"
    choices: tuple[tuple[str, str], ...] = ()
    default: str = ""


SCHEMES = (
    ("0184", "CVR number (0184)"),
    ("0088", "GLN (0088)"),
    ("0096", "P-number (0096)"),
    ("0198", "SE number (0198)"),
    ("0007", "Swedish organisation number (0007)"),
    ("0192", "Norwegian organisation number (0192)"),
    ("0204", "Leitweg-ID (0204)"),
    ("0060", "D-U-N-S number (0060)"),
    ("9930", "German VAT number (9930)"),
    ("EM", "E-mail address (EM)"),
)
PAYMENT_MEANS = (
    ("30", "Bank transfer (IBAN)"),
    ("42", "Bank transfer within Denmark"),
    ("58", "SEPA transfer"),
    ("93", "FIK slip"),
    ("49", "Direct debit"),
    ("59", "SEPA direct debit"),
    ("48", "Card"),
    ("10", "Cash"),
    ("1", "Not defined"),
)
NO_VAT = (
    ("Z", "Zero rate"),
    ("E", "Exempt"),
    ("AE", "Reverse charge"),
    ("K", "Within the EU, reverse charge"),
    ("G", "Export outside the EU"),
    ("O", "Outside the scope of VAT"),
)
USUAL_DELIVERY = (("billed", "To the customer's address, on the day of the invoice"),)
WHEN_CHANGED = (
    ("tell", "Send nothing; show it as changed after sending"),
    ("again", "Send it again"),
)


def _party(side: str, group: Group, data: str, name: str, person: str) -> tuple[RuleField, ...]:
    def field(name: str, label: str, part: str, source: str = "", **more: object) -> RuleField:
        return RuleField(f"{side}_{name}", label, group, part, source=source, **more)  # type: ignore[arg-type]

    ids, where, who = "Identification", "Address", "Contact"
    return (
        field("name", "Name", ids, name),
        field("endpoint_scheme", "Endpoint scheme", ids, f"{data}.endpoint_scheme", kind="choice", choices=SCHEMES,
              help="Which kind of number the endpoint is."),
        field("endpoint_id", "Endpoint ID", ids, f"{data}.endpoint_id",
              help="Its address in the network, such as 12345674 with 0184."),
        field("registration_number", "Registration number", ids, f"{data}.registration_number",
              help="In Denmark the CVR number."),
        field("vat_number", "VAT number", ids, f"{data}.vat_number", help="With the letters of its country."),
        field("gln", "GLN", ids, f"{data}.gln", help="13 digits."),
        field("address_line1", "Address", where, f"{data}.address_line1"),
        field("address_line2", "Address, second line", where, f"{data}.address_line2"),
        field("postal_code", "Postal code", where, f"{data}.postal_code"),
        field("city", "City", where, f"{data}.city"),
        field("region", "Region", where, f"{data}.region"),
        field("country", "Country", where, f"{data}.country", kind="country", help="Two letters of ISO 3166."),
        field("contact_name", "Contact person", who, "contact.name" if person == "contact" else ""),
        field("contact_email", "Contact e-mail", who, f"{person}.email", kind="email"),
        field("contact_phone", "Contact telephone", who, f"{person}.phone"),
    )  # fmt: skip


FIELDS: tuple[RuleField, ...] = (
    RuleField("when_changed", "Documents changed after sending", Group.GENERAL, "Sending", kind="choice",
              choices=WHEN_CHANGED, default="tell"),
    RuleField("answer_days", "Answer expected within (days)", Group.GENERAL, "Sending",
              "Of the customer, after a document was delivered; then somebody is told. Empty: none is expected.",
              kind="days"),
    RuleField("language", "Language", Group.GENERAL, "Document", "Of texts that people read, two letters.",
              "account.language", "language", default="en"),
    RuleField("note", "Note", Group.GENERAL, "Document", "Stands on each document after its own description.",
              kind="lines"),
    RuleField("no_vat_category", "Lines without VAT are", Group.GENERAL, "VAT",
              "For lines with a rate of 0 whose source does not say why.", kind="choice", choices=NO_VAT),
    RuleField("exemption_reason", "Reason why no VAT is due", Group.GENERAL, "VAT",
              "For lines without VAT, where the document gives none."),
    RuleField("usual_delivery", "Delivered, where a document does not say", Group.GENERAL, "Delivery",
              "Supplies within the EU have to say where and when they were delivered.", kind="choice",
              choices=USUAL_DELIVERY),
    RuleField("accounting_cost", "Accounting string", Group.GENERAL, "References",
              "The customer's cost centre or account, on every document."),
    RuleField("contract", "Contract number", Group.GENERAL, "References"),
    *_party("supplier", Group.SUPPLIER, "company", "company.legal_name or company.name", "company"),
    RuleField("supplier_payment_means", "Paid by", Group.SUPPLIER, "Payment",
              "Where a document does not say how it is to be paid.", kind="choice", choices=PAYMENT_MEANS),
    RuleField("supplier_iban", "IBAN", Group.SUPPLIER, "Payment", source="bank.iban", kind="iban"),
    RuleField("supplier_bic", "BIC", Group.SUPPLIER, "Payment", source="bank.bic"),
    RuleField("supplier_bank_branch", "Bank registration number", Group.SUPPLIER, "Payment", "In Denmark, 4 digits.",
              "bank.registration_number"),
    RuleField("supplier_bank_account", "Bank account number", Group.SUPPLIER, "Payment", source="bank.account_number"),
    RuleField("supplier_fik_type", "FIK card type", Group.SUPPLIER, "Payment", kind="choice",
              choices=(("71", "71"), ("73", "73"), ("75", "75"))),
    RuleField("supplier_fik_creditor", "FIK creditor number", Group.SUPPLIER, "Payment", "8 digits."),
    RuleField("supplier_creditor_id", "Direct debit creditor ID", Group.SUPPLIER, "Payment"),
    *_party("customer", Group.CUSTOMER, "account", "account.name", "contact"),
    RuleField("customer_number", "Customer number", Group.CUSTOMER, "Identification", source="account.number"),
    RuleField("customer_email", "E-mail address for invoices", Group.CUSTOMER, "Contact",
              source="account.ap_email or account.email", kind="email"),
    RuleField("customer_buyer_reference", "Buyer reference", Group.CUSTOMER, "References",
              "For documents that bring none; public buyers insist on one."),
    RuleField("customer_delivery_gln", "GLN of the place of delivery", Group.CUSTOMER, "Delivery"),
    RuleField("customer_mandate", "Direct debit mandate", Group.CUSTOMER, "Payment"),
    RuleField("customer_debited_account", "Debited account", Group.CUSTOMER, "Payment"),
)  # fmt: skip

BY_NAME = {field.name: field for field in FIELDS}


def of_group(group: Group) -> list[RuleField]:
    return [field for field in FIELDS if field.group is group]
