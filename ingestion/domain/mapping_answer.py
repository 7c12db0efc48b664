"""What a person's answer on the mapping page does: it is checked, kept as a profile, and the load goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from arhub.models import User
from ingestion.base import Table
from ingestion.coercion import Reading, coerce
from ingestion.domain import profiles, runs
from ingestion.domain.mapping import Mapping, map_by, missing_fields
from ingestion.domain.opening import content_of, open_table
from ingestion.domain.portrait import Portrait, portray
from ingestion.domain.questions import about_readings, to_survey, waiting
from ingestion.domain.recipe import Recipe
from ingestion.errors import Unreadable
from ingestion.models import Ingestion, IngestionFile, State


def go_on(file: IngestionFile, recipe: Recipe, *, options: dict[str, Any], name: str, user: User | None) -> str | None:
    """Keep an answer as the next version of the profile `name`; the load is queued when no file waits any longer.

    Returns None, or what still stands in the way, in words for the person. The caller rings.
    """
    if not _hold(file) or not waiting(file):
        return "This load no longer waits for a mapping."
    if not name.strip():
        return "Give the profile a name."
    try:
        with content_of(file) as content, open_table(content, file.type, options) as table:
            recipe = recipe.fitted(table.layout.header)
            mapping = map_by(file.type, table.layout.header, recipe)
            portrait = portrait_of(file, table, options, mapping)
            if incomplete := problems_of(file, mapping, recipe, portrait):
                return " ".join(incomplete)
            profiles.save(
                file, recipe, options=options, name=name.strip()[:120], user=user, header=table.layout.header,
                fingerprint=profiles.fingerprint_of(table.layout, portrait, recipe),
            )  # fmt: skip
    except Unreadable as problem:
        return str(problem)
    if next_file(file.ingestion) is None:
        runs.request_reading(file.ingestion)
    return None


def _hold(file: IngestionFile) -> bool:
    """Keep others from answering for the same load until this transaction ends, and see what they answered; false when
    it no longer waits. The second of two answers would else change a file that a worker reads by the first."""
    if Ingestion.objects.select_for_update().filter(pk=file.ingestion_id, state=State.MAPPING).first() is None:
        return False
    file.refresh_from_db(fields=["recipe"])
    return True


def next_file(ingestion: Ingestion) -> IngestionFile | None:
    """The first file of a load that still waits for an answer."""
    return next((file for file in ingestion.files.order_by("position") if waiting(file)), None)


def portrait_of(file: IngestionFile, table: Table, options: dict[str, Any], mapping: Mapping) -> Portrait:
    """What the whole file holds, as found when it stopped; its first rows when it is now opened in another way."""
    kept = file.recipe.get("portrait")
    if kept and options == file.options and list(table.layout.header) == file.header:
        return Portrait.stored(kept)
    return portray(table, whole=False, mapped=to_survey(mapping))


def problems_of(file: IngestionFile, mapping: Mapping, recipe: Recipe, portrait: Portrait) -> list[str]:
    """What keeps a recipe from being used, as sentences that say what to do."""
    found = []
    if missing := missing_fields(mapping):
        found.append(f"Choose a column for {_listed(missing)}, which {file.type.plural.lower()} need.")
    if mapping.unmapped:
        found.append(f"Map or leave out {_listed([f'“{name}”' for name in mapping.unmapped])}.")
    for question in about_readings(mapping, recipe, portrait, file.ingestion.source):
        found.append(f"Choose how “{question.headers[0]}” is read.")
    return found + _wrong_constants(file, recipe)


def _wrong_constants(file: IngestionFile, recipe: Recipe) -> list[str]:
    found = []
    for name, text in recipe.constants.items():
        _, wrong = coerce(file.type.by_name[name], [text], recipe.readings.get(name, Reading()))
        for problem in wrong.values():
            found.append(f"The constant for {name}: expected {problem.expected}, found {problem.found}.")
    return found


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
