"""What another system answered, as bytes."""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any

from arhub.network.errors import BadAnswer

MOST_DIGITS = 100
"""Before or after the point of a number."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` have small letters as names; one that came several times is joined by commas. `content` is unpacked.
    `url` is where the last redirect led."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    url: str = field(repr=False)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def retry_after(self) -> float | None:
        """Seconds the other side asks to wait, given as such or as a date; None without, or not understood."""
        given = self.headers.get("retry-after", "").strip()
        if given.isascii() and given.isdecimal():
            return float(given[:9])
        date = _moment(given)
        return max((date - datetime.now(UTC)).total_seconds(), 0.0) if date else None

    @property
    def date(self) -> datetime | None:
        """When it was given by the other side's clock, in UTC."""
        return _moment(self.headers.get("date", ""))

    @property
    def charset(self) -> str:
        """What the Content-Type says, else UTF-8, with or without a byte order mark; nothing is guessed."""
        message = Message()
        message["content-type"] = self.headers.get("content-type", "")
        given = message.get_content_charset("utf-8")
        try:
            known = codecs.lookup(given).name if given.isprintable() else ""
        except LookupError:
            known = ""
        if not known or not getattr(codecs.lookup(known), "_is_text_encoding", True):
            raise BadAnswer(f"The answer says it is written in {given[:40]!r}, which is no known encoding.")
        return "utf-8-sig" if known == "utf-8" else known

    @property
    def text(self) -> str:
        """Raises BadAnswer."""
        try:
            return self.content.decode(self.charset)
        except UnicodeError:
            name = self.charset.removesuffix("-sig").upper()
            raise BadAnswer(f"Expected an answer in {name}, found bytes that are none.") from None

    def json(self) -> Any:
        """Numbers with a point are Decimal. Raises BadAnswer."""
        try:
            return json.loads(self.text, parse_float=_decimal, parse_constant=_no_number)
        except json.JSONDecodeError as error:
            where = f"line {error.lineno}, column {error.colno}: {error.msg}"
            raise BadAnswer(f"Expected JSON (status {self.status}), found something else: {where}.") from None
        except (ValueError, RecursionError):  # digits without end, brackets without end
            raise BadAnswer(f"Expected JSON (status {self.status}) of a usual size and depth.") from None


def _no_number(word: str) -> None:
    raise ValueError(word)


def _decimal(word: str) -> Decimal:
    """What has a billion digits when it is written out is refused."""
    number = Decimal(word)
    if abs(number.adjusted()) > MOST_DIGITS:
        raise ValueError(word)
    return number


def _moment(given: str) -> datetime | None:
    """A date of HTTP in UTC; None for what is none."""
    try:
        date = parsedate_to_datetime(given)
        return date.replace(tzinfo=date.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
