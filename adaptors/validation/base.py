"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    FATAL = "fatal"
    WARNING = "warning"


class CannotCheck(Exception):
    """The check itself cannot be made; the text says why and what to do. It says nothing about the document."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a document breaks.

    `rule` is its id, such as BR-CO-15; empty for a schema. `text` is what the rule says itself, `meaning` the same in
    plain words for people, where we have them, else the same text. `location` is the place in the document, in XML a
    path of elements, `field` where to mend it: the name of a setting (`adaptors/fields.py`) or of a field of the
    document, empty when it is not known; `line` the number of the document's line.
    """

    rule: str
    severity: Severity
    text: str
    meaning: str
    location: str = ""
    field: str = ""
    line: str = ""

    @property
    def is_fatal(self) -> bool:
        return self.severity is Severity.FATAL
