"""How OIOUBL names numbers of companies: symbolic schemes in place of the digits of ISO 6523."""

from __future__ import annotations

import re

from adaptors.formats.document import Endpoint

ENDPOINTS = {
    "0007": "SE:ORGNR", "0009": "FR:SIRET", "0037": "FI:OVT", "0060": "DUNS", "0088": "GLN", "0096": "DK:P",
    "0097": "IT:FTI", "0135": "IT:SIA", "0142": "IT:SECETI", "0184": "DK:CVR", "0192": "NO:ORGNR", "0196": "IS:KT",
    "0198": "DK:SE", "0201": "IT:IPA", "0211": "IT:VAT", "0212": "FI:ORGNR", "0213": "FI:VAT", "9907": "IT:CF",
    "9910": "HU:VAT", "9913": "EU:REID", "9914": "AT:VAT", "9915": "AT:GOV", "9918": "IBAN", "9919": "AT:KUR",
    "9920": "ES:VAT", "9922": "AD:VAT", "9923": "AL:VAT", "9924": "BA:VAT", "9925": "BE:VAT", "9926": "BG:VAT",
    "9927": "CH:VAT", "9928": "CY:VAT", "9929": "CZ:VAT", "9930": "DE:VAT", "9931": "EE:VAT", "9932": "GB:VAT",
    "9933": "GR:VAT", "9934": "HR:VAT", "9935": "IE:VAT", "9936": "LI:VAT", "9937": "LT:VAT", "9938": "LU:VAT",
    "9939": "LV:VAT", "9940": "MC:VAT", "9941": "ME:VAT", "9942": "MK:VAT", "9943": "MT:VAT", "9944": "NL:VAT",
    "9945": "PL:VAT", "9946": "PT:VAT", "9947": "RO:VAT", "9948": "RS:VAT", "9949": "SI:VAT", "9950": "SK:VAT",
    "9951": "SM:VAT", "9952": "TR:VAT", "9953": "VA:VAT", "9955": "SE:VAT",
}  # fmt: skip
"""ISO 6523 scheme → OIOUBL's name for it. Others, such as mail addresses, NemHandel does not carry."""
OTHER = "ZZZ"
_DANISH = re.compile("(?:DK)?([0-9]{8})")


def endpoint(known: Endpoint) -> tuple[str, str]:
    """OIOUBL's scheme and number. Raises KeyError for a scheme OIOUBL does not have."""
    scheme = ENDPOINTS[known.scheme]
    return scheme, danish(known.identifier) or known.identifier if scheme == "DK:CVR" else known.identifier


def danish(number: str) -> str:
    """DK and 8 digits, as OIOUBL writes CVR and SE numbers; empty when it is neither."""
    found = _DANISH.fullmatch(number)
    return f"DK{found[1]}" if found else ""


def register(number: str, country: str) -> tuple[str, str]:
    """Scheme and number of a company's register."""
    cvr = danish(number) if country == "DK" else ""
    return ("DK:CVR", cvr) if cvr else (OTHER, number)


def tax_office(number: str) -> tuple[str, str]:
    """Scheme and number by which a tax office knows a company."""
    return ("DK:SE" if number[:2] == "DK" and danish(number) else OTHER), number
