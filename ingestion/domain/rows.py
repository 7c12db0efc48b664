"""From a chunk of cells to lines for COPY: mapped, coerced, keyed, digested. Works column by column.

Nothing here is done per row that can be done per column: a million rows pass through this file.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import blake2b
from itertools import repeat
from operator import itemgetter

from arhub.records import Field, Kind, RecordType
from ingestion.base import Cell, Chunk
from ingestion.coercion import Reading, coerce, copy_rows
from ingestion.domain.derive import Derived, derive
from ingestion.domain.mapping import Mapping
from ingestion.domain.recipe import Recipe, join_cells, split_names, translate
from ingestion.domain.staging import FIXED
from ingestion.errors import Problem

Column = list[str | None]
LONGEST_KEY = 255
EMPTY_CELL = "an empty cell"


@dataclass(slots=True)
class Reject:
    """A row that cannot go in."""

    line: int
    code: str
    problems: list[Problem]
    cells: list[str]


@dataclass(slots=True)
class Built:
    """What a chunk became: text for COPY into the staging table, and the rows left out."""

    text: str
    rejects: list[Reject] = field(default_factory=list)


@dataclass(slots=True)
class Parsed:
    """A chunk as its fields are read: `given` field → its cells normalised, `keys` the erp_key of each row, `problems`
    row → what is wrong with it."""

    given: dict[str, Column]
    keys: Column
    derived: Derived
    problems: dict[int, list[Problem]]


Cells = Sequence[Sequence[Cell]]
Origin = tuple[Field, str, Callable[[Cells, int], Sequence[Cell]]]
"""A field, what a person calls its column, and how its cells come from the columns of a chunk of so many rows."""


class RowBuilder:
    """Builds the staged rows of one file.

    `columns` are the staging columns it fills, in order: file, line, type, digest, erp_key, then the attributes.
    `salt` is what else the meaning of a row rests on: rows with another one are compared anew. `readings` starts with
    those a person chose; what a survey of the file finds out is added. The digest of a row is one of its cells as they
    stand in the file, and of how they are read: it is known before a cell is coerced.
    """

    def __init__(self, mapping: Mapping, recipe: Recipe, file_id: int, salt: bytes = b"") -> None:
        self.mapping = mapping
        self.type: RecordType = mapping.record_type
        self.recipe = recipe
        self.readings = dict(recipe.readings)
        self.file_id = str(file_id)
        self.sources = _sources(mapping, recipe)
        self.labels = {item.name: label for item, label, _ in self.sources}
        names = ",".join(self.labels)
        self.signature = f"{self.type.name}:{self.type.version}:{names}\n".encode() + recipe.digest() + salt
        self.places = _places(mapping, recipe)
        self.has_key = any(item.name == "erp_key" for item, _, _ in self.sources)
        self.values = [item for item, _, _ in self.sources if item.name != "erp_key"]
        self.derived = derive(self.type).columns
        self.columns = [*FIXED]
        self.columns += [item.attribute for item in self.values if item.attribute not in self.derived]
        self.columns += self.derived

    def digests(self, chunk: Chunk) -> list[str]:
        """32 hex digits for each row: of the cells that are read, the recipe, and the readings known by now."""
        seed = blake2b(self.signature + repr(sorted(self.readings.items())).encode(), digest_size=16).digest()
        return [
            blake2b(seed + line.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
            for line in self._told(chunk)
        ]

    def _told(self, chunk: Chunk) -> Iterator[str]:
        """The cells of each row that are read, in one text."""
        rows: Iterable[Sequence[Cell]] = chunk.rows
        if self.places != list(range(len(self.mapping.header))):
            rows = map(itemgetter(*self.places, self.places[0]), chunk.rows)  # twice the first: always a tuple
        for row in rows:
            try:
                yield "\x1f".join(row)  # type: ignore[arg-type]
            except TypeError:  # a sheet's cells keep their types
                yield "\x1f".join(map(repr, row))

    def identify(self, chunk: Chunk, references: Sequence[str]) -> tuple[Column, dict[str, Column]]:
        """The key of each row as far as its own cells tell, None where not; and the named references."""
        wanted = {"erp_key"} if self.has_key else {*_flat(self.type.key), *_NAMES}
        rows = len(chunk.rows)
        columns = self._columns_of(chunk)
        given = {
            item.name: coerce(item, cells_of(columns, rows), self.readings.get(item.name, Reading()))[0]
            for item, _, cells_of in self.sources
            if item.name in wanted or item.name in references
        }
        refers = {name: given[name] for name in references}
        if self.has_key:
            return given["erp_key"], refers
        if not given:
            return [None] * rows, refers
        derived = derive(self.type).build(self.type, given, {})
        return self._keys(given, derived.keys_from, rows, defaultdict(list)), refers

    def _columns_of(self, chunk: Chunk) -> Cells:
        """The cells of a chunk column by column, of every column of the file also when there are no rows."""
        return list(zip(*chunk.rows, strict=True)) if chunk.rows else [()] * len(self.mapping.header)

    def build(self, chunk: Chunk, digests: list[str] | None = None) -> Built:
        parsed = self.parse(chunk)
        given, derived, problems = parsed.given, parsed.derived, parsed.problems
        rejects = [Reject(line, self.type.code, [problem], cells) for line, cells, problem in chunk.problems] + [
            Reject(chunk.lines[row], derived.codes[row], wrong, as_text(chunk.rows[row]))
            for row, wrong in problems.items()
        ]
        columns = [given[item.name] for item in self.values if item.attribute not in self.derived]
        columns += derived.columns
        own = given.get("erp_key")
        made = ["t"] * len(parsed.keys) if own is None else ["f" if key else "t" for key in own]
        heads = list(map("\t".join, zip(repeat(self.file_id), map(str, chunk.lines), derived.codes, made)))
        text = self._lines(heads, digests or self.digests(chunk), [parsed.keys, *columns], problems)
        return Built(text, rejects)

    def parse(self, chunk: Chunk) -> Parsed:
        """Read the cells of a chunk: what a preview shows and what is loaded."""
        problems: dict[int, list[Problem]] = defaultdict(list)
        given, raw = self._coerce(chunk, problems)
        self._require(given, len(chunk.rows), problems)
        derived = derive(self.type).build(self.type, given, raw)
        for row, (name, expected, found) in derived.problems.items():
            problems[row].append(Problem(self.label(name), expected, found))
        keys = self._keys(given, derived.keys_from, len(chunk.rows), problems)
        return Parsed(given, keys, derived, problems)

    def label(self, name: str) -> str:
        """What a person knows the column of a field by."""
        return self.labels.get(name, name)

    def _coerce(
        self, chunk: Chunk, problems: dict[int, list[Problem]]
    ) -> tuple[dict[str, Column], dict[str, Sequence[Cell]]]:
        """The fields, and the cells of those whose own spelling is kept."""
        rows = len(chunk.rows)
        columns = self._columns_of(chunk)
        wanted = derive(self.type).raw
        given: dict[str, Column] = {}
        raw: dict[str, Sequence[Cell]] = {}
        for item, label, cells_of in self.sources:
            cells = cells_of(columns, rows)
            given[item.name], found = coerce(item, cells, self.readings.get(item.name, Reading()))
            if item.name in wanted:
                raw[item.name] = cells
            for row, problem in found.items():
                problems[row].append(Problem(label, problem.expected, problem.found))
        return given, raw

    def _require(self, given: dict[str, Column], rows: int, problems: dict[int, list[Problem]]) -> None:
        """Report empty cells that must not be: of a required field, or of a whole group one of which is needed."""
        groups = [(item.name,) for item in self.type.fields if item.required] + list(self.type.needs)
        for group in groups:
            present = [name for name in group if name in given]
            if all(None in given[name] for name in present):
                self._missing(group, present, given, rows, problems)

    def _missing(
        self,
        group: tuple[str, ...],
        present: list[str],
        given: dict[str, Column],
        rows: int,
        problems: dict[int, list[Problem]],
    ) -> None:
        headers = {self.label(name) for name in present}
        for row in range(rows):
            said = any(problem.column in headers for problem in problems.get(row, ()))
            if not said and all(given[name][row] is None for name in present):
                where = self.label(present[0]) if len(present) == 1 else " or ".join(group)
                problems[row].append(Problem(where, "a value", EMPTY_CELL))

    def _keys(
        self, given: dict[str, Column], keys_from: dict[str, Column], rows: int, problems: dict[int, list[Problem]]
    ) -> Column:
        """The erp_key column: as given, else made of the fields that identify the record."""
        keys = given.get("erp_key")
        if keys is not None and None not in keys:
            return keys
        columns = {**given, **keys_from}
        parts = [self._part(part, columns, rows) for part in self.type.key]
        join = _plainly if self.type.name == "custom_field" else _joined  # exports take a custom field's key apart
        made = parts[0] if len(parts) == 1 else list(map(join, zip(*parts, strict=True)))
        keys = made if keys is None else [key or other for key, other in zip(keys, made, strict=True)]
        for row, key in enumerate(keys):
            if key is None:
                if row not in problems:
                    problems[row].append(Problem(*self._key_missing()))
            elif len(key) > LONGEST_KEY:
                problems[row].append(
                    Problem(
                        "",
                        f"{' and '.join(self._key_names())} of at most {LONGEST_KEY} characters together",
                        str(len(key)),
                    )
                )
        return keys

    def _part(self, part: str | tuple[str, ...], columns: dict[str, Column], rows: int) -> Column:
        names = (part,) if isinstance(part, str) else part
        present = [columns[name] for name in names if name in columns]
        default = dict(self.type.key_defaults).get(names[0])
        if not present:
            return [default] * rows
        first, *others = present
        if told := _TOLD.get(self.type.by_name[names[0]].kind):
            return [told(value) if value else default for value in first]
        for other in others:
            first = [value or fallback for value, fallback in zip(first, other, strict=True)]
        return first

    def _key_missing(self) -> tuple[str, str, str]:
        return "erp_key", f"a key, or {' and '.join(self._key_names())}", "neither"

    def _key_names(self) -> list[str]:
        """What identifies a record of this type when it has no key, as people call it."""
        names = [part if isinstance(part, str) else " or ".join(part) for part in self.type.key]
        return [name for name in names if name not in self.type.optional_in_key]

    def _lines(
        self, heads: list[str], digests: list[str], columns: list[Column], problems: dict[int, list[Problem]]
    ) -> str:
        """COPY text of the rows without problems; `heads` are its columns before the digest."""
        if problems:
            keep = [row for row in range(len(heads)) if row not in problems]
            heads, digests = [heads[row] for row in keep], [digests[row] for row in keep]
            columns = [[values[row] for row in keep] for values in columns]
        if not heads:
            return ""
        content = copy_rows(columns).split("\n")
        return "".join(
            f"{head}\t\\\\x{digest}\t{line}\n"
            for head, digest, line in zip(heads, digests, content)  # noqa: B905  COPY text ends with an empty line
        )


_TOLD: dict[Kind, Callable[[str], str]] = {
    Kind.INTEGER: lambda number: str(int(number)),
    Kind.DATETIME: lambda moment: datetime.fromisoformat(moment).isoformat(),
}
"""What may be written in several ways stands in a key in one: 01 is 1, 09:30:00.50 is 09:30:00.500000."""

_NAMES = ("contact_name", "first_name", "last_name")
"""What a contact's name may be made of."""


