"""Text that a spreadsheet would run as a formula, and how exports keep it from doing so."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


def guard_formula(text: str) -> str:
    """The text as an export writes it: a spreadsheet must not run it. Reading it back takes the apostrophe off."""
    return "'" + text if _FORMULA.match(text) else text


def unguard(text: str) -> str:
    """What `guard_formula` was given."""
    return text[1:] if _GUARDED.match(text) else text
