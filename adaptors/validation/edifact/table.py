"""INVOIC in the directory D.96A, as far as the hub writes it: order, lengths, types and codes.

Notation. Structure: a tag or a group in parentheses, ! where it must stand, then how often it may. Segments: elements
between bars, components between blanks, each the number of its data element, ! where it must stand, its type, and its
longest length; = where that is its only one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_STRUCTURE = """
UNH! BGM! DTM!35 PAI FTX10 (RFF! DTM5)99
(NAD! FII5 (RFF! DTM5)9999 (CTA! COM5)5)99
(CUX! DTM5)5 (PAT! DTM5 PCD MOA)10
(ALC! (PCD!) (MOA!)2 (TAX! MOA)5)9999
(LIN! PIA25 IMD10 QTY5 FTX5 (MOA!)5 (PRI!)25 (RFF! DTM5)10 (TAX! MOA)99
  (ALC! (PCD!) (MOA!)2 (TAX! MOA)5)15)9999999
UNS! CNT10 (MOA!)!100 (TAX! MOA2)10 UNT!
"""
_SEGMENTS = {
    "UNB": "!0001!a4= 0002!n1= | !0004!an35 0007an4 0008an14 | !0010!an35 0007an4 0014an14 | !0017!n6= 0019!n4= | "
    "!0020!an14 | 0022!an14 0025an2= | 0026an14 | 0029a1= | 0031n1= | 0032an35 | 0035n1=",
    "UNH": "!0062!an14 | !0065!an6 0052!an3 0054!an3 0051!an2 0057an6 | 0068an35 | 0070!n2 0073a1=",
    "UNT": "!0074!n6 | !0062!an14",
    "UNZ": "!0036!n6 | !0020!an14",
    "UNS": "!0081!a1=",
    "BGM": "1001an3 1131an3 3055an3 1000an35 | 1004an35 | 1225an3 | 4343an3",
    "DTM": "!2005!an3 2380an35 2379an3",
    "PAI": "!4439an3 4431an3 4461an3 1131an3 3055an3 4435an3",
    "FTX": "!4451!an3 | 4453an3 | 4441!an3 1131an3 3055an3 | 4440!an70 4440an70 4440an70 4440an70 4440an70 | 3453an3",
    "RFF": "!1153!an3 1154an35 1156an6 4000an35",
    "NAD": "!3035!an3 | 3039!an35 1131an3 3055an3 | 3124!an35 3124an35 3124an35 3124an35 3124an35 | "
    "3036!an35 3036an35 3036an35 3036an35 3036an35 3045an3 | 3042!an35 3042an35 3042an35 3042an35 | 3164an35 | "
    "3229an9 | 3251an9 | 3207an3",
    "FII": "!3035!an3 | 3194an35 3192an35 3192an35 6345an3 | "
    "3433an11 1131an3 3055an3 3434an17 1131an3 3055an3 3432an70 3436an70 | 3207an3",
    "CTA": "3139an3 | 3413an17 3412an35",
    "COM": "!3148!an512 3155!an3",
    "CUX": "6347!an3 6345an3 6343an3 6348n4 | 6347!an3 6345an3 6343an3 6348n4 | 5402n12 | 6341an3",
    "PAT": "!4279!an3 | 4277!an17 1131an3 3055an3 4276an35 4276an35 | 2475!an3 2009an3 2151an3 2152n3",
    "PCD": "!5245!an3 5482n10 5249an3 1131an3 3055an3",
    "ALC": "!5463!an3 | 1230an35 5189an3 | 4471an3 | 1227an3 | 7161an3 1131an3 3055an3 7160an35 7160an35",
    "MOA": "!5025!an3 5004n18 6345an3 6343an3 4405an3",
    "TAX": "!5283!an3 | 5153an3 1131an3 3055an3 5152an35 | 5289!an6 1131an3 3055an3 | 5286an15 | "
    "5279an7 1131an3 3055an3 5278an17 5273an12 1131an3 3055an3 | 5305an3 | 3446an20",
    "LIN": "1082n6 | 1229an3 | 7140an35 7143an3 1131an3 3055an3 | 5495an3 1082n6 | 1222n2 | 7083an3",
    "PIA": "!4347!an3 | !7140an35 7143an3 1131an3 3055an3" + " | 7140an35 7143an3 1131an3 3055an3" * 4,
    "IMD": "7077an3 | 7081an3 | 7009an17 1131an3 3055an3 7008an35 7008an35 3453an3 | 7383an3",
    "QTY": "!6063!an3 6060!n15 6411an3",
    "PRI": "5125!an3 5118n15 5375an3 5387an3 5284n9 6411an3 | 5213an3",
    "CNT": "!6069!an3 6066!n18 6411an3",
}
_CODES = {
    "0001": "UNOA UNOB UNOC", "0002": "3", "0007": "1 14 30 55 91 92 ZZZ", "0031": "1", "0035": "1",
    "0051": "UN", "0052": "D", "0054": "96A", "0057": "EAN008", "0065": "INVOIC", "0081": "S",
    "1001": "380 381 383", "1131": "25 154", "1153": "ADE AEP AHO AHP CR CT GN IT IV LI ON PQ VA VN VR", "1225": "9",
    "2005": "13 35 131 137 167 168 171 263", "2379": "102 718", "3035": "BY DP IV PB RB SE SU",
    "3055": "5 9 91 92 ZZZ", "3139": "IC", "3155": "EM TE", "4279": "3", "4347": "1 5",
    "4451": "AAB AAI DOC PMD PRD TXD", "5025": "8 9 23 25 77 79 86 113 124 125 131 165 176 203 204 259 260",
    "5125": "AAA AAB", "5153": "VAT", "5245": "1 2", "5283": "7", "5305": "E G O S Z", "5463": "A C", "6063": "47",
    "6069": "2", "6343": "3 4", "6347": "2 3", "7077": "A F", "7143": "EN IN SA",
}  # fmt: skip
CODES = {number: frozenset(codes.split()) for number, codes in _CODES.items()}
"""Data element → its codes that the hub writes. Lists that are not here are long, or of others: only lengths hold."""


@dataclass(frozen=True, slots=True)
class Component:
    number: str
    required: bool
    kind: str
    longest: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Element:
    required: bool
    components: tuple[Component, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a segment may stand, or with `inside` a group, which begins with the first of those."""

    tag: str
    required: bool
    most: int
    inside: tuple[Place, ...] = ()


