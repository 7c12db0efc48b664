"""What can be wrong with a drop."""

from __future__ import annotations


class BadDrop(Exception):
    """The file is not taken, as a whole. The text is a sentence: what was expected, what was found, where."""
