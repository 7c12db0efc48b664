from __future__ import annotations

import csv
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.content import StoredFile
from ingestion.errors import Problem, Unreadable
from ingestion.readers.text import TextReader
from tests.contracts.reader_contract import ReaderContract
from tests.ingestion.readers.text_files import read, write


class TestTextContract(ReaderContract):
    reader = TextReader

    @pytest.fixture
    def table_path(self, tmp_path: Path) -> Path:
        rows = [f'{number},"two\nlines",{number * 3}' for number in range(30)]
        rows[4] = "too,many,cells,here"
        rows[9] = ""
        rows[20] = 'a "quote,"closed"early,x'
        return write(tmp_path, "number,note,amount\n" + "\n".join(rows))

    @pytest.fixture
    def unreadable_paths(self, tmp_path: Path) -> list[Path]:
        contents = {
            "empty": b"",
            "blank": b"\n\n\n",
            "binary": bytes(range(256)) * 40,
            "open quote": b'a,b\n1,"never closed\n2,3\n',
            "long line": b"a,b\n" + b"x" * 3_000_000,
            "twice": b"Name,name\n1,2\n",
            "utf-32": "a,b\n1,2\n".encode("utf-32"),
            "odd utf-16": "a,b\n1,2\n".encode("utf-16") + b"\n",
        }
        paths = [tmp_path / name for name in contents]
        for path, content in zip(paths, contents.values(), strict=True):
            path.write_bytes(content)
        return paths


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found_among_quoted_and_decimal_others(tmp_path: Path, delimiter: str) -> None:
    row = ['"Nut, Bolt; | and Co"', '"1,50"', "x"]
    path = write(tmp_path, "\n".join([delimiter.join(["name", "amount", "code"]), delimiter.join(row)]))

    layout, table = read(path)

    assert layout.delimiter == delimiter
    assert table.rows == [["Nut, Bolt; | and Co", "1,50", "x"]]


def test_delimiter_semicolon_with_unquoted_decimal_commas(tmp_path: Path) -> None:
    path = write(tmp_path, "name;net;tax\nA;1,50;0,25\nB;2,50;0,75\n")

    layout, table = read(path)

    assert layout.delimiter == ";"
    assert table.rows[0] == ["A", "1,50", "0,25"]


def test_single_column_with_commas_stays_one_column(tmp_path: Path) -> None:
    path = write(tmp_path, "name\nNut, Bolt\nScrew\n")

    layout, table = read(path)

    assert (layout.header, table.rows) == (["name"], [["Nut, Bolt"], ["Screw"]])


def test_declared_delimiter_of_excel_is_understood(tmp_path: Path) -> None:
    path = write(tmp_path, "sep=;\r\nname;note\r\na,b;c,d\r\n", "utf-8-sig")

    layout, table = read(path)

    assert (layout.header, layout.delimiter) == (["name", "note"], ";")
    assert (table.lines, table.rows) == ([3], [["a,b", "c,d"]])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_numbers_after_quoted_line_ends_and_blank_lines(tmp_path: Path, end: str) -> None:
    lines = ["", "id,note", '1,"two', 'lines"', "", "2,x", '3,"a', "", 'b"', "4,y", ",", ""]
    path = write(tmp_path, end.join(lines))

    _, table = read(path)

    assert table.lines == [3, 6, 7, 10]
    assert [row[0] for row in table.rows] == ["1", "2", "3", "4"]
    assert table.rows[2][1] == f"a{end}{end}b"


