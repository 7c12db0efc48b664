"""Invoices, credit memos and their lines."""

from __future__ import annotations

from dataclasses import replace

from arhub.records.base import Field, Kind, RecordType
from arhub.records.shared import (
    ACCOUNT_CURRENCY,
    ACCOUNT_NAME_SYNONYMS,
    ACCOUNT_SYNONYMS,
    CURRENCY_SYNONYMS,
    EXCHANGE_RATE,
    RECORD,
    TERMS_SYNONYMS,
    document_address,
    erp_key,
    network_id,
)

DOCUMENT_TYPES = (
    ("invoice", ("inv", "in", "i", "ar invoice", "ar_invoice", "rv", "faktura", "rechnung", "factuur", "sales invoice",
                 "ap invoice", "standard", "380")),
    ("credit_memo", ("credit memo", "credit note", "creditnote", "creditmemo", "cm", "cn", "c", "ar credit memo",
                     "ap credit memo", "ar credit note", "dg", "kreditnota", "gutschrift", "adjustment", "381")),
    ("debit_memo", ("debit memo", "debit note", "debitmemo", "dm", "dn", "ar debit memo", "ap debit memo", "fc",
                    "finance charge", "383")),
)  # fmt: skip

PAYABLE_TYPES = frozenset({"ap invoice", "ap credit memo", "ap debit memo"})
"""Normalised type codes that say the document is owed by us: direction payable."""

SAGE_TYPE_CODES = {"invoice": "Invoice", "credit_memo": "Credit Memo", "debit_memo": "Debit Memo"}
"""What document types are called in the Sage Network API, after AR or AP."""

NUMBER_SYNONYMS = (
    "document no", "document id", "doc no", "doc id", "no", "id", "tran id", "tranid", "reference", "reference no",
    "ref no", "source document", "voucher no", "certificate no", "transaction no", "display id",
)  # fmt: skip
INVOICE_NUMBER_SYNONYMS = (
    "invoice", "invoice id", "inv", "inv no", "invoice ref", "bill no", "tax invoice no", "fakturanr", "fakturanummer",
    "faktura nummer", "faktura no", "fakt no", "rechnungsnummer", "rechnungsnr", "rechnung no", "rechnungs no",
    "belegnummer", "beleg no", "factuurnummer", "n° facture",
)  # fmt: skip
CREDIT_NUMBER_SYNONYMS = (
    "credit memo", "credit memo id", "credit note", "credit note no", "creditnote no", "credit no", "cm no", "cn no",
    "adjustment id", "adjustment no", "kreditnotanr", "kreditnota no", "kreditnotanummer", "gutschriftsnummer",
    "gutschrift no",
)  # fmt: skip
DATE_SYNONYMS = (
    "inv date", "date", "issue date", "issued date", "date issued", "issued", "bill date", "bill dt", "document date",
    "doc date", "transaction date", "txn date", "entry date", "created on", "document create date", "invoice at",
    "enter date", "fakturadato", "faktura dato", "dato", "rechnungsdatum", "belegdatum", "datum", "factuurdatum",
)  # fmt: skip
DUE_SYNONYMS = (
    "due", "duedate", "date due", "due by", "payment due", "payment date due", "due in date", "due at", "net due date",
    "terms due date", "maturity date", "expected pay date", "expiration date", "expire date", "ar due date",
    "forfaldsdato", "forfallsdato", "betalingsfrist", "forfald", "fälligkeit", "fälligkeitsdatum", "fällig am",
    "faelligkeit", "vervaldatum", "échéance", "date d'échéance",
)  # fmt: skip
TOTAL_SYNONYMS = (
    "amount", "total", "invoice amount", "invoice total", "invoice amt", "bill amount", "bill amt", "billed amount",
    "gross amount", "gross amt", "gross value", "original amount", "amount original", "total price",
    "tax inclusive amount", "total incl vat", "charge", "charges", "document amount", "credit amount", "beløb",
    "beløb inkl moms", "totalsum", "total pris", "i alt", "total inkl moms", "bruttobetrag", "gesamtbetrag", "betrag",
    "rechnungsbetrag", "bedrag",
)  # fmt: skip
BALANCE_SYNONYMS = (
    "balance", "open balance", "open amount", "outstanding", "outstanding amount", "amount outstanding",
    "total outstanding", "amount due", "due amount", "due amt", "amount remaining", "remaining", "remaining amount",
    "total open amount", "current balance", "invoice balance", "ar balance", "total a r", "a r", "unpaid",
    "unapplied amount", "credit balance", "available credit", "remaining credit", "restbeløb", "rest", "saldo",
    "offener betrag", "offener posten", "restbetrag", "openstaand",
)  # fmt: skip


