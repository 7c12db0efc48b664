"""Segments as text. Texts are cut and split before they are escaped: the release character does not count."""

from __future__ import annotations

from decimal import Decimal

from adaptors.formats.base import Problem
from adaptors.formats.edifact.characters import UNSAID, CharacterSet

UNA = "UNA:+.? "
"""What separates components and elements, marks decimals, releases, and is reserved; then what ends segments."""
_ESCAPES = str.maketrans({sign: f"?{sign}" for sign in "?+:'"})


def joined(*components: str) -> str:
    """A composite element, without the separators that would stand at its end."""
    count = len(components)
    while count and not components[count - 1]:
        count -= 1
    return ":".join(components[:count])


def split(text: str, width: int) -> list[str]:
    """Pieces of at most `width` characters, between words where there are any."""
    pieces = []
    while len(text) > width:
        end = text.rfind(" ", 0, width + 1)
        pieces.append(text[:end] if end > 0 else text[:width])
        text = text[end + 1 :] if end > 0 else text[width:]
    return [*pieces, text] if text else pieces


class Writer:
    """Collects a message's segments, and what cannot be said. `line` is the number of the line that is written.

    `replaces` puts ? for a character that the set does not have; `cuts` shortens texts, never numbers and codes, to
    what their elements hold. Both are problems otherwise.
    """

    def __init__(self, characters: CharacterSet, *, replaces: bool = False, cuts: bool = False) -> None:
        self.characters, self.replaces, self.cuts = characters, replaces, cuts
        self.segments: list[str] = []
        self.problems: list[Problem] = []
        self.line = ""

    def put(self, *elements: str) -> None:
        """A segment: its tag and its elements, which are escaped already. Empty ones at its end are left out."""
        count = len(elements)
        while not elements[count - 1]:
            count -= 1
        self.segments.append("+".join(elements[:count]))

    def refuse(self, text: str, field: str) -> None:
        self.problems.append(Problem(text, field, self.line))

    def first(self, pieces: list[str], most: int, text: str, field: str) -> list[str]:
        """At most so many of the pieces or segments; where there are more, it is a problem unless texts are cut."""
        if len(pieces) > most and not self.cuts:
            self.refuse(text, field)
        return pieces[:most]

    def code(self, value: str, limit: int, field: str) -> str:
        """A number or code, escaped; one that is too long is a problem, whatever is said of texts."""
        said = self._said(value.strip(), field, replaces=False)
        if len(said) > limit:
            self.refuse(f"Expected at most {limit} characters, found {len(said)}: {value}.", field)
        return said.translate(_ESCAPES)

    def words(self, value: str, field: str, *, width: int = 35, count: int = 1) -> list[str]:
        """A text in at most `count` pieces of at most `width` characters, escaped."""
        said = " ".join(self._said(value, field, replaces=self.replaces).split())
        pieces = split(said, width)
        if len(pieces) > count:
            text = f"Expected a text that fits {count} times {width} characters, found {len(said)}: {_begin(value)}."
            pieces = self.first(pieces, count, text, field)
        return [piece.translate(_ESCAPES) for piece in pieces]

    def number(self, value: Decimal, digits: int, field: str) -> str:
        """A number; sign and point do not count as digits."""
        text = f"{value:f}"
        if len(text) > digits and sum(map(str.isdigit, text)) > digits:
            self.refuse(f"Expected at most {digits} digits, found {text}.", field)
        return text

    def _said(self, value: str, field: str, *, replaces: bool) -> str:
        if self.characters.plain.fullmatch(value):
            return value
        said = self.characters.said(value)
        if UNSAID not in said:
            return said
        if not replaces:
            odd = "".join(dict.fromkeys(one for one in value if UNSAID in self.characters.said(one)))
            self.refuse(
                f"“{_begin(value)}” has characters that {self.characters.code} does not have: {odd}.", field
            )  # fmt: skip
        return said.replace(UNSAID, "?")


def _begin(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"
