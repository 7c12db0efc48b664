"""Records of ours as rows of the sync models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from arhub.records import Field, Kind
from connectors.base import RecordKey, Subject
from connectors.erp.sage_network.entities import ENTITIES, Entity, company_type, type_code

NETWORK_ID = "networkId"
Row = Mapping[str, Any]

_NUMBERS = frozenset({Kind.MONEY, Kind.NUMBER, Kind.COORDINATE})
_TYPED = {"companyType": company_type, "invoiceTypeCode": type_code}
_ALWAYS: dict[str, dict[str, Any]] = {  # what the models require, where records may leave it out
    "account": {"companyType": "Customer", "isActive": True},
    "contact": {"isActive": True},
    "invoice": {"invoiceTypeCode": "AR Invoice"},
    "adjustment": {"invoiceTypeCode": "AR Credit Memo"},
    "payment": {"paymentType": "AR Payment"},
}


@dataclass(frozen=True, slots=True)
class Part:
    """A row, and the record of ours it belongs to. `label` says which part of the record it is, "" for itself."""

    entity: Entity
    owner: RecordKey
    label: str
    row: Row

    @property
    def key(self) -> tuple[str, str]:
        """What the row is known by over there."""
        return self.entity.model, self.row["erpKey"]

    @property
    def record_key(self) -> RecordKey | None:
        """The record of ours that the row is of, where it has a page of its own."""
        if not self.label:
            return self.owner
        return ("contact", self.row["erpKey"]) if self.entity is ENTITIES["contact"] else None


def parts_of(subjects: Sequence[Subject], own_company: str) -> list[Part]:
    """The rows of all subjects, in an order that depends on nothing but them. Documents are issued by `own_company`, or
    without one by the company they name."""
    brought = {subject.key for subject in subjects}
    return [part for subject in sorted(subjects, key=_by_key) for part in _parts(subject, own_company, brought)]


def check_references(subjects: Sequence[Subject]) -> None:
    """Raises `Waits` for a record that the other side does not know and this message does not bring."""
    brought = {subject.key for subject in subjects}
    for subject in subjects:
        for record, label in _references(subject):
            if record not in brought:
                subject.key_of(record, NETWORK_ID, label)


def _by_key(subject: Subject) -> RecordKey:
    return subject.key


def _references(subject: Subject) -> Iterator[tuple[RecordKey, str]]:
    if subject.record_type != "account":
        key = subject.values["account_id"]
        yield ("account", key), f"account {key}"
    for application in subject.applications:
        yield application["document"], f"document {application.get('number') or application['document'][1]}"


def _parts(subject: Subject, own_company: str, brought: Collection[RecordKey]) -> Iterator[Part]:
    record_type, own_key = subject.key
    always = dict(_ALWAYS.get(record_type, {}))
    if record_type == "payment" and subject.values.get("unapplied_amount") is not None:
        always["isOpen"] = subject.values["unapplied_amount"] != 0
    row = _row(ENTITIES[record_type], _own_values(subject, own_company, brought), always)
    yield Part(ENTITIES[record_type], subject.key, "", row)

    for contact in subject.contacts:
        row = _row(ENTITIES["contact"], {**contact, "account_id": own_key}, _ALWAYS["contact"])
        yield Part(ENTITIES["contact"], subject.key, f"Contact {contact.get('contact_name') or row['erpKey']}", row)
    for line in subject.lines:
        row = _row(ENTITIES["invoice_line"], {**line, "invoice": own_key}, {})
        yield Part(ENTITIES["invoice_line"], subject.key, f"Line {line.get('line_number')}", row)
    yield from _applications(subject, own_key)


def _own_values(subject: Subject, own_company: str, brought: Collection[RecordKey]) -> Mapping[str, Any]:
    """Without a parent or first contact that is not there and does not come along: the row would be refused for it."""
    values = dict(subject.values)
    if subject.record_type == "account":
        parent = ("account", values.get("parent_account_id"))
        if parent not in brought and parent not in subject.keys:
            values["parent_account_id"] = None
        if values.get("primary_contact_id") not in {contact["erp_key"] for contact in subject.contacts}:
            values["primary_contact_id"] = None
    elif own_company:
        values["company_id"] = own_company
    return values


def _applications(subject: Subject, own_key: str) -> Iterator[Part]:
    """Each has a key of what it joins, and counts where the same two are joined more than once."""
    is_payment = subject.record_type == "payment"
    kind, own = ("payment_applied", "payment") if is_payment else ("credit_memo_applied", "credit_memo")
    counts: Counter[str] = Counter()
    for application in sorted(subject.applications, key=_as_applied):
        document = application["document"][1]
        counts[document] += 1
        values = {
            "erp_key": f"{own_key}:{document}:{counts[document]}", "entry_number": counts[document],
            **_given(application), "invoice": document, own: own_key,
        }  # fmt: skip
        label = f"Application to {application.get('number') or document}"
        yield Part(ENTITIES[kind], subject.key, label, _row(ENTITIES[kind], values, {}))


def _as_applied(application: Mapping[str, Any]) -> tuple[str, str, Decimal]:
    return application["document"][1], str(application.get("applied_date") or ""), Decimal(application["amount"])


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "")}


def _row(entity: Entity, values: Mapping[str, Any], always: Mapping[str, Any]) -> Row:
    """What the record has, by the names of the sync model."""
    given = _given(values)
    row = _given(always)
    row |= {field.sage: _value(field, given[field.name]) for field in entity.fields if field.name in given}
    row["onMatchAction"] = 0  # what exists already is updated
    return {field.sage: row[field.sage] for field in entity.fields if field.sage in row}


def _value(field: Field, value: Any) -> Any:
    if field.sage in _TYPED:
        return _TYPED[field.sage](value)
    return Decimal(value) if field.kind in _NUMBERS else value