def _component(text: str) -> Component:
    number, required, kind, longest, exact = re.fullmatch(r"(\d{4})(!?)(an|a|n)(\d+)(=?)", text).groups()  # type: ignore[union-attr]
    return Component(number, bool(required), kind, int(longest), bool(exact))


def _elements(text: str) -> tuple[Element, ...]:
    return tuple(
        Element(one.startswith("!"), tuple(map(_component, one.removeprefix("!").split()))) for one in text.split(" | ")
    )


def _places(tokens: Iterator[str]) -> tuple[Place, ...]:
    """Up to the parenthesis that closes them, or the end."""
    found: list[Place] = []
    for token in tokens:
        if token.startswith(")"):
            found.append(Place("", *_often(token[1:])))
            break
        if token == "(":
            *inside, closed = _places(tokens)
            found.append(Place(inside[0].tag, closed.required, closed.most, tuple(inside)))
        else:
            found.append(Place(token[:3], *_often(token[3:])))
    return tuple(found)


def _often(text: str) -> tuple[bool, int]:
    return text.startswith("!"), int(text.removeprefix("!") or 1)


SEGMENTS = {tag: _elements(text) for tag, text in _SEGMENTS.items()}
MESSAGE = _places(iter(re.findall(r"\(|\)!?\d*|[A-Z]{3}!?\d*", _STRUCTURE)))
