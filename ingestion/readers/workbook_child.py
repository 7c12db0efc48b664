"""The program that parses a workbook, in a process of its own: it may run out of memory without harm.

Writes length-prefixed marshal frames to stdout: (visible sheets, sheet, first row, first column, height, width), then
blocks of (number of the block's first row, columns); an empty frame is the end. Dates travel as tuples of their parts.
"""

from __future__ import annotations

import marshal
import resource
import struct
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

MEMORY_LIMIT = 1536 << 20
CPU_SECONDS = 300
OUT_OF_MEMORY = 3
DAMAGED = 4
PROTECTED = 5
_CELLS_PER_BLOCK = 30_000


def main(path: str, sheet_name: str, memory_limit: int) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (memory_limit, memory_limit))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from python_calamine import (
        CalamineError,
        PasswordError,
    )  # after the limits, so that they hold for its threads and arenas

    try:
        _write_sheet(Path(path), sheet_name, sys.stdout.buffer)
    except MemoryError:
        return OUT_OF_MEMORY
    except BrokenPipeError:
        return 0
    except PasswordError:
        return PROTECTED
    except (CalamineError, OSError, ValueError):
        return DAMAGED
    except BaseException as error:
        # A panic of the Rust parser derives from BaseException and has no importable class.
        if type(error).__name__ != "PanicException":
            raise
        return DAMAGED
    return 0


def _write_sheet(path: Path, sheet_name: str, out: BinaryIO) -> None:
    """Write the sheet of that name, or the first visible one that is not empty."""
    from python_calamine import CalamineWorkbook

    with path.open("rb") as file:
        # A file object and not the path: calamine would believe the name's extension.
        workbook = CalamineWorkbook.from_filelike(file)
        visible = _visible_sheets(workbook)
        wanted = [name for name in workbook.sheet_names if name == sheet_name] if sheet_name else visible
        sheet = next((found for found in map(workbook.get_sheet_by_name, wanted) if found.start), None)
    if sheet is None:
        _write(out, (visible, "", 0, 0, 0, 0))
    else:
        first_row, first_column = sheet.start or (0, 0)
        _write(out, (visible, sheet.name, first_row, first_column, sheet.height, sheet.width))
        for number, rows in _blocks(sheet.iter_rows(), sheet.width):
            _write(out, (number, [_portable(column) for column in zip(*rows, strict=True)]))
    _write(out, None)


def _visible_sheets(workbook: Any) -> list[str]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    sheets = workbook.sheets_metadata
    return [
        sheet.name
        for sheet in sheets
        if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
    ]


def _blocks(rows: Iterator[list[Any]], width: int) -> Iterator[tuple[int, list[list[Any]]]]:
    size = max(1, _CELLS_PER_BLOCK // max(1, width))
    number = 1
    while block := list(islice(rows, size)):
        yield number, block
        number += len(block)


def _portable(column: tuple[Any, ...]) -> tuple[Any, ...]:
    if set(map(type, column)) <= {str, float, bool, int}:
        return column
    return tuple(map(_portable_cell, column))


def _portable_cell(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.year, cell.month, cell.day, cell.hour, cell.minute, cell.second, cell.microsecond
    if isinstance(cell, date):
        return cell.year, cell.month, cell.day
    if isinstance(cell, time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return _hours(cell)
    return cell


def _hours(span: timedelta) -> str:
    """A duration as Excel shows it: hours go beyond 24."""
    minutes, seconds = divmod(round(abs(span.total_seconds())), 60)
    sign = "-" if span < timedelta(0) else ""
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"


def _write(out: BinaryIO, message: Any) -> None:
    payload = b"" if message is None else marshal.dumps(message)
    out.write(struct.pack(">I", len(payload)) + payload)
    out.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
