"""From a load's stored files to its staging tables."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from arhub.models import Source
from arhub.records import RECORD_TYPES, normalise
from ingestion.base import Chunk, Content, Options, Table
from ingestion.coercion import Reading, Survey, needs_survey
from ingestion.content import stored
from ingestion.domain import staging
from ingestion.domain.mapping import Mapping, map_header, require_usable
from ingestion.domain.policies import Policies
from ingestion.domain.progress import Progress
from ingestion.domain.rows import Built, RowBuilder, reject_line
from ingestion.errors import Unreadable
from ingestion.models import IngestionFile
from ingestion.readers.region import title
from ingestion.registry import reader_for

CHUNK_ROWS = 5_000
MOST_INVALID = 100_000
_MOST_LEFT_OUT = 20
_LONGEST_TEXT = 300


@dataclass(slots=True)
class Opened:
    """A file of a load, ready to be read."""

    file: IngestionFile
    content: Content
    options: Options
    table: Table
    mapping: Mapping


@contextmanager
def local_path(file: IngestionFile) -> Iterator[Path]:
    """The stored file as a local path; from remote storage it is copied to a temporary file."""
    try:
        yield Path(file.content.path)
    except NotImplementedError:
        with tempfile.NamedTemporaryFile(suffix=Path(file.name).suffix) as copy:
            with file.content.open("rb") as stored:
                shutil.copyfileobj(stored, copy, 1 << 20)
            copy.flush()
            yield Path(copy.name)


@contextmanager
def content_of(file: IngestionFile) -> Iterator[Content]:
    """What a file of a load holds, unpacked as it is read. Raises `Unreadable`."""
    with local_path(file) as path:
        yield stored(path, file.name, file.member)


@contextmanager
def opened(file: IngestionFile) -> Iterator[Opened]:
    """Open a stored file and map its header. Raises `Unreadable`."""
    with ExitStack() as stack:
        content = stack.enter_context(content_of(file))
        options = options_of(file)
        table = stack.enter_context(reader_for(content).open(content, options))
        mapping = map_header(RECORD_TYPES[file.record_type], table.layout.header)
        _note_layout(file, table, mapping)
        require_usable(mapping)
        yield Opened(file, content, options, table, mapping)


def options_of(file: IngestionFile) -> Options:
    """What a person chose about how the file is opened, and the headers its type knows."""
    chosen = {
        name: file.options[name] for name in ("encoding", "delimiter", "sheet", "header_line") if name in file.options
    }
    return Options(**chosen, names=frozenset(file.type.by_header))


def _note_layout(file: IngestionFile, table: Table, mapping: Mapping) -> None:
    layout = table.layout
    file.header = list(layout.header)
    file.encoding, file.delimiter, file.sheet = layout.encoding[:20], layout.delimiter[:2], layout.sheet[:60]
    file.recipe = {"columns": mapping.by_header()}
    plural = mapping.record_type.plural.lower()
    taken = {item.name: mapping.header[position] for position, item in mapping.columns}
    known = mapping.record_type.by_header
    file.warnings = [
        f"Column “{name[:80]}” means the same as “{taken[known[normalise(name)].name][:80]}” and was not read."
        if normalise(name) in known and known[normalise(name)].name in taken
        else f"Column “{name[:80]}” is not known for {plural} and was not read."
        for name in mapping.unmapped
    ]
    file.warnings += layout.notes


def stage(files: list[IngestionFile], source: Source, policies: Policies, progress: Progress) -> list[staging.Staged]:
    """Read every file into staging tables of its load and return them in the order they are written in.

    Raises `Unreadable` with a sentence for each file that cannot be read. What an earlier try left is dropped first.
    """
    ingestion_id = files[0].ingestion_id
    staging.drop(ingestion_id)
    with ExitStack() as stack:
        found = _open_all(files, stack)
        columns = {item.file.id: RowBuilder(item.mapping, {}, item.file.id).columns for item in found}
        loads = tables_of(files, columns, with_accounts=policies.creates_accounts)
        with transaction.atomic(), connection.cursor() as cursor:
            staging.create_rest(cursor, ingestion_id)
            for staged in loads:
                staged.create(cursor)
        for item in found:
            with named(item.file):
                _stage_file(item, next(staged for staged in loads if _feeds(staged, item.file)), source, progress)
    with connection.cursor() as cursor:
        for staged in loads:
            staged.analyze(cursor)
        staging.mark_complete(cursor, ingestion_id)
    return loads


def _open_all(files: list[IngestionFile], stack: ExitStack) -> list[Opened]:
    found, problems = [], []
    for file in files:
        try:
            with named(file):
                found.append(stack.enter_context(opened(file)))
        except Unreadable as problem:
            problems.append(str(problem))
    if problems:
        raise Unreadable(" ".join(problems))
    return found


@contextmanager
def named(file: IngestionFile) -> Iterator[None]:
    """Put the file's name in front of what is wrong with it, and keep that with the file."""
    try:
        yield
    except Unreadable as problem:
        file.error = str(problem)
        raise Unreadable(f"{file.name}: {problem}") from problem


