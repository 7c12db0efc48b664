"""COPY text, read back by a small parser of PostgreSQL's format."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.coercion import copy_rows

ESCAPED = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}


def parse(text: str) -> list[list[str | None]]:
    assert text == "" or text.endswith("\n")
    return [[field_of(part) for part in line.split("\t")] for line in text.split("\n")[:-1]]


def field_of(part: str) -> str | None:
    return None if part == "\\N" else re.sub(r"\\.", lambda found: ESCAPED[found[0]], part)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ([], ""), ([[]], ""), ([[], []], ""), ([["a"]], "a\n"), ([[None]], "\\N\n"), ([[""]], "\n"),
        ([["a", "b"], ["1", None]], "a\t1\nb\t\\N\n"), ([["\\N"], ["\\."]], "\\\\N\t\\\\.\n"),
        ([["a\tb", None], ["c\nd", "e\rf"]], "a\\tb\tc\\nd\n\\N\te\\rf\n"),
    ],
)  # fmt: skip
def test_copy_rows(columns: list[list[str | None]], expected: str) -> None:
    assert copy_rows(columns) == expected


def test_columns_of_different_length_are_our_bug() -> None:
    with pytest.raises(ValueError, match="zip"):
        copy_rows([["a"], ["b", "c"]])


cell = st.none() | st.text(st.characters(exclude_categories=["Cs"])) | st.text("\\N.\t\n\ra")


@given(st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1)))
def test_any_rows_come_back(rows: list[list[str | None]]) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)]

    assert parse(copy_rows(columns)) == rows
