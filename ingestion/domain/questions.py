"""What a file leaves open, so that an upload waits for a person: columns nobody knows, readings, another layout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from arhub.models import Source
from arhub.records import Kind
from ingestion.base import Layout
from ingestion.coercion import Reading
from ingestion.domain.mapping import Mapping, better_fit, doubtful_amount, missing_fields
from ingestion.domain.portrait import Portrait
from ingestion.domain.profiles import Difference
from ingestion.domain.recipe import Recipe
from ingestion.models import Ingestion, IngestionFile, MappingProfile, Task


class Waits(Exception):
    """A person is needed before the load can go on. The files keep what they are asked."""


@dataclass(frozen=True, slots=True)
class Question:
    """`kind` is columns, required, amount, layout, reading or difference; `text` says what is open in one sentence."""

    kind: str
    text: str
    headers: list[str] = field(default_factory=list)


def asks(ingestion: Ingestion) -> bool:
    """Whether somebody looks at it who can answer; other loads go on where they can and tell what they left out."""
    is_watched = ingestion.origin in (Ingestion.Origin.UPLOAD, Ingestion.Origin.FETCH) and ingestion.review
    return is_watched and ingestion.task == Task.LOAD


def about_columns(mapping: Mapping) -> list[Question]:
    """What the headers alone leave open."""
    found = []
    plural = mapping.record_type.plural.lower()
    if missing := missing_fields(mapping):
        wanted = ", ".join(missing)
        found.append(
            Question("required", f"No column is known for {wanted}, which {plural} need.{better_fit(mapping)}")
        )
    if mapping.unmapped:
        found.append(Question("columns", _unknown(mapping.unmapped, plural), mapping.unmapped))
    if doubtful := doubtful_amount(mapping):
        text = f"“{doubtful}” is the only amount of this file: is it the total, or what is still open?"
        found.append(Question("amount", text, [doubtful]))
    return found


def _unknown(headers: Sequence[str], plural: str) -> str:
    listed = ", ".join(f"“{name[:40]}”" for name in headers[:6])
    more = f" and {len(headers) - 6} more" if len(headers) > 6 else ""
    noun = "column is" if len(headers) == 1 else "columns are"
    return f"{len(headers)} {noun} not known for {plural}: {listed}{more}."


def about_layout(layout: Layout, options: dict[str, Any]) -> list[Question]:
    """A code page or a header line that could be another one, and that nobody chose."""
    if layout.is_sure or options:
        return []
    return [Question("layout", "The file can be opened in more than one way: check the code page and the header line.")]


def about_readings(mapping: Mapping, recipe: Recipe, portrait: Portrait, source: Source) -> list[Question]:
    """Columns whose cells can be read in two ways and that nothing decides."""
    found = []
    for position, item in mapping.columns:
        header = mapping.header[position]
        column = portrait.columns.get(header)
        if column and column.is_undecided and reads(item.kind) == column.read_as:
            chosen = recipe.readings.get(item.name, Reading())
            if is_open(decided(chosen, source), column.read_as):
                text = f"The {column.read_as}s of “{header}” can be read in two ways{_why(column.evidence.shown)}."
                found.append(Question("reading", text, [header]))
    return found


_READS = {
    Kind.MONEY: "number", Kind.NUMBER: "number", Kind.INTEGER: "number", Kind.DATE: "date", Kind.DATETIME: "date",
}  # fmt: skip


def reads(kind: Kind) -> str:
    """Whether cells of a kind are read as a number or a date, or else an empty text."""
    return _READS.get(kind, "")


def to_survey(mapping: Mapping) -> dict[str, str]:
    """Header → number or date, of the columns whose fields are read so."""
    found = {mapping.header[position]: reads(item.kind) for position, item in mapping.columns}
    return {header: kind for header, kind in found.items() if kind}


def is_open(reading: Reading, kind: str) -> bool:
    return (reading.day_first if kind == "date" else reading.decimal_sign) is None


def _why(shown: dict[bool | str, Any]) -> str:
    return ", and its rows contradict each other" if len(shown) > 1 else ", and no row decides it"


def decided(reading: Reading, source: Source) -> Reading:
    """A reading with what the source decides where the file does not."""
    day_first = {"day": True, "month": False}.get(source.date_order)
    return Reading(
        decimal_sign=reading.decimal_sign or source.decimal_sign or None,
        day_first=day_first if reading.day_first is None else reading.day_first,
    )


def about_differences(found: Iterable[Difference]) -> list[Question]:
    return [Question("difference", str(difference)) for difference in found]


def hold(
    file: IngestionFile,
    recipe: Recipe,
    found: list[Question],
    portrait: Portrait,
    *,
    known: MappingProfile | None = None,
    differences: Sequence[Difference] = (),
) -> None:
    """Keep with the file what it is asked. The answer replaces all of it. The caller saves."""
    file.profile, file.warnings = None, []
    file.recipe = recipe.to_store() | {
        "questions": [asdict(question) for question in found],
        "portrait": portrait.to_store(),
        "known": known.pk if known else None,
        "differences": [asdict(difference) for difference in differences],
    }


def waiting(file: IngestionFile) -> list[Question]:
    """What a file is asked now."""
    return [Question(**kept) for kept in file.recipe.get("questions", ())]
