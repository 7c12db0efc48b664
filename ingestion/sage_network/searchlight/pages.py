"""Which page of the records is asked for, and which collections with them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ingestion.sage_network.searchlight.errors import (
    IncludeNotFound,
    InvalidPageNumber,
    InvalidPageSize,
    TooManyParameters,
    said,
)

DEFAULT_SIZE = 250
LARGEST_SIZE = 500
LAST_RECORD = 2**31 - 1
MOST_NAMES = 50
_WHOLE = re.compile(r"[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class PageOf:
    """Pages count from 0."""

    number: int
    size: int

    @property
    def records(self) -> slice:
        return slice(self.number * self.size, (self.number + 1) * self.size)


def parse_page(size: str = "", number: str = "") -> PageOf:
    """Empty texts mean the first page of the usual size. Raises InvalidPageSize and InvalidPageNumber."""
    if size and not (_WHOLE.fullmatch(size) and 0 < int(size) <= LARGEST_SIZE):
        raise InvalidPageSize(f"Expected a pageSize from 1 to {LARGEST_SIZE}, found {said(size)}.", "pageSize")
    records = int(size or DEFAULT_SIZE)
    last = LAST_RECORD // records - 1
    if number and not (_WHOLE.fullmatch(number) and int(number) <= last):
        raise InvalidPageNumber(f"Expected a pageNumber from 0 to {last:,}, found {said(number)}.", "pageNumber")
    return PageOf(int(number or 0), records)


def parse_include(text: str, known: Iterable[str]) -> frozenset[str]:
    """The known names that the text asks for, in any case. Raises IncludeNotFound."""
    names = {name.lower(): name for name in known}
    wanted = [name for part in text.split(",", MOST_NAMES) if (name := part.strip())]
    if len(wanted) > MOST_NAMES:
        raise TooManyParameters(f"Expected at most {MOST_NAMES} names in the include, found more.", "include")
    for name in wanted:
        if name.lower() not in names:
            listed = ", ".join(names.values()) or "none"
            raise IncludeNotFound(
                f"Expected the name of a collection in the include, found {said(name)}. Known collections: {listed}.",
                "include",
            )
    return frozenset(names[name.lower()] for name in wanted)
