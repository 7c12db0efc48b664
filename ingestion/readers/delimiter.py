"""Which character separates the cells of a text file."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice

DELIMITERS = (",", ";", "\t", "|")
_RECORDS = 50
_ONE_COLUMN = 0.0001
# Excel reads and writes a first line that names the delimiter.
_DECLARED = re.compile(r'"?sep=([^\w"\r\n])"?\s*$', re.IGNORECASE)


def declared_delimiter(line: str) -> str:
    match = _DECLARED.match(line)
    return match[1] if match else ""


def rank_delimiters(lines: Sequence[str]) -> tuple[str, ...]:
    """First the delimiter that cuts the records into the most columns, above all into equally many; then what else
    cuts them at all."""
    scores = {delimiter: _score(sample_records(lines, delimiter)) for delimiter in DELIMITERS}
    ranked = sorted(DELIMITERS, key=lambda delimiter: -scores[delimiter])
    return tuple(name for name in ranked if name == ranked[0] or scores[name] > _ONE_COLUMN)


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
