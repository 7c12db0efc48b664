"""Mapping profiles: a layout that a person explained once is read by itself the next time, or held when it changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max

from arhub.models import Source, User
from arhub.records import RECORD_TYPES, Kind, normalise
from ingestion.base import Layout
from ingestion.domain.portrait import Portrait
from ingestion.domain.recipe import Recipe
from ingestion.models import IngestionFile, MappingProfile

MOST_TRIED = 20
MOST_WAYS = 5
_FEW_ROWS = 100  # below, a count says nothing about whether a file is whole
_ROWS_FACTOR = 10
_NUMBER_FACTOR = 100
_YEARS = 5
_TYPED = {Kind.MONEY, Kind.NUMBER, Kind.INTEGER, Kind.DATE, Kind.DATETIME}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which a file is not what its profile was made for."""

    what: str
    profile: str
    file: str

    def __str__(self) -> str:
        return f"{self.what}: {self.profile} in the profile, {self.file} in this file."


def layout_of(header: Sequence[str]) -> str:
    """The digest of the headers in any order."""
    return hashlib.sha256("\n".join(sorted(map(normalise, header))).encode("utf-8", "surrogatepass")).hexdigest()


def fingerprint_of(layout: Layout, portrait: Portrait, recipe: Recipe) -> dict[str, Any]:
    """What a profile remembers about the file it was made with."""
    ranges = {
        name: [portrait.columns[header].low, portrait.columns[header].high]
        for header, name in recipe.columns.items()
        if header in portrait.columns and portrait.columns[header].low
    }
    return {
        "header": list(layout.header),
        "kinds": {normalise(name): column.kind for name, column in portrait.columns.items()},
        "encoding": "" if portrait.is_plain else layout.encoding,
        "delimiter": layout.delimiter,
        "ranges": ranges,
        "rows": portrait.rows,
    }


def of_type(source: Source, record_type: str) -> Any:
    return MappingProfile.objects.filter(source=source, record_type=record_type).order_by("-id")


def find(
    source: Source, record_type: str, header: Sequence[str], wanted: MappingProfile | None = None
) -> MappingProfile | None:
    """The newest profile made for this layout; of the wanted name, where there is one."""
    fitting = of_type(source, record_type).filter(layout=layout_of(header))
    found: MappingProfile | None = fitting.filter(name=wanted.name).first() if wanted else None
    return found or fitting.first()


def other_options(source: Source, record_type: str) -> list[dict[str, Any]]:
    """The ways in which a person opened files of this kind, the latest first: a header may be known only so."""
    found: list[dict[str, Any]] = []
    for options in of_type(source, record_type).exclude(options={}).values_list("options", flat=True)[:MOST_TRIED]:
        if options not in found:
            found.append(options)
    return found[:MOST_WAYS]


def nearest(source: Source, record_type: str, header: Sequence[str]) -> MappingProfile | None:
    """The profile that shares most headers with this one, and at least half of the longer of the two."""
    here = set(map(normalise, header))
    best: tuple[int, MappingProfile] | None = None
    for profile in of_type(source, record_type)[:MOST_TRIED]:
        there = set(map(normalise, profile.fingerprint.get("header", ())))
        shared = len(here & there)
        if 2 * shared >= max(len(here), len(there)) and shared > (best[0] if best else 0):
            best = shared, profile
    return best[1] if best else None


def differences(profile: MappingProfile, layout: Layout, portrait: Portrait) -> list[Difference]:
    """How a file differs from what its profile was made for; nothing when it may be read by it."""
    then = profile.fingerprint
    found = _headers(then.get("header", []), layout.header)
    known = then.get("encoding", "")
    if known and layout.encoding and known != layout.encoding and not portrait.is_plain:
        found.append(Difference("Code page", known, layout.encoding))
    recipe = Recipe.stored(profile.recipe).fitted(layout.header)
    fields = RECORD_TYPES[profile.record_type].by_name
    for header, column in portrait.columns.items():
        name = recipe.columns.get(header, "")
        is_typed = name in fields and fields[name].kind in _TYPED
        kind = then.get("kinds", {}).get(normalise(header), column.kind)
        if _is_another(kind, column.kind, is_typed=is_typed):
            found.append(Difference(f"“{header}” holds", _plural(kind), _plural(column.kind)))
        elif is_typed and column.low and name in then.get("ranges", {}):
            found += _ranges(header, column.kind, then["ranges"][name], (column.low, column.high))
    return found + _rows(then.get("rows", portrait.rows), portrait.rows)


