"""How the columns of a file become fields: what the headers say by themselves, and what a person decided beyond that.

A recipe is kept with the file and with its mapping profile, and is part of what the digest of a row rests on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

from arhub.records import normalise
from ingestion.base import Cell
from ingestion.coercion import Reading
from ingestion.coercion.reading import as_text


@dataclass(frozen=True, slots=True)
class Recipe:
    """`columns` header → field; `constants` field → text; `values` field → {folded text of the file: text to read};
    `splits` header → the two fields a full name fills; `joins` field → headers whose texts are put together; `readings`
    field → how its open forms are read; `ignored` the headers that a person left out.
    """

    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    splits: dict[str, tuple[str, ...]] = field(default_factory=dict)
    joins: dict[str, tuple[str, ...]] = field(default_factory=dict)
    readings: dict[str, Reading] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()

    @classmethod
    def stored(cls, kept: dict[str, Any]) -> Recipe:
        """From what `to_store` made; what else stands there is left alone."""
        return cls(
            columns=dict(kept.get("columns", {})),
            constants=dict(kept.get("constants", {})),
            values={name: dict(table) for name, table in kept.get("values", {}).items()},
            splits={header: tuple(names) for header, names in kept.get("splits", {}).items()},
            joins={name: tuple(headers) for name, headers in kept.get("joins", {}).items()},
            readings={name: _reading(chosen) for name, chosen in kept.get("readings", {}).items()},
            ignored=tuple(kept.get("ignored", ())),
        )

    def to_store(self) -> dict[str, Any]:
        """As JSON takes it. Only `columns` is there when nothing else is said."""
        parts: dict[str, Any] = {
            "constants": self.constants,
            "values": {name: table for name, table in self.values.items() if table},
            "splits": {header: list(names) for header, names in self.splits.items()},
            "joins": {name: list(headers) for name, headers in self.joins.items()},
            "readings": {name: _kept(reading) for name, reading in self.readings.items() if reading != Reading()},
            "ignored": list(self.ignored),
        }
        return {"columns": self.columns} | {name: part for name, part in parts.items() if part}

    def digest(self) -> bytes:
        """16 bytes that change with anything the recipe says."""
        text = json.dumps(self.to_store(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()

    def labels(self) -> dict[str, str]:
        """Field → what a person knows its column by: the header or headers it comes from, else its own name."""
        found = {name: name for name in self.constants}
        found |= {name: " + ".join(headers) for name, headers in self.joins.items()}
        found |= {name: header for header, names in self.splits.items() for name in names}
        return found | {name: header for header, name in self.columns.items()}

    def fields(self) -> set[str]:
        """The fields it fills."""
        return set(self.labels())

    def headers(self) -> set[str]:
        """The headers it reads or leaves out on purpose."""
        joined = {header for headers in self.joins.values() for header in headers}
        return {*self.columns, *self.splits, *joined, *self.ignored}

    def fitted(self, header: Sequence[str]) -> Recipe:
        """The same for a file that spells its headers in another way; what it does not have is left away."""
        here = {normalise(name): name for name in reversed(header)} | {name: name for name in header}

        def kept(names: Iterable[str]) -> tuple[str, ...]:
            return tuple(filter(None, (here.get(name) or here.get(normalise(name)) for name in names)))

        fitted = replace(
            self,
            columns={new: name for old, name in self.columns.items() for new in kept([old])},
            splits={new: names for old, names in self.splits.items() for new in kept([old])},
            joins={name: kept(headers) for name, headers in self.joins.items() if kept(headers)},
            ignored=kept(self.ignored),
        )
        filled = fitted.fields()
        return replace(
            fitted,
            values={name: table for name, table in self.values.items() if name in filled},
            readings={name: reading for name, reading in self.readings.items() if name in filled},
        )


def _reading(kept: dict[str, Any]) -> Reading:
    return Reading(decimal_sign=kept.get("decimal_sign"), day_first=kept.get("day_first"))


def _kept(reading: Reading) -> dict[str, Any]:
    found = {"decimal_sign": reading.decimal_sign, "day_first": reading.day_first}
    return {name: value for name, value in found.items() if value is not None}


def fold(text: str) -> str:
    """A text of the file as value maps compare it: without case and with single blanks."""
    return " ".join(text.casefold().split())


def translate(cells: Sequence[Cell], table: dict[str, str]) -> list[Cell]:
    """The cells with the texts a person gave a meaning replaced; `table` has them folded."""
    meant: dict[Cell, Cell] = {cell: table.get(fold(as_text(cell)), cell) for cell in set(cells)}
    return [meant[cell] for cell in cells]


def split_names(cells: Sequence[Cell]) -> tuple[list[Cell], list[Cell]]:
    """First and last names of full ones: "Last, First", or the last word is the last name."""
    pairs = {cell: split_name(as_text(cell)) for cell in set(cells)}
    return [pairs[cell][0] for cell in cells], [pairs[cell][1] for cell in cells]


def split_name(name: str) -> tuple[str, str]:
    last, comma, first = name.partition(",")
    if not comma:
        first, _, last = " ".join(name.split()).rpartition(" ")
    return " ".join(first.split()), " ".join(last.split())


def join_cells(columns: Sequence[Sequence[Cell]]) -> list[Cell]:
    """The texts of several columns, row by row, with a blank between those that are not empty."""
    return [" ".join(filter(None, (as_text(cell).strip() for cell in row))) for row in zip(*columns, strict=True)]
