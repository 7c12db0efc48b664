"""One input through a reader: it has to give rows or a sentence, and nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from arhub.records import RECORD_TYPES
from ingestion.base import Chunk, Content, Options, Table
from ingestion.content import stored
from ingestion.domain import archive
from ingestion.errors import Unreadable
from ingestion.registry import READERS, load, reader_for
from tests.fuzz.mutate import mutated
from tests.fuzz.seeds import seeds

NAMES = frozenset(RECORD_TYPES["invoice"].by_header)
_MEMORY = Path("/dev/shm")


class Wrong(AssertionError):
    """What came back is neither rows nor a sentence."""


def input_of(kind: str, index: int, seed: str) -> tuple[str, bytes, Random]:
    """The input of that number, and the random numbers to go on with."""
    random = Random(f"{seed}:{kind}:{index}")
    name, content = mutated(kind, seeds()[kind], random)
    return name, content, random


def attempt(kind: str, name: str, content: bytes, random: Random) -> int | None:
    """How many rows the input gave, or None when it was refused. Raises whatever the reader should not raise."""
    with _file(content) as path:
        try:
            return sum(_rows(kind, item, random) for item in _contents(kind, path, name))
        except Unreadable as refusal:
            _check_sentence(str(refusal))
            return None


@contextmanager
def _file(content: bytes) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile(dir=_MEMORY if _MEMORY.is_dir() else None) as file:
        file.write(content)
        file.flush()
        yield Path(file.name)


def _contents(kind: str, path: Path, name: str) -> Iterator[Content]:
    if kind != "zip":
        yield stored(path, name)
        return
    with path.open("rb") as file:
        members = [member for _, member in archive.files_in(file)]
    for member in members:
        yield stored(path, name, member)


def _rows(kind: str, content: Content, random: Random) -> int:
    reader = load(kind) if kind in READERS and random.random() < 0.5 else reader_for(content)
    with reader.open(content, _options(random)) as table:
        _check_layout(table)
        chunks = table.chunks(random.choice((1, 7, 5_000)))
        rows = sum(_checked(chunk, len(table.layout.header)) for chunk in chunks)
        if table.progress() != 1.0:
            raise Wrong(f"progress is {table.progress()} at the end")
        table.offsets()
    return rows


def _options(random: Random) -> Options:
    if random.random() < 0.7:
        return Options(names=NAMES)
    return Options(
        encoding=random.choice(("", "", "utf-8", "cp1252", "utf-16-le")),
        delimiter=random.choice(("", "", ";", "\t")),
        sheet=random.choice(("", "", "Data")),
        header_line=random.choice((0, 0, 1, 3, 2_000_000)),
        names=random.choice((NAMES, frozenset())),
    )


def _check_layout(table: Table) -> None:
    layout = table.layout
    text = "".join([*layout.header, layout.sheet, *(text for _, text in layout.titles), *layout.notes])
    if "\0" in text or not all(layout.header):
        raise Wrong(f"the header cannot be stored: {layout.header[:20]!r}")
    text.encode()


def _checked(chunk: Chunk, width: int) -> int:
    if len(chunk.lines) != len(chunk.rows) or any(len(row) != width for row in chunk.rows):
        raise Wrong(f"rows are not as wide as the header of {width} columns")
    if chunk.lines != sorted(set(chunk.lines)):
        raise Wrong(f"lines do not increase: {chunk.lines[:20]}")
    for _, cells, problem in chunk.problems:
        "".join([*cells, str(problem)]).encode()
    return len(chunk.rows)


def _check_sentence(sentence: str) -> None:
    if not sentence.endswith(".") or not sentence[0].isupper() or "\0" in sentence:
        raise Wrong(f"not a sentence: {sentence!r}")
    sentence.encode()
