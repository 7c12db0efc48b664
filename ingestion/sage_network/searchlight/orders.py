"""The order of records: `field [ASC|DESC], ...`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Coalesce, Lower

from ingestion.sage_network.searchlight.columns import Column, Holds
from ingestion.sage_network.searchlight.errors import (
    InvalidToken,
    TooManyParameters,
    TrailingConjunction,
    not_found,
    said,
)
from ingestion.sage_network.searchlight.tokens import Token, tokens_of

MOST_FIELDS = 20
DIRECTIONS = {"ASC": False, "ASCENDING": False, "DESC": True, "DESCENDING": True}


@dataclass(frozen=True, slots=True)
class Sort:
    name: str
    descending: bool = False
    at: int = field(default=0, compare=False)


def parse_order(text: str) -> tuple[Sort, ...]:
    """Empty when nothing is asked. Raises SearchlightError."""
    tokens = tokens_of(text, "order")
    found: list[Sort] = []
    while tokens:
        name = tokens.pop(0)
        if name.quoted or not name.text[0].isalnum():
            raise _expected("a field", name)
        descending = DIRECTIONS.get(tokens[0].keyword) if tokens else None
        if descending is not None:
            tokens.pop(0)
        found.append(Sort(name.text, bool(descending), name.at))
        if len(found) > MOST_FIELDS:
            raise TooManyParameters(f"Expected at most {MOST_FIELDS} fields in the order, found more.", "order")
        _take_comma(tokens, descending is None)
    return tuple(found)


def order_by(sorts: Sequence[Sort], columns: Mapping[str, Column]) -> list[Any]:
    """What `QuerySet.order_by` takes, ending in the id, so that pages do not overlap. Raises FieldNotFound.

    Records without a value come last, or first when descending: as the indexes have them.
    """
    found: list[Any] = []
    for sort in sorts:
        column = columns.get(sort.name.lower())
        if column is None:
            raise not_found(sort.name, (known.name for known in columns.values()), "order", sort.at)
        if column.source is not None:
            key = _key(column)
            found.append(key.desc() if sort.descending else key.asc())
    return [*found, "pk"]


def _key(column: Column) -> Any:
    if column.lowered:
        return F(column.lowered)
    source = F(column.source) if isinstance(column.source, str) else column.source
    if column.holds is Holds.TEXT:
        return Lower(source)
    return source if column.default is None else Coalesce(source, Value(column.default))


def _take_comma(tokens: list[Token], may_have_direction: bool) -> None:
    if not tokens:
        return
    comma = tokens.pop(0)
    if comma.keyword != ",":
        raise _expected("ASC, DESC or a comma" if may_have_direction else "a comma", comma)
    if not tokens:
        raise TrailingConjunction(
            f"Expected a field after the comma at character {comma.at + 1} of the order, found none.", "order"
        )


def _expected(what: str, token: Token) -> InvalidToken:
    return InvalidToken(f"Expected {what} at character {token.at + 1} of the order, found {said(token.text)}.", "order")
