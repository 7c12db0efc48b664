"""A table as CSV by RFC 4180, which no spreadsheet takes for a program."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from adaptors.formats.base import Problem, Unsayable
from arhub.formulas import guard_formula

DELIMITERS: Mapping[str, tuple[str, str]] = {  # name → label, sign
    "comma": ("Comma", ","),
    "semicolon": ("Semicolon", ";"),
    "tab": ("Tab", "\t"),
    "pipe": ("Vertical bar", "|"),
}
ENCODINGS: Mapping[str, tuple[str, str]] = {  # name → label, codec
    "utf-8-bom": ("UTF-8 with byte order mark, as Excel wants it", "utf-8-sig"),
    "utf-8": ("UTF-8", "utf-8"),
    "iso-8859-1": ("ISO 8859-1 (Western European)", "iso-8859-1"),
}
LINE_ENDS: Mapping[str, tuple[str, str]] = {
    "crlf": ("CR LF, as the standard has it", "\r\n"),
    "lf": ("LF", "\n"),
}
_NUMBER = re.compile(r"-?[0-9]+(?:[.,][0-9]+)?")
_MOST_PROBLEMS = 5


@dataclass(frozen=True, slots=True)
class Dialect:
    """Each by its name in the tables above."""

    delimiter: str
    encoding: str
    line_end: str

    @property
    def codec(self) -> str:
        return ENCODINGS[self.encoding][1]


def write(rows: Iterable[Sequence[str]], headings: Sequence[str], dialect: Dialect) -> bytes:
    """Raises `Unsayable` when the encoding has no byte for a character. `headings` name the columns in what is said."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=DELIMITERS[dialect.delimiter][1], lineterminator=LINE_ENDS[dialect.line_end][1])
    written = [[_guarded(cell) for cell in row] for row in rows]
    writer.writerows(written)
    try:
        return text.getvalue().encode(dialect.codec)
    except UnicodeEncodeError:
        problems = dict.fromkeys(_unsayable(written, headings, dialect))
        raise Unsayable(*list(problems)[:_MOST_PROBLEMS]) from None


def _guarded(text: str) -> str:
    """Nothing that a spreadsheet runs. What is but a number stays one, whatever its sign."""
    return text if _NUMBER.fullmatch(text) else guard_formula(text)


def _unsayable(rows: Iterable[Sequence[str]], headings: Sequence[str], dialect: Dialect) -> Iterator[Problem]:
    for row in rows:
        for heading, cell in zip(headings, row, strict=True):
            if lacking := "".join(dict.fromkeys(char for char in cell if not _has(dialect.codec, char))):
                label = ENCODINGS[dialect.encoding][0]
                yield Problem(
                    f"The column “{heading}” holds {lacking[:20]}, which {label} has no sign for: “{cell[:60]}”."
                )


def _has(codec: str, char: str) -> bool:
    try:
        return bool(char.encode(codec))
    except UnicodeEncodeError:
        return False
