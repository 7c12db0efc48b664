"""What the directory D.96A says of INVOIC and ISO 9735 of its envelope, for tests alone.

It shares nothing with `adaptors/validation/edifact`: the order is one regular expression over the tags, the lengths
stand in the directory's own notation, codes by their places, and the file is read character by character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

ORDER = """
UNH BGM DTM{1,35} PAI? ALI{0,5} IMD? FTX{0,10}
( RFF DTM{0,5} ){0,99}
( NAD LOC{0,25} FII{0,5} ( RFF DTM{0,5} ){0,9999} ( DOC DTM{0,5} ){0,5} ( CTA COM{0,5} ){0,5} ){0,99}
( TAX MOA? LOC{0,5} ){0,5}
( CUX DTM{0,5} ){0,5}
( PAT DTM{0,5} PCD? MOA? PAI? FII? ){0,10}
( TDT ( LOC DTM{0,5} ){0,10} ( RFF DTM{0,5} ){0,9999} ){0,10}
( TOD LOC{0,2} ){0,5}
( PAC MEA{0,5} ( PCI RFF? DTM{0,5} GIN{0,5} ){0,5} ){0,1000}
( ALC ALI{0,5} ( RFF DTM{0,5} ){0,5} ( QTY RNG? )? ( PCD RNG? )? ( MOA RNG? ){0,2} ( RTE RNG? )?
  ( TAX MOA? ){0,5} ){0,9999}
