"""A JSON document read through a window: what was taken is forgotten, so that its size does not matter."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from ingestion.errors import Unreadable
from ingestion.readers.objects import DECODER

MOST_CHARACTERS = 1 << 20
_BLANKS = re.compile(r"[ \t\r\n]*")
_LINE_ENDS = re.compile(r"[\r\n]+")


class JsonText:
    """A place in a document. `blocks` are its pieces of text."""

    def __init__(self, blocks: Iterator[str]) -> None:
        self._blocks = blocks
        self._text = ""
        self._place = 0
        self._line = 1

    def next(self) -> str:
        """The next character that is no blank, which stays; "" at the end."""
        while True:
            blank = _BLANKS.match(self._text, self._place)
            assert blank is not None
            self._place = blank.end()
            if self._place < len(self._text):
                return self._text[self._place]
            if not self._more():
                return ""

    def accept(self, character: str) -> bool:
        """Take the character if it is the next one."""
        if self.next() != character:
            return False
        self._place += 1
        return True

    def expect(self, character: str) -> None:
        if not self.accept(character):
            raise self.broken()

    def value(self) -> Any:
        """Take the next value. Raises `Unreadable` when it is broken or longer than 1 MB."""
        return self._take()[0]

    def raw(self) -> str:
        """The same as it stands in the document, on one line: no text in JSON holds a line end."""
        return _LINE_ENDS.sub(" ", self._take()[1])

    def _take(self) -> tuple[Any, str]:
        self.next()
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._place)
                raw = self._text[self._place : end]
                # A number may go on in the next piece; whatever it is, something has to follow it.
                if end < len(self._text) or not self._more():
                    self._place += len(raw)
                    return value, raw
            except json.JSONDecodeError as error:
                if len(self._text) - self._place > MOST_CHARACTERS:
                    raise self.broken(error.pos) from None
                if not self._more():
                    raise self.broken(error.pos) from None
            except RecursionError:
                raise Unreadable(
                    f"The JSON from line {self._line_at(self._place)} on is nested far too deep."
                ) from None

    def broken(self, place: int | None = None) -> Unreadable:
        where = self._line_at(self._place if place is None else place)
        if not self.next():
            return Unreadable("The JSON ends before it is complete; the file was cut off on its way.")
        return Unreadable(f"The file is not valid JSON: see line {where:,}.")

    def _more(self) -> bool:
        """Add the next piece and forget what was taken."""
        block = next(self._blocks, "")
        self._line += self._text.count("\n", 0, self._place)
        self._text = self._text[self._place :] + block
        self._place = 0
        return bool(block)

    def _line_at(self, place: int) -> int:
        return self._line + self._text.count("\n", 0, place)


def items(text: JsonText) -> Iterator[Any]:
    """The values of an array, one by one. Its opening bracket is taken already."""
    return _each(text, text.value)


def raw_items(text: JsonText) -> Iterator[str]:
    """The same as they stand in the document."""
    return _each(text, text.raw)


def names(text: JsonText) -> Iterator[str]:
    """The names of the next object, one by one; whoever asks for the next one has taken this one's value."""
    text.expect("{")
    while not text.accept("}"):
        name = text.value()
        if not isinstance(name, str):
            raise text.broken()
        text.expect(":")
        yield name
        if text.next() != "}":
            text.expect(",")


def _each(text: JsonText, take: Callable[[], Any]) -> Iterator[Any]:
    if text.accept("]"):
        return
    while True:
        yield take()
        if text.accept("]"):
            return
        text.expect(",")
