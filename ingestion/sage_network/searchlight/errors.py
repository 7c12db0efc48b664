"""What can be wrong with a query. The names are Searchlight's own; the text says what was expected, found and where."""

from __future__ import annotations

from collections.abc import Iterable

LONGEST_FOUND = 60


class SearchlightError(Exception):
    """A query that cannot be answered. `parameter` is the one that is wrong: filter, order, include, pageSize ..."""

    def __init__(self, text: str, parameter: str = "filter") -> None:
        super().__init__(text)
        self.parameter = parameter

    @property
    def name(self) -> str:
        return type(self).__name__


class EmptyClause(SearchlightError):
    """Brackets with nothing in them."""


class OpenClause(SearchlightError):
    """A bracket that is not closed."""


class InvalidToken(SearchlightError):
    """Something else was expected at this place."""


class TrailingConjunction(SearchlightError):
    """An AND, an OR or a comma with nothing behind it."""


class UnterminatedString(SearchlightError):
    """A quote that is not closed."""


class InconsistentConjunction(SearchlightError):
    """AND and OR side by side without brackets."""


class TooManyParameters(SearchlightError):
    """A query beyond what is read."""


class FieldNotFound(SearchlightError):
    """A field the records do not have."""


class FieldTypeMismatch(SearchlightError):
    """A value, or an operator, that does not go with what the field holds."""


class IncludeNotFound(SearchlightError):
    """A collection the records do not have."""


class InvalidPageSize(SearchlightError):
    """A page of no records or of too many."""


class InvalidPageNumber(SearchlightError):
    """A page that cannot be."""


def said(text: str) -> str:
    """What was found, as an error says it: not longer than a line."""
    return f"“{text}”" if len(text) <= LONGEST_FOUND else f"“{text[:LONGEST_FOUND]}…”"


def not_found(name: str, known: Iterable[str], parameter: str, at: int) -> FieldNotFound:
    names = ", ".join(sorted(known, key=str.lower))
    return FieldNotFound(
        f"Expected a field at character {at + 1} of the {parameter}, found {said(name)}. Known fields: {names}.",
        parameter,
    )
