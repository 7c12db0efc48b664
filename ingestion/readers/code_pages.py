"""Which of the usual 8-bit code pages a text is written in."""

from __future__ import annotations

import re
from collections.abc import Iterable

from charset_normalizer import from_bytes

from ingestion.errors import Unreadable

LATIN = ("cp1252", "cp850", "cp1250", "cp1257")
CYRILLIC = "cp1251"
LABELS = {
    "cp1252": "Windows-1252",
    "cp850": "DOS 850",
    "cp1250": "Windows-1250",
    "cp1257": "Windows-1257",
    "cp1251": "Windows-1251",
}

# Letters of languages beyond a to z, with what their neighbours bring into a list of customers.
_LETTERS = """
    æøåäöüßéèêóô äöüßéèåæø åäöéüèæø àâæçéèêëîïôœùûüÿöäñ áéíñóúüçàè àèéìòùüöäç áâãàçéêíóôõúü áéíóúýþæöð ëïéèöüáóêäß
    ąćęłńóśźżöüä áčďéěíňóřšťúůýžöüä áäčďéíĺľňóôŕšťúýžöü áéíóöőúüűä ăâîşţșț čćđšž ąčęėįšųūž āčēģīķļņšūž äõöüšž
"""
_ALPHABETS = tuple(map(frozenset, _LETTERS.split()))
_ASCII = bytes(range(128))
_SAMPLE = 32_768
_USUAL_SIGNS = "«»“”„‘’‚€£§°©®™–—…·•№±×½¼¾²³´¡¿\xad"
_SIGN_IN_WORD = re.compile(
    rf"(?<=[A-Za-z])(?:[^\x00-\x7f\w’´–\xad]|[¹²³ªº¼½¾])(?=[A-Za-z])|[^\x00-\x7f\w\s{_USUAL_SIGNS}]"
)
_CAPITAL_IN_WORD = re.compile(r"(?<=[a-zß-ÿ])[^\x00-\x7f\W\d_a-zß-ÿ]")
_LONG_RUN = re.compile(r"[^\x00-\x7f\W\d_]{4,}")
_MIXED_WORD = re.compile(r"[A-Za-z][^\x00-\x7f\W\d_]|[^\x00-\x7f\W\d_][A-Za-z]|[^\x00-\x7f\w\s«»“”„№–—…°]")
_HIGH = re.compile(r"[^\x00-\x7f]")
_FOREIGN_UTF8 = re.compile(rb"[\xc2-\xc5][\x80-\xbf]|\xe2[\x80-\x84][\x80-\xbf]")


def rank_code_pages(blocks: Iterable[bytes]) -> tuple[tuple[str, ...], bool]:
    """The code pages that decode every byte of the file, the one that reads most like words first, and whether
    that one is sure: nothing else that reads as well gives another text.

    Equal ones are ranked by charset-normalizer; where it sees no language either, the order of `LATIN` stands.
    """
    seen, sample = _high_bytes(blocks)
    sample = _FOREIGN_UTF8.sub(b"", sample)  # strays are reported row by row and must not tip the scales
    possible = [name for name in (*LATIN, CYRILLIC) if _decodes(seen, name)]
    oddities = {name: _oddities(sample.decode(name, "replace"), name) for name in possible}
    fewest = min(oddities.values(), default=len(sample))
    if fewest > max(2, len(_HIGH.findall(sample.decode("latin-1"))) // 2):
        raise Unreadable("The encoding of the text cannot be told. Save it as CSV UTF-8 and upload it again.")
    coherence = _coherence(sample, [name for name in possible if oddities[name] == fewest])
    mixed = {name: name != CYRILLIC and _foreign_letters(sample.decode(name, "replace")) > 1 for name in possible}
    evidence = {name: (oddities[name], mixed[name], -coherence.get(name, 0.0)) for name in possible}
    ranked = sorted(possible, key=lambda name: evidence[name])
    rivals = [name for name in ranked[1:] if evidence[name] == evidence[ranked[0]]]
    return tuple(ranked), all(seen.decode(name) == seen.decode(ranked[0]) for name in rivals)


def decoding_code_pages(blocks: Iterable[bytes]) -> tuple[str, ...]:
    """The code pages that decode every byte, in no order of likelihood."""
    seen, _ = _high_bytes(blocks)
    return tuple(name for name in LABELS if _decodes(seen, name))


def foreign_utf8(cell: str, code_page: str) -> str:
    """The UTF-8 character that hides in a cell of a code page file, e.g. ø where the cell shows Ã¸; "" if none."""
    match = _FOREIGN_UTF8.search(cell.encode(code_page))
    return match[0].decode("utf-8") if match else ""


def _high_bytes(blocks: Iterable[bytes]) -> tuple[bytes, bytes]:
    seen: set[int] = set()
    sample = b""
    for block in blocks:
        seen.update(block.translate(None, _ASCII))
        if len(sample) < _SAMPLE:
            sample += b"\n".join(line[:1_000] for line in block.splitlines() if not line.isascii())[:_SAMPLE]
    return bytes(seen), sample


def _decodes(content: bytes, code_page: str) -> bool:
    try:
        content.decode(code_page)
    except UnicodeDecodeError:
        return False
    return True


def _oddities(text: str, code_page: str) -> int:
    """How often the text shows what words do not have: signs or capitals inside them, two scripts in one."""
    if code_page == CYRILLIC:
        return len(_MIXED_WORD.findall(text))
    odd = len(_SIGN_IN_WORD.findall(text)) + len(_LONG_RUN.findall(text))
    return odd + sum(1 for match in _CAPITAL_IN_WORD.finditer(text) if match[0].isupper())


def _foreign_letters(text: str) -> int:
    """How many different letters stand outside the alphabet that holds most of them."""
    letters = {letter for letter in text.lower() if letter > "\x7f" and letter.isalpha()}
    return min(len(letters - alphabet) for alphabet in _ALPHABETS)


def _coherence(sample: bytes, names: list[str]) -> dict[str, float]:
    """How much each of several readings looks like a language; nothing where there is but one."""
    if len(names) == 1:
        return {}
    return {match.encoding: match.coherence for match in from_bytes(sample, cp_isolation=names)}
