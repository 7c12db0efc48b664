"""Columns a record has beyond what its file says: which way a document runs, which sign it was given with."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from arhub.records import PAYABLE_TYPES, RecordType
from ingestion.base import Cell
from ingestion.coercion.words import fold

Column = list[str | None]
Given = dict[str, Column]


@dataclass(slots=True)
class Derived:
    """`columns` in the order of `Derivation.columns`; `codes` the Type each row counts under; `keys_from` fields that
    stand in for the file's own when a key is made; `problems` row → (field, expected, found)."""

    codes: list[str]
    columns: list[Column] = field(default_factory=list)
    keys_from: Given = field(default_factory=dict)
    problems: dict[int, tuple[str, str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Derivation:
    columns: list[str]
    raw: frozenset[str]
    build: Callable[[RecordType, Given, dict[str, Sequence[Cell]]], Derived]


def derive(record_type: RecordType) -> Derivation:
    return _BY_MODEL.get(record_type.model, _PLAIN)


def _plain(record_type: RecordType, given: Given, raw: dict[str, Sequence[Cell]]) -> Derived:
    return Derived([record_type.code] * _rows(given))


def _document(record_type: RecordType, given: Given, raw: dict[str, Sequence[Cell]]) -> Derived:
    rows = _rows(given)
    own = "credit_memo" if record_type.name == "adjustment" else "invoice"
    types = given.get("document_type") or [None] * rows
    spelled = [str(cell).strip()[:60] if cell else None for cell in raw.get("document_type", [None] * rows)]
    effective: Column = [value or own for value in types]
    return Derived(
        ["ADJUSTMENT" if value == "credit_memo" else "INVOICE" for value in effective],
        [spelled, _directions(spelled), _take_sign(record_type, given, effective)],
        {"document_type": effective},
        _opposite_signs(given, effective),
    )


def _directions(spelled: Column) -> Column:
    if not any(spelled):
        return spelled
    known = {text: _direction(text) for text in set(spelled)}
    return [known[text] for text in spelled]


def _direction(spelled: str | None) -> str | None:
    if spelled is None:
        return None
    return "payable" if fold(spelled) in _PAYABLE else "receivable"


_PAYABLE = frozenset(map(fold, PAYABLE_TYPES))


def _take_sign(record_type: RecordType, given: Given, types: Column) -> Column:
    """Make the amounts of credit memos positive and return the sign each was given with."""
    signs: Column = [None] * len(types)
    if "credit_memo" not in types:
        return signs
    deciding = [given[name] for name in ("total_amount", "balance_due") if name in given]
    signed = [given[item.name] for item in record_type.fields if item.signed and item.name in given]
    for row, value in enumerate(types):
        if value == "credit_memo":
            amount = next(filter(_is_some, (column[row] for column in deciding)), None)
            if amount is None:  # nothing but zeros has no sign: what is stored stays
                continue
            signs[row] = "-1" if amount.startswith("-") else "1"
            if signs[row] == "-1":
                for column in signed:
                    column[row] = _negated(column[row])
    return signs


def _opposite_signs(given: Given, types: Column) -> dict[int, tuple[str, str, str]]:
    """Credit memos whose total and balance run in opposite directions: one sign cannot give both back."""
    if "credit_memo" not in types or "total_amount" not in given or "balance_due" not in given:
        return {}
    rows = enumerate(zip(types, given["total_amount"], given["balance_due"], strict=True))
    return {
        row: ("balance_due", "the sign of the total", "the other sign")
        for row, (kind, total, balance) in rows
        if kind == "credit_memo" and _is_some(total) and _is_some(balance) and balance.startswith("-")  # type: ignore[union-attr]
    }


def _is_some(amount: str | None) -> bool:
    return amount is not None and bool(amount.strip("-0."))


def _negated(amount: str | None) -> str | None:
    if amount is None or not amount.strip("0."):
        return amount
    return amount[1:] if amount.startswith("-") else f"-{amount}"


_AP = re.compile(r"ap[\s_\-]*payment|ap[\s_\-]", re.IGNORECASE)


def _payment(record_type: RecordType, given: Given, raw: dict[str, Sequence[Cell]]) -> Derived:
    rows = _rows(given)
    directions: Column = [
        None if kind is None else "payable" if _AP.match(kind) else "receivable"
        for kind in given.get("payment_type") or [None] * rows
    ]
    return Derived([record_type.code] * rows, [directions])


def _contact(record_type: RecordType, given: Given, raw: dict[str, Sequence[Cell]]) -> Derived:
    """A contact without a full name is known by its first and last name."""
    rows = _rows(given)
    empty: Column = [None] * rows
    parts = (given.get(name, empty) for name in ("contact_name", "first_name", "last_name"))
    names: Column = [
        full or " ".join(filter(None, (first, last))) or None for full, first, last in zip(*parts, strict=True)
    ]
    whole = "contact_name" in given or {"first_name", "last_name"} <= set(given)
    return Derived([record_type.code] * rows, [names if whole else empty], {"contact_name": names})


def _rows(given: Given) -> int:
    return len(next(iter(given.values())))


_PLAIN = Derivation([], frozenset(), _plain)
_BY_MODEL = {
    "arhub.Document": Derivation(["given_type", "direction", "given_sign"], frozenset({"document_type"}), _document),
    "arhub.Contact": Derivation(["name"], frozenset(), _contact),
    "arhub.Payment": Derivation(["direction"], frozenset(), _payment),
}
