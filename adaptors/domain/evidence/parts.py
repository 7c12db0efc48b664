"""What a bundle holds: the source's rows and how they were read, the settings, the document, what came of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_
from tempfile import TemporaryFile
from typing import Any

from django.db.models import Q

from adaptors.domain.approvals.approving import approvals_of
from adaptors.domain.customers.effective import Grounds
from adaptors.domain.documents.producing import page_of
from adaptors.fields import Group
from adaptors.formats.base import Unsayable
from adaptors.models import Answer, ExportRule, Transaction
from arhub.contributions import Origin, history_of, origins_of
from arhub.models import Document, DocumentLine, Event, SourceRecord
from arhub.secrets.masking import mask
from ingestion.models import Change, IngestionFile

Part = tuple[str, Any]
"""A name in the archive, and its bytes, or an open file that may be closed afterwards."""
CHUNK = 1_000
MOST_CHANGES = 1_000
AROUND = timedelta(minutes=1)
"""How far the events of a step lie from its time."""
_PLAIN = re.compile(r"[^\w.\- ]+", re.ASCII)


def document_name(row: Transaction) -> str:
    """Where the document lies in the bundle; empty when nothing was made of it."""
    return f"document/{_PLAIN.sub('_', row.name)[:120] or 'document'}" if row.content else ""


def receipt_name(receipt: Any) -> str:
    return f"receipts/{receipt.pk}-{_PLAIN.sub('_', receipt.kind)}"


def as_json(value: Any) -> bytes:
    """The same for the same value, and people can read it."""
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=_plain).encode() + b"\n"


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
    return str(value)


def _masked(value: Any) -> bytes:
    """Without what looks like a credential, or is one that was used here."""
    return mask(as_json(value).decode()).encode()


def parts_of(row: Transaction) -> Iterator[Part]:
    """All of a transaction, which comes with its activation, account, document and delivery."""
    for part in PARTS:
        yield from part(row)


def _document(row: Transaction) -> Iterator[Part]:
    """The exact bytes; and a page for people while the source still says what went out."""
    if not row.content:
        return
    with closing(row.content.open()) as file:
        yield document_name(row), file
    try:
        page = page_of(row)
    except Unsayable:
        return
    if page is not None:
        yield "readable.pdf", page.content


def _source(row: Transaction) -> Iterator[Part]:
    """The fields as they are now, each with where it came from."""
    document = Document.objects.get(pk=row.document_id)
    yield "source/document.json", as_json(_record("invoice", document))
    yield "source/account.json", as_json(_record("account", row.account))
    lines = DocumentLine.objects.filter(document=document, missing_at=None).order_by("pk")
    files = _files_of([("invoice", document), ("account", row.account)])
    with TemporaryFile() as written:
        for chunk in _chunks(lines):
            origins = origins_of(chunk)
            for line in chunk:
                files.add(line.created_file or 0)
                said = {**_fields(line), "from": _told(origins.get(line.pk))}
                written.write(json.dumps(said, ensure_ascii=False, sort_keys=True, default=_plain).encode() + b"\n")
        written.seek(0)
        yield "source/lines.jsonl", written
    yield "source/mapping.json", as_json(_mapping(files))


def _chunks(rows: Any) -> Iterator[list[Any]]:
    last = 0
    while found := list(rows.filter(pk__gt=last)[:CHUNK]):
        yield found
        last = found[-1].pk


def _record(record_type: str, record: SourceRecord) -> dict[str, Any]:
    history = history_of(record_type, record)
    return {name: {"value": value, "from": _told(history.origin_of(name))} for name, value in _fields(record).items()}


def _fields(record: SourceRecord) -> dict[str, Any]:
    found = {field.attname: getattr(record, field.attname) for field in record._meta.concrete_fields}
    return {name: value for name, value in found.items() if name not in ("tenant_id", "digest") and value is not None}


def _told(origin: Origin | None) -> dict[str, Any] | None:
    """The load, the file and line, how it was read, and who brought it."""
    if origin is None:
        return None
    return {
        "load": origin.load, "file": origin.file, "line": origin.line, "mapping": origin.mapping, "who": origin.who,
        "at": origin.at,
    }  # fmt: skip


def _files_of(records: Sequence[tuple[str, SourceRecord]]) -> set[int]:
    found: set[int] = set()
    for record_type, record in records:
        changes = Change.objects.filter(record_type=record_type, record=record.pk).order_by("-id")
        found |= {record.created_file or 0, *changes.values_list("file", flat=True)[:MOST_CHANGES]}
    return found


def _mapping(files: set[int]) -> list[dict[str, Any]]:
    """How the columns of each file became fields."""
    rows = IngestionFile.objects.filter(pk__in={pk for pk in files if pk}).select_related("profile").order_by("pk")
    return [
        {
            "load": file.ingestion_id, "file": file.name, "sha256": file.sha256, "size": file.size,
            "record_type": file.record_type, "profile": str(file.profile) if file.profile else "",
            "header": file.header, "recipe": file.recipe, "options": file.options,
        }
        for file in rows.defer("offsets")
    ]  # fmt: skip


def _settings(row: Transaction) -> Iterator[Part]:
    """What holds for the customer now, and the level that says so."""
    rule = ExportRule.objects.filter(activation=row.activation_id, account=row.account_id).first()
    if rule is None:
        return
    rule.account = row.account
    grounds = Grounds(row.activation, [rule])
    explained = [one for group in Group for one in grounds.explained(rule, group)]
    yield "settings.json", as_json({
        "format": rule.format or row.activation.format,
        "format_options": {**row.activation.format_values, **rule.format_values},
        "settings": [
            {"name": one.field.name, "label": one.field.label, "value": one.value, "level": str(one.level),
             "where": one.where}
            for one in explained
        ],
    })  # fmt: skip


def _validation(row: Transaction) -> Iterator[Part]:
    yield "validation.json", as_json({
        "format": row.format, "rule_sets": row.checked_by, "rendered_at": row.rendered_at,
        "validated_at": row.validated_at, "findings": row.problems,
    })  # fmt: skip


def _delivery(row: Transaction) -> Iterator[Part]:
    """How it was handed over, with each attempt."""
    if row.delivery is None:
        return
    delivery, outbound = row.delivery, row.delivery.outbound
    yield "delivery.json", _masked({
        "identity": outbound.identity, "state": outbound.state, "answer": outbound.answer,
        "gateway": _gateway(delivery.connection), "through": _gateway(delivery.through),
        "name": delivery.name, "folder": delivery.folder, "media_type": delivery.media_type, "size": delivery.size,
        "sha256": delivery.sha256, "facts": delivery.facts, "verdict": delivery.verdict,
        "created_at": outbound.created_at, "settled_at": outbound.settled_at,
        "attempts": [
            {"id": one.pk, "started_at": one.started_at, "is_look_up": one.is_look_up, "outcome": one.outcome,
             "status": one.status, "text": one.text, "excerpt": one.excerpt, "duration_ms": one.duration_ms}
            for one in outbound.log.order_by("pk")
        ],
    })  # fmt: skip


def _gateway(connection: Any) -> dict[str, str] | None:
    """Its name and kind: neither its settings nor its credentials are evidence."""
    return {"name": connection.name, "kind": connection.kind} if connection else None


def _receipts(row: Transaction) -> Iterator[Part]:
    """The exact bytes of each, and what the hub read in them."""
    if row.delivery is None:
        return
    receipts = list(row.delivery.receipts.defer("content").order_by("pk"))
    for one in receipts:
        yield receipt_name(one), bytes(one.content)
        del one.content
    yield "receipts.json", as_json([
        {"name": receipt_name(one), "kind": one.kind, "text": one.text, "warning": one.warning,
         "is_refusal": one.is_refusal, "reference": one.reference, "speaks_of": one.speaks_of, "sha256": one.sha256,
         "attempt": one.attempt, "received_at": one.received_at, "media_type": one.media_type}
        for one in receipts
    ])  # fmt: skip


def _answers(row: Transaction) -> Iterator[Part]:
    answers = list(Answer.objects.filter(transaction=row).defer("content").order_by("pk"))
    for one in answers:
        yield f"answers/{one.pk}-{_PLAIN.sub('_', one.kind)}", bytes(one.content)
        del one.content
    yield "answers.json", as_json([
        {"name": f"answers/{one.pk}-{_PLAIN.sub('_', one.kind)}", "kind": one.kind, "verdict": one.verdict,
         "text": one.text, "reasons": one.reasons, "references": one.references, "sender": one.sender,
         "said_at": one.said_at, "received_at": one.received_at, "file": one.name, "sha256": one.sha256,
         "attempt": one.attempt, "matched_by_person": one.matched_by_id is not None}
        for one in answers
    ])  # fmt: skip


def _approvals(row: Transaction) -> Iterator[Part]:
    """Who approved what decided where it went, and who had put it there."""
    yield "approvals.json", _masked([
        {"kind": one.kind, "title": one.title, "details": one.details, "key": one.key, "digest": one.digest,
         "authors": one.authors, "requested_at": one.requested_at, "decided_at": one.decided_at, "remark": one.remark,
         "decided_by": str(one.decided_by) if one.decided_by else None}
        for one in approvals_of(row)
    ])  # fmt: skip


def _story(row: Transaction) -> Iterator[Part]:
    """The steps with their times, what people did and why, and what was told to others."""
    yield "story.json", _masked({
        "steps": {name: getattr(row, f"{name}_at") for name in STEPS},
        "entries": [
            {"at": one.at, "text": one.text, "by": str(one.user) if one.user else None}
            for one in row.log.select_related("user").order_by("pk")
        ],
    })  # fmt: skip
    yield "events.json", as_json([
        {"id": one.public_id, "kind": one.kind, "occurred_at": one.occurred_at, "data": one.data}
        for one in _events(row)
    ])  # fmt: skip


STEPS = ("created", "rendered", "validated", "delivered", "answered", "moved", "changed")


def _events(row: Transaction) -> list[Event]:
    """Those that are still kept, near its steps: a tenant may have millions of others."""
    times = [at for name in STEPS if (at := getattr(row, f"{name}_at"))]
    times += row.log.values_list("at", flat=True)
    near = reduce(or_, (Q(occurred_at__range=(at - AROUND, at + AROUND)) for at in times))
    return list(Event.objects.filter(near, subject=f"Transaction {row.pk}").order_by("occurred_at", "pk"))


PARTS: tuple[Callable[[Transaction], Iterator[Part]], ...] = (
    _document, _source, _settings, _validation, _delivery, _receipts, _answers, _approvals, _story,
)  # fmt: skip
