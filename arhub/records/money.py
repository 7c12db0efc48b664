"""Payments, what they were applied to, outstanding items and custom fields."""

from __future__ import annotations

from arhub.records.base import Field, Kind, RecordType
from arhub.records.documents import BALANCE_SYNONYMS, INVOICE_NUMBER_SYNONYMS, NUMBER_SYNONYMS
from arhub.records.shared import (
    ACCOUNT_CURRENCY,
    ACCOUNT_SYNONYMS,
    CURRENCY_SYNONYMS,
    EXCHANGE_RATE,
    RECORD,
    erp_key,
    network_id,
)

PAYMENT = RecordType(
    name="payment",
    code="PAYMENT",
    label="Payment",
    plural="Payments",
    help="Money received. A payment that is not applied yet is an advance.",
    model="arhub.Payment",
    sage="Payment",
    key=("payment_id",),
    fields=(
        erp_key("payment", "payment erp key"),
        Field("payment_id", column="number", max_length=120, help="The number people know the payment by.", example="P-2001",
              synonyms=("payment", "payment no", "payment #", "pmt no", "pmt", "receipt no", "transaction id", "check no",
                        "cheque no", "wire ref", "voucher no", "confirmation", "no", "id"), default="left(s.erp_key, 120)"),
        Field(
            "account_id",
            Kind.REFERENCE,
            column="account",
            references="account",
            required=True,
            help="The number or key of the account that paid.",
            example="C-1001",
            synonyms=(*ACCOUNT_SYNONYMS, "customer erp key"),
            sage="companyErpKey",
        ),
        Field("payment_type", max_length=60, help="AR Payment, AP Payment, or the source's own word.", example="AR Payment",
              synonyms=("type",), sage="paymentType"),
        Field("payment_method", max_length=60, column="tender_type", help="Cash, Check, Credit Card, Wire Transfer, Other.",
              example="Wire Transfer", synonyms=("method", "pay method", "instrument", "channel"), sage="tenderType"),
        Field("payment_date", Kind.DATE, example="2026-04-10",
              synonyms=("date", "paid date", "pay date", "date paid", "paid on date", "date received", "received date",
                        "date applied", "deposit date", "value date", "clearing date", "clear date", "settlement date",
                        "betalingsdato", "zahlungsdatum"), sage="paymentDate"),
        Field("posting_date", Kind.DATE, synonyms=("posted date", "post date", "bogføringsdato"), sage="postDate"),
        Field("amount", Kind.MONEY, required=True, example="1250.00",
              synonyms=("payment amount", "amount paid", "amount received", "cleared amount", "credit", "beløb", "betrag"),
              sage="paymentAmount"),
        Field("unapplied_amount", Kind.MONEY, help="What is not applied yet, as the source says. Leave it out and the hub "
              "computes it.", synonyms=("unapplied", "remaining", "remaining amount", "open amount"), sage="unappliedAmount"),
        Field("currency", Kind.CURRENCY, help="Nothing given means the account's currency.", example="DKK",
              synonyms=CURRENCY_SYNONYMS, sage="currencyCode", default=ACCOUNT_CURRENCY),
        EXCHANGE_RATE,
        Field("base_currency_amount", Kind.MONEY, sage="baseCurrencyPaymentAmount"),
        Field("base_currency_unapplied_amount", Kind.MONEY, sage="baseCurrencyUnappliedAmount"),
        Field("reference", example="INV 10482", synonyms=("payment reference", "reference no", "ref no"), sage="referenceCode"),
        Field("memo", max_length=4000, synonyms=("description", "memo", "comment", "notes", "tekst"), sage="memoText"),
        Field("bank_account", max_length=60, synonyms=("deposit account",), sage="bankAccountId"),
        Field("is_open", Kind.BOOL, help="Whether something of it is still to be applied.", synonyms=("open",), sage="isOpen"),
        Field("is_voided", Kind.BOOL, synonyms=("voided", "void"), sage="isVoided"),
        Field("in_dispute", Kind.BOOL, synonyms=("disputed",), sage="inDispute"),
        Field("tax_code", max_length=60, sage="taxCode"),
        Field("financial_account_code", max_length=60, sage="financialAccountCode"),
        network_id("account_network_id", "companyNetworkId", "the account"),
        *RECORD,
    ),
)  # fmt: skip

_ENTRY = Field("entry_number", Kind.INTEGER, help="Counts what one payment or credit memo was applied to.", example="1",
               synonyms=("entry",), sage="entryNumber")  # fmt: skip
_APPLIED_DATE = Field("applied_date", Kind.DATE, example="2026-04-10", synonyms=("date", "applied on", "date applied"),
                      sage="applyToInvoiceDate")  # fmt: skip


def _reduced(help: str) -> Field:
    return Field("invoice", Kind.REFERENCE, column="document", references="invoice", required=True, help=help,
                 example="10482", synonyms=("invoice no", "invoice key", *INVOICE_NUMBER_SYNONYMS, "applied to"),
                 sage="invoiceErpKey")  # fmt: skip


