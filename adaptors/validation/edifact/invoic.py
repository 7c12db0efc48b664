"""What is wrong with an INVOIC interchange of one message."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from stdnum import ean

from adaptors.validation.base import Finding, Severity
from adaptors.validation.edifact.syntax import ALLOWED, Broken, Segment, read
from adaptors.validation.edifact.table import CODES, MESSAGE, SEGMENTS, Component, Element, Place

_NUMBER = re.compile(r"-?\d+([.,]\d+)?")
_FIELDS = {
    "BGM": "number", "RFFON": "customer_order_number", "RFFVN": "supplier_order_number", "RFFCR": "buyer_reference",
    "RFFPQ": "payment_reference", "RFFIV": "corrected_document", "FII": "supplier_iban",
    "LIN": "item_gtin", "IMD": "description", "QTY": "quantity", "PRI": "unit_price", "TAX": "vat_breakdown",
    "ALC": "allowances_charges", "FTXAAI": "note", "FTXAAB": "payment_terms",
}  # fmt: skip
"""Where to mend it, by tag with or without the segment's first component."""


_SIDES = {"SU": "supplier", "SE": "supplier", "BY": "customer", "IV": "customer", "DP": "delivery"}
_OF_PARTY = {
    1: "gln", 3: "name", 4: "address_line1", 5: "city", 6: "region", 7: "postal_code", 8: "country",
}  # fmt: skip
"""Elements of NAD."""


def check(content: bytes) -> list[Finding]:
    """All findings, in the order of the file; none when it is right."""
    try:
        segments = read(content)
    except Broken as broken:
        return [_finding("EDI-SYNTAX", str(broken))]
    return list(_check(segments))


def _check(segments: Sequence[Segment]) -> Iterator[Finding]:
    allowed, line = ALLOWED.get(segments[0].get(0)), ""
    if allowed is None:
        yield _finding("EDI-CHARACTERS", f"Expected one of {', '.join(ALLOWED)} in UNB.", segments[0])
        return
    for one in segments:
        line = one.get(0) if one.tag == "LIN" else "" if one.tag == "UNS" else line
        if not allowed.fullmatch(one.text):
            yield _finding("EDI-CHARACTERS", f"Characters that {segments[0].get(0)} does not have.", one, line)
        yield from _segment(one, line)
    yield from _structure(segments)
    yield from _envelope(segments)


def _finding(rule: str, text: str, segment: Segment | None = None, line: str = "", element: int = 1) -> Finding:
    if segment is None:
        return Finding(rule, Severity.FATAL, text, text)
    field = _field(segment, element)
    return Finding(rule, Severity.FATAL, text, f"{segment.tag}: {text}", str(segment), field, line)


def _field(segment: Segment, element: int) -> str:
    """Elements count from 0."""
    side = _SIDES.get(segment.get(0)) if segment.tag == "NAD" else None
    if side == "delivery" and element < 2:
        return "delivery_location"
    if side:
        return f"{side}_{_OF_PARTY.get(element, 'gln')}"
    return _FIELDS.get(segment.tag + segment.get(0)) or _FIELDS.get(segment.tag, "")


def _segment(segment: Segment, line: str) -> Iterator[Finding]:
    """Its elements, by the table."""
    elements = SEGMENTS.get(segment.tag)
    if elements is None:
        return  # the structure tells
    if len(segment.elements) > len(elements):
        yield _finding("EDI-LENGTH", f"Expected at most {len(elements)} elements.", segment, line)
    for place, element in enumerate(elements):
        given = segment.elements[place] if place < len(segment.elements) else ()
        for rule, text in _element(element, given):
            yield _finding(rule, f"Element {place + 1}: {text}", segment, line, place)
    for text in (*_date(segment), *_gln(segment)):
        yield _finding("EDI-VALUE", text, segment, line)


def _element(element: Element, given: Sequence[str]) -> Iterator[tuple[str, str]]:
    if not any(given):
        if element.required:
            yield "EDI-MANDATORY", "it has to be there."
        return
    if len(given) > len(element.components):
        yield "EDI-LENGTH", f"expected at most {len(element.components)} components, found {len(given)}."
    for place, component in enumerate(element.components):
        value = given[place] if place < len(given) else ""
        if value:
            yield from _component(component, value)
        elif component.required:
            yield "EDI-MANDATORY", f"its data element {component.number} has to be there."