def _money(name: str, help: str, sage: str = "", synonyms: tuple[str, ...] = (), example: str = "") -> Field:
    return Field(name, Kind.MONEY, help=help, sage=sage, synonyms=synonyms, example=example, signed=True)


def _flag(name: str, help: str, sage: str, synonyms: tuple[str, ...] = ()) -> Field:
    return Field(name, Kind.BOOL, help=help, sage=sage, synonyms=synonyms)


def _date(name: str, help: str, sage: str = "", synonyms: tuple[str, ...] = (), example: str = "") -> Field:
    return Field(name, Kind.DATE, help=help, sage=sage, synonyms=synonyms, example=example)


PARTIES = (
    Field(
        "account_id",
        Kind.REFERENCE,
        column="account",
        references="account",
        required=True,
        help="The number or key of the account that owes the document.",
        example="C-1001",
        synonyms=(*ACCOUNT_SYNONYMS, "customer erp key"),
        sage="customerErpKey",
    ),
    Field("account_name", help="The customer's name as it stands on the document.", example="Nordic Pumps A/S",
          synonyms=ACCOUNT_NAME_SYNONYMS),
    Field(
        "company_id",
        Kind.REFERENCE,
        column="company",
        references="account",
        help="The own company (or the vendor, on payable documents) that issued the document.",
        synonyms=("issuing company", "issuer", "seller id"),
        sage="companyErpKey",
    ),
)  # fmt: skip

DATES = (
    _date("due_date", "When the document is to be paid.", "paymentDueDate", DUE_SYNONYMS, "2026-04-14"),
    _date("posting_date", "When it was posted in the ledger.", "postedDate",
          ("posted at", "gl posting date", "booking date", "baseline create date", "buchungsdatum", "bogføringsdato")),
    _date("discount_date", "Last day for the cash discount.", "discountDate"),
    _date("closed_date", "When it was settled.", "invoiceClosedDate"),
    _date("tax_point_date", "When the VAT became due.", "taxPointDate"),
    _date("planned_payment_date", "When the customer plans to pay.", "plannedPaymentDate"),
    _date("delivery_date", "When the goods or services were delivered.", synonyms=("delivered on", "leveringsdato",
                                                                                  "lieferdatum")),
    _date("period_start", "First day of the invoiced period."),
    _date("period_end", "Last day of the invoiced period."),
    Field("imported_at", Kind.DATETIME, help="When the source imported it.", sage="importedDate"),
)  # fmt: skip

AMOUNTS = (
    Field("currency", Kind.CURRENCY, help="Nothing given means the account's currency.", example="DKK",
          synonyms=CURRENCY_SYNONYMS, sage="currencyCode", default=ACCOUNT_CURRENCY),
    _money("total_amount", "What is to be paid in all, VAT included.", "totalAmount", TOTAL_SYNONYMS, "1250.00"),
    _money("net_amount", "The amount without VAT.", "netAmount",
           ("subtotal", "total excl vat", "excl value", "total u moms", "beløb ekskl moms", "nettobetrag", "netto"), "1000.00"),
    _money("tax_amount", "The VAT or sales tax.", "salesTaxAmount",
           ("tax", "vat", "vat amount", "total vat", "moms", "momsbeløb", "mwst", "steuerbetrag", "btw"), "250.00"),
    _money("discount_amount", "Cash discount.", "discountAmount", ("cash discount amount",)),
    _money("shipping_amount", "Freight.", "shippingAmount", ("freight", "fragt")),
    _money("prepaid_amount", "What was paid already (EN 16931 BT-113).",
           synonyms=("amount paid", "paid amount", "total paid", "payments", "payments made amount", "receipt", "betalt")),
    _money("rounding_amount", "Rounding of the amount due (EN 16931 BT-114)."),
    _money("balance_due", "What is still open, as the source says. Leave it out and the hub computes it.",
           "outstandingBalanceAmount", BALANCE_SYNONYMS, "1250.00"),
    EXCHANGE_RATE,
    _money("base_currency_total_amount", "The total in the base currency.", "baseCurrencyTotalAmount",
           ("amount in local currency", "amount lcy", "total incl vat in dkk", "functional total", "amount local")),
    _money("base_currency_net_amount", "", "baseCurrencyNetAmount"),
    _money("base_currency_tax_amount", "", "baseCurrencySalesTaxAmount"),
    _money("base_currency_discount_amount", "", "baseCurrencyDiscountAmount"),
    _money("base_currency_shipping_amount", "", "baseCurrencyShippingAmount"),
    _money("base_currency_balance_due", "", "baseCurrencyOutstandingBalanceAmount",
           ("local balance", "remaining amt lcy")),
)  # fmt: skip

