"""Currency codes and the symbols people write instead."""

from __future__ import annotations

_WRITTEN = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF
    CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD
    HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD
    MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN
    PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD
    TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAD XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XOF XPD
    XPF XPT XSU XUA YER ZAR ZMW ZWG
    ANG BGN CUC HRK SLL ZWL
"""
CODES = frozenset(_WRITTEN.split())
"""ISO 4217, with the codes withdrawn since 2021 (last line) that open items still carry; without XTS and XXX."""

UNIQUE_SYMBOLS = {
    "€": "EUR", "£": "GBP", "₹": "INR", "₺": "TRY", "₽": "RUB", "₴": "UAH", "₪": "ILS", "₩": "KRW", "₫": "VND",
    "₦": "NGN", "₱": "PHP", "฿": "THB", "₸": "KZT", "₾": "GEL", "₡": "CRC", "₲": "PYG", "ZŁ": "PLN", "KČ": "CZK",
    "R$": "BRL", "US$": "USD", "A$": "AUD", "C$": "CAD", "CA$": "CAD", "HK$": "HKD", "NZ$": "NZD", "S$": "SGD",
}  # fmt: skip
"""Symbols that mean one currency only, in upper case. "$", "kr" and "¥" do not."""

_SHARED_SYMBOLS = {"$", "¥", "KR", "FR", "SFR", "RS", "EURO", "FT", "LEI", "R"}


def is_token(word: str) -> bool:
    """Whether a word beside an amount only names its currency."""
    name = word.upper().rstrip(".")
    return name in CODES or name in UNIQUE_SYMBOLS or name in _SHARED_SYMBOLS
