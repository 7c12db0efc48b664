"""Records of several types in one JSON document, as programs send them: packed into an archive of JSON Lines, which is
a load like any other. The document is read as a stream; nothing in it grows in memory."""

from __future__ import annotations

import codecs
import io
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from django.conf import settings

from ingestion.errors import Unreadable
from ingestion.readers.json_text import JsonText, names, raw_items

_BLOCK = 1 << 16
_IN_MEMORY = 1 << 20
_MOST_VALUES = 100


@dataclass
class Batch:
    """`archive` holds a member for each list that is not empty, `sizes` how many records each has; `values` is what
    stands beside the lists. Close it."""

    archive: BinaryIO
    sizes: dict[str, int] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)

    def close(self) -> None:
        self.archive.close()


def pack(body: BinaryIO, member_of: Callable[[str], str], *, within: str = "") -> Batch:
    """The lists of a JSON object, or of the object that is called `within` in it.

    `member_of` gives the archive's name for a list's, and raises `Unreadable` for one nobody knows. Raises
    `Unreadable` also when the document is no such object.
    """
    archive = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=str(settings.FILE_UPLOAD_TEMP_DIR))  # noqa: SIM115
    batch = Batch(archive)  # type: ignore[arg-type]
    text = JsonText(_pieces(body))
    try:
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            for name in names(text):
                if within and name.lower() == within:
                    for inner in names(text):
                        _take(text, inner, packed, batch, member_of)
                elif within:
                    _take_value(text, name, batch)
                else:
                    _take(text, name, packed, batch, member_of)
        if text.next():
            raise Unreadable("More text follows after the end of the JSON.")
    except BaseException:
        batch.close()
        raise
    archive.seek(0)
    return batch


def _take(text: JsonText, name: str, packed: zipfile.ZipFile, batch: Batch, member_of: Callable[[str], str]) -> None:
    if not text.accept("["):
        _take_value(text, name, batch)
        return
    member = member_of(name)
    if member in batch.sizes:
        raise Unreadable(f"There are two lists of {name}; one is expected.")
    rows = raw_items(text)
    first = next(rows, None)
    if first is None:
        return
    with packed.open(f"{member}.jsonl", "w", force_zip64=True) as file, io.TextIOWrapper(file, "utf-8") as lines:
        batch.sizes[member] = sum(1 for row in _with(first, rows) if lines.write(row + "\n"))


def _take_value(text: JsonText, name: str, batch: Batch) -> None:
    if len(batch.values) == _MOST_VALUES:
        raise Unreadable(f"The JSON object has more than {_MOST_VALUES} values beside its lists.")
    batch.values[name] = text.value()


def _with(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _pieces(body: BinaryIO) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        while block := body.read(_BLOCK):
            if piece := decoder.decode(block):
                yield piece
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise Unreadable("The JSON is not in UTF-8.") from error
