"""A file of JSON objects as a table: the columns are all names that appear anywhere in it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from itertools import islice
from typing import Any

from ingestion.base import Cell, Chunk, Content, Layout, Table
from ingestion.readers.encoding import Encoding
from ingestion.readers.objects import Keys, NotAnObject, shown


class ObjectTable(Table):
    """What each format adds is how it comes to its values, and how a value becomes an object."""

    def __init__(self, content: Content, encoding: Encoding) -> None:
        self._content = content
        self._encoding = encoding
        self._keys = Keys()
        self.totals = []
        for _, value in self._values():
            try:
                self._keys.add(self._object(value))
            except NotAnObject:
                continue
        self.layout = Layout(
            header=self._keys.header(),
            encoding=encoding.name,
            encodings=encoding.possible,
            header_line=0,
            is_sure=encoding.is_sure,
        )

    def chunks(self, size: int = 5_000) -> Iterator[Chunk]:
        values = self._values()
        while batch := list(islice(values, size)):
            yield self._chunk(batch)

    def _chunk(self, batch: list[tuple[int, Any]]) -> Chunk:
        chunk = Chunk([], [])
        for line, value in batch:
            try:
                row = self._keys.row(self._object(value))
            except NotAnObject as error:
                chunk.problems.append((line, [shown(value)], error.problem))
                continue
            chunk.lines.append(line)
            chunk.rows.append(row)
        return chunk

    @abstractmethod
    def _values(self) -> Iterator[tuple[int, Any]]:
        """The values of the file from its beginning, with their lines. Raises `Unreadable`."""

    @abstractmethod
    def _object(self, value: Any) -> dict[str, Cell]:
        """A value as column → cell. Raises `NotAnObject`."""
