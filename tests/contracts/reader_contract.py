"""What every reader must do with a file it can read, and how it must fail on one it cannot."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from ingestion.base import Chunk, Content, Layout, Reader
from ingestion.content import StoredFile, stored
from ingestion.errors import Unreadable
from ingestion.registry import reader_for


class ReaderContract:
    """Subclass in a reader's test; `table_path` is a file of at least 25 rows, `unreadable_paths` files to refuse."""

    reader: type[Reader]

    @pytest.fixture
    def table_path(self, tmp_path: Path) -> Path:
        raise NotImplementedError

    @pytest.fixture
    def unreadable_paths(self, tmp_path: Path) -> list[Path]:
        raise NotImplementedError

    def test_chunks_called_again_yield_the_same(self, table_path: Path) -> None:
        with self.reader.open(StoredFile(table_path)) as table:
            first = list(table.chunks(7))
            second = list(table.chunks(7))

        assert _flat(first) == _flat(second)
        assert len(_flat(first)) >= 25

    def test_chunks_left_early_can_be_started_again(self, table_path: Path) -> None:
        with self.reader.open(StoredFile(table_path)) as table:
            first = next(iter(table.chunks(7)))
            again = next(iter(table.chunks(7)))

        assert (first.lines, first.rows) == (again.lines, again.rows)

    def test_chunk_size_does_not_change_the_rows(self, table_path: Path) -> None:
        with self.reader.open(StoredFile(table_path)) as table:
            small, large = list(table.chunks(3)), list(table.chunks())

        assert _flat(small) == _flat(large)
        assert max(len(chunk.rows) for chunk in small) <= 3

    def test_rows_are_as_wide_as_the_header(self, table_path: Path) -> None:
        with self.reader.open(StoredFile(table_path)) as table:
            widths = {len(row) for chunk in table.chunks() for row in chunk.rows}

        assert widths == {len(table.layout.header)}

    def test_lines_increase(self, table_path: Path) -> None:
        with self.reader.open(StoredFile(table_path)) as table:
            chunks = list(table.chunks(7))

        lines = [line for chunk in chunks for line in chunk.lines]
        broken = [line for chunk in chunks for line, _, _ in chunk.problems]
        assert lines == sorted(set(lines))
        assert broken == sorted(set(broken))
        assert not set(lines) & set(broken)

    def test_progress_grows_to_one(self, table_path: Path) -> None:
        with self.reader.open(StoredFile(table_path)) as table:
            seen = [table.progress() for _ in table.chunks(7)]

            assert seen == sorted(seen)
            assert table.progress() == 1.0

    def test_packed_file_gives_the_same(self, table_path: Path, tmp_path: Path) -> None:
        archive, compressed = tmp_path / "table.zip", tmp_path / "table.gz"
        compressed.write_bytes(gzip.compress(table_path.read_bytes()))
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.write(table_path, f"folder/{table_path.name}")

        plain = _whole(self.reader, StoredFile(table_path))
        unzipped = _whole(self.reader, stored(archive, archive.name, f"folder/{table_path.name}"))
        uncompressed = _whole(self.reader, stored(compressed, f"{table_path.name}.gz"))

        assert unzipped == plain
        assert uncompressed == plain

    def test_file_is_recognised_by_what_it_holds(self, table_path: Path) -> None:
        assert reader_for(StoredFile(table_path, "file.dat")) is self.reader

    def test_unreadable_files_raise_unreadable_only(self, unreadable_paths: list[Path]) -> None:
        for path in unreadable_paths:
            with pytest.raises(Unreadable) as refused, self.reader.open(StoredFile(path)) as table:
                list(table.chunks())

            sentence = str(refused.value)
            assert sentence.endswith(".") and sentence[0].isupper(), path.name


def _whole(reader: type[Reader], content: Content) -> tuple[Layout, list[Chunk]]:
    with reader.open(content) as table:
        return table.layout, list(table.chunks(7))


def _flat(chunks: list[Chunk]) -> list[tuple[int, list[object]]]:
    return [pair for chunk in chunks for pair in zip(chunk.lines, chunk.rows, strict=True)]
