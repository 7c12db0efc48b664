"""Pieces of XML as text: many times faster than building a tree, and exact to the byte."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write."""
_SPECIAL = re.compile("[&<>]|" + _FORBIDDEN.pattern)


def clean(value: str) -> str:
    """A text without characters that XML cannot hold, and without blanks around it."""
    return _FORBIDDEN.sub("", value).strip()


def leaf(tag: str, value: str, **attributes: str) -> str:
    """An element with a text; nothing when the text is empty. Attributes that are empty are left out."""
    if not value:
        return ""
    text = escape(clean(value)) if _SPECIAL.search(value) else value.strip()
    return f"<{tag}{_written(attributes)}>{text}</{tag}>" if text else ""


def branch(tag: str, *parts: str | Iterable[str]) -> str:
    """An element with others in it; nothing when all of them are empty."""
    inside = "".join(part if isinstance(part, str) else "".join(part) for part in parts)
    return f"<{tag}>{inside}</{tag}>" if inside else ""


def number(value: Decimal) -> str:
    """A decimal as XML Schema writes it: no exponent, no grouping, its own digits."""
    return f"{value:f}"


def _written(attributes: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(clean(value))}" for name, value in attributes.items() if value)
