"""What a kind of answer is: it knows its messages by their beginning, and reads what they say. It knows no models, no
settings and no other kind.

docs/answers.md tells how to add one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import ClassVar

HEAD_BYTES = 32 << 10
"""How much of a file kinds get to see before one of them reads it: mails have long headers."""
LARGEST = 1 << 20
"""Bytes of an answer. Documents may be larger; what is said of them is not."""
MOST_SAID = 500
"""Documents that one file may speak of."""


class Unreadable(Exception):
    """It looks like an answer and is none that can be read: what was expected, what was found, and where."""


class Verdict(StrEnum):
    """What an answer means for the document; those of `adaptors.models.Answer`."""

    RECEIVED = "received"
    IN_PROCESS = "in_process"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Reason:
    """Something that the other side found, in its words."""

    text: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """What an answer speaks of. `kind` is message (an id that it went under), interchange (the reference of its
    envelope), file (its name) or document (its number); `document_type` is then invoice or credit_memo, where told."""

    kind: str
    value: str
    document_type: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that is said of one document. `text` is a sentence. `references` stand in the order in which they are
    to be trusted. `endpoint` is the sender's, as 0184:12345674."""

    verdict: Verdict
    text: str
    reasons: Sequence[Reason] = ()
    references: Sequence[Reference] = ()
    sender: str = ""
    endpoint: str = ""
    said_at: datetime | None = None
    message_id: str = ""


class AnswerKind(ABC):
    """One instance reads any number of messages, in any thread."""

    kind: ClassVar[str]
    label: ClassVar[str]

    @abstractmethod
    def recognises(self, head: bytes) -> bool:
        """Whether a file that begins so is of this kind. It is asked of every file that comes in, whatever it is
        called: it costs little, and takes no invoice or table for an answer."""

    @abstractmethod
    def parse(self, content: bytes) -> Iterable[Said]:
        """What is said, in its order. Raises `Unreadable`."""

    def read(self, content: bytes) -> list[Said]:
        """What is said, at least one thing. Raises `Unreadable`."""
        if len(content) > LARGEST:
            raise Unreadable(f"{self.label}: expected at most {LARGEST:,} bytes, found more.")
        if not (found := list(islice(self.parse(content), MOST_SAID + 1))):
            raise Unreadable(f"{self.label}: expected it to speak of a document, found none.")
        if len(found) > MOST_SAID:
            raise Unreadable(f"{self.label}: expected it to speak of at most {MOST_SAID} documents, found more.")
        return found


def sentence(what: str, reasons: Sequence[Reason], note: str = "") -> str:
    """What is said, and why: `Rejected: the order number is missing.`"""
    why = "; ".join(dict.fromkeys(one.text.rstrip(". ") for one in reasons if one.text)) or note.rstrip(". ")
    return f"{what}: {why}." if why else f"{what}."