def test_row_longer_than_the_header_is_a_problem(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n1,2,3,4\n5,6,,\n7\n")

    _, table = read(path)

    assert (table.lines, table.rows) == ([3, 4], [["5", "6"], ["7", ""]])
    assert table.problems == [(2, ["1", "2", "3", "4"], Problem("", "2 columns", "4"))]
    assert str(table.problems[0][2]) == "expected 2 columns, found 4"


def test_text_after_a_closing_quote_does_not_swallow_rows_in_silence(tmp_path: Path) -> None:
    path = write(tmp_path, 'id,name,amount\n0,x,1\n1,"Bob,100\n2,"Al",200\n3,y,4\n')

    _, table = read(path)

    assert table.lines == [2, 5]
    line, raw, problem = table.problems[0]
    assert (line, raw) == (3, ['1,"Bob,100', '2,"Al",200'])
    assert str(problem) == "expected a delimiter after the closing quote, found more text on line 4"


def test_many_broken_rows_share_a_chunk(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n" + '1,"x"y\n2,z\n' * 50)

    with TextReader.open(StoredFile(path)) as table:
        chunks = list(table.chunks(40))

    assert [len(chunk.rows) + len(chunk.problems) for chunk in chunks] == [40, 40, 20]


def test_quote_left_open_to_the_end_names_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, 'a,b\n1,2\n3,"open\n5,6\n')

    with pytest.raises(Unreadable, match="The quote that opens on line 3 is never closed"):
        read(path)


def test_quote_left_open_in_a_large_file_names_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, 'a,b\n1,2\n3,"open\n' + "5,6\n" * 200_000)

    with pytest.raises(Unreadable, match="The quote that opens on line 3 is not closed within 128 KB"):
        read(path)


def test_record_that_never_ends_is_refused_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n1,2\n" + '"x\n",' * 800_000)

    with pytest.raises(Unreadable, match="The record that begins on line 3 is longer than 1 MB"):
        read(path)


def test_line_of_many_megabytes_is_refused_in_little_memory(tmp_path: Path) -> None:
    path = write(tmp_path, b"a,b\n1,2\n" + b"x" * 20_000_000)

    tracemalloc.start()
    with pytest.raises(Unreadable, match="Line 3 is longer than 1 MB"):
        read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 12_000_000


def test_cell_longer_than_the_limit_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, b"a,b\n1," + b"x" * 200_000 + b"\n")

    with pytest.raises(Unreadable, match="Line 2 has a cell longer than 128 KB"):
        read(path)


def test_header_only_opens_without_rows(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b,c\n")

    layout, table = read(path)

    assert (layout.header, table.rows, table.problems) == (["a", "b", "c"], [], [])


def test_duplicate_header_names_both_positions(tmp_path: Path) -> None:
    path = write(tmp_path, "Amount,Date, amount \n1,2,3\n")

    with pytest.raises(Unreadable, match='The header "amount" names two columns, 1 and 3'):
        TextReader.open(StoredFile(path))


def test_header_without_a_name_is_numbered_unless_its_column_is_empty(tmp_path: Path) -> None:
    path = write(tmp_path, "a,,c,\n1,2,3,\n4,5,6,\n")

    layout, table = read(path)

    assert layout.header == ["a", "column 2", "c"]
    assert table.rows == [["1", "2", "3"], ["4", "5", "6"]]


CELLS = st.text(st.characters(codec="cp1252", exclude_categories=["Cc"]) | st.sampled_from("\n,;\t|\"'"), max_size=12)


@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=12),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    end=st.sampled_from(["\n", "\r\n"]),
    size=st.integers(1, 6),
)
def test_what_csv_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    encoding: str,
    delimiter: str,
    end: str,
    size: int,
) -> None:
    path = tmp_path_factory.mktemp("csv") / "file.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator=end)
        writer.writerows([["first", "second", "third"], *rows])

    layout, table = read(path, size)

    assert layout.header == ["first", "second", "third"]
    assert table.rows == [row for row in rows if any(row)]
    assert table.lines == expected_lines(rows)
    assert table.problems == []


def expected_lines(rows: list[list[str]]) -> list[int]:
    lines, line = [], 2
    for row in rows:
        if any(row):
            lines.append(line)
        line += 1 + sum(cell.count("\n") for cell in row)
    return lines
