"""The records of a text file: one pass of `csv.reader` over its lines, with limits and true line numbers."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import chain, islice

from ingestion.base import Content
from ingestion.errors import Problem, Unreadable
from ingestion.readers.encoding import Encoding
from ingestion.readers.lines import RECORD_LIMIT, Lines

CELL_LIMIT = 128 * 1024
_STEP = 50
_BATCH_CHARACTERS = 8 << 20


class Records:
    """Reads on from where it stands. `rows` and `lines` hold the batch that was read last."""

    def __init__(self, lines: Lines, delimiter: str) -> None:
        csv.field_size_limit(CELL_LIMIT)
        self._source = lines
        self._fed = 0
        self._taken = 0
        self._before = 0
        # Strict: text after a closing quote is an error instead of a cell that swallowed its neighbours.
        self._reader = csv.reader(self._feed(), delimiter=delimiter, strict=True)
        self.rows: list[list[str]] = []
        self.lines: list[int] = []
        self.broken: list[tuple[int, list[str], Problem]] = []
        self.ended = False

    def read(self, count: int) -> None:
        """Read up to `count` records. Fewer when they are large, when one is broken, or at the end."""
        self._before = self._reader.line_num
        self._taken += len(self.rows)
        self.rows = []
        self.broken = []
        try:
            self._fill(count)
        except csv.Error as error:
            self._keep_broken(error, self._before + 1 + sum(map(_height, self.rows)))
        self.lines = _line_numbers(self.rows, self._before, self._reader.line_num)

    def _fill(self, count: int) -> None:
        fed = self._fed
        while len(self.rows) < count and self._fed - fed < _BATCH_CHARACTERS:
            step = min(_STEP, count - len(self.rows))
            wanted = len(self.rows) + step
            self.rows.extend(islice(self._reader, step))
            if len(self.rows) < wanted:
                self.ended = True
                return

    def _feed(self) -> Iterator[str]:
        """Hand lines to csv, and refuse a record that takes in block after block without an end."""
        before, size = 0, 0
        for block in self._source.blocks():
            # list.extend counts every row as it arrives, so the number of rows is right in the middle of a step.
            finished = self._taken + len(self.rows)
            size = size if finished == before else 0
            before = finished
            if size > RECORD_LIMIT:
                raise Unreadable(self._too_long())
            length = sum(map(len, block))
            size += length
            self._fed += length
            yield from block

    def _too_long(self) -> str:
        line = self._before + 1 + sum(map(_height, self.rows))
        return f"The record that begins on line {line} is longer than 1 MB; look for a quote that is never closed."

    def _keep_broken(self, error: csv.Error, line: int) -> None:
        reason, last = str(error), self._reader.line_num
        if "unexpected end" in reason:
            raise Unreadable(f"The quote that opens on line {line} is never closed.")
        if "field limit" in reason and last > line:
            raise Unreadable(f"The quote that opens on line {line} is not closed within 128 KB.")
        if "field limit" in reason:
            raise Unreadable(f"Line {line} has a cell longer than 128 KB; this is not a table of rows.")
        problem = Problem("", "a delimiter after the closing quote", f"more text on line {last}")
        self.broken.append((line, self._as_read(line, last), problem))

    def _as_read(self, first: int, last: int) -> list[str]:
        lines = self._source.text(first, last)
        return [line.rstrip("\r\n") for line in lines]


def _line_numbers(rows: list[list[str]], before: int, after: int) -> list[int]:
    if after - before == len(rows):
        return list(range(before + 1, after + 1))
    numbers, line = [], before + 1
    for row in rows:
        numbers.append(line)
        line += _height(row)
    return numbers


def _height(row: list[str]) -> int:
    """How many physical lines a record takes: its quoted cells keep the line ends they were written with."""
    text = "\0".join(row)
    return 1 + text.count("\n") + text.count("\r") - text.count("\r\n")


def record_at(content: Content, encoding: str, delimiter: str, start: int, before: int) -> tuple[str, list[str]]:
    """The record on a line, as it stands and as cells: the line is `before` lines after byte `start`.

    Raises `Unreadable` when the file ends before it, or a quote in it goes on for more than 1 MB.
    """
    csv.field_size_limit(CELL_LIMIT)
    lines = chain.from_iterable(Lines(content, Encoding(encoding, suspect=True), start).blocks())
    taken: list[str] = []
    try:
        cells = next(csv.reader(_kept(islice(lines, before, None), taken), delimiter=delimiter, strict=True), [])
    except csv.Error:
        del taken[1:]
        cells = [line.rstrip("\r\n") for line in taken]
    if not taken:
        raise Unreadable("The file has no such line.")
    return "".join(taken), cells


def _kept(lines: Iterator[str], taken: list[str]) -> Iterator[str]:
    size = 0
    for line in lines:
        size += len(line)
        if size > RECORD_LIMIT:
            raise Unreadable("The record is longer than 1 MB; look for a quote that is never closed.")
        taken.append(line)
        yield line