REFERENCES = (
    Field("status", max_length=60, help="The source's own status.", example="Open",
          synonyms=("invoice status", "invoice status text", "state", "doc status", "payment status"),
          sage="invoiceStatusCode"),
    Field("customer_order_number", help="The customer's order number (EN 16931 BT-13).", example="PO-4711",
          synonyms=("po", "po no", "po #", "purchase order", "purchase order no", "customer order no", "buyer order no",
                    "order reference", "your reference", "rekvisition", "bestellnummer"), sage="purchaseOrderCode"),
    Field("supplier_order_number", help="Our own order number (EN 16931 BT-14).",
          synonyms=("order no", "order number", "sales order", "sales order no", "seller order no", "supplier order no",
                    "job no", "ordrenummer", "ordrenr", "auftragsnummer")),
    Field("buyer_reference", help="What the customer wants to find on it (EN 16931 BT-10).", synonyms=("att reference",)),
    Field("external_reference", synonyms=("external id", "external invoice id", "system id", "reference code", "ext ref",
                                          "assignment")),
    Field("corrected_document", help="On a credit memo: the number of the document it corrects (EN 16931 BT-25).",
          synonyms=("applies to invoice", "applied to", "applied to invoice", "credit note for", "related invoice",
                    "corrected invoice", "original invoice")),
    Field("payment_terms", synonyms=TERMS_SYNONYMS, sage="termsCode", example="30 days"),
    Field("special_terms", sage="specialTerms"),
    Field("payment_means", max_length=60, help="How it is to be paid, UNCL 4461 code or text (EN 16931 BT-81).",
          synonyms=("payment means code", "payment method")),
    Field("payment_reference", help="What to quote when paying (EN 16931 BT-83).",
          synonyms=("remittance information", "fik", "fik code", "payment id")),
    Field("payment_account", max_length=60, help="IBAN or account to pay to (EN 16931 BT-84).", synonyms=("iban",)),
    Field("salesperson_code", max_length=120, sage="salespersonCode"),
    Field("salesperson", synonyms=("salesman", "sales rep", "rep", "rep name", "agent", "agent name", "executive",
                                   "account manager", "sælger"), sage="salespersonName"),
    Field("delivery_method", max_length=60, sage="preferredDeliveryMethod"),
    Field("delivery_name", help="Who the goods went to (EN 16931 BT-70).", synonyms=("deliver to", "ship to name")),
    Field("delivery_location", max_length=60, help="GLN or other id of the place of delivery (EN 16931 BT-71)."),
    Field("description", max_length=4000,
          synonyms=("desc", "memo", "memo text", "comment", "comments", "notes", "note", "remark", "remarks", "details",
                    "customer message", "reason", "bemærkninger", "tekst", "bemerkung", "buchungstext")),
    Field("pdf_url", max_length=1000, synonyms=("downloadable pdf uri", "pdf")),
    Field("vat_breakdown", Kind.JSON, max_length=20_000,
          help="VAT per category and rate: a list of category, rate, taxable_amount, tax_amount, exemption_reason."),
    Field("allowances_charges", Kind.JSON, max_length=20_000,
          help="Allowances and charges: a list of is_charge, amount, reason, vat_category, vat_rate."),
    Field("tax_summary", Kind.JSON, max_length=20_000, help="Sage Network's tax summary.", sage="taxSummary"),
    Field("document_source", max_length=60, sage="documentSource"),
    Field("jurisdiction", max_length=20, sage="jurisdiction"),
)  # fmt: skip

