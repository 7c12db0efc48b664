from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from ingestion.errors import Problem, Unreadable
from ingestion.readers.jsonl import JsonLinesReader
from tests.contracts.reader_contract import ReaderContract
from tests.ingestion.readers.whole import read, written


class TestJsonLinesContract(ReaderContract):
    reader = JsonLinesReader

    @pytest.fixture
    def table_path(self, tmp_path: Path) -> Path:
        lines = [json.dumps({"key": f"A{number}", "sum": number * 1.5, "to": {"city": "Ærø"}}) for number in range(40)]
        lines[5] = "[1, 2]"
        lines[9] = ""
        lines[12] = '{"key": "A12", "late": true}'
        return written(tmp_path / "table.jsonl", "\n".join(lines))

    @pytest.fixture
    def unreadable_paths(self, tmp_path: Path) -> list[Path]:
        contents = {
            "empty": b"",
            "blank": b"\n\n",
            "no objects": b"1\n2\n",
            "binary": bytes(range(256)) * 40,
            "long": b'{"a": "' + b"x" * 3_000_000 + b'"}\n',
            "names": b"\n".join(b'{"k%d": 1}' % number for number in range(600)),
            "cases": b'{"Name": 1, "name": 2}\n',
        }
        return [written(tmp_path / name, content) for name, content in contents.items()]


def test_columns_are_all_names_in_the_order_of_their_appearance(tmp_path: Path) -> None:
    objects = [{"id": 1}] * 1_500 + [{"late": "x", "id": 2}]
    path = written(tmp_path / "late.jsonl", "\n".join(map(json.dumps, objects)))

    table = read(path)

    assert table.layout.header == ["id", "late"]
    assert (table.lines[0], table.rows[0]) == (1, [Decimal(1), None])
    assert (table.lines[-1], table.rows[-1]) == (1_501, [Decimal(2), "x"])


def test_nested_objects_become_columns_and_what_is_deeper_stays_json(tmp_path: Path) -> None:
    line = '{"a": {"b": {"c": 1, "d": {"e": 0.10}}}, "list": [1.50, {"x": null}], "none": {}}'

    table = read(written(tmp_path / "nested.jsonl", line))

    assert table.layout.header == ["a.b.c", "a.b.d", "list", "none"]
    assert table.rows == [[Decimal(1), '{"e": 0.10}', '[1.50, {"x": null}]', "{}"]]


def test_values_keep_their_type_and_all_their_digits(tmp_path: Path) -> None:
    line = '{"n": 12345678901234567890.1234567890, "i": 7, "t": true, "z": null, "s": "007"}'

    (row,) = read(written(tmp_path / "types.jsonl", line)).rows

    assert row == [Decimal("12345678901234567890.1234567890"), Decimal(7), True, None, "007"]
    assert str(row[0]) == "12345678901234567890.1234567890"


@pytest.mark.parametrize("number", ["1e999999999", "-1E-999999999", "9" * 500, "NaN", "Infinity"])
def test_number_that_is_no_amount_stays_text(tmp_path: Path, number: str) -> None:
    (row,) = read(written(tmp_path / "huge.jsonl", f'{{"a": {number}}}')).rows

    assert row == [number]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"[1]", Problem("", "a JSON object", "a list")),
        (b"null", Problem("", "a JSON object", "null")),
        (b"12", Problem("", "a JSON object", "a number")),
        (b'{"a": 1', Problem("", "a JSON object", "text that is no JSON at character 9")),
        (b'{"a": 1} x', Problem("", "a JSON object", "text that is no JSON at character 10")),
        (b'{"a": 1, "a": 2}', Problem("", "an object that names everything once", "a name twice")),
        (b'{"a.b": 1, "a": {"b": 2}}', Problem("", "an object that names everything once", "“a.b” twice")),
        (b'{"a": "\\u0000"}', Problem("", "text", "the character U+0000 in “a”")),
        (b'{"a": "\\ud800"}', Problem("", "text", "the character U+D800 in “a”")),
        (b'{"a": ' + b"[" * 100_000, Problem("", "a JSON object", "brackets nested far too deep")),
        (b'{"a": ' + b"[" * 200 + b"]" * 200 + b"}", Problem("", "a JSON object", "brackets nested far too deep")),
        ('{"a": "ø"}'.encode("cp1252"), Problem("", "UTF-8 text", "byte 0xF8 at character 8")),
    ],
)
def test_line_that_is_no_row_is_a_problem_and_the_rest_goes_on(tmp_path: Path, line: bytes, problem: Problem) -> None:
    path = written(tmp_path / "bad.jsonl", '{"a": "ææææ"}\n'.encode() + line + b'\n{"a": 2}\n')

    table = read(path)

    assert [(number, found) for number, _, found in table.problems] == [(2, problem)]
    assert table.lines == [1, 3]


def test_lines_are_recognised_without_the_name(tmp_path: Path) -> None:
    assert read(written(tmp_path / "x.txt", '{"a": 1}\n{"a": 2}\n')).kind == "jsonl"
    assert read(written(tmp_path / "x.ndjson", '{"a": 1}\n')).kind == "jsonl"


def test_offsets_lead_to_every_thousandth_line(tmp_path: Path) -> None:
    lines = [f'{{"a": "æ{number}"}}\r\n'.encode() for number in range(2_500)]

    table = read(written(tmp_path / "many.jsonl", b"".join(lines)))

    expected = [sum(map(len, lines[:count])) for count in (0, 1_000, 2_000)]
    assert table.offsets == b"".join(offset.to_bytes(8, "little") for offset in expected)


def test_too_many_names_are_refused_in_a_sentence(tmp_path: Path) -> None:
    path = written(tmp_path / "wide.jsonl", "\n".join(f'{{"k{number}": 1}}' for number in range(501)))

    with pytest.raises(Unreadable, match="more than 500 different names"):
        read(path)
