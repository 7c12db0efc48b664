"""From a load's stored files to its staging tables."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from arhub.models import Source
from arhub.records import RECORD_TYPES, RecordType, normalise
from arhub.tenancy.scope import scope
from ingestion.base import Chunk, Content, Options, Table
from ingestion.coercion import Reading, Survey, needs_survey
from ingestion.content import stored
from ingestion.domain import ledgers, profiles, staging
from ingestion.domain.known import Known, known_rows, left
from ingestion.domain.mapping import Mapping, map_by, map_header, require_usable
from ingestion.domain.policies import Policies
from ingestion.domain.portrait import portray
from ingestion.domain.progress import Progress
from ingestion.domain.questions import (
    Question,
    Waits,
    about_columns,
    about_differences,
    about_layout,
    about_readings,
    asks,
    decided,
    hold,
    is_open,
    reads,
    to_survey,
    waiting,
)
from ingestion.domain.recipe import Recipe
from ingestion.domain.repaired import repaired
from ingestion.domain.row_tokens import refuse_failed_rows
from ingestion.domain.rows import Built, RowBuilder, reject_line
from ingestion.errors import Unreadable
from ingestion.models import IngestionFile, MappingProfile
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
    table: Table
    mapping: Mapping
    recipe: Recipe
    is_fresh: bool = False
    is_surveyed: bool = False


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


def open_table(content: Content, record_type: RecordType, options: dict[str, Any]) -> Table:
    """Open a file as a person, or else the file itself, says it is to be opened; the headers its type knows help to
    find its own. Raises `Unreadable`."""
    chosen = {name: options[name] for name in ("encoding", "delimiter", "sheet", "header_line") if name in options}
    return reader_for(content).open(content, Options(**chosen, names=frozenset(record_type.by_header)))


@contextmanager
def content_of(file: IngestionFile) -> Iterator[Content]:
    """What a file of a load holds, unpacked as it is read. Raises `Unreadable`."""
    with local_path(file) as path:
        yield stored(path, file.name, file.member)


@contextmanager
def opened(file: IngestionFile) -> Iterator[Opened]:
    """Open a stored file and map its header: as stored with the file, else by a profile of its layout, else exactly.

    Raises `Unreadable`.
    """
    with ExitStack() as stack:
        content = stack.enter_context(content_of(file))
        table = stack.enter_context(open_table(content, file.type, file.options))
        refuse_failed_rows(table.layout.header)
        is_fresh = not file.recipe
        if is_fresh:
            table = _recognised(file, content, table, stack)
        header = table.layout.header
        recipe = Recipe.stored(file.recipe).fitted(header) if file.recipe else exact(file.type, header)
        mapping = map_by(file.type, header, recipe)
        yield Opened(file, content, table, mapping, recipe, is_fresh)


def builder_of(file: IngestionFile) -> RowBuilder:
    """What builds the rows of a file that was opened before, as it is kept with it."""
    recipe = Recipe.stored(file.recipe)
    return RowBuilder(map_by(file.type, file.header, recipe), recipe, file.pk)


def exact(record_type: RecordType, header: Sequence[str]) -> Recipe:
    """What the headers say by themselves."""
    return Recipe(columns=map_header(record_type, header).by_header())


def _recognised(file: IngestionFile, content: Content, table: Table, stack: ExitStack) -> Table:
    """The table as a profile of the same layout reads it, if there is one; the header may be known only when the file
    is opened as a person once chose."""
    source = file.ingestion.source
    with scope(file.tenant_id):
        ways = [file.options, *profiles.other_options(source, file.record_type)]
    for options in ways:
        try:
            other = table if options == file.options else stack.enter_context(open_table(content, file.type, options))
        except Unreadable:
            continue
        with scope(file.tenant_id):
            profile = profiles.find(source, file.record_type, other.layout.header)
        if profile and profile.options == options:
            profiles.apply(file, profile, other.layout.header)
            return other
    return table


def _settle(found: Opened, source: Source, *, may_ask: bool) -> bool:
    """Find out what a file that was just opened leaves open. True when it has to wait for a person; otherwise it goes
    on with warnings, or `Unreadable` is raised when it cannot."""
    file, layout = found.file, found.table.layout
    _note_layout(file, found.table, found.mapping, found.recipe)
    if found.is_fresh:
        with scope(file.tenant_id):
            known = file.profile or profiles.nearest(source, file.record_type, layout.header)
        differences = profiles.differences(known, layout, portray(found.table, whole=False)) if known else []
        if may_ask:
            recipe = _with_profile(found, known)
            asked = [*about_columns(map_by(file.type, layout.header, recipe)), *about_layout(layout, file.options)]
            asked = [question for question in asked if not file.profile or question.kind == "required"]
            if asked or differences:
                _hold(found, source, asked + about_differences(differences), known, differences)
                return True
        file.warnings += [str(difference) for difference in differences]
    require_usable(found.mapping)
    return False


def _with_profile(found: Opened, known: MappingProfile | None) -> Recipe:
    """The file's recipe, with what a profile of another layout says about it."""
    if known is None or found.file.profile:
        return found.recipe
    return prefilled(found.recipe, Recipe.stored(known.recipe).fitted(found.mapping.header))


