from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.errors import Problem, Unreadable
from ingestion.readers.json_document import JsonReader
from tests.contracts.reader_contract import ReaderContract
from tests.ingestion.readers.whole import read, written


class TestJsonContract(ReaderContract):
    reader = JsonReader

    @pytest.fixture
    def table_path(self, tmp_path: Path) -> Path:
        objects = [{"key": f"A{number}", "sum": number, "note": {"text": "æ" * number}} for number in range(40)]
        return written(tmp_path / "table.json", json.dumps([*objects, 5, {"late": 1}], indent=1, ensure_ascii=False))

    @pytest.fixture
    def unreadable_paths(self, tmp_path: Path) -> list[Path]:
        contents = {
            "empty": b"",
            "blank": b" \n",
            "no rows": b"[]",
            "cut": b'[{"a": 1}, {"a":',
            "cut list": b'[{"a": 1}',
            "word": b'[{"a": tru}]',
            "bomb": b"[" * 200_000,
            "deep": b'[{"a": ' + b'{"b": ' * 100_000,
            "long": b'[{"a": "' + b"x" * 3_000_000 + b'"}]',
            "no comma": b'[{"a": 1} {"a": 2}]',
            "more": b'[{"a": 1}] [{"a": 2}]',
            "no list": b'{"a": {"b": 1}}',
            "two lists": b'{"a": [{"b": 1}], "c": [{"b": 1}]}',
            "objects": b'{"a": 1}\n{"a": 2}\n',
        }
        return [written(tmp_path / name, content) for name, content in contents.items()]


@pytest.mark.parametrize("key", ["records", "value", "data", "ia::result"])
def test_list_inside_an_object_is_found(tmp_path: Path, key: str) -> None:
    document = {"count": 2.5, "ids": [1, 2], "meta": {"page": 1}, key: [{"a": 1}, {"a": 2}], "next": None}

    table = read(written(tmp_path / "wrapped.json", json.dumps(document)))

    assert (table.kind, table.layout.header) == ("json", ["a"])
    assert (table.lines, table.rows) == ([2, 3], [[Decimal(1)], [Decimal(2)]])


def test_element_that_is_no_object_is_a_problem(tmp_path: Path) -> None:
    table = read(written(tmp_path / "mixed.json", '[{"a": 1}, [7], {"a": 3}]'))

    assert table.lines == [2, 4]
    assert table.problems == [(3, ["[7]"], Problem("", "a JSON object", "a list"))]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('[{"a": 1},\n{"a": x}]', "The file is not valid JSON: see line 2."),
        ('[{"a": 1}', "The JSON ends before it is complete; the file was cut off on its way."),
        ('{"a": [{"b": 1}], "c": [{"b": 1}]}', "The file holds two lists, “a” and “c”; one is expected."),
        ('[{"a": 1}]\n{"a": 2}', "More text follows after the end of the JSON. Is it JSON Lines? Then call it .jsonl."),
    ],
)
def test_broken_document_is_refused_in_a_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(written(tmp_path / "broken.json", content))

    assert str(refused.value) == sentence


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path / "file.json", '[{"name": "Rødgrød, Łódź"}]'.encode(encoding))

    assert read(path).rows == [["Rødgrød, Łódź"]]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@given(st.lists(st.dictionaries(st.sampled_from("abcd"), VALUES, min_size=1), min_size=1, max_size=6))
def test_what_json_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, objects: list[dict[str, object]]
) -> None:
    path = written(tmp_path_factory.mktemp("json") / "file.json", json.dumps(objects, indent=2))

    table = read(path, size=2)

    rows = [dict(zip(table.layout.header, row, strict=True)) for row in table.rows]
    assert list(map(_given, rows, objects)) == objects
    assert table.lines == list(range(2, 2 + len(objects)))


def _given(row: dict[str, object], source: dict[str, object]) -> dict[str, object]:
    return {name: json.loads(str(row[name])) if isinstance(source[name], list) else row[name] for name in source}
