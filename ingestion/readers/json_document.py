"""JSON: one array of objects, or an object that holds exactly one. A row's line is its number in the array plus one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ingestion.base import Cell, Content, Options, Reader
from ingestion.errors import Unreadable
from ingestion.readers.encoding import blocks, find_encoding
from ingestion.readers.json_text import JsonText, items, names
from ingestion.readers.object_table import ObjectTable
from ingestion.readers.objects import flat
from ingestion.readers.signatures import is_json

_BLOCK = 1 << 18


class JsonReader(Reader):
    kind = "json"
    extensions = (".json",)

    @classmethod
    def recognises(cls, head: bytes, name: str) -> bool:
        return is_json(head)

    @classmethod
    def open(cls, content: Content, options: Options = Options()) -> JsonTable:
        return JsonTable(content, find_encoding(content, options.encoding))


class JsonTable(ObjectTable):
    _read = 0

    def progress(self) -> float:
        return min(1.0, self._read / max(1, self._content.size))

    def _values(self) -> Iterator[tuple[int, Any]]:
        """Those of the array. Raises `Unreadable` when the document is another one."""
        text = JsonText(self._pieces())
        yield from enumerate(items(text) if text.accept("[") else _only_list(text), start=2)
        if text.next():
            raise Unreadable("More text follows after the end of the JSON. Is it JSON Lines? Then call it .jsonl.")

    def _object(self, value: Any) -> dict[str, Cell]:
        return flat(value)

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
    taken = ""
    for name in names(text):
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
    if not taken:
        raise Unreadable("The file holds no list of objects: expected [{...}, ...] or an object with one such list.")
