"""The columns of a table as people choose them: read strictly, since a column that is misread is a wrong file.

README.md beside tells the shape that is stored. `FIELDS`, `GROUPS`, `DATE_FORMS` and `DECIMAL_SIGNS` are what a screen
offers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adaptors.formats.table.fields import FIELDS, GROUPS, Holds, TableField

__all__ = ["DATE_FORMS", "DECIMAL_SIGNS", "DEFAULT_COLUMNS", "FIELDS", "GROUPS", "Column", "Columns"]

DATE_FORMS = (
    "yyyy-mm-dd", "dd-mm-yyyy", "dd.mm.yyyy", "dd/mm/yyyy", "mm/dd/yyyy", "yyyymmdd", "ddmmyyyy", "ddmmyy", "yymmdd",
)  # fmt: skip
DECIMAL_SIGNS = (".", ",")
MOST_DIGITS = 10
MOST_COLUMNS = 200
LONGEST_HEADING, LONGEST_TEXT = 200, 1_000
_HOLD = ("field", "constant", "template")
_IN_BRACES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: one of `field`, `constant` and `template` is given, the others are None. `date` and `decimal` are empty
    and `digits` is None where they are as in the rest of the file."""

    heading: str
    field: str | None = None
    constant: str | None = None
    template: str | None = None
    date: str = ""
    decimal: str = ""
    digits: int | None = None

    @property
    def fields(self) -> list[TableField]:
        """Those it holds, in their order."""
        names = [self.field] if self.field else _IN_BRACES.findall(self.template or "")
        return [FIELDS[name] for name in names]

    @property
    def holds(self) -> Holds:
        return FIELDS[self.field].holds if self.field else Holds.TEXT

    def as_stored(self) -> dict[str, Any]:
        """What `Columns.parse` was given, without members that say nothing."""
        members = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in members.items() if value is not None and (value != "" or name in _HOLD)}


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file, in their order."""

    columns: tuple[Column, ...]

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    @classmethod
    def parse(cls, value: Any) -> Columns:
        """The columns that are stored. Raises ValueError with a sentence that says which one is wrong, what was
        expected and what was found."""
        if not isinstance(value, Sequence) or isinstance(value, str | bytes) or not 0 < len(value) <= MOST_COLUMNS:
            raise ValueError(f"Expected a list of 1 to {MOST_COLUMNS} columns, found {_shown(value)}.")
        return cls(tuple(_column(number, one) for number, one in enumerate(value, start=1)))

    def of_lines(self) -> str:
        """A sentence that names the columns that hold something of a line; empty when there are none."""
        names = [f"“{one.heading}”" for one in self if any(field.group == "line" for field in one.fields)]
        return f"{', '.join(names)} {'holds' if len(names) == 1 else 'hold'} something of a line" if names else ""

    def as_stored(self) -> list[dict[str, Any]]:
        return [one.as_stored() for one in self]


def _column(number: int, value: Any) -> Column:
    called = f"Column {number}"
    if not isinstance(value, Mapping):
        raise ValueError(f"{called}: expected an object with a heading, found {_shown(value)}.")
    heading = _text(called, value, "heading", LONGEST_HEADING)
    called = f"{called}, “{heading[:60]}”"
    unknown = [name for name in value if name not in Column.__slots__]
    if unknown:
        raise ValueError(f"{called}: expected {', '.join(Column.__slots__)}, found {_shown(unknown[0])}.")
    given = [name for name in _HOLD if value.get(name) is not None]
    if len(given) != 1:
        found = " and ".join(given) or "none of them"
        raise ValueError(f"{called}: expected one of field, constant and template, found {found}.")
    column = Column(
        heading,
        **{given[0]: _text(called, value, given[0], LONGEST_TEXT, may_be_empty=given[0] == "constant")},
        date=_one_of(called, value, "date", DATE_FORMS),
        decimal=_one_of(called, value, "decimal", DECIMAL_SIGNS),
        digits=_digits(called, value),
    )
    _check_fields(called, column)
    return column


def _check_fields(called: str, column: Column) -> None:
    names = [column.field] if column.field is not None else _IN_BRACES.findall(column.template or "")
    for name in names:
        if name not in FIELDS:
            raise ValueError(f"{called}: expected the name of a field such as number, found {_shown(name)}.")
    if column.template is None:
        return
    if set(_IN_BRACES.sub("", column.template)) & {"{", "}"}:
        raise ValueError(f"{called}: a brace stands alone in the template; fields are written as {{number}}.")
    if not names:
        raise ValueError(f"{called}: expected a field in braces in the template, such as {{number}}, found none.")


def _text(called: str, value: Mapping[str, Any], name: str, most: int, *, may_be_empty: bool = False) -> str:
    text = value.get(name)
    if not isinstance(text, str) or len(text) > most or not (text.strip() or may_be_empty):
        raise ValueError(f"{called}: expected a text of at most {most:,} characters as {name}, found {_shown(text)}.")
    return text


def _one_of(called: str, value: Mapping[str, Any], name: str, known: Sequence[str]) -> str:
    given = value.get(name) or ""
    if given not in ("", *known):
        raise ValueError(f"{called}: expected one of {' '.join(known)} as {name}, found {_shown(given)}.")
    return str(given)


def _digits(called: str, value: Mapping[str, Any]) -> int | None:
    digits = value.get("digits")
    if digits is None:
        return None
    if isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= MOST_DIGITS:
        raise ValueError(
            f"{called}: expected a whole number from 0 to {MOST_DIGITS} as digits, found {_shown(digits)}."
        )
    return digits


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f"“{value[:60]}”"
    if isinstance(value, Sequence):
        return f"{len(value):,}"
    return "nothing" if value is None else str(value)[:60]


def _plain(*names: str) -> Columns:
    return Columns(tuple(Column(FIELDS[name].label, field=name) for name in names))


_OF_DOCUMENT = (
    "document_type", "number", "issue_date", "due_date", "buyer_number", "buyer_name", "customer_order_number",
    "currency",
)  # fmt: skip
DEFAULT_COLUMNS: Mapping[str, Columns] = {
    "lines": _plain(
        *_OF_DOCUMENT, "line_number", "line_seller_item", "line_name", "line_quantity", "line_unit", "line_price",
        "line_vat_rate", "line_net_amount", "net_amount", "tax_amount", "total_amount", "payable_amount",
    ),
    "documents": _plain(
        *_OF_DOCUMENT, "net_amount", "tax_amount", "total_amount", "prepaid_amount", "payable_amount",
        "payment_reference",
    ),
}  # fmt: skip
"""By what a row is for: what a file has when nobody chose columns."""
