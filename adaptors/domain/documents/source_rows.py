"""The rows a document is made of, read for many documents at once: two queries, three where credit notes name what they
correct."""

from __future__ import annotations

import hashlib
from collections import namedtuple
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Min
from django.utils import timezone

from adaptors.models import Activation, ExportRule
from arhub.domain.sorting import natural_key
from arhub.models import Document, DocumentLine
from ingestion.models import Ingestion

DOCUMENT = (
    "id", "account_id", "document_type", "number", "invoice_date", "due_date", "tax_point_date", "delivery_date",
    "period_start", "period_end", "currency", "total_amount", "net_amount", "tax_amount", "shipping_amount",
    "prepaid_amount", "rounding_amount", "exchange_rate", "base_currency_total_amount", "base_currency_net_amount",
    "base_currency_tax_amount", "customer_order_number", "supplier_order_number", "buyer_reference",
    "corrected_document", "payment_terms", "payment_means", "payment_reference", "payment_account", "delivery_name",
    "delivery_location", "description", "pdf_url", "vat_breakdown", "allowances_charges", "bill_to_address_line1",
    "bill_to_address_line2", "bill_to_address_city", "bill_to_address_region", "bill_to_address_postal_code",
    "bill_to_address_country", "ship_to_address_line1", "ship_to_address_line2", "ship_to_address_city",
    "ship_to_address_region", "ship_to_address_postal_code", "ship_to_address_country",
    "is_voided",
)  # fmt: skip
LINE = (
    "document_id", "line_number", "product_code", "buyer_item_number", "item_gtin", "description", "unit_code",
    "quantity", "unit_price", "net_amount", "tax_amount", "total_amount", "discount_amount", "tax_category", "tax_rate",
    "exemption_code",
)  # fmt: skip

SHORT = timedelta(minutes=1)
"""Longer than anything but a load writes."""
DocumentRow: Any = namedtuple("DocumentRow", DOCUMENT)  # type: ignore[misc]
LineRow: Any = namedtuple("LineRow", LINE)  # type: ignore[misc]


@dataclass(frozen=True, slots=True)
class Rows:
    """What the source says of one document, and the date of the one it corrects, where that is here."""

    document: Any
    lines: Sequence[Any]
    corrected_date: date | None = None

    @property
    def version(self) -> str:
        """A digest of all of it, the same however a number is written."""
        said = [_told(self.document), *map(_told, self.lines)]
        return hashlib.sha256(repr(said).encode()).hexdigest()


def _told(row: Iterable[Any]) -> list[Any]:
    """1250 and 1250.00 are one amount, and not voided is not voided."""
    return [value.normalize() if isinstance(value, Decimal) else value if value is not False else None for value in row]


def seen_up_to(activation: Activation) -> datetime:
    """From when on what is written is not among the rows that are read now: records bear the time at which their load
    began to write, and it may write for long."""
    ledger = activation.source.ledger_id if activation.source else 0
    loads = Ingestion.objects.filter(source__ledger=ledger, claimed_at__isnull=False)
    began = loads.aggregate(first=Min("claimed_at"))["first"]
    return min(filter(None, (began, timezone.now()))) - SHORT


def rows_of(ids: Sequence[int]) -> list[Rows]:
    """The rows of some documents, in the order of the ids."""
    documents: dict[int, Any] = {
        row[0]: DocumentRow(*row) for row in Document.objects.filter(pk__in=ids).values_list(*DOCUMENT)
    }
    lines: dict[int, list[Any]] = {pk: [] for pk in documents}
    for row in DocumentLine.objects.filter(document_id__in=ids, missing_at=None).order_by("pk").values_list(*LINE):
        lines[row[0]].append(LineRow(*row))
    for found in lines.values():
        found.sort(key=_by_number)
    dates = _corrected(documents.values())
    return [
        Rows(row, lines[pk], dates.get((row.account_id, row.corrected_document)))
        for pk in ids if (row := documents.get(pk)) is not None
    ]  # fmt: skip


def rules_for(activation_id: int, account_ids: Collection[int]) -> dict[int, ExportRule]:
    """By account, with accounts and gateways selected."""
    rows = ExportRule.objects.filter(activation=activation_id, account_id__in=account_ids)
    return {rule.account_id: rule for rule in rows.select_related("account", "destination")}


def _by_number(line: Any) -> Any:
    return natural_key(line.line_number or "")


def _corrected(documents: Iterable[Any]) -> Mapping[tuple[int, str], date]:
    """The dates of what credit notes correct, by account and number."""
    wanted = {(row.account_id, row.corrected_document) for row in documents if row.corrected_document}
    if not wanted:
        return {}
    rows = Document.objects.filter(
        account_id__in={account for account, _ in wanted}, number_lower__in={number.lower() for _, number in wanted},
        document_type="invoice", invoice_date__isnull=False,
    )  # fmt: skip
    found = rows.values_list("account_id", "number", "invoice_date")
    return {(account, number): day for account, number, day in found}