PAYMENT_APPLIED = RecordType(
    name="payment_applied",
    code="PAYMENT_APPLIED",
    label="Payment application",
    plural="Payment applications",
    help="Which payment paid how much of which document.",
    model="arhub.Application",
    sage="PaymentApplied",
    key=("payment", "invoice", "entry_number"),
    key_defaults=(("entry_number", "1"),),
    constants=(("application_type", "payment"),),
    fields=(
        erp_key("application", "payment applied erp key"),
        Field("payment", Kind.REFERENCE, references="payment", required=True,
              help="The erp_key or the number of the payment.", example="P-2001",
              synonyms=("payment id", "payment no", "payment key"), sage="paymentErpKey"),
        _reduced("The erp_key or the number of the document it pays."),
        _ENTRY,
        _APPLIED_DATE,
        Field("amount", Kind.MONEY, required=True, example="1250.00", synonyms=("applied amount", "payment amount", "beløb"),
              sage="paymentAppliedAmount"),
        Field("refund_key", help="The erp_key of the refund.", sage="refundErpKey"),
        network_id("invoice_network_id", "invoiceNetworkId", "the document"),
        network_id("payment_network_id", "paymentNetworkId", "the payment"),
        network_id("refund_network_id", "refundNetworkId", "the refund"),
        *RECORD,
    ),
)  # fmt: skip

CREDIT_MEMO_APPLIED = RecordType(
    name="credit_memo_applied",
    code="CREDIT_MEMO_APPLIED",
    label="Credit memo application",
    plural="Credit memo applications",
    help="Which credit memo reduced which document by how much.",
    model="arhub.Application",
    sage="CreditMemoApplied",
    key=("credit_memo", "invoice", "entry_number"),
    key_defaults=(("entry_number", "1"),),
    constants=(("application_type", "credit_memo"),),
    fields=(
        erp_key("application", "credit memo applied erp key"),
        Field("credit_memo", Kind.REFERENCE, references="invoice", required=True,
              help="The erp_key or the number of the credit memo.", example="90017",
              synonyms=("credit memo no", "credit memo key", "credit note no", "kreditnotanr"),
              sage="creditMemoInvoiceErpKey"),
        _reduced("The erp_key or the number of the document it reduces."),
        _ENTRY,
        _APPLIED_DATE,
        Field("amount", Kind.MONEY, required=True, example="100.00", synonyms=("applied amount", "credit amount", "beløb"),
              sage="creditMemoAppliedAmount"),
        network_id("invoice_network_id", "invoiceNetworkId", "the document"),
        *RECORD,
    ),
)  # fmt: skip

OUTSTANDING_ITEM = RecordType(
    name="outstanding_item",
    code="OUTSTANDING_ITEM",
    label="Outstanding item",
    plural="Outstanding items",
    help="What the ERP says is still open on an invoice number.",
    model="arhub.OutstandingItem",
    key=("invoice_number",),
    fields=(
        Field("invoice_number", column="number", max_length=120, required=True, example="10482",
              help="The number of the document.", synonyms=(*INVOICE_NUMBER_SYNONYMS, *NUMBER_SYNONYMS)),
        Field("currency", Kind.CURRENCY, help="Nothing given means the invoice's currency.", example="DKK",
              synonyms=CURRENCY_SYNONYMS),
        Field("total_outstanding", Kind.MONEY, column="amount", required=True, example="750.00",
              help="What is still to be paid on the document.", synonyms=("amount", *BALANCE_SYNONYMS)),
    ),
)  # fmt: skip

CUSTOM_FIELD = RecordType(
    name="custom_field",
    code="CUSTOM_FIELD",
    label="Custom field",
    plural="Custom fields",
    help="Values of your own fields on accounts, contacts, documents, lines and payments.",
    model="arhub.CustomFieldValue",
    sage="CustomField",
    key=("table", "record", "label"),
    fields=(
        Field("table", Kind.CHOICE, column="table_key", required=True, example="Company", help="What the field is on.",
              synonyms=("table key", "owner type", "record type"), sage="tableKey",
              choices=(("Company", ("account", "customer")), ("Contact", ()), ("Invoice", ("document", "credit memo")),
                       ("InvoiceLine", ("invoice line", "line")), ("Payment", ()))),
        Field("record", Kind.REFERENCE, column="owner", references="*", required=True, example="C-1001",
              help="The erp_key of the record the value belongs to.", synonyms=("owner", "record key", "owner key"),
              sage="erpKey"),
        Field("label", required=True, max_length=120, example="Region", help="The field's name.",
              synonyms=("field", "field name", "custom field"), sage="customFieldLabel"),
        Field("value", max_length=4000, example="North", sage="value"),
        Field("string_value", max_length=4000, help="Deprecated twin of value.", sage="stringValue"),
        Field("numeric_value", Kind.NUMBER, help="Deprecated twin of value, for numbers.", sage="numericValue"),
        *RECORD,
    ),
)  # fmt: skip
