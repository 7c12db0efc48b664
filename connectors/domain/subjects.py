"""Records as connectors get them: the fields of their type by name, with what belongs to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Max, QuerySet

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
    rows = list(model_of(record_type).objects.filter(pk__in=ids).order_by("pk"))
    if record_type == "account":
        return [_account(connection, row) for row in rows]
    accounts = {row.pk: row for row in Account.objects.filter(pk__in={row.account_id for row in rows})}
    return [_of_account(connection, record_type, row, accounts[row.account_id]) for row in rows]


def changed_at(record_type: str, records: Sequence[SourceRecord]) -> dict[int, datetime]:
    """When each record, or something that is sent with it, was changed last, by id."""
    found = {row.pk: row.updated_at for row in records}
    for model, name in _PARTS[record_type]:
        parts = model.objects.filter(**{f"{name}__in": found}).values_list(name).annotate(Max("updated_at"))
        found |= {pk: max(found[pk], at) for pk, at in parts}
    return found


def referred(record: Any) -> list[SourceRecord]:
    """The records that have to be there before one."""
    if isinstance(record, Account):
        return []
    paid = _applications(record) if isinstance(record, Payment) else []
    return [record.account, *(row.document for row in paid)]


def _account(connection: Connection, account: Account) -> Subject:
    contacts = [values_of("contact", contact) for contact in Contact.objects.filter(account=account).order_by("pk")]
    return Subject("account", values_of("account", account), contacts=contacts, keys=keys_of(connection, [account]))


def _of_account(connection: Connection, record_type: str, record: Any, account: Account) -> Subject:
    applications = _applications(record)
    lines = (
        sorted(DocumentLine.objects.filter(document=record), key=lambda line: natural_key(line.line_number))
        if record_type != "payment"
        else []
    )
    return Subject(
        record_type,
        values_of(record_type, record),
        lines=[values_of("invoice_line", line) for line in lines],
        applications=[_application(row) for row in applications],
        account=values_of("account", account),
        keys=keys_of(connection, [record, account, *(row.document for row in applications)]),
    )


def _applications(record: Any) -> Sequence[Application]:
    rows = Application.objects.select_related("document").order_by("pk")
    if isinstance(record, Payment):
        return list(rows.filter(payment=record))
    return list(rows.filter(credit_memo=record)) if record.document_type == "credit_memo" else []


def _application(row: Application) -> Mapping[str, Any]:
    return {
        "document": key_of(row.document), "number": row.document.number, "amount": row.amount,
        "applied_date": row.applied_date,
    }  # fmt: skip
