"""What the registry's reader makes of a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingestion.base import Cell, Layout, Options
from ingestion.content import stored
from ingestion.errors import Problem
from ingestion.registry import reader_for


@dataclass(frozen=True, slots=True)
class Whole:
    kind: str
    layout: Layout
    lines: list[int]
    rows: list[list[Cell]]
    problems: list[tuple[int, list[str], Problem]]
    offsets: bytes | None


def read(path: Path, name: str = "", member: str = "", size: int = 5_000, **options: Any) -> Whole:
    content = stored(path, name or path.name, member)
    reader = reader_for(content)
    with reader.open(content, Options(**options)) as table:
        chunks = list(table.chunks(size))
        return Whole(
            kind=reader.kind,
            layout=table.layout,
            lines=[line for chunk in chunks for line in chunk.lines],
            rows=[row for chunk in chunks for row in chunk.rows],
            problems=[problem for chunk in chunks for problem in chunk.problems],
            offsets=table.offsets(),
        )


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path