def tables_of(
    files: list[IngestionFile], columns: dict[int, list[str]], *, with_accounts: bool
) -> list[staging.Staged]:
    """The staging tables of a load, in the order records are written in; `with_accounts` also without such a file."""
    loads: list[staging.Staged] = []
    if with_accounts:
        loads.append(staging.Staged(files[0].ingestion_id, RECORD_TYPES["account"], ["number", "name"]))
    for record_type in RECORD_TYPES.values():
        feeding = [file for file in files if file.record_type == record_type.name]
        if not feeding:
            continue
        wanted = [name for file in feeding for name in columns[file.id]]
        merged = next((item for item in loads if _feeds(item, feeding[0])), None)
        if merged is None:
            loads.append(staging.Staged(files[0].ingestion_id, record_type, wanted))
        else:
            merged.columns = list(dict.fromkeys([*merged.columns, *wanted]))
    return loads


def _feeds(staged: staging.Staged, file: IngestionFile) -> bool:
    group = staging.record_type_group(file.type)
    return file.type.model == staged.record_type.model and group == staging.record_type_group(staged.record_type)


def _stage_file(found: Opened, staged: staging.Staged, source: Source, progress: Progress) -> None:
    builder = RowBuilder(found.mapping, {}, found.file.id)
    rows = invalid = 0
    with ExitStack() as stack:
        good = stack.enter_context(staging.copy_into(staged.table, builder.columns))
        bad = stack.enter_context(staging.copy_into(staging.rejects_table(found.file.ingestion_id), _REJECT_COLUMNS))
        for chunk in found.table.chunks(CHUNK_ROWS):
            built = _build(builder, chunk, found, source)
            good.write(built.text)
            bad.write("".join(reject_line(found.file.id, staged.target, reject) for reject in built.rejects))
            rows += built.rows + len(built.rejects)
            invalid += len(built.rejects)
            progress.read(found.file, rows, found.table.progress())
            if invalid >= MOST_INVALID:
                raise Unreadable(
                    f"Reading stopped at {invalid:,} invalid rows of {rows:,}: this looks like another type or layout "
                    f"than {found.file.type.plural.lower()}."
                )
    if not rows:
        raise Unreadable("The file has a header but no rows below it.")
    found.file.offsets = found.table.offsets()
    found.file.left_out = _left_out(found.table)


def _left_out(table: Table) -> list[dict[str, Any]]:
    """The title and total rows of a file that was read to its end, as they are shown to a person."""
    rows = [*table.layout.titles, *((line, title(cells)) for line, cells in table.totals)]
    return [
        {"line": line, "text": text[:_LONGEST_TEXT].replace("\0", "\ufffd")} for line, text in rows[:_MOST_LEFT_OUT]
    ]


_REJECT_COLUMNS = ["file", "line", "type", "target", "problems", "cells", "cause"]


def _build(builder: RowBuilder, chunk: Chunk, found: Opened, source: Source) -> Built:
    """Build a chunk; the first one with a form that can be read in two ways has the whole file surveyed first."""
    built = builder.build(chunk)
    if not built.rejects or builder.readings or not _is_open(builder, chunk):
        return built
    builder.readings.update(_survey(found, source))
    return builder.build(chunk)


def _is_open(builder: RowBuilder, chunk: Chunk) -> bool:
    return any(needs_survey(item, [row[position] for row in chunk.rows]) for position, item in builder.mapping.columns)


def _survey(found: Opened, source: Source) -> dict[str, Reading]:
    """How each column of the whole file is to be read; the source decides where the file does not."""
    columns = found.mapping.columns
    survey = Survey([item for _, item in columns])
    with reader_for(found.content).open(found.content, found.options) as again:
        for chunk in again.chunks(CHUNK_ROWS):
            for index, (position, _) in enumerate(columns):
                survey.add(index, [row[position] for row in chunk.rows])
    return {item.name: _decided(survey.reading(item), source) for _, item in columns}


def _decided(reading: Reading, source: Source) -> Reading:
    day_first = {"day": True, "month": False}.get(source.date_order)
    return Reading(
        decimal_sign=reading.decimal_sign or source.decimal_sign or None,
        day_first=day_first if reading.day_first is None else reading.day_first,
    )