def _component(component: Component, value: str) -> Iterator[tuple[str, str]]:
    length, what = len(value), f"data element {component.number}"
    if component.kind == "n":
        if not _NUMBER.fullmatch(value):
            yield "EDI-TYPE", f"expected a number as {what}, found {value}."
        length = sum(map(str.isdigit, value))
    elif component.kind == "a" and not value.isalpha():
        yield "EDI-TYPE", f"expected letters as {what}, found {value}."
    if length > component.longest or (component.exact and length != component.longest):
        often = "exactly" if component.exact else "at most"
        yield "EDI-LENGTH", f"expected {often} {component.longest} characters as {what}, found {length}: {value[:70]}."
    if value not in CODES.get(component.number, (value,)):
        yield "EDI-CODE", f"{what} has no code {value}."


def _date(segment: Segment) -> Iterator[str]:
    if segment.tag != "DTM":
        return
    value, form = segment.get(0, 1), segment.get(0, 2)
    parts = [value[:8], value[8:]] if form == "718" else [value]
    if not all(_is_date(part, "%Y%m%d") for part in parts) or sorted(parts) != parts:
        yield f"Expected a date in the form {form}, found {value}."


def _is_date(value: str, form: str) -> bool:
    try:
        return datetime.strptime(value, form).strftime(form) == value
    except ValueError:
        return False


def _gln(segment: Segment) -> Iterator[str]:
    given = []
    if segment.tag == "NAD" and segment.get(1, 2) == "9":
        given = [segment.get(1)]
    elif segment.tag == "UNB":
        given = [segment.get(place) for place in (1, 2) if segment.get(place, 1) == "14"]
    for number in given:
        if not (len(number) == 13 and number.isascii() and ean.is_valid(number)):
            yield f"Expected a GLN of 13 digits with a check digit, found {number}."


def _structure(segments: Sequence[Segment]) -> Iterator[Finding]:
    """The order of the message, between UNB and UNZ."""
    if segments[0].tag != "UNB" or segments[-1].tag != "UNZ":
        yield _finding("EDI-STRUCTURE", "Expected UNB at the beginning and UNZ at the end.")
    message = [one for one in segments if one.tag not in ("UNB", "UNZ")] or list(segments)
    missing: list[tuple[str, int]] = []
    reached = _match(MESSAGE, message, 0, missing)
    for tag, place in missing:
        yield _finding("EDI-STRUCTURE", f"Expected {tag} before this.", message[min(place, len(message) - 1)])
    if reached < len(message):
        yield _finding("EDI-STRUCTURE", "Did not expect it here, or so often.", message[reached])


def _match(places: Sequence[Place], message: Sequence[Segment], at: int, missing: list[tuple[str, int]]) -> int:
    """How far the message follows; no segment of INVOIC can be taken in two ways, so the first is the right one."""
    for place in places:
        count = 0
        while count < place.most and at < len(message) and message[at].tag == place.tag:
            at = _match(place.inside, message, at, missing) if place.inside else at + 1
            count += 1
        if place.required and not count:
            missing.append((place.tag, at))
    return at


def _envelope(segments: Sequence[Segment]) -> Iterator[Finding]:
    first = {one.tag: one for one in reversed(segments)}
    if missing := [tag for tag in ("UNB", "UNH", "UNT", "UNZ") if tag not in first]:
        yield _finding("EDI-STRUCTURE", f"Expected an envelope, {', '.join(missing)} is missing.")
        return
    unb, unh, unt, unz = (first[tag] for tag in ("UNB", "UNH", "UNT", "UNZ"))
    messages, lines = [one for one in segments if one.tag == "UNH"], [one for one in segments if one.tag == "LIN"]
    for segment, expected, found, what in (
        (unt, str(unt.place - unh.place + 1), unt.get(0), "segments"),
        (unz, str(len(messages)), unz.get(0), "messages"),
        (unt, unh.get(0), unt.get(1), "the reference of UNH"),
        (unz, unb.get(4), unz.get(1), "the reference of UNB"),
    ):
        if expected != found:
            yield _finding("EDI-ENVELOPE", f"Expected {expected} ({what}), found {found}.", segment)
    if not _is_date("20" + unb.get(3) + unb.get(3, 1), "%Y%m%d%H%M"):
        yield _finding("EDI-VALUE", f"Expected a date and time, found {unb.get(3)}:{unb.get(3, 1)}.", unb)
    for one in segments:
        if one.tag == "CNT" and one.get(0, 1) != str(len(lines)):
            yield _finding("EDI-ENVELOPE", f"Expected {len(lines)} lines, found {one.get(0, 1)}.", one)
    if len({one.get(0) for one in lines}) != len(lines):
        yield _finding("EDI-ENVELOPE", "Two lines have the same number.", lines[-1])
