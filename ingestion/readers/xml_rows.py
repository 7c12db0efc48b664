"""XML: the ERP Cache's files, and any other file that is one list of elements with the same name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from ingestion.base import Cell, Chunk, Content, Layout, Options, Reader, Table
from ingestion.errors import NoRows, Problem, Unreadable
from ingestion.readers.signatures import EMPTY_FILE, is_xml
from ingestion.readers.xml_shape import MOST_PARTS, Shape, find_shape
from ingestion.readers.xml_source import Source, attributes, events, forget, local_name

MOST_CHARACTERS = 1 << 20
_SHOWN = 1_000


class XmlReader(Reader):
    kind = "xml"
    extensions = (".xml",)

    @classmethod
    def recognises(cls, head: bytes, name: str) -> bool:
        return is_xml(head)

    @classmethod
    def open(cls, content: Content, options: Options = Options()) -> XmlTable:
        with content.open() as file:
            if not file.read(1):
                raise NoRows(EMPTY_FILE)
        with content.open() as file:
            return XmlTable(content, find_shape(Source(file)))


class XmlTable(Table):
    """A row's line is the one its element starts on; where several start on one line, or in
    a file of more than 65,534 lines, its number plus one."""

    def __init__(self, content: Content, shape: Shape) -> None:
        self._content = content
        self._shape = shape
        self._source: Source | None = None
        self.totals = []
        self.layout = Layout(header=shape.columns.header(), header_line=0, notes=_notes(shape))

    def chunks(self, size: int = 5_000) -> Iterator[Chunk]:
        with self._content.open() as file:
            chunk = Chunk([], [])
            for line, element in self._elements(file):
                self._add(chunk, line, element)
                if len(chunk.lines) + len(chunk.problems) == size:
                    yield chunk
                    chunk = Chunk([], [])
            if chunk.lines or chunk.problems:
                yield chunk

    def progress(self) -> float:
        return min(1.0, self._source.bytes_read / max(1, self._content.size)) if self._source else 0.0

    def _elements(self, file: BinaryIO) -> Iterator[tuple[int, etree._Element]]:
        source = self._source = Source(file)
        number = 1
        for _, element in events(source, f"{{*}}{self._shape.tag}"):
            if _level(element) != self._shape.level:
                continue
            source.mark()
            number += 1
            yield element.sourceline or 0 if self._shape.lines_tell else number, element
            forget(element)

    def _add(self, chunk: Chunk, line: int, element: etree._Element) -> None:
        cells: dict[str, Cell] = {}
        problem = _collect(element, "", cells)
        if problem:
            shown = etree.tostring(element, encoding="unicode", with_tail=False)[:_SHOWN]
            chunk.problems.append((line, [shown], problem))
        elif any(cell for cell in cells.values()):
            chunk.lines.append(line)
            chunk.rows.append(self._shape.columns.row(cells))


def _collect(element: etree._Element, prefix: str, cells: dict[str, Cell]) -> Problem | None:
    """Put what an element holds into `cells`; children of children are named with a dot."""
    found = [(prefix + name, value) for name, value in attributes(element)]
    for child in element:
        name = prefix + local_name(child)
        if (len(child) or child.attrib) and (problem := _collect(child, f"{name}.", cells)):
            return problem
        if not len(child):
            found.append((name, (child.text or "").strip()))
    for name, text in found:
        if name in cells:
            return Problem(name, "one value", "several")
        if len(text) > MOST_CHARACTERS:
            return Problem(name, "at most 1 MB of text", f"{len(text):,} characters")
        cells[name] = text
    if len(cells) > MOST_PARTS:
        raise Unreadable(f"A row of the XML has more than {MOST_PARTS:,} parts; this is not a table of rows.")
    return None


def _level(element: etree._Element) -> int:
    return 1 + sum(1 for _ in element.iterancestors())


def _notes(shape: Shape) -> tuple[str, ...]:
    expected = f"ErpCache_{shape.tag}"
    if not shape.importer or re.fullmatch(rf"{expected}s?", shape.importer):
        return ()
    found = shape.importer[:60]
    return (f"The file names the importer {found}, but holds what {expected} takes; it was read as that.",)
