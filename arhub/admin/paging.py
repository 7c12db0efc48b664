"""Pages by key for lists: the address carries a place as `after` or `before`. One that cannot be read shows the
first page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from arhub.domain.pages import NotAPlace, Page, Pages

ROWS = 50
AFTER, BEFORE = "after", "before"
PARAMETERS = (AFTER, BEFORE)


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
    """The page of an ordered query set that the request's address asks for. `are_few` as `Pages` says."""
    pages = Pages(rows, size, are_few=are_few)
    found = _asked(request, pages) or pages.first()
    return KeyPage(
        found.rows,
        first=_address(request) if found.previous else "",
        previous=_address(request, BEFORE, found.previous) if found.previous else "",
        next=_address(request, AFTER, found.next) if found.next else "",
    )


def _asked(request: HttpRequest, pages: Pages) -> Page | None:
    """The page after or before the place in the address; None where that is the first one, or none."""
    try:
        if before := request.GET.get(BEFORE):
            page = pages.before(before)
            return page if page.previous else None
        if after := request.GET.get(AFTER):
            page = pages.after(after)
            return page if page.rows else None
    except NotAPlace:
        pass
    return None


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
