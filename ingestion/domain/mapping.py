"""Which column of a file is which field: by exact normalised synonym, never by guess, or as a person decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from arhub.records import RECORD_TYPES, Field, Kind, RecordType, normalise
from ingestion.domain.recipe import Recipe
from ingestion.errors import Unreadable


@dataclass(frozen=True, slots=True)
class Mapping:
    """`columns` pairs a column's position in the file with its field; `unmapped` are the headers left over, `made` the
    fields that are filled otherwise: by a constant, by splitting or joining columns."""

    record_type: RecordType
    header: Sequence[str]
    columns: list[tuple[int, Field]]
    unmapped: list[str] = field(default_factory=list)
    made: frozenset[str] = frozenset()

    def by_header(self) -> dict[str, str]:
        """Header → field name, as kept with the file."""
        return {self.header[position]: mapped.name for position, mapped in self.columns}


def map_header(record_type: RecordType, header: Sequence[str]) -> Mapping:
    """Give each field at most one column. Where several claim a field, our own name wins, then the order declared."""
    columns: dict[int, Field] = {}
    taken: set[str] = set()
    for _, _, position, candidate in sorted(_claims(record_type, header), key=lambda claim: claim[:3]):
        if position not in columns and candidate.name not in taken:
            columns[position] = candidate
            taken.add(candidate.name)
    return Mapping(
        record_type,
        header,
        sorted(columns.items()),
        [name for position, name in enumerate(header) if position not in columns and name.strip()],
    )


def map_by(record_type: RecordType, header: Sequence[str], recipe: Recipe) -> Mapping:
    """Map as a recipe says. Fields the type does not have any more are left away."""
    fields = record_type.by_name
    named = {name: fields[mapped] for name, mapped in recipe.columns.items() if mapped in fields}
    columns = [(position, named[name]) for position, name in enumerate(header) if name in named]
    known = recipe.headers()
    return Mapping(
        record_type,
        header,
        columns,
        [name for name in header if name not in known and name.strip()],
        frozenset((recipe.fields() & set(fields)) - {mapped.name for _, mapped in columns}),
    )


_GENERIC = frozenset({"amount"})


def doubtful_amount(mapping: Mapping) -> str:
    """The header of a file's only amount when it is called nothing more than that, so that it may be the total or what
    is still open; else an empty text."""
    amounts = [(position, mapped) for position, mapped in mapping.columns if mapped.kind is Kind.MONEY]
    if len(amounts) != 1 or amounts[0][1].name != "total_amount" or "balance_due" in mapping.made:
        return ""
    header = mapping.header[amounts[0][0]]
    return header if normalise(header) in _GENERIC else ""


def _claims(record_type: RecordType, header: Sequence[str]) -> list[tuple[int, int, int, Field]]:
    """(rank of the name within its field, order of the field, position of the column, field)."""
    found = []
    for position, text in enumerate(header):
        name = normalise(text)
        for order, candidate in enumerate(record_type.fields):
            names = [normalise(item) for item in (candidate.name, candidate.sage, *candidate.synonyms) if item]
            if name in names:
                found.append((names.index(name), order, position, candidate))
    return found


def require_usable(mapping: Mapping) -> None:
    """Raise `Unreadable` with one sentence when the file lacks what every row of its type needs."""
    record_type = mapping.record_type
    if not mapping.columns:
        raise Unreadable(
            f"No column of this file is known for {record_type.plural.lower()}: found {_listed(mapping.header)}."
            + better_fit(mapping)
        )
    missing = missing_fields(mapping)
    if missing:
        raise Unreadable(
            f"The file has no column for {', '.join(missing)}, which {record_type.plural.lower()} need: "
            f"found {_listed(mapping.header)}." + better_fit(mapping)
        )


def missing_fields(mapping: Mapping) -> list[str]:
    """What every row of the type needs and nothing fills, each a field or "one or another"."""
    record_type = mapping.record_type
    present = {mapped.name for _, mapped in mapping.columns} | mapping.made
    missing = [item.name for item in record_type.fields if item.required and item.name not in present]
    if "contact_name" in record_type.by_name and {"first_name", "last_name"} & present:
        present = present | {"contact_name"}
    if "erp_key" not in present:
        for part in record_type.key:
            group = (part,) if isinstance(part, str) else part
            optional = set(group) <= record_type.optional_in_key
            if not optional and not present & set(group) and not set(group) & set(missing):
                missing.append(" or ".join(("erp_key", *group)))
    missing += [" or ".join(group) for group in record_type.needs if not present & set(group)]
    return missing


def better_fit(mapping: Mapping) -> str:
    """Name the type whose columns fit this header, when one fits better and is complete."""
    fits = []
    for other in RECORD_TYPES.values():
        tried = map_header(other, mapping.header)
        if other is not mapping.record_type and not missing_fields(tried):
            fits.append((len(tried.columns), other.plural))
    best = max(fits, default=(0, ""))
    return f" It looks like a file of {best[1].lower()}." if best[0] > len(mapping.columns) else ""


def _listed(header: Sequence[str]) -> str:
    names = [name.strip()[:40] for name in header if name.strip()]
    shown = ", ".join(names[:8])
    return (f"{shown} and {len(names) - 8} more" if len(names) > 8 else shown) or "no names at all"
