"""Pages by key: a page starts after the last row of the one before it, so that any depth costs what the first page
costs, and nothing is counted.

Rows come in the order of their query set, missing values last, whichever direction. A place in that order is the
sort values of a row, as a text that is opaque to whoever carries it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Any

from django.db.models import F, Model, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThanOrEqual, TupleLessThanOrEqual

from arhub.domain.sort_keys import SortKey, sort_keys

LONGEST = 4_000
"""Characters of a place that is looked at."""

Place = list[Any]
"""The value of each sort key in one row."""


class NotAPlace(ValueError):
    """The text is no place in this order."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and the places of its neighbours: the page before `previous`, the one after `next`; empty where none is."""

    rows: list[Any]
    previous: str = ""
    next: str = ""

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)


class Pages:
    """The pages of a query set in its own order.

    `are_few` has the rows found by what narrows them and then sorted. The planner, which takes what it looks for to be
    spread evenly, would rather walk the whole table in its order until it has met enough of them.
    """

    def __init__(self, rows: QuerySet[Any], size: int, *, are_few: bool = False) -> None:
        self._are_few = are_few
        self._keys = sort_keys(rows)
        self._size = size
        self._rows = rows.annotate(**{key.attribute: F(key.path) for key in self._keys if key.is_related})

    def first(self) -> Page:
        found = self._read(None, backwards=False)
        return self._page(found[: self._size], has_previous=False, has_next=len(found) > self._size)

    def after(self, text: str) -> Page:
        """The rows after a place. Raises `NotAPlace`."""
        found = self._read(self._place(text), backwards=False)
        return self._page(found[: self._size], has_previous=True, has_next=len(found) > self._size)

    def before(self, text: str) -> Page:
        """The rows before a place, in their order. Raises `NotAPlace`."""
        found = self._read(self._place(text), backwards=True)
        return self._page(found[: self._size][::-1], has_previous=len(found) > self._size, has_next=True)

    def _page(self, rows: list[Any], *, has_previous: bool, has_next: bool) -> Page:
        if not rows:
            return Page(rows)
        return Page(rows, self._text(rows[0]) if has_previous else "", self._text(rows[-1]) if has_next else "")

    def _read(self, place: Place | None, *, backwards: bool) -> list[Any]:
        """One row more than a page, in the direction of reading."""
        leading, *others = self._keys
        ordering = [
            # each part has none or nothing else
            leading.ordering(backwards=backwards, has_missing=False, by_index=not self._are_few),
            *(key.ordering(backwards=backwards, has_missing=key.is_nullable) for key in others),
        ]
        found: list[Any] = []
        for part in self._parts(place, backwards):
            rows = self._rows.filter(part).order_by(*ordering)
            found += islice(rows[: self._size + 1 - len(found)], self._size + 1)
            if len(found) > self._size:
                break
        return found

    def _parts(self, place: Place | None, backwards: bool) -> list[Q]:
        """What is left to read, as one condition for the rows with a first sort value and one for those without:
        each of them is a range of an index, together they would be none."""
        leading = self._keys[0]
        beyond = _beyond(self._keys, place, backwards) if place else Q()
        if not leading.is_nullable:
            return [beyond]
        given, missing = Q(**{f"{leading.path}__isnull": False}), Q(**{f"{leading.path}__isnull": True})
        parts = [missing, given] if backwards else [given, missing]
        if place is None:
            return parts
        is_in_second = (place[0] is None) != backwards
        return [parts[1] & beyond] if is_in_second else [parts[0] & beyond, parts[1]]

    def _text(self, row: Model) -> str:
        """The place of a row, for an address."""
        values = [self._signature, *(key.text_of(row) for key in self._keys)]
        return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")

    def _place(self, text: str) -> Place:
        """The place a text tells of. Raises `NotAPlace`."""
        try:
            if len(text) > LONGEST:
                raise ValueError("too long")
            signature, *given = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            if signature != self._signature:
                raise ValueError("made for another order")
            return [key.value_of(value) for key, value in zip(self._keys, given, strict=True)]
        except (ValueError, TypeError, RecursionError) as error:
            raise NotAPlace(f"{text[:40]!r} is no place in the order {self._signature}.") from error

    @property
    def _signature(self) -> str:
        """A place in one order is none in another."""
        return ",".join(map(str, self._keys))


def _beyond(keys: Sequence[SortKey], place: Place, backwards: bool) -> Q:
    """The condition that a row comes after a place: an earlier key decides, or is equal and the next one decides.

    The bound follows from the rest and is there for the index: PostgreSQL takes no range from `or`.
    """
    found, equal = Q(), Q()
    for key, value in zip(keys, place, strict=True):
        if (decides := key.beyond(value, backwards=backwards)) is not None:
            found |= equal & decides
        equal &= key.equal(value)
    return _bound(keys, place, backwards) & found if place[0] is not None else found


def _bound(keys: Sequence[SortKey], place: Place, backwards: bool) -> Q:
    """Where the rows beyond a place begin, by as many of the first keys as can be compared at once: those that go in
    one direction, of which each row has a value."""
    leading, *others = keys
    alike = takewhile(lambda key: key.is_descending == leading.is_descending and not key.is_nullable, others)
    compared = [leading, *alike]
    beyond = TupleLessThanOrEqual if leading.is_descending != backwards else TupleGreaterThanOrEqual
    return Q(beyond(Tuple(*(F(key.path) for key in compared)), tuple(place[: len(compared)])))
