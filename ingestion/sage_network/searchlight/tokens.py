"""A filter or an order, cut into words, quoted strings and symbols."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingestion.sage_network.searchlight.errors import InvalidToken, TooManyParameters, UnterminatedString, said

MOST_CHARACTERS = 32 * 1024

_TOKEN = re.compile(
    r"(?P<blank>\s++)"
    r"|(?P<string>'(?:[^']|'')*+')"
    r"|(?P<symbol><=|>=|<>|!=|[=<>(),])"
    r"|(?P<word>[^\s'=<>(),!]++)"
)
_UNUSABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Token:
    """`at` counts characters from 0. `text` is without the quotes; a quoted text is never a keyword."""

    text: str
    at: int
    quoted: bool = False

    @property
    def keyword(self) -> str:
        return "" if self.quoted else self.text.upper()


def tokens_of(text: str, parameter: str = "filter") -> list[Token]:
    """Raises InvalidToken, UnterminatedString, or TooManyParameters for a text that is too long."""
    if len(text) > MOST_CHARACTERS:
        raise TooManyParameters(
            f"Expected at most {MOST_CHARACTERS:,} characters in the {parameter}, found {len(text):,}.", parameter
        )
    if unusable := _UNUSABLE.search(text):
        raise InvalidToken(
            f"Expected text at character {unusable.start() + 1} of the {parameter}, found half a character or a NUL.",
            parameter,
        )
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unreadable(text, at, parameter)
        if match.lastgroup == "string":
            found.append(Token(match.group()[1:-1].replace("''", "'"), at, quoted=True))
        elif match.lastgroup != "blank":
            found.append(Token(match.group(), at))
        at = match.end()
    return found


def _unreadable(text: str, at: int, parameter: str) -> Exception:
    if text[at] == "'":
        return UnterminatedString(
            f"Expected a closing quote for the one at character {at + 1} of the {parameter}, found the end. "
            "A quote inside a value is written twice.",
            parameter,
        )
    return InvalidToken(
        f"Expected a word, a value or an operator at character {at + 1} of the {parameter}, found {said(text[at])}.",
        parameter,
    )