def _hold(
    found: Opened,
    source: Source,
    asked: list[Question],
    known: MappingProfile | None = None,
    differences: Sequence[profiles.Difference] = (),
) -> None:
    """Look at the whole file for what the mapping page shows, and keep the questions with it."""
    recipe = _with_profile(found, known)
    mapping = map_by(found.file.type, found.mapping.header, recipe)
    portrait = portray(found.table, whole=True, mapped=to_survey(mapping))
    if not portrait.rows:
        raise Unreadable(NO_ROWS)
    asked = [*asked, *about_readings(mapping, recipe, portrait, source)]
    hold(found.file, recipe, asked, portrait, known=known, differences=differences)


def prefilled(exactly: Recipe, known: Recipe) -> Recipe:
    """What a profile of another layout says about this one, and what the headers say about the rest."""
    headers, fields = known.headers(), known.fields()
    more = {header: name for header, name in exactly.columns.items() if header not in headers and name not in fields}
    return replace(known, columns=known.columns | more)


def _note_layout(file: IngestionFile, table: Table, mapping: Mapping, recipe: Recipe) -> None:
    layout = table.layout
    file.header = list(layout.header)
    file.encoding, file.delimiter, file.sheet = layout.encoding[:20], layout.delimiter[:2], layout.sheet[:60]
    file.recipe = recipe.to_store()
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


def stage(
    files: list[IngestionFile], source: Source, policies: Policies, progress: Progress, *, look_up: bool = True
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
            with named(item.file):
                item.table = repaired(item.table, item.file)
                staged = next(staged for staged in loads if _feeds(staged, item.file))
                _stage_file(item, builders[item.file.id], staged, source, progress, look_up=look_up)
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
                waiting = _settle(found[-1], source, may_ask=may_ask) or waiting
        except Unreadable as problem:
            problems.append(str(problem))
    if problems:
        raise Unreadable(" ".join(problems))
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


def _stage_file(
    found: Opened, builder: RowBuilder, staged: staging.Staged, source: Source, progress: Progress, *, look_up: bool
) -> None:
    """Read a file into its staging table, and what cannot or need not go there into the tables beside it."""
    load, rows, invalid = found.file.ingestion_id, 0, 0
    with ExitStack() as stack:
        good = stack.enter_context(staging.copy_into(staged.table, builder.columns))
        bad = stack.enter_context(staging.copy_into(staging.rejects_table(load), _REJECT_COLUMNS))
        cells = stack.enter_context(staging.copy_into(staging.cells_table(load), ["file", "line", "cells"]))
        known = (
            stack.enter_context(known_rows(found.file, builder, staged, source.ledger_id, cells)) if look_up else None
        )
        for chunk, digests, size in _unknown(found, builder, known):
            built = _build(builder, chunk, digests, found, source)
            good.write(built.text)
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
        raise Unreadable(NO_ROWS)
    found.file.offsets = found.table.offsets()
    found.file.left_out = _left_out(found.table)


def _left_out(table: Table) -> list[dict[str, Any]]:
    """The title and total rows of a file that was read to its end, as they are shown to a person."""
    rows = [*table.layout.titles, *((line, title(cells)) for line, cells in table.totals)]
    shown = [(line, text[:_LONGEST_TEXT].replace("\0", "\ufffd")) for line, text in rows[:_MOST_LEFT_OUT]]
    return [{"line": line, "text": text} for line, text in shown]


def _unknown(found: Opened, builder: RowBuilder, known: Known | None) -> Iterator[tuple[Chunk, list[str], int]]:
    """Chunks without the rows that are known, their digests, and how many rows there were. What is known of one chunk
    is looked up while the next one is read."""
    asked: tuple[Chunk, list[str], Future[set[int]]] | None = None
    for chunk in found.table.chunks(CHUNK_ROWS):
        digests = builder.digests(chunk)
        if known is None:
            yield chunk, digests, _size(chunk)
            continue
        asked, before = (chunk, digests, known.ask(chunk, digests)), asked
        if before:
            yield *left(before[0], before[1], before[2].result()), _size(before[0])
    if asked:
        yield *left(asked[0], asked[1], asked[2].result()), _size(asked[0])


def _size(chunk: Chunk) -> int:
    return len(chunk.lines) + len(chunk.problems)


NO_ROWS = "The file has a header but no rows below it."
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
        _hold(found, source, [], known)
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
