"""A record's fields as facts a person reads: only those that say something, labelled and linked."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.urls import reverse

from arhub.amounts import amount_text
from arhub.models import Account, Contact, Direction, Document, Payment
from arhub.records import Field, Kind, RecordType

_ABBREVIATIONS = {
    "vat": "VAT", "gln": "GLN", "erp": "ERP", "duns": "DUNS", "pdf": "PDF", "gtin": "GTIN", "ar": "AR", "ap": "AP",
    "url": "URL", "einvoice": "e-invoice",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """`kind` decides how the template shows the value. `is_valid` is the verdict of a check digit, None without."""

    label: str
    value: Any
    kind: str = "text"
    help: str = ""
    url: str = ""
    currency: str = ""
    is_valid: bool | None = None


def facts_of(
    record: Any, record_type: RecordType, *, only: Iterable[str] = (), leave_out: Collection[str] = ()
) -> list[Fact]:
    """The fields of the record that have a value: those named in `only`, in its order, else all but `leave_out`."""
    fields = [record_type.by_name[name] for name in only] or [
        field for field in record_type.fields if field.name not in leave_out
    ]
    return [fact for fact in (_fact(record, field) for field in fields) if fact is not None]


def address_lines(streets: Iterable[str | None], record: Any, prefix: str = "") -> list[str]:
    """An address as it stands on an envelope."""
    postal_code, city, region, country = (
        getattr(record, f"{prefix}{name}") or "" for name in ("postal_code", "city", "region", "country")
    )
    return [line for line in (*streets, f"{postal_code} {city}".strip(), region, country) if line]


def label_of(name: str) -> str:
    words = [_ABBREVIATIONS.get(word, word) for word in name.removesuffix("_id").split("_")]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def page_of(record: Model | None) -> str:
    """The address of a record's page; empty when it has none."""
    match record:
        case Account() | Contact() | Payment():
            return reverse(f"admin:arhub_{record._meta.model_name}_change", args=[record.pk])
        case Document(direction=Direction.RECEIVABLE):
            page = "creditmemo" if record.document_type == "credit_memo" else "invoice"
            return reverse(f"admin:arhub_{page}_change", args=[record.pk])
    return ""


def _fact(record: Any, field: Field) -> Fact | None:
    if field.references == "*":
        return None
    value = getattr(record, field.attribute)
    if value is None or value == "":
        return None
    label = label_of(field.name)
    match field.kind:
        case Kind.REFERENCE:
            return Fact(label, str(value), "link", field.help, url=page_of(value))
        case Kind.MONEY:
            currency = _currency_of(record, field)
            return Fact(label, amount_text(value), "money", field.help, currency=currency)
        case Kind.NUMBER | Kind.COORDINATE:
            return Fact(label, format(value, "f"), "text", field.help)
        case Kind.CHOICE:
            return Fact(label, str(value).replace("_", " ").capitalize(), "text", field.help)
        case Kind.JSON:
            return Fact(label, _readable(value), "json", field.help)
        case Kind.DATE | Kind.DATETIME | Kind.BOOL:
            return Fact(label, value, field.kind.value, field.help)
    return Fact(label, value, "text", field.help)


def _currency_of(record: Any, field: Field) -> str:
    if field.name.startswith("base_currency"):
        return str(record.tenant.currency)
    return getattr(record, "currency", None) or ""


def _readable(text: str) -> str:
    """JSON set out over lines, digits as they are."""
    try:
        return json.dumps(json.loads(text, parse_float=str, parse_int=str), indent=2, ensure_ascii=False)
    except ValueError:
        return text
