"""Rows as a ZIP of CSV files, as the Sage Network API takes them. The same rows make the same bytes everywhere."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

_OLDEST = (1980, 1, 1, 0, 0, 0)

Sheet = tuple[str, Sequence[str], Sequence[Mapping[str, Any]]]
"""A file's name without its ending, the columns it may have in their order, its rows by column."""


def csv_zip(sheets: Iterable[Sheet], comment: str = "") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:  # stored: packers differ in what they make of the same bytes
        for name, columns, rows in sheets:
            entry = zipfile.ZipInfo(f"{name}.csv", _OLDEST)
            entry.create_system = 3
            archive.writestr(entry, _csv(columns, rows))
        archive.comment = comment.encode()
    return packed.getvalue()


def shortest(value: Decimal) -> Decimal:
    """Without the zeros at its end, which depend on where it was stored."""
    return value.normalize() if value else Decimal(0)


def _csv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """With the columns that any row fills."""
    names = [name for name in columns if any(name in row for row in rows)]
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
    text = format(shortest(value), "f")
    return f"{text}0" if len(text.partition(".")[2]) == 3 else text