( RCS RFF{0,5} DTM{0,5} FTX{0,5} ){0,100}
( AJT FTX{0,5} )?
( INP FTX{0,5} )?
( LIN PIA{0,25} IMD{0,10} MEA{0,5} QTY{0,5} PCD? ALI{0,5} DTM{0,35} GIN{0,1000} GIR{0,1000} QVR? EQD? FTX{0,5}
  ( MOA CUX? ){0,5}
  ( PAT DTM{0,5} PCD? MOA? ){0,10}
  ( PRI APR? RNG? DTM{0,5} ){0,25}
  ( RFF DTM{0,5} ){0,10}
  ( PAC MEA{0,10} ( PCI RFF? DTM{0,5} GIN{0,10} ){0,10} ){0,10}
  ( LOC QTY{0,100} DTM{0,5} ){0,9999}
  ( TAX MOA? LOC{0,5} ){0,99}
  ( NAD LOC{0,5} ( RFF DTM{0,5} ){0,5} ( DOC DTM{0,5} ){0,5} ( CTA COM{0,5} ){0,5} ){0,20}
  ( ALC ALI{0,5} DTM{0,5} ( QTY RNG? )? ( PCD RNG? )? ( MOA RNG? ){0,2} ( RTE RNG? )? ( TAX MOA? ){0,5} ){0,15}
  ( TDT ( LOC DTM{0,5} ){0,10} ){0,10}
  ( TOD LOC{0,2} ){0,5}
  ( RCS RFF{0,5} DTM{0,5} FTX{0,5} ){0,100}
){0,9999999}
UNS CNT{0,10}
( MOA ( RFF DTM{0,5} )? ){1,100}
( TAX MOA{0,2} ){0,10}
( ALC ALI? MOA{0,2} ){0,15}
UNT
"""
_ORDER = re.compile(re.sub("[A-Z]{3}", r"(?:\g<0>,)", re.sub("[?}]", r"\g<0>+", ORDER).replace("(", "(?:")), re.VERBOSE)
"""Each quantifier takes all it can and gives nothing back: no segment of INVOIC can be taken in two ways."""

LAYOUT = """
UNB+!*a4:*n1+!*an..35:an..4:an..14+!*an..35:an..4:an..14+!*n6:*n4+!*an..14+*an..14:an2+an..14+a1+n1+an..35+n1
UNH+!*an..14+!*an..6:*an..3:*an..3:*an..2:an..6+an..35+*n..2:a1
BGM+an..3:an..3:an..3:an..35+an..35+an..3+an..3
DTM+!*an..3:an..35:an..3
PAI+!an..3:an..3:an..3:an..3:an..3:an..3
FTX+!*an..3+an..3+*an..3:an..3:an..3+*an..70:an..70:an..70:an..70:an..70+an..3
RFF+!*an..3:an..35:an..6:an..35
NAD+!*an..3+*an..35:an..3:an..3+*an..35:an..35:an..35:an..35:an..35+*an..35:an..35:an..35:an..35:an..35:an..3+*an..35:an..35:an..35:an..35+an..35+an..9+an..9+an..3
FII+!*an..3+an..35:an..35:an..35:an..3+an..11:an..3:an..3:an..17:an..3:an..3:an..70:an..70+an..3
CTA+an..3+an..17:an..35
COM+!*an..512:*an..3
CUX+*an..3:an..3:an..3:n..4+*an..3:an..3:an..3:n..4+n..12+an..3
PAT+!*an..3+*an..17:an..3:an..3:an..35:an..35+*an..3:an..3:an..3:n..3
PCD+!*an..3:n..10:an..3:an..3:an..3
ALC+!*an..3+an..35:an..3+an..3+an..3+an..3:an..3:an..3:an..35:an..35
MOA+!*an..3:n..18:an..3:an..3:an..3
TAX+!*an..3+an..3:an..3:an..3:an..35+*an..6:an..3:an..3+an..15+an..7:an..3:an..3:an..17:an..12:an..3:an..3+an..3+an..20
LIN+n..6+an..3+an..35:an..3:an..3:an..3+an..3:n..6+n..2+an..3
PIA+!*an..3+!an..35:an..3:an..3:an..3+an..35:an..3:an..3:an..3+an..35:an..3:an..3:an..3+an..35:an..3:an..3:an..3+an..35:an..3:an..3:an..3
IMD+an..3+an..3+an..17:an..3:an..3:an..35:an..35:an..3+an..3
QTY+!*an..3:*n..15:an..3
PRI+*an..3:n..15:an..3:an..3:n..9:an..3+an..3
UNS+!*a1
CNT+!*an..3:*n..18:an..3
UNT+!*n..6+!*an..14
UNZ+!*n..6+!*an..14
"""
"""Each segment as it is written: ! an element and * a component that must be there."""
_LAYOUT = {line[:3]: line.split("+")[1:] for line in LAYOUT.split()}

CODES = {
    "UNB 0 0": "UNO[ABC]", "UNB 0 1": "3", "UNB 1 1": "1|4|5|8|9|12|14|18|22|30|31|33|34|5[1-9]|6[135]|91|92|ZZZ",
    "UNH 1 0": "INVOIC", "UNH 1 1": "D", "UNH 1 2": "96A", "UNH 1 3": "UN", "UNH 1 4": "EAN008", "UNS 0 0": "S",
    "BGM 0 0": "38[0-9]|39[0-6]", "BGM 2 0": "[1-9]|[1-4][0-9]|5[0-4]",
    "DTM 0 0": "13|35|131|137|16[78]|171|263", "DTM 0 2": "102|203|718",
    "PAI 0 2": "[1-9]|1[0-9]|2[0-35-9]|3[0-9]|4[0-3]|50|6[0-7]|7[04-8]|9[1-7]|ZZZ",
    "FTX 0 0": "AA[A-Z]|DOC|PM[DT]|PRD|TXD|ZZZ", "RFF 0 0": "A(DE|EP|HO|HP)|C[RT]|GN|I[TV]|LI|ON|PQ|V[ANR]",
    "NAD 0 0": "BY|DP|IV|S[EU]", "NAD 1 2": "9|91|92|ZZZ", "NAD 8 0": "[A-Z]{2}", "FII 0 0": "RB|PB|BF",
    "FII 2 1": "25", "FII 2 2": "5|17", "FII 2 4": "25|154", "CTA 0 0": "IC|AR|AP", "COM 0 1": "TE|FX|EM",
    "CUX 0 0": "2", "CUX 0 2": "4", "CUX 1 0": "3", "CUX 1 2": "3", "PAT 0 0": "[1-9]|1[0-7]|2[0-9]|ZZZ",
    "PCD 0 0": "[123]", "ALC 0 0": "A|C", "MOA 0 0": "8|9|23|25|77|79|86|11[3]|12[45]|131|165|176|20[34]|259|260",
    "MOA 0 3": "[1-9]|1[0-7]", "TAX 0 0": "[1-79]", "TAX 1 0": "VAT", "TAX 5 0": "[ABCEGHOSZ]", "LIN 2 1": "EN|UP",
    "PIA 0 0": "[1-8]", "PIA 1 1": "SA|IN", "PIA 2 1": "SA|IN", "IMD 0 0": "[A-FSX]", "QTY 0 0": "47",
    "PRI 0 0": "AA[A-F]|INV", "CNT 0 0": "[12]",
}  # fmt: skip
_LEVELS = {
    "UNOA": r"[A-Z0-9 .,()/=!\"%&*;<>'+:?-]*",
    "UNOB": r"[A-Za-z0-9 .,()/=!\"%&*;<>'+:?-]*",
    "UNOC": "[ -~\xa0-\xff]*",
}

Parsed = list[list[list[str]]]
"""Segments of elements of components; the first element is the tag."""


def parse(text: str) -> Parsed:
    found: Parsed = []
    segment: list[list[str]] = [[""]]
    signs = iter(text[9:] if text[:3] == "UNA" else text)
    for sign in signs:
        if sign == "'":
            found.append(segment)
            segment = [[""]]
        elif sign == "+":
            segment.append([""])
        elif sign == ":":
            segment[-1].append("")
        elif sign not in "\r\n":
            segment[-1][-1] += next(signs, "") if sign == "?" else sign
    return found if segment == [[""]] else [*found, [["rest"]]]


def faults(content: bytes) -> list[str]:
    """What is wrong with the interchange."""
    segments = parse(content.decode("latin-1"))
    tags = [segment[0][0] for segment in segments]
    if tags[:1] != ["UNB"] or tags[-1:] != ["UNZ"] or tags.count("UNH") != 1 or tags.count("UNT") != 1:
        return [f"envelope: {tags[:1]} to {tags[-1:]}"]
    found = [] if _ORDER.fullmatch("".join(f"{tag}," for tag in tags[1:-1])) else ["order of segments"]
    level = re.compile(_LEVELS.get(segments[0][1][0], "nothing"))
    for place, segment in enumerate(segments):
        found += [f"{place} {text}" for text in _faults_of(segment, level)]
    return found or list(_envelope(segments, tags))


def _faults_of(segment: list[list[str]], level: re.Pattern[str]) -> Iterator[str]:
    tag, given = segment[0][0], segment[1:]
    layout = _LAYOUT.get(tag)
    if layout is None:
        yield f"unknown segment {tag}"
        return
    if len(given) > len(layout):
        yield f"{tag} has {len(given)} elements"
    for place, mask in enumerate(layout):
        parts = given[place] if place < len(given) else [""]
        if not any(parts):
            if mask.startswith("!"):
                yield f"{tag} {place} is missing"
            continue
        masks = mask.lstrip("!").split(":")
        if len(parts) > len(masks):
            yield f"{tag} {place} has {len(parts)} components"
        for index, (part, one) in enumerate(zip(parts + [""] * len(masks), masks, strict=False)):
            yield from (f"{tag} {place} {index} {text}: {part}" for text in _part(part, one, level))
            codes = CODES.get(f"{tag} {place} {index}")
            if part and codes and not re.fullmatch(codes, part):
                yield f"{tag} {place} {index} has no code {part}"


def _part(part: str, mask: str, level: re.Pattern[str]) -> Iterator[str]:
    if not part:
        if mask.startswith("*"):
            yield "is missing"
        return
    kind, most, length = re.fullmatch(r"\*?(an|a|n)(\.\.)?(\d+)", mask).groups()  # type: ignore[union-attr]
    if kind == "n" and not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", part):
        yield "is no number"
    size = len(re.sub("[^0-9]", "", part)) if kind == "n" else len(part)
    if size > int(length) or (not most and size != int(length)):
        yield f"is not {mask}"
    if not level.fullmatch(part):
        yield "has characters of another set"


def _envelope(segments: Parsed, tags: list[str]) -> Iterator[str]:
    by_tag = {segment[0][0]: segment for segment in reversed(segments)}
    unb, unh, unt, unz = by_tag["UNB"], by_tag["UNH"], by_tag["UNT"], by_tag["UNZ"]
    if unt[1] != [str(len(tags) - 2)] or unt[2] != unh[1]:
        yield "UNT"
    if unz[1] != ["1"] or unz[2] != unb[5]:
        yield "UNZ"
    if not _is_date("".join(unb[4]), "%y%m%d%H%M"):
        yield "date of UNB"
    for segment in segments:
        if segment[0][0] == "DTM":
            _, value, form = segment[1]
            days = [value] if form == "102" else [value[:8], value[8:]]
            yield from (f"date {value}" for day in days if not _is_date(day, "%Y%m%d"))
        if segment[0][0] == "NAD" and segment[2][2:] == ["9"] and not _is_gln(segment[2][0]):
            yield f"GLN {segment[2][0]}"
        if segment[0][0] == "CNT" and segment[1] != ["2", str(tags.count("LIN"))]:
            yield "CNT"


def _is_date(text: str, form: str) -> bool:
    try:
        return datetime.strptime(text, form).strftime(form) == text
    except ValueError:
        return False


def _is_gln(text: str) -> bool:
    return len(text) == 13 and sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(text)) % 10 == 0
