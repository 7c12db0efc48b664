"""Cells of a sheet as a person sees them: exact decimals, dates, text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from ingestion.base import Cell

_EXACT_INTEGERS = 1e15


def to_cells(column: Sequence[Any]) -> list[Cell]:
    """A column as the parser sent it. Most columns are of one type, and text stays as it is."""
    types = set(map(type, column))
    if types == {str}:
        return [cell or None for cell in column] if "" in column else list(column)
    if types == {float}:
        return list(map(to_number, column))
    return list(map(_to_cell, column))


def to_number(value: float) -> Cell:
    """The number with the 15 digits Excel keeps and shows; never with an exponent."""
    if value.is_integer() and -_EXACT_INTEGERS < value < _EXACT_INTEGERS:
        return Decimal(int(value))
    if not isfinite(value):
        return str(value)
    text = format(value, ".15g")
    return Decimal(format(Decimal(text), "f")) if "e" in text else Decimal(text)


def _to_cell(cell: Any) -> Cell:
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, str):
        return cell or None
    if isinstance(cell, float):
        return to_number(cell)
    if isinstance(cell, int):
        return Decimal(cell)
    return date(*cell) if len(cell) == 3 else datetime(*cell)
