"""Rows as a message: a ZIP of CSV files, or a batch in JSON. The same rows make the same bytes on every machine."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from arhub.network.csv_zip import csv_zip, shortest
from arhub.network.encoding import encode
from connectors.erp.sage_network.entities import Entity
from connectors.erp.sage_network.rows import Part

ZIP_MAGIC = b"PK"


def as_zip(identity: str, parts: Iterable[Part]) -> bytes:
    """One file for each model. Its comment is the identity, for people: the API has no place to find it again by."""
    sheets = ((entity.model.lower(), list(entity.by_sage), rows) for entity, rows in _by_entity(parts))
    return csv_zip(sheets, identity)


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


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: shortest(value) if isinstance(value, Decimal) else value for name, value in row.items()}
