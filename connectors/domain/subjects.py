"""Records as connectors get them: the fields of their type by name, with what belongs to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Max, QuerySet

from arhub.contributions import functions
from arhub.domain.receivables import customers
from arhub.domain.sorting import natural_key
from arhub.models import Account, Application, Contact, Direction, Document, DocumentLine, Payment, SourceRecord
from arhub.records import RECORD_TYPES, Kind
from connectors.base import RecordKey, Subject
from connectors.domain.write_backs import keys_of, type_of
from connectors.models import Connection

_MODELS: dict[str, type[SourceRecord]] = {
    "account": Account, "invoice": Document, "adjustment": Document, "payment": Payment,
}  # fmt: skip
SENT_TYPES = frozenset(_MODELS)
_PARTS: dict[str, list[tuple[Any, str]]] = {
    "account": [(Contact, "account")],
    "invoice": [(DocumentLine, "document")],
    "adjustment": [(DocumentLine, "document"), (Application, "credit_memo")],
    "payment": [(Application, "payment")],
}
"""What is sent with a record of a type, and the field that leads to it."""


def model_of(record_type: str) -> type[SourceRecord]:
    return _MODELS[record_type]


def sendable(record_type: str) -> QuerySet[Any]:
    """The records of a type that may be sent: customers, and what belongs to receivables."""
    rows: QuerySet[Any] = model_of(record_type).objects.all()
    match record_type:
        case "account":
            return customers(rows)
        case "payment":
            return rows.filter(direction=Direction.RECEIVABLE)
    types = ["credit_memo"] if record_type == "adjustment" else ["invoice", "debit_memo"]
    return rows.filter(direction=Direction.RECEIVABLE, document_type__in=types)


def key_of(record: SourceRecord) -> RecordKey:
    return type_of(record), record.erp_key


def values_of(record_type: str, record: SourceRecord) -> dict[str, Any]:
    """A record's fields by name; a reference is the erp_key it points at."""
    found: dict[str, Any] = {}
    for field in RECORD_TYPES[record_type].fields:
        value = getattr(record, field.attribute, None)
        if field.kind is Kind.REFERENCE:
            value = value.erp_key if value is not None else None
        found[field.name] = value
    return found


def subjects_of(connection: Connection, record_type: str, ids: Collection[int]) -> list[Subject]:
    """The records of a type by id, in the order of their ids, each with what belongs to it."""
    rows: Sequence[Any] = list(_whole(record_type, model_of(record_type).objects.filter(pk__in=ids).order_by("pk")))
    return _accounts(connection, rows) if record_type == "account" else _of_accounts(connection, record_type, rows)


def mapped_subjects(connection: Connection, record_type: str, ids: Collection[int]) -> list[Subject]:
    """The same, with what the functions in settings.SUBJECT_MAPPERS make of them for this connection; each gets the
    ledger of every subject beside it. Raises `Held` with what a mapping lacks."""
    found = subjects_of(connection, record_type, ids)
    ledgers = model_of(record_type).objects.filter(pk__in=ids).order_by("pk").values_list("ledger_id", flat=True)
    for mapper in functions(settings.SUBJECT_MAPPERS):
        found = mapper(connection, list(zip(ledgers, found, strict=True)))
    return found


def _whole(record_type: str, rows: QuerySet[Any]) -> QuerySet[Any]:
    """With the records that the fields of a type refer to, which `values_of` names."""
    references = [field.attribute for field in RECORD_TYPES[record_type].fields if field.kind is Kind.REFERENCE]
    known = {field.name for field in rows.model._meta.get_fields() if field.many_to_one}.intersection(references)
    return rows.select_related(*known) if known else rows


def changed_at(record_type: str, records: Sequence[SourceRecord]) -> dict[int, datetime]:
    """When each record, or something that is sent with it, was changed last, by id."""
    found = {row.pk: row.updated_at for row in records}
    for model, name in _PARTS[record_type]:
        parts = model.objects.filter(**{f"{name}__in": found}).values_list(name).annotate(Max("updated_at"))
        found |= {pk: max(found[pk], at) for pk, at in parts}
    return found


def referred(record_type: str, ids: Collection[int]) -> list[SourceRecord]:
    """The records that have to be there before some of a type, each once."""
    if record_type == "account":
        return []
    rows = model_of(record_type).objects.filter(pk__in=ids)
    accounts = Account.objects.filter(pk__in=rows.values("account")).order_by("pk")
    paid = _applications("payment", ids) if record_type == "payment" else {}
    documents = {one.document.pk: one.document for some in paid.values() for one in some}
    return [*accounts, *documents.values()]


def _accounts(connection: Connection, rows: Sequence[Account]) -> list[Subject]:
    keys = keys_of(connection, rows)
    contacts = _grouped(_whole("contact", Contact.objects.filter(account__in=rows).order_by("pk")), "account_id")
    return [
        Subject(
            "account", values_of("account", row), keys=_of_these(keys, [row]),
            contacts=[values_of("contact", contact) for contact in contacts[row.pk]],
        )
        for row in rows
    ]  # fmt: skip


def _of_accounts(connection: Connection, record_type: str, rows: Sequence[Any]) -> list[Subject]:
    accounts = Account.objects.in_bulk({row.account_id for row in rows})
    documents = [row.pk for row in rows if isinstance(row, Document)]
    lines = _grouped(_whole("invoice_line", DocumentLine.objects.filter(document__in=documents)), "document_id")
    applications = _applications(record_type, [row.pk for row in rows])
    applied = [one.document for some in applications.values() for one in some]
    keys = keys_of(connection, [*rows, *accounts.values(), *applied])
    return [
        Subject(
            record_type,
            values_of(record_type, row),
            lines=[values_of("invoice_line", line) for line in sorted(lines[row.pk], key=_place)],
            applications=[_application(one) for one in applications[row.pk]],
            account=values_of("account", accounts[row.account_id]),
            keys=_of_these(keys, [row, accounts[row.account_id], *(one.document for one in applications[row.pk])]),
        )
        for row in rows
    ]


def _of_these(
    keys: Mapping[RecordKey, dict[str, str]], records: Iterable[SourceRecord]
) -> dict[RecordKey, dict[str, str]]:
    return {key: keys[key] for record in records if (key := key_of(record)) in keys}


def _place(line: DocumentLine) -> Any:
    return natural_key(line.line_number)


def _applications(record_type: str, ids: Collection[int]) -> Mapping[int, Sequence[Application]]:
    """What payments or credit memos were applied to, by their id."""
    if record_type not in ("payment", "adjustment"):
        return defaultdict(list)
    by = "payment" if record_type == "payment" else "credit_memo"
    rows = Application.objects.filter(**{f"{by}__in": ids}).select_related("document").order_by("pk")
    return _grouped(rows, f"{by}_id")


def _grouped(rows: Iterable[Any], attribute: str) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, attribute)].append(row)
    return found


def _application(row: Application) -> Mapping[str, Any]:
    return {
        "document": key_of(row.document), "number": row.document.number, "amount": row.amount,
        "applied_date": row.applied_date,
    }  # fmt: skip
