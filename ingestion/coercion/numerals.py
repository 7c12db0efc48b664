"""One number as people write it, taken apart: sign, digits, and what its separators say."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from ingestion.coercion.currencies import is_token
from ingestion.coercion.words import unguard

LONGEST = 80


class Numeral(NamedTuple):
    """`sign` is the decimal sign the text shows ("" when it shows none); when `is_open`, it may be grouping as well."""

    minus: str
    whole: str
    decimals: str
    sign: str = ""
    is_open: bool = False


_CORE = re.compile(r"[.,]?[0-9](?:[0-9.,' ]*[0-9])?[.,]?")
_ALIKE = str.maketrans(
    dict.fromkeys("\u00a0\u2007\u2008\u2009\u202f\t", " ") | dict.fromkeys("’‘`´", "'") | dict.fromkeys("−–", "-")
)
_PLAIN = re.compile(r"([0-9]*)(?:([.,])([0-9]*))?")
_GROUPED = re.compile(
    r"""([1-9][0-9]{0,2}([ '.,])[0-9]{3}(?:\2[0-9]{3})*  # 1.234.567  1 234 567  1'234
       |[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3})               # 1,00,000
       (?:([.,])([0-9]*))?""",
    re.VERBOSE,
)
_MARK = re.compile(r"[-+()]")
_MARKS = {"|": "", "+|": "", "|+": "", "|DR": "", "-|": "-", "|-": "-", "(|)": "-", "|CR": "-"}
OTHER = {".": ",", ",": "."}


def split(text: str, percent: bool = False) -> Numeral | None:
    """The parts of a number with its sign and currency around it; None when the text is no number."""
    if len(text) > LONGEST:
        return None
    text = unguard(text.strip())
    if not text.isascii() or "\t" in text:
        text = text.translate(_ALIKE)
    found = _CORE.search(text)
    if found is None:
        return None
    core, before, after = found[0], text[: found.start()], text[found.end() :]
    if core[0] in ".," and before[-1:].isalpha():  # kr.100: the dot belongs to the word
        core, before = core[1:], before + core[0]
    if core[-1] in ".," and after[:1] == "-":  # 100,- is a price without cents to some, a negative one to others
        return None
    minus = _sign(before, after, percent)
    return None if minus is None else _digits(minus, core)


@lru_cache(maxsize=1_000)
def _sign(before: str, after: str, percent: bool) -> str | None:
    """ "-" or "" from what stands around the digits; None when something there has no place beside a number."""
    left, right = _MARK.sub(" ", before).split(), _MARK.sub(" ", after).split()
    marks = "".join(_MARK.findall(before)) + "|" + "".join(_MARK.findall(after))
    if right and right[-1].upper() in ("CR", "DR"):
        marks += right.pop().upper()
    if percent and right == ["%"]:
        right = []
    words = left + right
    if len(words) > 1 or not all(map(is_token, words)):
        return None
    return _MARKS.get(marks)


def _digits(minus: str, core: str) -> Numeral | None:
    if plain := _PLAIN.fullmatch(core):
        whole, sign, decimals = plain[1], plain[2] or "", plain[3] or ""
        return Numeral(minus, whole, decimals, sign, is_open=_may_be_thousands(whole, sign, decimals))
    grouped = _GROUPED.fullmatch(core)
    if grouped is None:
        return None
    written, separator, sign, decimals = grouped.groups()
    separator = separator or ","
    if sign == separator:
        return None
    return Numeral(minus, written.replace(separator, ""), decimals or "", sign or OTHER.get(separator, ""))


def _may_be_thousands(whole: str, sign: str, decimals: str) -> bool:
    return bool(sign) and len(decimals) == 3 and 1 <= len(whole) <= 3 and whole[0] != "0"
