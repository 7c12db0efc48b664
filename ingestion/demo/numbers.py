"""Numbers with valid check digits: VAT, company registers, GLN, IBAN."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from stdnum import ean, iban
from stdnum.de import vat as german_vat
from stdnum.dk import cvr
from stdnum.gb import vat as british_vat
from stdnum.nl import btw
from stdnum.se import orgnr
from stdnum.us import ein


def identity(country: str, random: Random) -> tuple[str, str]:
    """A company's VAT number (in the US its EIN) and its register number."""
    match country:
        case "DK":
            number = _draw(random, "########", cvr.is_valid)
            return f"DK{number}", number
        case "SE":
            number = _draw(random, "55########", orgnr.is_valid)
            return f"SE{number}01", f"{number[:6]}-{number[6:]}"
        case "DE":
            return "DE" + _draw(random, "#########", german_vat.is_valid), "HRB " + _draw(random, "#####")
        case "NL":
            return "NL" + _draw(random, "#########B01", btw.is_valid), _draw(random, "########")
        case "GB":
            return "GB" + _draw(random, "#########", british_vat.is_valid), _draw(random, "########")
        case _:
            return _draw(random, "##-#######", ein.is_valid), ""


def gln(random: Random) -> str:
    number = "5798" + _draw(random, "########")
    return number + ean.calc_check_digit(number)


def danish_iban(registration: str, account: str) -> str:
    digits = registration + account.zfill(10)
    return "DK" + iban.calc_check_digits(f"DK00{digits}") + digits


def _draw(random: Random, pattern: str, is_valid: Callable[[str], bool] = lambda text: True) -> str:
    """Digits for each # until the number is valid; the first is never 0."""
    while True:
        text = "".join(str(random.randint(0, 9)) if sign == "#" else sign for sign in pattern)
        if text[0] != "0" and is_valid(text):
            return text