FLAGS = (
    _flag("is_voided", "Cancelled in the source.", "isVoided", ("voided", "void", "cancelled")),
    _flag("in_dispute", "The customer disputes it.", "inDispute", ("disputed", "dispute code")),
    _flag("is_draft", "Not booked yet.", "isDraft", ("draft",)),
    _flag("on_hold", "Not to be paid or chased for now.", "onHold", ("hold",)),
    _flag("is_einvoice", "To go out as an e-invoice.", "isEInvoice"),
    _flag("send_immediately", "Not to wait for the next schedule.", "sendImmediately"),
)

NETWORK = (
    network_id("company_network_id", "companyNetworkId", "the issuing company"),
    network_id("account_network_id", "customerNetworkId", "the account"),
    Field("workflow_status_id", max_length=36, sage="workflowStatusId"),
    Field("workflow_status_notes", max_length=4000, sage="workflowStatusNotes"),
    Field("workflow_status_reason_code", sage="workflowStatusReasonCode"),
    Field("workflow_status_code", sage="workflowStatusCode"),
)

ADDRESSES = (
    *document_address("origin", "Where it was sent from"),
    *document_address("bill_to", "Where it is billed to"),
    *document_address("ship_to", "Where it was delivered to"),
)

TYPE = Field(
    "document_type",
    Kind.CHOICE,
    help="Invoice, credit memo or debit memo. Nothing given means what the file is for.",
    example="Invoice",
    synonyms=("doc type", "type", "txn type", "transaction type", "transaction code", "reference type"),
    sage="invoiceTypeCode",
    choices=DOCUMENT_TYPES,
    default="case s.type when 'ADJUSTMENT' then 'credit_memo' else 'invoice' end",
)

INVOICE = RecordType(
    name="invoice",
    code="INVOICE",
    label="Invoice",
    plural="Invoices",
    help="Invoices for the invoicing accounts. Credit memos and debit memos may stand in the same file.",
    model="arhub.Document",
    sage="Invoice",
    key=("document_type", "account_id", "invoice_number"),
    needs=(("total_amount", "balance_due"),),
    fields=(
        erp_key("invoice", "invoice erp key", "document key"),
        Field(
            "invoice_number",
            column="number",
            max_length=120,
            help="The number people know the document by.",
            example="10482",
            synonyms=(*INVOICE_NUMBER_SYNONYMS, *NUMBER_SYNONYMS),
            sage="referenceCode",
            default="left(s.erp_key, 120)",
        ),
        TYPE,
        *PARTIES,
        _date("invoice_date", "When it was issued.", "invoiceDate", DATE_SYNONYMS, "2026-03-15"),
        *DATES,
        *AMOUNTS,
        *REFERENCES,
        *FLAGS,
        *ADDRESSES,
        *NETWORK,
        *RECORD,
    ),
)

CREDIT_MEMO = RecordType(
    name="adjustment",
    code="ADJUSTMENT",
    label="Credit memo",
    plural="Credit memos",
    help="Returns and adjustments. Amounts may be given with either sign.",
    model="arhub.Document",
    sage="Invoice",
    key=("document_type", "account_id", "credit_memo_number"),
    needs=(("total_amount", "balance_due"),),
    fields=(
        erp_key("credit memo", "credit memo erp key", "document key"),
        Field(
            "credit_memo_number",
            column="number",
            max_length=120,
            help="The number people know the credit memo by.",
            example="90017",
            synonyms=(*CREDIT_NUMBER_SYNONYMS, *INVOICE_NUMBER_SYNONYMS, *NUMBER_SYNONYMS),
            sage="referenceCode",
            default="left(s.erp_key, 120)",
        ),
        replace(TYPE, example="Credit memo"),
        *PARTIES,
        replace(
            _date("credit_date", "When it was issued.", "invoiceDate", DATE_SYNONYMS, "2026-03-15"),
            column="invoice_date",
            synonyms=("credit memo date", "credit note date", "invoice date", "kreditnotadato", *DATE_SYNONYMS),
        ),
        *DATES,
        *AMOUNTS,
        *REFERENCES,
        *FLAGS,
        *ADDRESSES,
        *NETWORK,
        *RECORD,
    ),
)

