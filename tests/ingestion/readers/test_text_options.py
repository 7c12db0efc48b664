"""What a person may choose about a text, and what the reader offers."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.errors import Unreadable
from tests.ingestion.readers.text_files import read, write

POLISH = "id;name\n1;Łódź\n2;Kraków\n"


def test_utf8_is_offered_alone_and_sure(tmp_path: Path) -> None:
    layout, _ = read(write(tmp_path, POLISH))

    assert (layout.encodings, layout.is_sure) == (("utf-8",), True)


def test_code_pages_are_offered_likeliest_first(tmp_path: Path) -> None:
    layout, _ = read(write(tmp_path, POLISH, "cp1250"))

    assert layout.encodings[0] == layout.encoding
    assert {"cp1250", "cp1252"} <= set(layout.encodings)


def test_code_pages_that_give_the_same_text_are_sure(tmp_path: Path) -> None:
    layout, _ = read(write(tmp_path, "id;name\n1;Müller\n", "cp1252"))

    assert (layout.encoding, layout.is_sure) == ("cp1252", True)


def test_code_pages_that_read_equally_well_are_asked(tmp_path: Path) -> None:
    layout, _ = read(write(tmp_path, b"id;name\n1;S\xf8n\n"))

    assert ("cp1252" in layout.encodings, "cp1250" in layout.encodings, layout.is_sure) == (True, True, False)


def test_chosen_code_page_counts(tmp_path: Path) -> None:
    path = write(tmp_path, POLISH, "cp1250")

    layout, table = read(path, encoding="cp1250")

    assert (layout.encoding, layout.is_sure) == ("cp1250", True)
    assert [row[1] for row in table.rows] == ["Łódź", "Kraków"]
    assert "cp1252" in layout.encodings


def test_chosen_code_page_that_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"The file holds bytes that are no Windows-1252 text\."):
        read(write(tmp_path, b"id;name\n1;\x81\x8d\x8f\n"), encoding="cp1252")


def test_chosen_delimiter_counts_and_the_others_are_offered(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b;c\n1,5;2\n")

    layout, table = read(path, delimiter=";")

    assert (layout.delimiter, layout.delimiters) == (";", (";", ","))
    assert (layout.header, table.rows) == (["a,b", "c"], [["1,5", "2"]])


def test_chosen_header_line_counts(tmp_path: Path) -> None:
    path = write(tmp_path, "Acme,2026\n\nid,name\n1,x\n")

    layout, table = read(path, header_line=3)

    assert (layout.header, layout.header_line) == (["id", "name"], 3)
    assert (table.lines, table.rows) == ([4], [["1", "x"]])
