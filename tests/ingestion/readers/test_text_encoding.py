from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.base import Options
from ingestion.content import StoredFile
from ingestion.errors import Problem, Unreadable
from ingestion.readers.text import TextReader
from tests.ingestion.readers.text_files import read, write

NAMES = "customer;city\nRødgrød ApS;Ærø\nMøller;Ålborg\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "cp850"])
def test_encoding_of_danish_names_is_found(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, NAMES, encoding)

    _, table = read(path)

    assert table.rows == [["Rødgrød ApS", "Ærø"], ["Møller", "Ålborg"]]
    assert table.problems == []


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("firma;miasto\nSpółka Łódź;Kraków\nZażółć gęślą jaźń;Gdańsk\n", "cp1250"),
        ("клиент;город\nООО Ромашка;Москва\n", "cp1251"),
        ("client;note\nCafé Élysée;12 € chez Nestlé®\n", "cp1252"),
    ],
)
def test_encoding_of_other_languages_is_found(tmp_path: Path, text: str, encoding: str) -> None:
    path = write(tmp_path, text, encoding)

    layout, table = read(path)

    assert layout.encoding == encoding
    assert [layout.header, *table.rows] == [line.split(";") for line in text.splitlines()]


def test_encoding_with_special_letters_only_at_the_end_of_a_large_file(tmp_path: Path) -> None:
    path = write(tmp_path, "a;b\n" + "1;2\n" * 600_000 + "Køge;Ærø\n", "cp1252")

    _, table = read(path)

    assert table.rows[-1] == ["Køge", "Ærø"]


def test_character_cut_between_blocks_is_whole(tmp_path: Path) -> None:
    path = write(tmp_path, "a;b\n" + "xx;ø€𝄞\n" * 200_000)

    _, table = read(path)

    assert {tuple(row) for row in table.rows} == {("xx", "ø€𝄞")}


def test_utf16_without_mark_is_found(tmp_path: Path) -> None:
    path = write(tmp_path, "customer;amount\nAlpha;1\n", "utf-16-le")

    layout, table = read(path)

    assert (layout.header, table.rows) == (["customer", "amount"], [["Alpha", "1"]])


def test_stray_code_page_byte_in_utf8_is_a_row_problem(tmp_path: Path) -> None:
    path = write(tmp_path, NAMES.encode() + b"L\xe6s\xf8;Hobro\nS\xc3\xb8by;Skive\n")

    _, table = read(path)

    assert table.lines == [2, 3, 5]
    assert table.problems == [
        (4, ["L\\xe6s\\xf8", "Hobro"], Problem("customer", "UTF-8 text", "byte 0xE6 at character 2"))
    ]


def test_stray_utf8_in_code_page_file_is_a_row_problem(tmp_path: Path) -> None:
    path = write(tmp_path, (NAMES + "Sønderjylland på Als;Høje Møn\n" * 5).encode("cp1252") + "Sø;x\n".encode())

    layout, table = read(path)

    assert layout.encoding == "cp1252"
    assert [problem for _, _, problem in table.problems] == [
        Problem("customer", "Windows-1252 text", '"ø" written in UTF-8')
    ]
    assert len(table.rows) == 7


def test_file_half_utf8_and_half_not_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, b"a;b\n" + "ø;å\n".encode() + "ø;å\næ;ø\n".encode("cp1252"))

    with pytest.raises(Unreadable, match="Parts of the file are UTF-8 and parts are not"):
        TextReader.open(StoredFile(path))


def test_stray_nul_is_a_row_problem(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n1,2\n3,x\0y\n5,6\n")

    _, table = read(path)

    assert table.rows == [["1", "2"], ["5", "6"]]
    assert table.problems == [(3, ["3", "x\\x00y"], Problem("b", "text", "byte 0x00 at character 2"))]


def test_chosen_code_page_of_a_binary_file_must_decode_it(tmp_path: Path) -> None:
    path = write(tmp_path, b"a;b\n" + b"\x01\x8d;1\n" * 50)

    with pytest.raises(Unreadable, match="no Windows-1252 text"):
        TextReader.open(StoredFile(path), Options(encoding="cp1252"))
