"""Whether a file that was opened goes on or waits for a person, and what is kept with it for the mapping page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from arhub.models import Source
from arhub.records import normalise
from arhub.tenancy.scope import scope
from ingestion.base import Table
from ingestion.domain import profiles
from ingestion.domain.mapping import Mapping, map_by, require_usable
from ingestion.domain.opening import Opened
from ingestion.domain.portrait import portray
from ingestion.domain.questions import (
    Question,
    about_columns,
    about_differences,
    about_layout,
    about_readings,
    hold,
    to_survey,
)
from ingestion.domain.recipe import Recipe
from ingestion.errors import NoRows
from ingestion.models import IngestionFile, MappingProfile

NO_ROWS = "The file has a header but no rows below it."


def settle_layout(found: Opened, source: Source, *, may_ask: bool) -> bool:
    """Find out what a file that was just opened leaves open. True when it has to wait for a person; otherwise it goes
    on with warnings, or `Unreadable` is raised when it cannot."""
    file, layout = found.file, found.table.layout
    file.error = ""
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
                hold_back(found, source, asked + about_differences(differences), known, differences)
                return True
        file.warnings += [str(difference) for difference in differences]
    require_usable(found.mapping)
    return False


def _with_profile(found: Opened, known: MappingProfile | None) -> Recipe:
    """The file's recipe, with what a profile of another layout says about it."""
    if known is None or found.file.profile:
        return found.recipe
    return prefilled(found.recipe, Recipe.stored(known.recipe).fitted(found.mapping.header))


def hold_back(
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
        raise NoRows(NO_ROWS)
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
