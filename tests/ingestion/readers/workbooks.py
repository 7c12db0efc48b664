"""Workbooks made for a test, and what the reader makes of them."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import xlsxwriter

from ingestion.base import Cell, Layout
from ingestion.content import StoredFile
from ingestion.readers.xlsx import XlsxReader

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def workbook(path: Path, rows: list[list[object]], *, first_row: int = 0, first_column: int = 0) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("Data")
        for number, row in enumerate(rows, start=first_row):
            for column, cell in enumerate(row, start=first_column):
                if isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                else:
                    sheet.write(number, column, cell)
    return path


def patched(source: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """A copy of the workbook with one part of its package changed."""
    target = source.with_name("patched.xlsx")
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            content = old.read(entry)
            new.writestr(entry, change(content) if entry == part else content)
    return target


def read(path: Path, size: int = 5_000) -> tuple[Layout, list[int], list[list[Cell]]]:
    with XlsxReader.open(StoredFile(path)) as table:
        chunks = list(table.chunks(size))
    lines = [line for chunk in chunks for line in chunk.lines]
    return table.layout, lines, [row for chunk in chunks for row in chunk.rows]
