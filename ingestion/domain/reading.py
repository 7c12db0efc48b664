"""From a load's stored files to its staging tables."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

from django.db import connection, transaction

from arhub.models import Source
from arhub.records import RECORD_TYPES
from arhub.tenancy.scope import scope
from ingestion.base import Chunk, Table
from ingestion.coercion import Reading, Survey, needs_survey
from ingestion.domain import ledgers, staging
from ingestion.domain.asking import NO_ROWS, hold_back, settle_layout
from ingestion.domain.full_speed import FULL_SPEED
from ingestion.domain.known import Found, Known, known_rows, left
from ingestion.domain.opening import Opened, open_table, opened
from ingestion.domain.policies import Policies
from ingestion.domain.progress import Progress
from ingestion.domain.questions import (
    Waits,
    asks,
    decided,
    is_open,
    reads,
    waiting,
)
from ingestion.domain.repaired import repaired
from ingestion.domain.rows import Built, RowBuilder, reject_line
from ingestion.errors import NoRows, Unreadable
from ingestion.models import IngestionFile
from ingestion.readers.region import title

CHUNK_ROWS = 5_000
CHUNKS_AHEAD = 3
MOST_INVALID = 100_000
_MOST_LEFT_OUT = 20
_LONGEST_TEXT = 300


Sink = Callable[[staging.Staged, list[str]], AbstractContextManager[staging.Writer]]
"""Where the rows of a file go: given their staging table and its columns, what takes the text for COPY."""


def into_table(staged: staging.Staged, columns: list[str]) -> AbstractContextManager[staging.Writer]:
    return staging.copy_into(staged.table, columns)


def stage(
    files: list[IngestionFile],
    source: Source,
    policies: Policies,
    progress: Progress,
    *,
    look_up: bool = True,
    sink: Sink = into_table,
) -> list[staging.Staged]:
    """Read every file into staging tables of its load and return them in the order they are written in.

    Raises `Unreadable` with a sentence for each file that cannot be read, and `Waits` when a person is needed first.
    What an earlier try left is dropped before. `look_up`: rows that are known already are left out.
    """
    ingestion_id = files[0].ingestion_id
    staging.drop(ingestion_id)
    with scope(source.tenant_id), connection.cursor() as cursor:
        writes = ledgers.writes(cursor, source.ledger_id)
    with ExitStack() as stack:
        found = _open_all(files, source, stack)
        builders = {
            item.file.id: RowBuilder(item.mapping, item.recipe, item.file.id, policies.salt()) for item in found
        }
        columns = {file_id: builder.columns for file_id, builder in builders.items()}
        loads = tables_of(files, columns, with_accounts=policies.creates_accounts)
        with transaction.atomic(), connection.cursor() as cursor:
            staging.create_rest(cursor, ingestion_id)
            for staged in loads:
                staged.create(cursor)
        for item in found:
            with named(item.file), FULL_SPEED:
                item.table = repaired(item.table, item.file)
                staged = next(staged for staged in loads if feeds(staged, item.file))
                _stage_file(item, builders[item.file.id], staged, source, progress, look_up=look_up, sink=sink)
    with connection.cursor() as cursor:
        for staged in loads:
            staged.analyze(cursor)
        staging.mark_complete(cursor, ingestion_id, writes)
    return loads


def _open_all(files: list[IngestionFile], source: Source, stack: ExitStack) -> list[Opened]:
    found, problems, waiting = [], [], False
    may_ask = asks(files[0].ingestion)
    for file in files:
        try:
            with named(file):
                found.append(stack.enter_context(opened(file)))
                waiting = settle_layout(found[-1], source, may_ask=may_ask) or waiting
        except Unreadable as problem:
            problems.append(problem)
    if problems:
        kind = NoRows if all(isinstance(problem, NoRows) for problem in problems) else Unreadable
        raise kind(" ".join(map(str, problems)))
    if waiting:
        raise Waits
    return found


@contextmanager
def named(file: IngestionFile) -> Iterator[None]:
    """Put the file's name in front of what is wrong with it, and keep that with the file."""
    try:
        yield
    except Unreadable as problem:
        file.error = str(problem)
        raise type(problem)(f"{file.name}: {problem}") from problem


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
        merged = next((item for item in loads if feeds(item, feeding[0])), None)
        if merged is None:
            loads.append(staging.Staged(files[0].ingestion_id, record_type, wanted))
        else:
            merged.columns = list(dict.fromkeys([*merged.columns, *wanted]))
    return loads


def feeds(staged: staging.Staged, file: IngestionFile) -> bool:
    """Whether the rows of the file are staged there."""
    group = staging.record_type_group(file.type)
    return file.type.model == staged.record_type.model and group == staging.record_type_group(staged.record_type)


