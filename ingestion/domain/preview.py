"""What the mapping page shows of a file: samples, suggestions, and ten rows as they will be read.

The rows are read by what the load reads them by, so that a preview cannot say something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from arhub.models import Source
from arhub.records import Field
from ingestion.base import Cell, Chunk, Layout, Table
from ingestion.coercion import Reading, coerce
from ingestion.coercion.reading import as_text
from ingestion.domain.mapping import Mapping, map_by, missing_fields
from ingestion.domain.mapping_answer import portrait_of, problems_of
from ingestion.domain.opening import content_of, open_table
from ingestion.domain.portrait import Portrait
from ingestion.domain.questions import decided
from ingestion.domain.recipe import Recipe
from ingestion.domain.rows import EMPTY_CELL, RowBuilder
from ingestion.domain.suggest import Suggestion, suggest
from ingestion.models import IngestionFile

ROWS = 10
SAMPLES = 3
_SAMPLE_ROWS = 100


@dataclass(frozen=True, slots=True)
class PreviewCell:
    text: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row as it will be read; `problems` are those of no single cell."""

    line: int
    cells: list[PreviewCell]
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Preview:
    """`columns` pairs each field with what a person calls its column."""

    columns: list[tuple[Field, str]]
    rows: list[PreviewRow]


@dataclass(frozen=True, slots=True)
class Look:
    """All that the page needs to know of the file. `samples` are up to three different texts by header."""

    layout: Layout
    recipe: Recipe
    mapping: Mapping
    portrait: Portrait
    samples: dict[str, list[str]]
    suggestions: list[Suggestion]
    preview: Preview
    problems: list[str]


def look(file: IngestionFile, recipe: Recipe, options: dict[str, Any]) -> Look:
    """Open a file and read its first rows by a recipe; nothing is stored. Raises `Unreadable`."""
    with content_of(file) as content, open_table(content, file.type, options) as table:
        header = table.layout.header
        recipe = recipe.fitted(header)
        mapping = map_by(file.type, header, recipe)
        portrait = portrait_of(file, table, options, mapping)
        chunk = _first_rows(table)
        columns = dict(zip(header, zip(*chunk.rows, strict=True), strict=True)) if chunk.rows else {}
        return Look(
            layout=table.layout,
            recipe=recipe,
            mapping=mapping,
            portrait=portrait,
            samples={name: _samples(columns.get(name, ())) for name in header},
            suggestions=suggest(file.type, columns, recipe.fields(), recipe.headers()),
            preview=preview(chunk, mapping, recipe, portrait, file.ingestion.source),
            problems=problems_of(file, mapping, recipe, portrait),
        )


def _first_rows(table: Table) -> Chunk:
    return next(iter(table.chunks(_SAMPLE_ROWS)), Chunk([], []))


def _samples(cells: Sequence[Cell]) -> list[str]:
    texts = dict.fromkeys(as_text(cell).strip() for cell in cells)
    return [text for text in texts if text][:SAMPLES]


def preview(chunk: Chunk, mapping: Mapping, recipe: Recipe, portrait: Portrait, source: Source) -> Preview:
    """The first ten rows of a chunk as a load reads them."""
    builder = RowBuilder(mapping, recipe, 0)
    builder.readings |= surveyed(mapping, recipe, portrait, source)
    chunk = Chunk(chunk.lines[:ROWS], chunk.rows[:ROWS])
    if not builder.sources or not chunk.rows:
        return Preview([], [])
    parsed = builder.parse(chunk)
    columns = [(item, label) for item, label, _ in builder.sources]
    missing = missing_fields(mapping)  # is said once and not in every row
    rows = []
    for row, line in enumerate(chunk.lines):
        wrong = {
            problem.column: problem
            for problem in parsed.problems.get(row, ())
            if not missing or problem.found != EMPTY_CELL or problem.column in builder.labels.values()
        }
        cells = []
        for item, label in columns:
            problem = wrong.pop(label, None)
            told = f"expected {problem.expected}, found {problem.found}" if problem else ""
            cells.append(PreviewCell(parsed.given[item.name][row] or "", told))
        rows.append(PreviewRow(line, cells, [str(problem) for problem in wrong.values()]))
    return Preview(columns, rows)


def surveyed(mapping: Mapping, recipe: Recipe, portrait: Portrait, source: Source) -> dict[str, Reading]:
    """How the columns are read for which a person chose nothing."""
    found = {}
    for position, item in mapping.columns:
        column = portrait.columns.get(mapping.header[position])
        if item.name not in recipe.readings:
            found[item.name] = decided(column.reading if column else Reading(), source)
    return found


def both_readings(item: Field, text: str) -> dict[str, str]:
    """Choice → what an open cell is with it; a cell that cannot be read so is left away."""
    ways = {"day": Reading(day_first=True), "month": Reading(day_first=False)}
    if "date" not in item.kind:
        ways = {",": Reading(decimal_sign=","), ".": Reading(decimal_sign=".")}
    found = {choice: coerce(item, [text], reading)[0][0] for choice, reading in ways.items()}
    return {choice: value for choice, value in found.items() if value}