INVOICE_LINE = RecordType(
    name="invoice_line",
    code="INVOICE_LINE",
    label="Invoice line",
    plural="Invoice lines",
    help="The lines of invoices and credit memos.",
    model="arhub.DocumentLine",
    sage="InvoiceLine",
    key=("invoice", "line_number"),
    fields=(
        erp_key("line", "invoice line erp key", "line id", "line key"),
        Field(
            "invoice",
            Kind.REFERENCE,
            column="document",
            references="invoice",
            required=True,
            help="The erp_key or the number of the document the line belongs to.",
            example="10482",
            synonyms=(*INVOICE_NUMBER_SYNONYMS, "invoice no", "document key", "document no", "doc no", "credit memo no"),
            sage="invoiceErpKey",
        ),
        Field("line_number", max_length=60, help="Text; lines are sorted by it naturally (2 before 10).", example="1",
              required=True, synonyms=("line", "line no", "position", "pos", "linjenr"), sage="lineNumber"),
        Field("product_code", help="The seller's item number (EN 16931 BT-155).", example="P-100",
              synonyms=("seller item no", "item no", "item", "sku", "product", "product no", "varenummer", "varenr",
                        "artikelnummer"), sage="productCode"),
        Field("buyer_item_number", help="The buyer's item number (EN 16931 BT-156).", synonyms=("customer item no",)),
        Field("item_gtin", max_length=20, help="GTIN (EAN) of the item (EN 16931 BT-157).", synonyms=("gtin", "ean no", "ean")),
        Field("description", max_length=4000, example="Pump, 2 kW",
              synonyms=("desc", "text", "name", "item name", "beskrivelse", "tekst", "bezeichnung"), sage="description"),
        Field("unit_code", max_length=60, help="UN/ECE Rec 20 code or the unit as given. Nothing means pieces.",
              example="H87", synonyms=("unit", "unit measure", "unit of measure", "uom", "enhed", "einheit"),
              sage="unitMeasureCode"),
        Field("quantity", Kind.NUMBER, example="2", synonyms=("qty", "antal", "menge"), sage="quantity"),
        Field("unit_price", Kind.NUMBER, example="500.00", synonyms=("price", "net price", "pris", "preis", "einzelpreis",
                                                                     "stykpris"), sage="unitPrice"),
        Field("quantity_shipped", Kind.NUMBER, sage="quantityShipped"),
        Field("quantity_received", Kind.NUMBER, sage="quantityReceived"),
        _money("total_amount", "The line's amount, VAT included if the source gives it so.", "totalAmount",
               ("amount", "total", "line total", "line amount", "beløb", "betrag"), "1250.00"),
        _money("net_amount", "The line's amount without VAT.", "netAmount", ("line net amount",), "1000.00"),
        _money("tax_amount", "The line's VAT.", "salesTaxAmount", ("vat amount", "tax", "moms")),
        _money("base_currency_net_amount", "", "baseCurrencyNetAmount"),
        _money("base_currency_tax_amount", "", "baseCurrencySalesTaxAmount"),
        _money("discount_amount", "Allowance on the line (EN 16931 BT-136).", "", ("line discount", "discount", "rabat")),
        Field("tax_category", max_length=10, help="VAT category: S, Z, E, AE, K, G, O (EN 16931 BT-151).", example="S",
              synonyms=("vat category", "vat code")),
        Field("tax_rate", Kind.NUMBER, help="VAT rate in percent (EN 16931 BT-152).", example="25",
              synonyms=("vat rate", "vat percentage", "vat %", "momssats"), sage="taxRate"),
        Field("tax_code", max_length=60, sage="taxCode"),
        Field("tax_uid", max_length=60, sage="taxUid"),
        Field("exemption_code", help="Why the line is exempt from tax.", synonyms=("exemption reason",), sage="exemptionCode"),
        _date("reporting_date", "Delivery date when it differs from the document's.", "reportingDate",
              ("delivery date", "leveringsdato")),
        Field("account_number", max_length=60, help="General ledger account.", synonyms=("gl account", "account no", "konto"),
              sage="accountNumber"),
        Field("location", max_length=120, sage="location"),
        *ADDRESSES,
        network_id("invoice_network_id", "invoiceNetworkId", "the document"),
        *RECORD,
    ),
)  # fmt: skip