def _stage_file(
    found: Opened,
    builder: RowBuilder,
    staged: staging.Staged,
    source: Source,
    progress: Progress,
    *,
    look_up: bool,
    sink: Sink,
) -> None:
    """Read a file into its staging table, and what cannot or need not go there into the tables beside it."""
    load, rows, invalid = found.file.ingestion_id, 0, 0
    with ExitStack() as stack:
        good = stack.enter_context(sink(staged, builder.columns))
        bad = stack.enter_context(staging.copy_into(staging.rejects_table(load), _REJECT_COLUMNS))
        cells = stack.enter_context(staging.copy_into(staging.cells_table(load), ["file", "line", "cells"]))
        known = stack.enter_context(known_rows(found.file, builder, staged, cells)) if look_up else None
        for chunk, digests, size, is_new in _unknown(found, builder, known):
            built = _build(builder, chunk, digests, found, source)
            good.write(built.text, is_new=is_new)
            bad.write("".join(reject_line(found.file.id, staged.target, reject) for reject in built.rejects))
            rows += size
            invalid += len(built.rejects)
            progress.read(found.file, rows, found.table.progress())
            if invalid >= MOST_INVALID:
                raise Unreadable(
                    f"Reading stopped at {invalid:,} invalid rows of {rows:,}: this looks like another type or layout "
                    f"than {found.file.type.plural.lower()}."
                )
    if not rows:
        raise NoRows(NO_ROWS)
    found.file.offsets = found.table.offsets()
    found.file.left_out = _left_out(found.table)


def _left_out(table: Table) -> list[dict[str, Any]]:
    """The title and total rows of a file that was read to its end, as they are shown to a person."""
    rows = [(line, text, True) for line, text in table.layout.titles]
    rows += [(line, title(cells), False) for line, cells in table.totals]
    return [
        {"line": line, "text": text[:_LONGEST_TEXT], "above": is_above}
        for line, text, is_above in rows[:_MOST_LEFT_OUT]
    ]


def _unknown(found: Opened, builder: RowBuilder, known: Known | None) -> Iterator[tuple[Chunk, list[str], int, bool]]:
    """Chunks without the rows that are known, their digests, how many rows there were, and whether none of them can be
    a stored record. What is known of a chunk is looked up while the next ones are read; digests made before the file
    was surveyed do not outlive that."""
    asked: deque[tuple[Chunk, list[str], Future[Found], bool]] = deque()

    def rest(chunk: Chunk, digests: list[str], stored: Future[Found], was: bool) -> tuple[Chunk, list[str], int, bool]:
        size, is_same = _size(chunk), was == found.is_surveyed
        chunk, digests = left(chunk, digests, stored.result().lines)
        return chunk, digests if is_same else builder.digests(chunk), size, stored.result().is_new

    for chunk in _chunks(found):
        digests = builder.digests(chunk)
        if known is None:
            yield chunk, digests, _size(chunk), False
            continue
        asked.append((chunk, digests, known.ask(chunk, digests), found.is_surveyed))
        if len(asked) > CHUNKS_AHEAD:
            yield rest(*asked.popleft())
    while asked:
        yield rest(*asked.popleft())


def _chunks(found: Opened) -> Iterator[Chunk]:
    """The chunks of the file, which gets to know from which line to which its rows are."""
    file = found.file
    for chunk in found.table.chunks(CHUNK_ROWS):
        lines = [*chunk.lines[:1], *chunk.lines[-1:], *(line for line, _, _ in chunk.problems)]
        file.first_line = min(lines if file.first_line is None else [*lines, file.first_line])
        file.last_line = max([*lines, file.last_line or 0])
        yield chunk


def _size(chunk: Chunk) -> int:
    return len(chunk.lines) + len(chunk.problems)


_REJECT_COLUMNS = ["file", "line", "type", "target", "problems", "cells", "cause"]


def _build(builder: RowBuilder, chunk: Chunk, digests: list[str], found: Opened, source: Source) -> Built:
    """Build a chunk; the first one with a form that can be read in two ways has the whole file surveyed first.

    Raises `Waits` when that does not decide it and somebody can be asked.
    """
    built = builder.build(chunk, digests)
    if not built.rejects or found.is_surveyed or not _is_open(builder, chunk):
        return built
    found.is_surveyed = True
    surveyed = _survey(found, source)
    builder.readings.update({name: how for name, how in surveyed.items() if name not in found.recipe.readings})
    if _is_undecided(builder, chunk) and asks(found.file.ingestion):
        with scope(found.file.tenant_id):
            known = found.file.profile
        hold_back(found, source, [], known)
        if waiting(found.file):
            raise Waits
    return builder.build(chunk)


def _is_open(builder: RowBuilder, chunk: Chunk) -> bool:
    return any(needs_survey(item, [row[position] for row in chunk.rows]) for position, item in builder.mapping.columns)


def _is_undecided(builder: RowBuilder, chunk: Chunk) -> bool:
    return any(
        needs_survey(item, [row[position] for row in chunk.rows])
        and is_open(builder.readings.get(item.name, Reading()), reads(item.kind))
        for position, item in builder.mapping.columns
    )


def _survey(found: Opened, source: Source) -> dict[str, Reading]:
    """How each column of the whole file is to be read; the source decides where the file does not."""
    columns = found.mapping.columns
    survey = Survey([item for _, item in columns])
    with open_table(found.content, found.file.type, found.file.options) as again:
        for chunk in again.chunks(CHUNK_ROWS):
            for index, (position, _) in enumerate(columns):
                survey.add(index, [row[position] for row in chunk.rows])
    return {item.name: decided(survey.reading(item), source) for _, item in columns}
