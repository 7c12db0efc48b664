"""JSON: one array of objects, or an object that holds exactly one. A row's line is its number in the array plus one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from ingestion.base import Chunk, Content, Layout, Options, Reader, Table
from ingestion.errors import Unreadable
from ingestion.readers.encoding import Encoding, blocks, find_encoding
from ingestion.readers.json_text import JsonText, items
from ingestion.readers.objects import Keys, NotAnObject, flat, shown
from ingestion.readers.signatures import is_json

_BLOCK = 1 << 18


class JsonReader(Reader):
    kind = "json"
    label = "JSON"
    extensions = (".json",)

    @classmethod
    def recognises(cls, head: bytes, name: str) -> bool:
        return is_json(head)

    @classmethod
    def open(cls, content: Content, options: Options = Options()) -> JsonTable:
        return JsonTable(content, find_encoding(content, options.encoding))


class JsonTable(Table):
    def __init__(self, content: Content, encoding: Encoding) -> None:
        self._content = content
        self._encoding = encoding
        self._keys = Keys()
        self._read = 0
        self.totals = []
        for _, value in self._objects():
            try:
                self._keys.add(flat(value))
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
        numbered = self._objects()
        while batch := list(islice(numbered, size)):
            yield self._chunk(batch)

    def progress(self) -> float:
        return min(1.0, self._read / max(1, self._content.size))

    def _chunk(self, batch: list[tuple[int, Any]]) -> Chunk:
        chunk = Chunk([], [])
        for line, value in batch:
            try:
                row = self._keys.row(flat(value))
            except NotAnObject as error:
                chunk.problems.append((line, [shown(value)], error.problem))
                continue
            chunk.lines.append(line)
            chunk.rows.append(row)
        return chunk

    def _objects(self) -> Iterator[tuple[int, Any]]:
        """The values of the array, with their lines. Raises `Unreadable` when the document is another one."""
        text = JsonText(self._pieces())
        yield from enumerate(items(text) if text.accept("[") else _only_list(text), start=2)
        if text.next():
            raise Unreadable("More text follows after the end of the JSON. Is it JSON Lines? Then call it .jsonl.")

    def _pieces(self) -> Iterator[str]:
        decoder = self._encoding.decoder()
        self._read = self._encoding.mark_length
        for block in blocks(self._content, self._encoding.mark_length, _BLOCK):
            self._read += len(block)
            if piece := decoder.decode(block):
                yield piece
        if rest := decoder.decode(b"", final=True):
            yield rest


def _only_list(text: JsonText) -> Iterator[Any]:
    """The values of the one array of objects in an object; what stands beside it is passed over."""
    text.expect("{")
    taken = ""
    while not text.accept("}"):
        name = text.value()
        if not isinstance(name, str):
            raise text.broken()
        text.expect(":")
        if not text.accept("["):
            text.value()
        elif text.next() != "{":
            for _ in items(text):
                pass
        elif taken:
            raise Unreadable(f"The file holds two lists, “{taken[:60]}” and “{name[:60]}”; one is expected.")
        else:
            taken = name
            yield from items(text)
        if text.next() != "}":
            text.expect(",")
    if not taken:
        raise Unreadable("The file holds no list of objects: expected [{...}, ...] or an object with one such list.")
