"""Pages by key: a page starts after the last row of the one before it, so that any depth costs what the first page
costs, and nothing is counted.

Rows come in the order of their query set, missing values last, whichever direction. A place in that order is the
sort values of a row; the address carries them as `after` or `before`, opaque to people. A place that cannot be read
shows the first page.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import F, Model, Q, QuerySet
from django.http import HttpRequest, QueryDict

from arhub.admin.sort_keys import SortKey, sort_keys

ROWS = 50
AFTER, BEFORE = "after", "before"
PARAMETERS = (AFTER, BEFORE)
LONGEST = 4_000
"""Characters of a place that is looked at."""

Place = list[Any]
"""The value of each sort key in one row."""


@dataclass(frozen=True, slots=True)
class KeyPage:
    """The rows of a page, and the query strings of its neighbours: empty where there is none."""

    rows: list[Any]
    first: str = ""
    previous: str = ""
    next: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether these are all the rows there are."""
        return not (self.first or self.previous or self.next)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def page_of_rows(request: HttpRequest, rows: QuerySet[Any], size: int = ROWS, *, are_few: bool = False) -> KeyPage:
    """The page of an ordered query set that the request's address asks for.

    `are_few` has the rows found by what narrows them and then sorted. The planner, which takes what it looks for to be
    spread evenly, would rather walk the whole table in its order until it has met enough of them.
    """
    pages = _Pages(rows, size, are_few=are_few)
    if before := pages.place(request.GET.get(BEFORE)):
        found, more = pages.before(before)
        if more:
            return _page(request, pages, found, has_previous=True, has_next=True)
    elif after := pages.place(request.GET.get(AFTER)):
        found, more = pages.after(after)
        if found:
            return _page(request, pages, found, has_previous=True, has_next=more)
    found, more = pages.after(None)
    return _page(request, pages, found, has_previous=False, has_next=more)


def _page(request: HttpRequest, pages: _Pages, found: list[Any], *, has_previous: bool, has_next: bool) -> KeyPage:
    return KeyPage(
        found,
        first=_address(request) if has_previous else "",
        previous=_address(request, BEFORE, pages.text(found[0])) if has_previous else "",
        next=_address(request, AFTER, pages.text(found[-1])) if has_next else "",
    )


def without_place(query: QueryDict) -> QueryDict:
    """A copy of an address's parameters that says nothing about a page."""
    kept = query.copy()
    for name in PARAMETERS:
        kept.pop(name, None)
    return kept


def _address(request: HttpRequest, name: str = "", text: str = "") -> str:
    query = without_place(request.GET)
    if name:
        query[name] = text
    return f"?{query.urlencode()}"


class _Pages:
    """The pages of a query set in its own order."""

    def __init__(self, rows: QuerySet[Any], size: int, *, are_few: bool = False) -> None:
        self._are_few = are_few
        self._keys = sort_keys(rows)
        self._size = size
        self._rows = rows.annotate(**{key.attribute: F(key.path) for key in self._keys if key.is_related})

    def after(self, place: Place | None) -> tuple[list[Any], bool]:
        """The rows after a place, or the first ones, and whether more follow."""
        found = self._read(place, backwards=False)
        return found[: self._size], len(found) > self._size

    def before(self, place: Place) -> tuple[list[Any], bool]:
        """The rows before a place, in their order, and whether more come before them."""
        found = self._read(place, backwards=True)
        return found[: self._size][::-1], len(found) > self._size

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

    def text(self, row: Model) -> str:
        """The place of a row, for an address."""
        values = [self._signature, *(key.text_of(row) for key in self._keys)]
        return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")

    def place(self, text: str | None) -> Place | None:
        """The place an address tells of; None when it cannot be one in this order."""
        if not text or len(text) > LONGEST:
            return None
        try:
            signature, *given = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            if signature != self._signature:
                return None
            return [key.value_of(value) for key, value in zip(self._keys, given, strict=True)]
        except (ValueError, TypeError, RecursionError):
            return None

    @property
    def _signature(self) -> str:
        """A place in one order is none in another."""
        return ",".join(map(str, self._keys))


def _beyond(keys: Sequence[SortKey], place: Place, backwards: bool) -> Q:
    """The condition that a row comes after a place: an earlier key decides, or is equal and the next one decides.

    The bound on the first key follows from the rest and is there for the index: PostgreSQL takes no range from `or`.
    """
    found, equal = Q(), Q()
    for key, value in zip(keys, place, strict=True):
        if (decides := key.beyond(value, backwards=backwards)) is not None:
            found |= equal & decides
        equal &= key.equal(value)
    return keys[0].not_short_of(place[0], backwards=backwards) & found if place[0] is not None else found
