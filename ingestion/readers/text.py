"""CSV and its relatives: text with one record a line and a delimiter between the cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from ingestion.base import Cell, Chunk, Content, Layout, Options, Reader
from ingestion.errors import NoRows, Problem, Unreadable
from ingestion.readers.code_pages import LABELS, foreign_utf8
from ingestion.readers.delimiter import declared_delimiter, rank_delimiters
from ingestion.readers.encoding import Encoding, find_encoding
from ingestion.readers.header import name_columns
from ingestion.readers.lines import Lines
from ingestion.readers.records import Records
from ingestion.readers.region import HEAD_ROWS, find_header, notes, title
from ingestion.readers.signatures import EMPTY_FILE, ZIP_MAGIC, refusal
from ingestion.readers.totals import TableWithTotals

_SEARCHED = 1_000
_EMPTY = "The file has no lines with text."
_NO_DELIMITERS = '"\r\n\0'
_UNUSABLE = re.compile("[\0\udc80-\udcff]")


class TextReader(Reader):
    kind = "csv"
    extensions = (".csv", ".txt", ".tsv")

    @classmethod
    def recognises(cls, head: bytes, name: str) -> bool:
        return not head.startswith(ZIP_MAGIC) and not refusal(head)

    @classmethod
    def open(cls, content: Content, options: Options = Options()) -> TextTable:
        if options.delimiter and (len(options.delimiter) > 1 or options.delimiter in _NO_DELIMITERS):
            raise Unreadable("A delimiter is one character, neither a quote nor the end of a line.")
        encoding = find_encoding(content, options.encoding)
        sample = _first_lines(content, encoding)
        declared = declared_delimiter(sample[0])
        ranked = rank_delimiters(sample[1:] if declared else sample, options.names)
        delimiters = tuple(dict.fromkeys(filter(None, (options.delimiter, declared, *ranked))))
        return TextTable(content, encoding, delimiters, options, first_line=2 if declared else 1)


class TextTable(TableWithTotals):
    def __init__(
        self, content: Content, encoding: Encoding, delimiters: tuple[str, ...], options: Options, first_line: int
    ) -> None:
        self._content = content
        self._encoding = encoding
        self._lines = Lines(content, encoding)
        numbers, rows = _head(Records(self._lines, delimiters[0]), first_line, options.header_line)
        region = find_header(rows, options.names, options.header_line)
        last = region.first + region.height - 1
        self._header_record = numbers[last]
        self.totals = []
        self.layout = Layout(
            header=name_columns(_decoded(region.header), _used_width(rows[last + 1 :], len(region.header))),
            encoding=encoding.name,
            encodings=encoding.possible,
            delimiter=delimiters[0],
            delimiters=delimiters,
            header_line=rows[last][0],
            titles=tuple((line, _visible(title(row))) for line, row in rows[: region.first]),
            is_sure=encoding.is_sure and region.is_sure,
            notes=notes(region, rows[last][0]),
        )
        self._lines = Lines(content, encoding)

    def _data(self, size: int) -> Iterator[Chunk]:
        lines = self._lines = Lines(self._content, self._encoding)
        records = Records(lines, self.layout.delimiter)
        records.read(self._header_record)
        while not records.ended:
            chunk = self._next_chunk(records, size)
            if chunk.lines or chunk.problems:
                yield chunk

    def progress(self) -> float:
        return self._lines.progress()

    def offsets(self) -> bytes:
        return self._lines.packed_offsets()

    def _next_chunk(self, records: Records, size: int) -> Chunk:
        records.read(size)
        if not records.broken and self._is_regular(records.rows):
            return Chunk(records.lines, cast(list[list[Cell]], records.rows))
        chunk = Chunk([], [])
        while True:
            self._sort_out(records, chunk)
            room = size - len(chunk.lines) - len(chunk.problems)
            if records.ended or not records.broken or room <= 0:
                return chunk
            records.read(room)

    def _is_regular(self, rows: list[list[str]]) -> bool:
        width = len(self.layout.header)
        return not self._encoding.suspect and set(map(len, rows)) <= {width} and [""] * width not in rows

    def _sort_out(self, records: Records, chunk: Chunk) -> None:
        """Row by row: leave out blank ones, pad short ones, set aside what cannot be used."""
        for line, row in zip(records.lines, records.rows, strict=True):
            if not any(row) or row == ["\x1a"]:
                continue
            problem = self._problem(row)
            if problem:
                chunk.problems.append((line, [_visible(cell) for cell in row], problem))
            else:
                chunk.lines.append(line)
                chunk.rows.append(self._fitted(row))
        chunk.problems.extend((line, [_visible(cell) for cell in row], why) for line, row, why in records.broken)

    def _fitted(self, row: list[str]) -> list[Cell]:
        width = len(self.layout.header)
        return [*row[:width], *[""] * (width - len(row))]

    def _problem(self, row: list[str]) -> Problem | None:
        width = len(self.layout.header)
        if any(row[width:]):
            return Problem("", f"{width} columns", str(len(row)))
        if not self._encoding.suspect:
            return None
        return next(filter(None, map(self._text_problem, self.layout.header, row)), None)

    def _text_problem(self, column: str, cell: str) -> Problem | None:
        if cell.isascii() and "\0" not in cell:
            return None
        if match := _UNUSABLE.search(cell):
            code = ord(match[0]) & 0xFF
            expected = "UTF-8 text" if code else "text"
            return Problem(column, expected, f"byte 0x{code:02X} at character {match.start() + 1}")
        code_page = LABELS.get(self._encoding.name)
        if code_page and (hidden := foreign_utf8(cell, self._encoding.name)):
            return Problem(column, f"{code_page} text", f'"{hidden}" written in UTF-8')
        return None


def _first_lines(content: Content, encoding: Encoding) -> list[str]:
    """The lines of the first block. The last of them may be cut where the file goes on; records tell."""
    for lines in Lines(content, encoding).blocks():
        return lines
    raise NoRows(EMPTY_FILE)


def _head(records: Records, first_line: int, header_line: int) -> tuple[list[int], list[tuple[int, list[str]]]]:
    """The first records that are not blank with their lines, and how many records have been read with each: enough to
    find the header among them, or what stands on the line that a person named."""
    numbers: list[int] = []
    rows: list[tuple[int, list[str]]] = []
    wanted = HEAD_ROWS
    for number in range(1, _SEARCHED):
        if not _read_one(records, bool(rows)):
            break
        row, line = records.rows[0], records.lines[0]
        if line >= first_line and any(cell.strip() for cell in row):
            numbers.append(number)
            rows.append((line, row))
            wanted -= line >= header_line
        if not wanted:
            break
    if not rows:
        raise NoRows(f"The first {_SEARCHED:,} lines of the file are empty." if not records.ended else _EMPTY)
    return numbers, rows


def _read_one(records: Records, found: bool) -> bool:
    """Read a record of the head. What is wrong below the first row is told when the data is read."""
    try:
        records.read(1)
    except Unreadable:
        if found:
            return False
        raise
    if records.broken and not found:
        raise Unreadable(f"The header on line {records.broken[0][0]} has text after a closing quote.")
    return not records.broken and bool(records.rows)


def _decoded(header: list[Cell]) -> list[Cell]:
    if any(_UNUSABLE.search(str(cell)) for cell in header):
        raise Unreadable("The header holds characters that are no text. Save the file as CSV UTF-8 and upload it.")
    return header


def _used_width(rows: list[tuple[int, list[str]]], limit: int) -> int:
    """How many of the header's columns hold a value in the records seen so far."""
    used = (index + 1 for _, row in rows for index, cell in enumerate(row) if cell)
    return min(limit, max(used, default=0))


def _visible(cell: str) -> str:
    """The cell as text that can be stored: what is no character is spelled out."""
    raw = cell.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return raw.replace("\0", "\\x00")
