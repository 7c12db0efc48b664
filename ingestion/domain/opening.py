"""A stored file opened and mapped: as it was before, by a profile of its layout, or by what its headers say."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arhub.records import RecordType
from arhub.tenancy.scope import scope
from ingestion.base import Content, Options, Table
from ingestion.content import stored
from ingestion.domain import profiles
from ingestion.domain.mapping import Mapping, map_by, map_header
from ingestion.domain.recipe import Recipe
from ingestion.domain.row_tokens import refuse_failed_rows
from ingestion.domain.rows import RowBuilder
from ingestion.errors import Unreadable
from ingestion.models import IngestionFile
from ingestion.registry import reader_for


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
            profile = profiles.find(source, file.record_type, other.layout.header, file.profile)
        if profile and profile.options == options:
            profiles.apply(file, profile, other.layout.header)
            return other
    return table
