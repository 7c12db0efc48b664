"""Text, references, yes and no, currencies, countries, choices: cells that hold words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from arhub.formulas import unguard
from arhub.records.base import Field
from ingestion.base import Cell
from ingestion.coercion import currencies
from ingestion.coercion.reading import Reading, Refused, WholeColumn, as_text, show, without_empty

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_UNFIT = re.compile(rf"{_CONTROL.pattern}|{_SURROGATE.pattern}")
_FILLING = re.compile(r"[\s_\-]+")

_TRUE = "true t yes y 1 on x ja j active aktiv open wahr sand"
_FALSE = "false f no n 0 off nej nein inactive inaktiv closed falsch falsk"
_BOOLS = dict.fromkeys(_TRUE.split(), "t") | dict.fromkeys(_FALSE.split(), "f")


def read_texts(field: Field, cells: Sequence[str], _reading: Reading) -> WholeColumn:
    """The column, and the places of the cells with something to look at: control characters, too many letters."""
    text = "".join(cells)
    odd = set() if text.isprintable() else {place for place, cell in enumerate(cells) if _UNFIT.search(cell)}
    stripped = list(map(str.strip, cells))
    if "'" in text:
        stripped = [unguard(cell) if cell[:1] == "'" else cell for cell in stripped]
    if max(map(len, stripped), default=0) > field.max_length:
        odd.update(place for place, cell in enumerate(stripped) if len(cell) > field.max_length)
    return without_empty(stripped), sorted(odd)


def read_text(field: Field, cell: Cell, _reading: Reading) -> str | None:
    text = unguard(clean(as_text(cell)))
    if len(text) > field.max_length:
        raise Refused(f"at most {field.max_length} characters", f"{len(text)} characters")
    return text or None


def clean(text: str) -> str:
    """Stripped text without anything the database or a spreadsheet cannot hold. Raises `Refused`."""
    if not text.isprintable():
        if control := _CONTROL.search(text):
            raise Refused("text without control characters", f"the character U+{ord(control[0]):04X} in {show(text)}")
        if _SURROGATE.search(text):
            raise Refused("text in one encoding", f"half a character in {show(text)}")
    return text.strip()


def read_bool(_field: Field, cell: Cell, _reading: Reading) -> str | None:
    text = as_text(cell).strip()
    if not text:
        return None
    if len(text) > 10 or (answer := _BOOLS.get(text.casefold())) is None:
        raise Refused("yes or no", show(cell))
    return answer


def read_currency(_field: Field, cell: Cell, _reading: Reading) -> str | None:
    text = as_text(cell).strip()
    if not text:
        return None
    code = text.upper() if len(text) <= 3 else ""
    code = currencies.UNIQUE_SYMBOLS.get(code, code)
    if code not in currencies.CODES:
        raise Refused("a currency code such as EUR", show(cell))
    return code


def read_country(field: Field, cell: Cell, reading: Reading) -> str | None:
    text = read_text(field, cell, reading)
    return text.upper() if text and len(text) == 2 and text.isascii() and text.isalpha() else text


def read_choice(field: Field, cell: Cell, _reading: Reading) -> str | None:
    text = unguard(clean(as_text(cell)))
    if not text:
        return None
    stored = _spellings(field).get(fold(text))
    if stored is not None:
        return stored
    raise Refused("one of " + ", ".join(value for value, _ in field.choices), show(cell))


@lru_cache(maxsize=256)
def _spellings(field: Field) -> dict[str, str]:
    """Folded spelling → stored value. The stored value itself wins over another one's spelling."""
    found = {fold(value): value for value, _ in reversed(field.choices)}
    for value, spellings in field.choices:
        for spelling in spellings:
            found.setdefault(fold(spelling), value)
    return found


def fold(text: str) -> str:
    """ "Credit memo", "credit_memo" and "CreditMemo" are one."""
    return _FILLING.sub("", text.casefold()) or text
