"""Which character separates the cells of a text file."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice

from arhub.records.base import normalise
from ingestion.readers.header import MAX_COLUMNS

DELIMITERS = (",", ";", "\t", "|")
_RECORDS = 50
_TITLES = 20
_ONE_COLUMN = 0.0001
_CLEAR = 0.5
# Excel reads and writes a first line that names the delimiter.
_DECLARED = re.compile(r'"?sep=([^\w"\r\n])"?\s*$', re.IGNORECASE)


def declared_delimiter(line: str) -> str:
    match = _DECLARED.match(line)
    return match[1] if match else ""


def rank_delimiters(lines: Sequence[str], names: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """First the delimiter that shows the most known names in one record; then what cuts the records into the most
    columns, above all into equally many; then what else cuts them at all."""
    records = {delimiter: sample_records(lines, delimiter) for delimiter in DELIMITERS}
    known = {delimiter: _known(records[delimiter], names) for delimiter in DELIMITERS}
    scores = _scores(records)
    ranked = sorted(DELIMITERS, key=lambda delimiter: (-known[delimiter], -scores[delimiter]))
    return tuple(name for name in ranked if name == ranked[0] or known[name] or scores[name] > _ONE_COLUMN)


def _known(records: list[list[str]], names: frozenset[str]) -> int:
    """The most known names in one of the first records; a single one is no evidence."""
    found = (names.intersection(map(normalise, record[:MAX_COLUMNS])) for record in records[:_TITLES])
    most = max(map(len, found), default=0)
    return most if most > 1 else 0


def _scores(records: dict[str, list[list[str]]]) -> dict[str, float]:
    """Scores from the first record on; where that one says nothing, from where the titles above the table end."""
    for titles in range(_TITLES):
        scores = {delimiter: _score(found[titles:]) for delimiter, found in records.items()}
        if titles == 0:
            first = scores
        if max(scores.values()) >= _CLEAR:
            return scores
    return first


def sample_records(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """The first records that are not blank. What stands after a broken quote is left out."""
    records: list[list[str]] = []
    with suppress(csv.Error):
        records.extend(islice(filter(None, csv.reader(lines, delimiter=delimiter, strict=True)), _RECORDS))
    return records


def _score(records: list[list[str]]) -> float:
    if not records:
        return 0.0
    width = len(records[0])
    share = sum(len(record) == width for record in records) / len(records)
    # A decimal comma in a file cut by semicolons is frequent but not in every row, and not in the header.
    return share**4 * (width - 1 or _ONE_COLUMN)
