"""Files as comparable products and ERPs make or ask for them, with their own headers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from tests.corpus import formats
from tests.corpus.case import Case, Columns, Record, day, grid, mapped, money, sheet_case, text_case
from tests.corpus.countries import AMERICANS, BRITONS, COMMA, DANES, GERMANS, HARD, POINT

Name = str | None


def columns(text: str) -> Columns:
    """ "Invoice no=invoice_number, Colour" as pairs; a header without a field means nothing to the hub."""
    pairs = (part.strip().partition("=") for part in text.split(","))
    return tuple((header, field or None) for header, _, field in pairs)


GAVITI = columns("id=invoice_number, displayId, customerId=account_id, dueDate=due_date, balance=balance_due, "
                 "totalAmount=total_amount, currency=currency, localBalance=base_currency_balance_due, customFields_region")  # fmt: skip
YAYPAY = columns("invoice_number=invoice_number, customer_id=account_id, invoice_date=invoice_date, due_date=due_date, "
                 "currency=currency, total=total_amount, paid_amount=prepaid_amount, outstanding_amount=balance_due, "
                 "cf_region")  # fmt: skip
UPFLOW = columns("Customer ID=account_id, Customer name=account_name, VAT number=vat_number, Address=address_line1, "
                 "Postal code=postal_code, Town=city, State/Region=region, Country=country, "
                 "Default payment period=payment_terms, Workflow")  # fmt: skip
UPFLOW_CONTACTS = columns("Customer ID=account_id, Email=email, First name=first_name, Last name=last_name, Phone=phone, "
                          "Position=role, Main contact=is_primary, Contact external id=erp_key")  # fmt: skip
CHASER = columns("Invoice number=invoice_number, Customer ID=account_id, Issue date=invoice_date, Due date=due_date, "
                 "Currency=currency, Invoice total=total_amount, Amount paid=prepaid_amount, Amount due=balance_due")  # fmt: skip
PEAKFLO = columns("Customer ID=account_id, Invoice Number=invoice_number, Issue Date=invoice_date, Due Date=due_date, "
                  "Amount=total_amount, Amount Due=balance_due, Currency=currency, Item Colour")  # fmt: skip
CASHFLOW360 = columns("Customer Name=account_name, Customer ID=account_id, Invoice #=invoice_number, "
                      "Invoice Date=invoice_date, Due Date=due_date, GL Posting Date=posting_date, Exchange Rate=exchange_rate, "
                      "Customer Message=description, Amount=total_amount")  # fmt: skip
RECAPP = columns("Customer ID=account_id, Customer Name=account_name, Document Type=document_type, "
                 "Document Number=invoice_number, Issue Date=invoice_date, Due Date=due_date, Amount=total_amount, "
                 "Balance=balance_due")  # fmt: skip
APTEAN = columns("Billing Customer Code=account_id, Reference Number=invoice_number, Reference Type=document_type, "
                 "Original Amount=total_amount, Cash Discount Amount=discount_amount, Currency=currency, "
                 "Reference Number Suffix")  # fmt: skip
BILLTRUST = columns("account_number=account_id, invoice_num=invoice_number, invoice_date=invoice_date, due_date=due_date, "
                    "po_number=customer_order_number, total_amount=total_amount, branch_name, pdf_name")  # fmt: skip
HIGHRADIUS = columns("business_code, cust_number=account_id, name_customer=account_name, doc_id=invoice_number, "
                     "posting_date=posting_date, document_create_date=invoice_date, due_in_date=due_date, "
                     "invoice_currency=currency, document type=document_type, total_open_amount=balance_due, "
                     "cust_payment_terms=payment_terms, posting_id")  # fmt: skip
RECEIVABLES_PRO = columns("CreatedOn=invoice_date, InvoiceNo=invoice_number, InvoiceAmount=total_amount, "
                          "CustomerId=account_id, CompanyName=account_name, DueDate=due_date, "
                          "PaymentsMadeAmount=prepaid_amount, OutstandingAmount=balance_due")  # fmt: skip
SAGE = columns("erpKey=erp_key, referenceCode=invoice_number, invoiceTypeCode=document_type, customerErpKey=account_id, "
               "invoiceDate=invoice_date, paymentDueDate=due_date, currencyCode=currency, totalAmount=total_amount, "
               "outstandingBalanceAmount=balance_due")  # fmt: skip
DINERO = columns("Fakturanummer=invoice_number, Kunde ID=account_id, Kunde=account_name, Dato=invoice_date, "
                 "Forfaldsdato=due_date, Valuta=currency, Total inkl. moms=total_amount, Moms=tax_amount")  # fmt: skip
DRYPOWDER = columns("account_id=account_id, account_name=account_name, status=status, payment_terms=payment_terms, "
                    "credit_limit=credit_limit, email=email, address_line1=address_line1, city=city, "
                    "postal_code=postal_code")  # fmt: skip
DRYPOWDER_PAYMENTS = columns("payment_id=payment_id, account_id=account_id, payment_date=payment_date, amount=amount, "
                             "currency=currency, method=payment_method, reference=reference")  # fmt: skip
COUGAR = columns("Customer Number=account_id, Source Document=invoice_number, Transaction Date=invoice_date, "
                 "Transaction Code=document_type, Terms Code=payment_terms, Transaction Amount")  # fmt: skip
PLUGNPAY = columns("invoice_no=invoice_number, account_no=account_id, enter_date=invoice_date, expire_date=due_date, "
                   "Billed Amount=total_amount, Current Balance=balance_due")  # fmt: skip
DYNAMICS = columns("Customer No.=account_id, Document No.=invoice_number, Document Type=document_type, "
                   "Posting Date=posting_date, Document Date=invoice_date, Due Date=due_date, Currency Code=currency, "
                   "Original Amount=total_amount, Remaining Amount=balance_due")  # fmt: skip
XML_INVOICES = columns("InvoiceNumber=invoice_number, AccountNumber=account_id, InvoiceDate=invoice_date, "
                       "TotalPrice=total_amount, TotalOutstanding=balance_due")  # fmt: skip
XML_ITEMS = columns("InvoiceNumber=invoice_number, Currency=currency, TotalOutstanding=total_outstanding")

ACCOUNTS: list[Record] = [
    {"account_id": "C-1", "account_name": "Alpha GmbH", "vat_number": "DE123456789", "address_line1": "Hauptstraße 1",
     "postal_code": "01099", "city": "Dresden", "region": "Sachsen", "country": "DE", "payment_terms": "30",
     "status": "ACTIVE", "credit_limit": Decimal("50000"), "email": "ap@alpha.example"},
    {"account_id": "C-2", "account_name": "Beta SARL", "vat_number": "FR12345678901", "address_line1": "1, rue du Lac",
     "postal_code": "75001", "city": "Paris", "region": None, "country": "FR", "payment_terms": "45",
     "status": "ON HOLD", "credit_limit": Decimal("1250.5"), "email": None},
]  # fmt: skip
PAYMENTS: list[Record] = [
    {"payment_id": f"P-{place}", "account_id": "C-1", "payment_date": date(2026, 3, 20 + place), "amount": amount,
     "currency": "EUR", "payment_method": "Wire Transfer", "reference": f"INV {place}"}
    for place, amount in enumerate((Decimal("100.25"), Decimal("-12.5"), Decimal("1234567.89")))
]  # fmt: skip
CONTACTS: list[Record] = [
    {"account_id": "C-1", "email": "anna@alpha.example", "first_name": "Anna", "last_name": "Holm",
     "phone": "+45 86 12 34 56", "role": "ACCOUNTING", "is_primary": True, "erp_key": "K-1"},
    {"account_id": "C-2", "email": "rene@beta.example", "first_name": "René", "last_name": "Noël", "phone": None,
     "role": "PAYER", "is_primary": False, "erp_key": "K-2"},
]  # fmt: skip


def having(records: Sequence[Record], **more: Sequence[object] | object) -> list[Record]:
    """The records with further fields: one value for all, or a list with one for each."""
    return [
        {**record, **{name: value[place] if isinstance(value, list) else value for name, value in more.items()}}
        for place, record in enumerate(records)
    ]


def cases() -> list[Case]:
    typed = having(AMERICANS, document_type=["Invoice", "Debit memo", "CM", "IN"])
    stored = having(AMERICANS, document_type=["invoice", "debit_memo", "credit_memo", "invoice"])
    stored[2] = {**stored[2], "total_amount": Decimal(250), "balance_due": Decimal(250)}  # kept positive, with its sign
    paid = having(BRITONS, prepaid_amount=[Decimal(0), Decimal("99.95"), Decimal(0), Decimal("10.01")])
    rated = having(AMERICANS, exchange_rate="1.0825", posting_date=date(2026, 4, 30))
    terms = having(GERMANS, payment_terms="NAA8", posting_date=date(2026, 4, 30), document_type="invoice")
    moms = having(DANES, tax_amount=[Decimal("246.90"), Decimal("19.99"), Decimal("-50"), Decimal("246913.58")])
    discounts = having(stored, discount_amount=Decimal("1.5"))
    sap = having(terms, document_type="RV")
    sage = having(typed, erp_key=["1", "2", "3", "4"])
    xml = [{name: formats.plain(record[field]) for name, field in XML_INVOICES if field} for record in BRITONS]
    items = [{"InvoiceNumber": "F-1", "Currency": "DKK", "TotalOutstanding": "750.00"},
             {"InvoiceNumber": "F-2", "TotalOutstanding": "-0.5"}]  # fmt: skip
    truth = [{"invoice_number": "F-1", "currency": "DKK", "total_outstanding": Decimal(750)},
             {"invoice_number": "F-2", "currency": None, "total_outstanding": Decimal("-0.5")}]  # fmt: skip
    local = having(AMERICANS, base_currency_balance_due=[Decimal(1), Decimal(2), Decimal(3), Decimal("4.5")])
    slashes, us = day("%d/%m/%Y"), day("%m/%d/%Y")
    return [
        text_case("gaviti", GAVITI, local, money=POINT),
        Case("gaviti json", "invoice", "invoices.json", _json(GAVITI, local), GAVITI, mapped(GAVITI, local)),
        text_case("yaypay", YAYPAY, paid, day=slashes),
        text_case("upflow customers", UPFLOW, ACCOUNTS, record_type="account", delimiter=";"),
        text_case("upflow contacts", UPFLOW_CONTACTS, CONTACTS, record_type="contact", delimiter="|"),
        text_case("chaser", CHASER, paid, day=day("%d %B %Y"), money=POINT),
        text_case("peakflo", PEAKFLO, BRITONS, day=day("%d %b %Y")),
        text_case("cashflow360", CASHFLOW360, rated, day=us,
                  stored=mapped(CASHFLOW360, having(rated, exchange_rate=Decimal("1.0825")))),
        text_case("recapp", RECAPP, typed, day=us, stored=mapped(RECAPP, stored)),
        text_case("aptean", APTEAN, having(typed, discount_amount=[Decimal("1.5"), Decimal("1.5"), Decimal("-1.5"), Decimal("1.5")]),
                  stored=mapped(APTEAN, discounts)),
        text_case("billtrust", BILLTRUST, having(AMERICANS, customer_order_number="PO 17"), quoting=1),
        text_case("highradius", HIGHRADIUS, sap, day=day("%Y%m%d"), stored=mapped(HIGHRADIUS, terms)),
        text_case("receivablespro", RECEIVABLES_PRO, paid, day=day("%d-%m-%Y")),
        text_case("sage network", SAGE, sage, stored=mapped(SAGE, having(stored, erp_key=["1", "2", "3", "4"]))),
        text_case("dinero", DINERO, moms, day=day("%d-%m-%Y"), money=COMMA, delimiter=";"),
        text_case("drypowder accounts", DRYPOWDER, ACCOUNTS, record_type="account"),
        text_case("drypowder payments", DRYPOWDER_PAYMENTS, PAYMENTS, record_type="payment"),
        text_case("cougar mountain", COUGAR, typed, day=us, stored=(), refused="has no column for total_amount or balance_due"),
        text_case("plugnpay", PLUGNPAY, AMERICANS, day=us, money=money(",", ".", negative="({})"), delimiter="\t"),
        sheet_case("dynamics", formats.xlsx, DYNAMICS, having(typed, posting_date=date(2026, 4, 30)), file="cust_ledger.xlsx",
                   stored=mapped(DYNAMICS, having(stored, posting_date=date(2026, 4, 30)))),
        Case("erp cache invoices", "invoice", "SHOP_ErpCache_Invoice_20260430.xml",
             formats.erp_cache("ErpCache_Invoices", "Invoices", "Invoice", xml), XML_INVOICES, mapped(XML_INVOICES, BRITONS)),
        Case("erp cache outstanding items", "outstanding_item", "SHOP_ErpCache_OutstandingItem_1.xml",
             formats.erp_cache("ErpCache_OutstandingItem", "OutstandingItems", "OutstandingItem", items), XML_ITEMS, truth),
        Case("json lines", "invoice", "invoices.jsonl", formats.jsonl([name for name, _ in CHASER],
             grid(CHASER, paid)[1:]), CHASER, mapped(CHASER, paid)),
        text_case("csv in a zip", CHASER, paid, day=slashes, file="invoices.zip",
                  pack=lambda content: formats.packed({"export/invoices.csv": content})),
        text_case("csv in gzip", DINERO, moms, day=day("%d-%m-%Y"), money=HARD, delimiter=";", encoding="cp1252",
                  file="fakturaer.csv.gz", pack=formats.gzipped),
        sheet_case("xlsx in gzip", lambda rows: formats.gzipped(formats.xlsx(rows)), CHASER, paid, file="invoices.xlsx.gz"),
    ]  # fmt: skip


def _json(columns: Columns, records: Sequence[Record]) -> bytes:
    """Amounts as JSON numbers, days as texts."""
    rows = grid(columns, records, money=float)
    return formats.json_of([str(header) for header in rows[0]], rows[1:])