def _flat(key: tuple[str | tuple[str, ...], ...]) -> Iterator[str]:
    for part in key:
        yield from (part,) if isinstance(part, str) else part


def _places(mapping: Mapping, recipe: Recipe) -> list[int]:
    """The columns of the file that are read."""
    joined = {header for headers in recipe.joins.values() for header in headers}
    read = {at for at, _ in mapping.columns}
    return sorted(read | {at for at, name in enumerate(mapping.header) if name in joined or name in recipe.splits})


def _sources(mapping: Mapping, recipe: Recipe) -> list[Origin]:
    """Where each field comes from: the file's columns in their order, then what the recipe makes of them."""
    found: list[Origin] = [(item, mapping.header[at], _column(at)) for at, item in mapping.columns]
    fields, labels = mapping.record_type.by_name, recipe.labels()
    places = {name: at for at, name in enumerate(mapping.header)}
    made: dict[str, Callable[[Cells, int], Sequence[Cell]]] = {}
    for name, text in recipe.constants.items():
        made[name] = lambda _, rows, text=text: [text] * rows  # type: ignore[misc]
    for name, headers in recipe.joins.items():
        made[name] = lambda columns, _, at=[places[header] for header in headers]: join_cells(  # type: ignore[misc]
            [columns[place] for place in at]
        )
    for header, names in recipe.splits.items():
        for part, name in enumerate(names):
            made[name] = lambda columns, _, at=places[header], part=part: split_names(columns[at])[part]  # type: ignore[misc]
    found += [(fields[name], labels[name], made[name]) for name in made if name in mapping.made]
    return [(item, label, _translated(cells, recipe.values.get(item.name))) for item, label, cells in found]


