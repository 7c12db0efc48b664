"""XML read as a stream of elements, without entities, network or declarations, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from ingestion.errors import Unreadable

_MOST_WITHOUT_ROW = 16 << 20
_DOCTYPE = "The XML holds a document type declaration, as no export needs one; it is not read."


class Source:
    """The bytes for the parser. `mark` is called at every finished row: what comes between two of them is limited."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._marked = 0
        self.bytes_read = 0

    def read(self, size: int) -> bytes:
        block = self._file.read(size)
        self.bytes_read += len(block)
        if self.bytes_read - self._marked > _MOST_WITHOUT_ROW:
            raise Unreadable("The XML has an element of more than 16 MB; this is not a table of rows.")
        return block

    def mark(self) -> None:
        self._marked = self.bytes_read


def events(source: Source, tag: str | None = None) -> Iterator[tuple[str, etree._Element]]:
    """Start and end of every element, or the end of those with this tag. Raises `Unreadable`."""
    kinds = ("start", "end") if tag is None else ("end",)
    context = etree.iterparse(
        source, kinds, tag=tag, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True, collect_ids=False,
    )  # fmt: skip
    checked = False
    try:
        for event, element in context:
            if not checked and element.getroottree().docinfo.doctype:
                raise Unreadable(_DOCTYPE)
            checked = True
            yield event, element
    except etree.XMLSyntaxError as error:
        raise Unreadable(_sentence(error)) from None


def local_name(element: etree._Element) -> str:
    """The tag without its namespace."""
    return str(element.tag).rpartition("}")[2]


def forget(element: etree._Element) -> None:
    """Free an element that is done with, and what the parser kept before it."""
    element.clear()
    while (before := element.getprevious()) is not None:
        before.getparent().remove(before)


def attributes(element: etree._Element) -> Iterator[tuple[str, str]]:
    """The attributes that say something about the data; what only steers XML tools has a namespace."""
    return ((str(name), str(value)) for name, value in element.attrib.items() if not str(name).startswith("{"))


def _sentence(error: etree.XMLSyntaxError) -> str:
    line = error.lineno or 1
    if "huge" in str(error).lower():
        return f"The XML has a text of more than 10 MB, see line {line:,}; this is not a table of rows."
    return f"The file is not valid XML: see line {line:,}."
