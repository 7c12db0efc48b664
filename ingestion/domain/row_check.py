"""What is wrong with a row's cells, told before they are stored: by the very rules of a load, without its database."""

from __future__ import annotations

from collections.abc import Mapping

from arhub.records import Field
from ingestion.base import Chunk
from ingestion.coercion import needs_survey
from ingestion.domain.opening import builder_of
from ingestion.errors import Problem
from ingestion.models import IngestionFile

Cells = dict[int, list[str]]


def problems_in(file: IngestionFile, rows: Mapping[int, list[str]]) -> dict[int, list[Problem]]:
    """Line → problems. A form that the whole file has to decide on, such as 01-03-2016, passes here."""
    if not rows:
        return {}
    builder = builder_of(file)
    built = builder.build(Chunk(list(rows), list(map(list, rows.values()))))
    fields = {
        file.header[position]: (position, item)
        for position, item in builder.mapping.columns
        if item.name not in builder.readings
    }
    return {
        reject.line: wrong
        for reject in built.rejects
        if (wrong := [item for item in reject.problems if not _is_open(item, fields, rows[reject.line])])
    }


def _is_open(problem: Problem, fields: Mapping[str, tuple[int, Field]], cells: list[str]) -> bool:
    if problem.column not in fields:
        return False
    position, field = fields[problem.column]
    return needs_survey(field, [cells[position]])
