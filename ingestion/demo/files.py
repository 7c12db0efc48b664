"""What the company's bookkeeping exports on a given day, as rows and as CSV files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

from ingestion.demo.parties import Party, Row
from ingestion.demo.trade import Document, Payment, Trade


def write_csv(path: Path, rows: Iterable[Row], delimiter: str = ",") -> Path:
    """With a header of all the names that any row has."""
    kept = list(rows)
    header = list(dict.fromkeys(name for row in kept for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, header, restval="", delimiter=delimiter)
        writer.writeheader()
        writer.writerows(kept)
    return path


def accounts(parties: Iterable[Party]) -> Iterator[Row]:
    return (party.row for party in parties)


def contacts(parties: Iterable[Party]) -> Iterator[Row]:
    return (contact for party in parties for contact in party.contacts)


def document(item: Document, day: date) -> Row:
    """As it stands on a day. Credit memos leave the bookkeeping with a minus."""
    sign, left = (-1 if item.corrects else 1), item.open_on(day)
    disputed = item.disputed_on is not None and item.disputed_on <= day and left > 0
    return {
        "invoice_number": item.number,
        "document_type": "Credit memo" if item.corrects else "Invoice",
        "account_id": item.party.number,
        "account_name": item.party.name,
        "invoice_date": str(item.issued),
        "due_date": str(item.due),
        "currency": item.party.country.currency,
        "total_amount": str(sign * item.total),
        "net_amount": str(sign * item.net),
        "tax_amount": str(sign * item.tax),
        "customer_order_number": item.order_number,
        "payment_terms": item.party.row["payment_terms"],
        "status": "Open" if left > 0 else "Paid",
        "in_dispute": "true" if disputed else "false",
        "corrected_document": item.corrects.number if item.corrects else "",
    }


def credit_memo(item: Document, day: date) -> Row:
    names = {"invoice_number": "credit_memo_number", "invoice_date": "credit_date"}
    return {names.get(name, name): value for name, value in document(item, day).items()}


def lines(items: Iterable[Document]) -> Iterator[Row]:
    for item in items:
        for number, (code, name, quantity, price) in enumerate(item.lines, start=1):
            net = quantity * price
            danish = item.party.country.code == "DK"
            yield {
                "invoice": item.number, "line_number": str(number), "product_code": code, "description": name,
                "quantity": str(quantity), "unit_code": "HUR" if code == "T-100" else "H87", "unit_price": str(price),
                "net_amount": str(net), "tax_rate": "25" if danish else "0",
                "tax_category": "S" if danish else "G" if item.party.country.code in ("US", "GB") else "K",
            }  # fmt: skip


def payments(items: Iterable[Payment]) -> Iterator[Row]:
    for item in items:
        numbers = ", ".join(invoice.number for invoice, _ in item.parts)
        yield {
            "payment_id": item.number, "account_id": item.party.number, "payment_type": "AR Payment",
            "payment_method": "Wire Transfer", "payment_date": str(item.day), "amount": str(item.amount),
            "currency": item.party.country.currency, "reference": numbers[:200] or "Advance",
        }  # fmt: skip


def payments_applied(items: Iterable[Payment]) -> Iterator[Row]:
    for item in items:
        for entry, (invoice, amount) in enumerate(item.parts, start=1):
            yield {
                "payment": item.number, "invoice": invoice.number, "entry_number": str(entry),
                "applied_date": str(item.day), "amount": str(amount),
            }  # fmt: skip


def credits_applied(trade: Trade, since: date, until: date) -> Iterator[Row]:
    for item in trade.credits_applied:
        if since < item.day <= until:
            yield {
                "credit_memo": item.credit.number, "invoice": item.invoice.number, "entry_number": "1",
                "applied_date": str(item.day), "amount": str(item.amount),
            }  # fmt: skip


def outstanding_items(items: Iterable[Document], day: date) -> Iterator[Row]:
    """What the ledger says is open, and two numbers whose invoices nobody has sent yet."""
    for item in items:
        yield {"invoice_number": item.number, "currency": item.party.country.currency,
               "total_outstanding": str(item.open_on(day))}  # fmt: skip
    for number, amount in (("299001", Decimal("4812.50")), ("299002", Decimal("960.00"))):
        yield {"invoice_number": number, "currency": "DKK", "total_outstanding": str(amount)}


_DANISH = {
    "invoice_number": "Fakturanr", "document_type": "Type", "account_id": "Kundenr", "invoice_date": "Fakturadato",
    "due_date": "Forfaldsdato", "currency": "Valuta", "total_amount": "Beløb inkl. moms",
    "net_amount": "Total u/moms", "tax_amount": "Momsbeløb",
}  # fmt: skip


def danish(row: Row) -> Row:
    """The row as a Danish program writes it: its headers, 31-12-2026, 1.234,50."""
    found = {header: row[name] for name, header in _DANISH.items()}
    for header in ("Fakturadato", "Forfaldsdato"):
        found[header] = "-".join(reversed(found[header].split("-")))
    for header in ("Beløb inkl. moms", "Total u/moms", "Momsbeløb"):
        found[header] = f"{Decimal(found[header]):,}".translate(str.maketrans(",.", ".,"))
    return found


def with_mistakes(rows: list[Row]) -> list[Row]:
    """Danish rows as somebody in a hurry sends them: every sixth or so has something wrong."""
    for place, row in enumerate(rows):
        match place % 25:
            case 3:
                row["Fakturadato"] = "31-02-" + row["Fakturadato"][-4:]
            case 8:
                row["Kundenr"] = f"9{row['Kundenr'][1:]}9"
            case 13:
                row["Beløb inkl. moms"] += "x"
            case 19:
                row["Valuta"] = "kroner"
    return rows + [dict(row) for row in rows[5:50:15]]
