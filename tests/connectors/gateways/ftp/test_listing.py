"""Lines of listings, as servers write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.gateways.ftp.listing import Entry, by_facts, by_text, time_of

UNIX = {
    b"-rw-r--r--    1 ftp      ftp           123 Nov 23 15:22 name with blank.csv": Entry(b"name with blank.csv", 123),
    b"-rw-r--r--    1 0        0               0 Nov 23  2025  leading.csv": Entry(b" leading.csv", 0),
    b"-rw-rw-r--   1 owner    group    1803128 Jul 10 10:18 ls-lR.Z": Entry(b"ls-lR.Z", 1_803_128),
    b"-rw-r--r--   1 user domain users 42 Feb  9 01:02 a.xml": None,
    b"-rw-r--r--. 1 1000 1000 7 2026-11-23 10:00 iso.xml": Entry(b"iso.xml", 7),
    b"-rw-r--r--   1 group   12 23 Nov 10:00 day first.xml": Entry(b"day first.xml", 12),
    b"-r--------+  1 a        b       9999999999 Dec  1 00:00 12 Dec 10:00": Entry(b"12 Dec 10:00", 9_999_999_999),
}  # fmt: skip
NO_FILES = (
    b"total 8",
    b"drwxr-xr-x    2 ftp      ftp          4096 Nov 23 15:22 folder",
    b"lrwxrwxrwx    1 ftp      ftp             7 Nov 23 15:22 link -> a.csv",
    b"11-23-26  03:22PM       <DIR>          folder",
)


@pytest.mark.parametrize("line", [line for line, entry in UNIX.items() if entry])
def test_unix_line_is_a_file(line: bytes) -> None:
    assert by_text([line]) == [UNIX[line]]


@pytest.mark.parametrize("line", NO_FILES)
def test_line_of_something_else_is_left_out(line: bytes) -> None:
    assert by_text([line]) == []


def test_dos_lines_are_files() -> None:
    lines = [b"11-23-26  03:22PM                 1234 name with blank.csv", b"11-23-2026  15:22  7 b.csv"]

    assert by_text(lines) == [Entry(b"name with blank.csv", 1234), Entry(b"b.csv", 7)]


@pytest.mark.parametrize("line", [b"+i8388621.29609,m824255902,/,\tdev", b"FILE.TXT;1 1/2 23-NOV-2026", b"a.csv"])
def test_lines_of_unknown_servers_are_not_guessed(line: bytes) -> None:
    assert by_text([b"-rw-r--r-- 1 a b 1 Nov 23 15:22 a.csv", line]) is None


def test_facts_tell_files_sizes_and_times() -> None:
    lines = [
        b"type=file;size=12;modify=20261123101500.123;unique=1; name; with=marks.csv",
        b"Type=File;Modify=20261123101500; unsized.csv",
        b"type=dir;modify=20261123101500; folder",
        b"type=cdir;modify=20261123101500; .",
        b"type=OS.unix=slink:/a;size=1; link",
    ]
    at = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)

    assert by_facts(lines) == [Entry(b"name; with=marks.csv", 12, at), Entry(b"unsized.csv", None, at)]


@pytest.mark.parametrize("text", ["", "yesterday", "20261399000000", "2026"])
def test_time_that_is_none_is_none(text: str) -> None:
    assert time_of(text) is None
