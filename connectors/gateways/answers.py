"""What gateways that speak HTTP make of an answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO

from arhub.network.answer import Answer
from arhub.network.errors import BadAnswer, NetworkError

RECEIPT_BYTES = 64 * 1024
NOT_NOW = frozenset({408, 425, 429, 503})
"""Statuses of a server that has not begun."""
MAY_BE_DONE = frozenset({500, 502, 504, *range(506, 600)})
REFUSES_CALLER = frozenset({401, 403, 407})
SPOKEN = ("detail", "message", "error_description", "error", "title", "reason")
MOST_SAID = 200


class FirstBytes:
    """A file that keeps what a receipt needs, and lets the rest go."""

    def __init__(self) -> None:
        self._kept = BytesIO()

    def write(self, block: bytes) -> int:
        room = RECEIPT_BYTES - self._kept.tell()
        self._kept.write(block[: max(room, 0)])
        return len(block)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Back to where it began, which is the only place that is asked for."""
        return self._kept.seek(0)

    def truncate(self) -> int:
        return self._kept.truncate()

    @property
    def content(self) -> bytes:
        return self._kept.getvalue()


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, or as much of it as is kept."""

    status: int
    content: bytes = field(repr=False)
    media_type: str = "text/plain"
    retry_after: float = 0
    reference: str = ""

    @classmethod
    def of(cls, answer: Answer, kept: FirstBytes) -> Answered:
        media_type = answer.headers.get("content-type", "").partition(";")[0].strip() or "text/plain"
        content = kept.content or answer.content[:RECEIPT_BYTES]
        place = answer.headers.get("location", "")[:MOST_SAID]
        return cls(answer.status, content, media_type, answer.retry_after or 0, place)

    def said(self) -> str:
        """What it says to people, in a few words; empty when it is a page, or not for them."""
        if self.media_type.endswith("html") or not self.content:
            return ""
        text = self.content.decode(errors="replace")
        if self.media_type.endswith("json"):
            text = _spoken(self.content)
        elif self.media_type.endswith("xml"):
            return ""
        words = " ".join("".join(char if char.isprintable() else " " for char in text).split())
        return f": “{words[:MOST_SAID]}”" if words and "<" not in words else ""


def without(secrets: Iterable[str], error: NetworkError) -> NetworkError:
    """The same error, should the other side have repeated what it was sent."""
    words = str(error)
    for secret in secrets:
        words = words.replace(secret, "…") if secret else words
    error.args = (words, *error.args[1:])
    return error


def _spoken(content: bytes) -> str:
    try:
        value = Answer(0, {}, content, "").json()
    except BadAnswer:
        return ""
    if isinstance(value, str):
        return value
    found = [value[name] for name in SPOKEN if isinstance(value.get(name), str)] if isinstance(value, dict) else []
    return found[0] if found else ""
