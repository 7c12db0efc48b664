"""What others said, so that it may be stored and shown."""

from __future__ import annotations

from arhub.secrets.masking import mask

LONGEST_SECRET = 10_000


def printable(text: str, most: int) -> str:
    """The beginning of a text, in characters that a database and a page can take."""
    return "".join(char if char.isprintable() else " " for char in text[:most])


def tellable(text: str, most: int = 1_000) -> str:
    """Such a text without credentials. Of a long one the rest is not even looked through."""
    return printable(mask(text[: most + LONGEST_SECRET]), most)
