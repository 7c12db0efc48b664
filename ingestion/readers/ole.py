"""A stream out of an OLE compound file, the container of old Office documents ([MS-CFB])."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ingestion.errors import Unreadable

DAMAGED = "The workbook is damaged or was cut off on its way. Save it again and upload it."
MOST_BYTES = 128 << 20
_TOO_LARGE = "This .xls workbook is larger than 128 MB; save it as .xlsx or .csv and upload that."
_LAST_SECTOR = 0xFFFFFFFA
_ENTRY = 128


class OleFile:
    """Raises `Unreadable` when the file is too large or its tables lead nowhere."""

    def __init__(self, path: Path) -> None:
        self._size = path.stat().st_size
        if self._size > MOST_BYTES:
            raise Unreadable(_TOO_LARGE)
        with path.open("rb") as file:
            self._read(file)

    def _read(self, file: BinaryIO) -> None:
        try:
            self._content = file.read()
            self._shift, self._mini_shift = struct.unpack_from("<HH", self._content, 30)
            if self._shift not in (9, 12) or self._mini_shift != 6:
                raise Unreadable(DAMAGED)
            self._sectors = (self._size >> self._shift) + 1
            self._mini_fat: array[int] = array("I")
            self._fat = self._table(self._fat_sectors())
            first, self._cutoff, first_mini = struct.unpack_from("<I4xII", self._content, 48)
            self._mini_fat = self._table(self._chain(first_mini, self._fat))
            self.entries = dict(self._directory(first))
        except (struct.error, IndexError, UnicodeDecodeError):
            raise Unreadable(DAMAGED) from None

    def stream(self, name: str) -> bytes:
        """The content of the stream of that name, in any case."""
        kind, start, size = self.entries.get(name.lower(), (0, 0, 0))
        if kind != 2:
            raise Unreadable(DAMAGED)
        content = self._long(start) if size >= self._cutoff else self._short(start)
        if len(content) < size:
            raise Unreadable(DAMAGED)
        return content[:size]

    def _long(self, start: int) -> bytes:
        return b"".join(map(self._sector, self._chain(start, self._fat)))

    def _short(self, start: int) -> bytes:
        """Short streams share the root's sectors in pieces of 64 bytes."""
        root = next((first for kind, first, _ in self.entries.values() if kind == 5), _LAST_SECTOR)
        shared, step = self._long(root), 1 << self._mini_shift
        return b"".join(shared[at * step : (at + 1) * step] for at in self._chain(start, self._mini_fat))

    def _sector(self, number: int) -> bytes:
        start = (number + 1) << self._shift
        return self._content[start : start + (1 << self._shift)]

    def _table(self, sectors: Iterator[int] | list[int]) -> array[int]:
        table = array("I")
        for number in sectors:
            sector = self._sector(number)
            table.frombytes(sector[: len(sector) // 4 * 4])
        return table

    def _fat_sectors(self) -> list[int]:
        """The sectors that hold the table: 109 are named in the head of the file, the rest in a chain of sectors."""
        found = list(struct.unpack_from("<109I", self._content, 76))
        following, count = struct.unpack_from("<II", self._content, 68)
        for _ in range(min(count, self._sectors)):
            if following >= _LAST_SECTOR:
                break
            *more, following = struct.unpack(f"<{1 << self._shift - 2}I", self._sector(following))
            found += more
            if len(found) > self._sectors + 256:
                raise Unreadable(DAMAGED)
        return list(dict.fromkeys(number for number in found if number < self._sectors))

    def _chain(self, start: int, table: array[int]) -> Iterator[int]:
        left = self._size >> self._mini_shift if table is self._mini_fat else self._sectors
        while start < _LAST_SECTOR:
            if start >= len(table) or left == 0:  # out of the file, or in a circle
                raise Unreadable(DAMAGED)
            yield start
            start = table[start]
            left -= 1

    def _directory(self, first: int) -> Iterator[tuple[str, tuple[int, int, int]]]:
        """Lower-cased name → kind (2 stream, 5 root), first sector, size."""
        content = b"".join(map(self._sector, self._chain(first, self._fat)))
        for start in range(0, len(content) - _ENTRY + 1, _ENTRY):
            name_size, kind = struct.unpack_from("<HB", content, start + 64)
            first_sector, size = struct.unpack_from("<II", content, start + 116)
            name = content[start : start + min(max(2, name_size), 64) - 2].decode("utf-16-le", "replace")
            if kind in (2, 5):
                yield name.lower(), (kind, first_sector, size)