def _is_another(before: str, now: str, *, is_typed: bool) -> bool:
    """Whether a column holds something else. Numbers of documents may be digits one day and not the next."""
    return before != now and "empty" not in (before, now) and (is_typed or "date" in (before, now))


def _plural(kind: str) -> str:
    return "text" if kind == "text" else f"{kind}s"


def _headers(before: Sequence[str], now: Sequence[str]) -> list[Difference]:
    here, there = {normalise(name): name for name in now}, {normalise(name): name for name in before}
    gone = [Difference(f"Column “{name}”", "there", "missing") for key, name in there.items() if key not in here]
    return gone + [Difference(f"Column “{name}”", "missing", "new") for key, name in here.items() if key not in there]


def _ranges(header: str, kind: str, before: Sequence[str], now: Sequence[str]) -> list[Difference]:
    is_far = _days_far(before, now) if kind == "date" else _numbers_far(before, now)
    told = [f"from {low} to {high}" for low, high in (before, now)]
    return [Difference(f"Values of “{header}”", *told)] if is_far else []


def _numbers_far(before: Sequence[str], now: Sequence[str]) -> bool:
    old, new = (max(abs(Decimal(value)) for value in values) for values in (before, now))
    return bool(old and new) and not 1 / Decimal(_NUMBER_FACTOR) <= new / old <= _NUMBER_FACTOR


def _days_far(before: Sequence[str], now: Sequence[str]) -> bool:
    (first, last), (low, high) = ([date.fromisoformat(day) for day in days] for days in (before, now))
    return low.year < first.year - _YEARS or high.year > last.year + _YEARS


def _rows(before: int, now: int) -> list[Difference]:
    few, many = sorted((max(before, _FEW_ROWS), max(now, _FEW_ROWS)))
    return [Difference("Rows", f"about {before:,}", f"about {now:,}")] if many > _ROWS_FACTOR * few else []


def suggest_name(file: IngestionFile, known: MappingProfile | None = None) -> str:
    """A name for the file's profile: the one it departs from, else a new one."""
    if known:
        return known.name
    name = f"{file.type.plural} from {file.ingestion.source}"[:110]
    taken = set(of_type(file.ingestion.source, file.record_type).values_list("name", flat=True))
    return next(other for n in range(1, 10_000) if (other := name if n == 1 else f"{name} {n}") not in taken)


def save(
    file: IngestionFile,
    recipe: Recipe,
    *,
    options: dict[str, Any],
    name: str,
    user: User | None,
    header: Sequence[str],
    fingerprint: dict[str, Any],
) -> MappingProfile:
    """Make the next version of a profile and read the file by it."""
    source = file.ingestion.source
    with transaction.atomic():
        Source.objects.select_for_update().get(pk=source.pk)  # one version after the other
        last = of_type(source, file.record_type).filter(name=name).aggregate(n=Max("version"))["n"] or 0
        profile = MappingProfile.objects.create(
            source=source,
            record_type=file.record_type,
            name=name,
            version=last + 1,
            layout=layout_of(header),
            fingerprint=fingerprint,
            recipe=recipe.to_store(),
            options=options,
            created_by=user,
        )
        file.profile, file.recipe, file.options, file.header = profile, profile.recipe, options, list(header)
        file.save(update_fields=["profile", "recipe", "options", "header"])
    return profile


def apply(file: IngestionFile, profile: MappingProfile, header: Sequence[str]) -> None:
    """Read a file, which is not stored here, as its profile says."""
    file.profile = profile
    file.recipe = Recipe.stored(profile.recipe).fitted(header).to_store()
    file.options = profile.options
