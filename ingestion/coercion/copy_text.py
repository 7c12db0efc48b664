"""Columns → the text format of PostgreSQL's COPY, https://www.postgresql.org/docs/15/sql-copy.html#id-1.9.3.55.9.2"""

from __future__ import annotations

import re
from collections.abc import Iterable

_NULL = "\\N"
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_rows(columns: list[list[str | None]]) -> str:
    """One line for each row, each ended by a newline; "" when there is no row."""
    lines = map("\t".join, zip(*map(_fields, columns), strict=True))
    text = "\n".join(lines)
    return text + "\n" if columns and columns[0] else ""


def _fields(column: list[str | None]) -> Iterable[str]:
    texts = ["" if text is None else text for text in column] if None in column else column
    if _SPECIAL.search("".join(texts)):  # type: ignore[arg-type]
        return [_NULL if text is None else text.translate(_ESCAPES) for text in column]
    return [_NULL if text is None else text for text in column] if texts is not column else column  # type: ignore[return-value]
