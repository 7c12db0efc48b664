"""Character sets of EDIFACT, and what stands for letters and signs that they do not have.

UNOC is ISO 8859-1. UNOA and UNOB are a part of ASCII without @, #, _ and brackets; UNOA has capitals alone.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

UNSAID = "\ufffd"
"""Stands for a character that has no transliteration."""

_SIGNS = {
    "€": "EUR", "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "‘": "'", "’": "'", "‚": "'",
    "‛": "'", "′": "'", "“": '"', "”": '"', "„": '"', "‟": '"', "″": '"', "‹": "<", "›": ">", "•": "*", "⁄": "/",
    "Œ": "OE", "œ": "oe", "Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "Ħ": "H", "ħ": "h", "ı": "i", "Ŋ": "N", "ŋ": "n",
    "Ŧ": "T", "ŧ": "t", "ĸ": "k", "ẞ": "SS", "ƒ": "f", "‰": " o/oo", "≤": "<=", "≥": ">=", "×": "x",
}  # fmt: skip
_INVISIBLE = {"Cc": " ", "Zs": " ", "Zl": " ", "Zp": " ", "Cf": ""}
"""Unicode's category → what stands for control characters, blanks of other widths and marks nobody sees."""
_PLAIN = {
    "Æ": "AE", "æ": "ae", "Ø": "OE", "ø": "oe", "Å": "AA", "å": "aa", "Ä": "AE", "ä": "ae", "Ö": "OE", "ö": "oe",
    "Ü": "UE", "ü": "ue", "ß": "ss", "Ð": "D", "ð": "d", "Þ": "TH", "þ": "th", "«": '"', "»": '"', "´": "'", "`": "'",
    "·": ".", "°": " deg", "£": "GBP", "§": "par. ", "±": "+/-", "µ": "u", "©": "(C)", "®": "(R)", "÷": "/", "½": "1/2",
    "¼": "1/4", "¾": "3/4", "@": "(a)", "[": "(", "]": ")", "{": "(", "}": ")", "\\": "/", "|": "/",
}  # fmt: skip
"""Only for the sets without letters beyond ASCII."""


class _Table(dict[int, str]):
    """What stands for a character, worked out when it first comes."""

    def __init__(self, allowed: re.Pattern[str], instead: dict[str, str], *, capitals: bool) -> None:
        super().__init__()
        self.allowed, self.instead, self.capitals = allowed, instead, capitals

    def __missing__(self, code: int) -> str:
        self[code] = self._said(chr(code))
        return self[code]

    def _said(self, character: str) -> str:
        wanted = self._cased(character)
        if self.allowed.fullmatch(wanted):
            return wanted
        if (blank := _INVISIBLE.get(unicodedata.category(character))) is not None:
            return blank
        given = self.instead.get(character)
        if given is None:
            split = unicodedata.normalize("NFKD", character)
            bare = "".join(one for one in split if not unicodedata.combining(one))
            given = "".join(self.instead.get(one, one) for one in bare)
        given = self._cased(given)
        return given if given and self.allowed.fullmatch(given) else UNSAID

    def _cased(self, text: str) -> str:
        return text.upper() if self.capitals and text.isascii() else text


@dataclass(frozen=True, slots=True)
class CharacterSet:
    """`plain` matches a text that is written as it is, without transliteration and without a release character."""

    code: str
    encoding: str
    plain: re.Pattern[str]
    table: _Table = field(repr=False)

    def said(self, text: str) -> str:
        """The text in this set, with `UNSAID` where that cannot be."""
        return unicodedata.normalize("NFC", text).translate(self.table)


def _set(code: str, encoding: str, letters: str, instead: dict[str, str], *, capitals: bool = False) -> CharacterSet:
    plain, allowed = re.compile(f"[{letters}]*"), re.compile(f"[{letters}?+:']*")
    return CharacterSet(code, encoding, plain, _Table(allowed, instead, capitals=capitals))


_PRINTABLE = r"A-Z0-9 .,\-()/=!\"%&*;<>"
CHARACTER_SETS = {
    "UNOA": _set("UNOA", "ascii", _PRINTABLE, _SIGNS | _PLAIN, capitals=True),
    "UNOB": _set("UNOB", "ascii", _PRINTABLE + "a-z", _SIGNS | _PLAIN),
    "UNOC": _set("UNOC", "latin-1", " -&(-*,-9;->@-~¡-¬®-ÿ", _SIGNS),
}
"""No pattern has the four signs that a release character comes before; the tables have."""
