"""Rows as a message: a ZIP of CSV files, or a batch in JSON. The same rows make the same bytes on every machine."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from arhub.network.encoding import encode
from connectors.erp.sage_network.entities import Entity
from connectors.erp.sage_network.rows import Part

ZIP_MAGIC = b"PK"
_OLDEST = (1980, 1, 1, 0, 0, 0)


def as_zip(identity: str, parts: Iterable[Part]) -> bytes:
    """One file for each model. Its comment is the identity, for people: the API has no place to find it again by."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:  # stored: packers differ in what they make of the same bytes
        for entity, rows in _by_entity(parts):
            entry = zipfile.ZipInfo(f"{entity.model.lower()}.csv", _OLDEST)
            entry.create_system = 3
            archive.writestr(entry, _csv(entity, rows))
        archive.comment = identity.encode()
    return packed.getvalue()


def as_batch(enrollment: str, parts: Iterable[Part]) -> bytes:
    lists = {entity.batch_list: [_plain(row) for row in rows] for entity, rows in _by_entity(parts)}
    return encode({"isFullSync": False, "appEnrollmentId": enrollment or None, **lists})


def as_form(identity: str, content: bytes) -> tuple[bytes, str]:
    """The ZIP as multipart/form-data, and the type to send it under."""
    boundary = f"arhub-{hashlib.sha256(identity.encode()).hexdigest()[:32]}"
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", identity)
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}.zip"\r\n'
        "Content-Type: application/zip\r\n\r\n"
    )
    return head.encode() + content + f"\r\n--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def _by_entity(parts: Iterable[Part]) -> list[tuple[Entity, list[Mapping[str, Any]]]]:
    """By model, since invoices and credit memos are one there."""
    found: dict[str, tuple[Entity, list[Mapping[str, Any]]]] = {}
    for part in parts:
        found.setdefault(part.entity.model, (part.entity, []))[1].append(part.row)
    return list(found.values())


def _csv(entity: Entity, rows: Sequence[Mapping[str, Any]]) -> str:
    """With the columns that any row fills, in the order of the record type."""
    names = [name for name in entity.by_sage if any(name in row for row in rows)]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return _as_text(value)
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"
    return value.isoformat() if isinstance(value, date) else str(value)


def _as_text(value: Decimal) -> str:
    """Never with three digits after the point, which some readers take for a thousand."""
    text = format(_shortest(value), "f")
    return f"{text}0" if len(text.partition(".")[2]) == 3 else text


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _shortest(value) if isinstance(value, Decimal) else value for name, value in row.items()}


def _shortest(value: Decimal) -> Decimal:
    """Without the zeros at its end, which depend on where it was stored."""
    return value.normalize() if value else Decimal(0)
