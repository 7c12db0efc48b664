"""EDIFACT's answers: messages out of an interchange, read as hostile. Source: ISO 9735."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import ClassVar

from adaptors.answers.base import AnswerKind, Said, Unreadable
from adaptors.validation.edifact.syntax import Broken, Segment, read

_ENCODINGS = {
    **dict.fromkeys(("UNOA", "UNOB", "UNOC"), "latin-1"),
    **{
        f"UNO{letter}": f"iso8859-{number}" for letter, number in zip("DEFGHIJK", (2, 5, 7, 3, 4, 6, 8, 9), strict=True)
    },
    **dict.fromkeys(("UNOW", "UNOY"), "utf-8"),
}
"""Those that have no æøå are often sent with them all the same."""
_TIMES = {6: "%y%m%d", 8: "%Y%m%d", 10: "%y%m%d%H%M", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}


@dataclass(frozen=True)
class Message:
    """`unb` is the segment of the interchange that it came in; `segments` are without UNH and UNT."""

    unb: Segment
    unh: Segment
    segments: Sequence[Segment]

    @property
    def sender(self) -> str:
        return self.unb.get(1)

    @cached_property
    def said_at(self) -> datetime | None:
        """When the interchange was prepared. It names no zone."""
        return moment(self.unb.get(3) + self.unb.get(3, 1))

    @property
    def id(self) -> str:
        return f"{self.unb.get(4)}/{self.unh.get(0)}"


class EdifactAnswer(AnswerKind):
    message_type: ClassVar[str]

    @abstractmethod
    def said(self, message: Message) -> Iterator[Said]:
        """What a message says."""

    def recognises(self, head: bytes) -> bool:
        start = head.lstrip(b"\xef\xbb\xbf\r\n ")
        if not start.startswith((b"UNA", b"UNB")):
            return False
        component, element = (start[3:4], start[4:5]) if start.startswith(b"UNA") else (b":", b"+")
        named = re.escape(element) + self.message_type.encode() + re.escape(component)
        return re.search(rb"UNH" + re.escape(element) + rb".{1,35}?" + named, start, re.DOTALL) is not None

    def parse(self, content: bytes) -> Iterator[Said]:
        for message in messages(content, self.message_type):
            yield from self.said(message)


def messages(content: bytes, message_type: str) -> Iterator[Message]:
    """Those of one type. Raises `Unreadable`, also for one that has no end."""
    unb, unh = None, None
    found: list[Segment] = []
    for segment in _segments(content.lstrip(b"\xef\xbb\xbf\r\n ")):
        match segment.tag:
            case "UNB":
                unb = segment
            case "UNH":
                unh, found = segment, []
            case "UNT" if unb and unh:
                if unh.get(1) == message_type:
                    yield Message(unb, unh, found)
                unh = None
            case _:
                found.append(segment)
    if unh is not None:
        raise Unreadable(f"Expected UNT at the end of the message that begins in {unh}, found none.")


def moment(digits: str) -> datetime | None:
    """A time of 6 to 14 digits, as UTC."""
    try:
        return datetime.strptime(digits, _TIMES[len(digits)]).replace(tzinfo=UTC)
    except (KeyError, ValueError):
        return None


def words(segment: Segment, element: int) -> str:
    """The components of an element as one text, as FTX has it."""
    parts = segment.elements[element] if element < len(segment.elements) else ()
    return " ".join(" ".join(parts).split())


def _segments(content: bytes) -> list[Segment]:
    try:
        return read(content, _ENCODINGS)
    except Broken as problem:
        raise Unreadable(str(problem)) from None