def _column(at: int) -> Callable[[Cells, int], Sequence[Cell]]:
    return lambda columns, _: columns[at]


def _translated(
    cells_of: Callable[[Cells, int], Sequence[Cell]], table: dict[str, str] | None
) -> Callable[[Cells, int], Sequence[Cell]]:
    return (lambda columns, rows: translate(cells_of(columns, rows), table)) if table else cells_of


def _plainly(parts: tuple[str | None, ...]) -> str | None:
    return None if None in parts else "|".join(parts)  # type: ignore[arg-type]


def _joined(parts: tuple[str | None, ...]) -> str | None:
    """Parts with a bar of their own are told apart: A|B + C is not A + B|C."""
    if None in parts:
        return None
    joined = "|".join(parts)  # type: ignore[arg-type]
    if joined.count("|") == len(parts) - 1:
        return joined
    return "|".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)  # type: ignore[union-attr]


def as_text(cells: Sequence[Cell]) -> list[str]:
    """A row's cells as texts, to show and to give back."""
    texts = ["" if cell is None else str(cell).lower() if isinstance(cell, bool) else f"{cell}" for cell in cells]
    return [text.replace("\x00", "\ufffd") for text in texts] if "\x00" in "".join(texts) else texts


def reject_line(file_id: int, table: str, reject: Reject) -> str:
    """One line of COPY text for the table of rejected rows."""
    problems = [asdict(problem) for problem in reject.problems]
    cells = [cell.replace("\x00", "\ufffd") for cell in reject.cells]
    return copy_rows(
        [
            [str(file_id)], [str(reject.line)], [reject.code], [table],
            [json.dumps(problems).replace("\\u0000", "\\ufffd")], [json.dumps(cells)], [reject.problems[0].cause],
        ]
    )  # fmt: skip
