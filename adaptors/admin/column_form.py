"""The columns of a table file as a person has them before him: rows of inputs that are added, moved and removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from adaptors.formats.table.columns import Column, Columns
from adaptors.formats.table.fields import FIELDS, GROUPS, Holds, TableField
from adaptors.formats.table.values import Style, as_text

CONSTANT, TEMPLATE = "=constant", "=template"
"""What a column may hold beside a field; no field is called so."""
MOST = 200


@dataclass(slots=True)
class Input:
    """A column as it stands in the form, all texts. `what` is the name of a field, CONSTANT or TEMPLATE; `text` is that
    of the two latter."""

    what: str = "number"
    heading: str = ""
    text: str = ""
    date: str = ""
    decimal: str = ""
    digits: str = ""

    @classmethod
    def of(cls, column: Column) -> Input:
        what = column.field or (CONSTANT if column.constant is not None else TEMPLATE)
        digits = "" if column.digits is None else str(column.digits)
        text = (column.constant or "") + (column.template or "")
        return cls(what, column.heading, text, column.date, column.decimal, digits)

    def as_stored(self) -> dict[str, Any]:
        """For `Columns.parse`, which says what is wrong with it."""
        holds = {CONSTANT: "constant", TEMPLATE: "template"}.get(self.what, "field")
        own = FIELDS.get(self.what)
        found: dict[str, Any] = {"heading": self.heading.strip() or (own.label if own else "")}
        found[holds] = self.what if holds == "field" else self.text
        found |= {name: value for name in ("date", "decimal") if (value := getattr(self, name))}
        digits = self.digits.strip()
        return found | ({"digits": int(digits) if digits.isascii() and digits.isdigit() else digits} if digits else {})


NAMES = [field.name for field in fields(Input)]


def posted(data: Mapping[str, str]) -> list[Input]:
    """The rows of the form, in its order."""
    count = data.get("count", "")
    size = min(int(count), MOST) if count.isascii() and count.isdigit() and len(count) < 4 else 0
    return [Input(**{name: data.get(f"{name}-{place}", "") for name in NAMES}) for place in range(size)]


def arranged(rows: list[Input], does: str) -> list[Input]:
    """The rows after a button: add, up-3, down-3, remove-3. Anything else leaves them."""
    what, _, place = does.partition("-")
    if what == "add" and len(rows) < MOST:
        return [*rows, Input()]
    number = int(place) if place.isascii() and place.isdigit() else -1
    if not 0 <= number < len(rows):
        return rows
    others = [*rows[:number], *rows[number + 1 :]]
    match what:
        case "remove":
            return others
        case "up" | "down":
            others.insert(max(0, number + (1 if what == "down" else -1)), rows[number])
            return others
    return rows


def parsed(rows: list[Input]) -> Columns:
    """Raises ValueError with a sentence that names the column."""
    return Columns.parse([row.as_stored() for row in rows])


def offered() -> list[tuple[str, list[TableField]]]:
    """The fields under the headings of their groups."""
    return [(label, [one for one in FIELDS.values() if one.group == group]) for group, label in GROUPS.items()]


def sample(columns: Columns, style: Style) -> list[tuple[str, str]]:
    """Heading and an example of each column, written as the file would."""
    return [(column.heading, _example(column, style)) for column in columns]


def _example(column: Column, style: Style) -> str:
    if column.field is not None:
        return _written(FIELDS[column.field], column, style)
    text = column.template if column.template is not None else column.constant or ""
    for field in column.fields:
        text = text.replace("{" + field.name + "}", _written(field, column, style))
    return text


def _written(field: TableField, column: Column, style: Style) -> str:
    if field.holds is Holds.DATE:
        return as_text(date.fromisoformat(field.example), column, style)
    if field.holds.is_numeric:
        number = Decimal(field.example)
        digits = column.digits
        return as_text(number if digits is None else number.quantize(Decimal(1).scaleb(-digits)), column, style)
    return field.example
