"""Pages of a pull in storage, as JSON Lines, until they become one load."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import IO, Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

FOLDER = "pulls"


def write(
    tenant_id: int, run_id: int, number: int, records: Mapping[str, Sequence[Mapping[str, Any]]]
) -> dict[str, str]:
    """Store the records of a page, a file for each record type; what a page that was never noted left there goes.
    Returns their names by record type. Half a character, which JSON can name and no file hold, becomes a question
    mark."""
    names: dict[str, str] = {}
    for record_type, rows in records.items():
        if rows:
            name = f"{FOLDER}/{tenant_id}/{run_id}/{number:06}-{record_type}.jsonl"
            default_storage.delete(name)
            text = "".join(f"{json.dumps(row, default=_plain, ensure_ascii=False)}\n" for row in rows)
            names[record_type] = default_storage.save(name, ContentFile(text.encode(errors="replace")))
    return names


def remove(names: Iterable[str]) -> None:
    for name in names:
        default_storage.delete(name)


def _plain(value: Any) -> str:
    """As every reader understands it: amounts with a point, dates as ISO 8601, times in UTC."""
    match value:
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
    raise TypeError(f"Expected a text, a Decimal, a date, a time, a bool or None; found a {type(value).__name__}.")


class Joined:
    """Several stored files read as one, from the first to the last; only one of them is open at a time."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._left = list(names)
        self._file: IO[bytes] | None = None

    def read(self, size: int = -1) -> bytes:
        pieces: list[bytes] = []
        while size and (self._file or self._left):
            self._file = self._file or default_storage.open(self._left.pop(0))
            if piece := self._file.read(size):
                pieces.append(piece)
                size = -1 if size < 0 else size - len(piece)
            else:
                self._file.close()
                self._file = None
        return b"".join(pieces)

    def seek(self, offset: int, whence: int = 0) -> int:
        """To the beginning, which is all that anybody needs."""
        if offset or whence:
            raise OSError("Spooled pages are read from the beginning.")
        self.close()
        self._left = list(self._names)
        return 0

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None
