"""Text files made for a test, and what the reader makes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ingestion.base import Chunk, Layout, Options
from ingestion.content import StoredFile
from ingestion.readers.text import TextReader


def write(tmp_path: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path = tmp_path / "file.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def read(path: Path, size: int = 5_000, **options: Any) -> tuple[Layout, Chunk]:
    """The whole table as one chunk."""
    with TextReader.open(StoredFile(path), Options(**options)) as table:
        whole = Chunk([], [])
        for chunk in table.chunks(size):
            whole.lines.extend(chunk.lines)
            whole.rows.extend(chunk.rows)
            whole.problems.extend(chunk.problems)
        return table.layout, whole
