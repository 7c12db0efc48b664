"""Segments out of bytes: separators, the release character, character sets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

ENCODINGS = {"UNOA": "ascii", "UNOB": "ascii", "UNOC": "latin-1"}
_LEVEL_A = r"A-Z0-9 .,\-()/='+:?!\"%&*;<>"
ALLOWED = {
    "UNOA": re.compile(f"[{_LEVEL_A}]*"),
    "UNOB": re.compile(f"[{_LEVEL_A}a-z]*"),
    "UNOC": re.compile("[ -~\xa0-\xff]*"),
}
"""What each character set has; between segments there may be ends of lines besides."""


class Broken(Exception):
    """The bytes are no interchange; the text says why."""


@dataclass(frozen=True, slots=True)
class Segment:
    """`place` counts from 1, UNB being the first. `elements` are its components, without the tag."""

    place: int
    tag: str
    elements: tuple[tuple[str, ...], ...]
    text: str

    def get(self, element: int, component: int = 0) -> str:
        """The component, empty where there is none; both count from 0."""
        parts = self.elements[element] if element < len(self.elements) else ()
        return parts[component] if component < len(parts) else ""

    def __str__(self) -> str:
        return f"segment {self.place}, {self.tag}"


class Separators:
    """The signs of UNA."""

    def __init__(self, una: str = ":+.? '") -> None:
        self.component, self.element, self.end = una[0], una[1], una[5]
        self.release = una[3].strip() or "\0"  # a blank says that there is none
        escaped = re.escape(self.release)
        self._segment, self._element, self._component = (
            re.compile(f"((?:[^{escaped}{re.escape(sign)}]|{escaped}.)*)({re.escape(sign)}|$)", re.DOTALL)
            for sign in (self.end, self.element, self.component)
        )
        self._released = re.compile(f"{escaped}(.)", re.DOTALL)

    def segments(self, text: str) -> list[str]:
        """Without the blanks and ends of lines between them. Raises `Broken` when the last has no end."""
        released = len(text) - len(text.rstrip(self.release))
        if released % 2:
            raise Broken(f"Expected a sign after the release character at the end, found {text[-20:]!r}.")
        *found, rest = self._split(self._segment, text, self.end)
        if rest.strip("\r\n"):
            raise Broken(f"Expected the file to end with the segment terminator {self.end}, found {rest[-20:]!r}.")
        return [one.lstrip("\r\n") for one in found]

    def elements(self, segment: str) -> tuple[tuple[str, ...], ...]:
        return tuple(
            tuple(self._released.sub(r"\1", one) for one in self._split(self._component, element, self.component))
            for element in self._split(self._element, segment, self.element)
        )

    def _split(self, pattern: re.Pattern[str], text: str, sign: str) -> list[str]:
        if self.release not in text:
            return text.split(sign)
        found = pattern.findall(text)
        while len(found) > 1 and not found[-2][1]:  # the empty match after the last one
            found.pop()
        return [one for one, _ in found]


def character_set(content: bytes, encodings: Mapping[str, str] = ENCODINGS) -> str:
    """What UNB says. Raises `Broken`."""
    found = re.match(rb"(?:UNA.{6})?[\r\n]*UNB.(UNO[A-Z])", content, re.DOTALL)
    if not found or found[1].decode() not in encodings:
        raise Broken(f"Expected UNB with one of {', '.join(encodings)} at the beginning, found {content[:20]!r}.")
    return found[1].decode()


def read(content: bytes, encodings: Mapping[str, str] = ENCODINGS) -> list[Segment]:
    """All segments but UNA, in the encoding that belongs to their character set. Raises `Broken`."""
    encoding = encodings[character_set(content, encodings)]
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Broken(f"Byte {error.start} is no character of {character_set(content)}.") from None
    separators = Separators(text[3:9]) if text.startswith("UNA") else Separators()
    found = []
    for place, one in enumerate(separators.segments(text[9:] if text.startswith("UNA") else text), 1):
        elements = separators.elements(one)
        found.append(Segment(place, elements[0][0], elements[1:], one))
    return found
