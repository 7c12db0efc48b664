"""The lines: groups 25 to 43."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adaptors.formats.document import Line, OutgoingDocument
from adaptors.formats.edifact.amounts import allowance_charge, money, tax
from adaptors.formats.edifact.header import free_text, why_untaxed
from adaptors.formats.edifact.profiles import Profile
from adaptors.formats.edifact.writer import Writer, joined

_MOST_DESCRIPTIONS, _MOST_NOTES, _MOST_ALLOWANCES = 10, 5, 15
_MOST_PIECES = 99
"""Of 35 characters: more than all FTX of a line hold."""


def write(writer: Writer, document: OutgoingDocument, profile: Profile) -> None:
    for number, line in numbered(document.lines):
        writer.line = line.id
        _line(writer, number, line, document.customer_order_number, profile)
    writer.line = ""


def numbered(lines: Sequence[Line]) -> Iterator[tuple[str, Line]]:
    """Each with its own number, where all have one of at most six digits, each another; else by their places."""
    ids = {line.id for line in lines if line.id.isascii() and line.id.isdigit() and len(line.id) <= 6}
    if len(ids) == len(lines):
        return ((line.id, line) for line in lines)
    return ((str(place), line) for place, line in enumerate(lines, 1))


def _line(writer: Writer, number: str, line: Line, order: str, profile: Profile) -> None:
    parts = profile.parts
    writer.put("LIN", number, "", joined(writer.code(line.gtin, 35, "item_gtin"), "EN") if line.gtin else "")
    if "item_numbers" in parts:
        _item_numbers(writer, line)
    _texts(writer, line, profile)
    money(writer, "203", line.net, field="net_amount")
    priced = "AAB" if line.allowances_charges else "AAA"
    writer.put("PRI", joined(priced, writer.number(line.price, 15, "unit_price")))
    if line.order_line and "order_lines" in parts:
        _order_line(writer, line.order_line, order)
    if "line_vat" in parts:
        tax(writer, line.vat, profile)
    if len(line.allowances_charges) > _MOST_ALLOWANCES:
        writer.refuse(f"Expected at most {_MOST_ALLOWANCES} allowances and charges.", "allowances_charges")
    for one in line.allowances_charges:
        allowance_charge(writer, one, profile)


def _item_numbers(writer: Writer, line: Line) -> None:
    given = ((line.seller_item, "SA", "product_code"), (line.buyer_item, "IN", "buyer_item_number"))
    numbers = [joined(writer.code(number, 35, field), kind) for number, kind, field in given if number]
    if numbers:
        writer.put("PIA", "1" if line.gtin else "5", *numbers)


def _texts(writer: Writer, line: Line, profile: Profile) -> None:
    """IMD of name and description, QTY, and FTX: the description goes there where IMD has no room for it."""
    parts = profile.parts
    name = writer.words(line.name, "description", count=2 * _MOST_DESCRIPTIONS)
    described = line.description if "descriptions" in parts and line.description != line.name else ""
    pieces = writer.words(described, "description", count=_MOST_PIECES)
    fits = len(pieces) <= 2 * (_MOST_DESCRIPTIONS - (len(name) + 1) // 2)
    _descriptions(writer, "F", name)
    _descriptions(writer, "A", pieces if fits else [])
    unit = profile.units.get(line.unit, line.unit) if "units" in parts else ""
    quantity = writer.number(line.quantity, 15, "quantity")
    writer.put("QTY", joined("47", quantity, writer.code(unit, 3, "unit_code")))
    _notes(writer, line, "" if fits else described, profile)


def _notes(writer: Writer, line: Line, described: str, profile: Profile) -> None:
    message, writer.segments = writer.segments, []
    if "exemptions" in profile.parts:
        free_text(writer, "TXD", why_untaxed(line.vat.category), "exemption_reason", 1)
    if "notes" in profile.parts:
        free_text(writer, "AAI", line.note, "description", _MOST_NOTES)
    free_text(writer, "PRD", described, "description", _MOST_NOTES)
    text = f"Expected notes that fit {_MOST_NOTES} times 5 times 70 characters together."
    writer.segments = message + writer.first(writer.segments, _MOST_NOTES, text, "description")


def _descriptions(writer: Writer, kind: str, pieces: Sequence[str]) -> None:
    for start in range(0, len(pieces), 2):
        writer.put("IMD", kind, "", joined("", "", "", *pieces[start : start + 2]))


def _order_line(writer: Writer, order_line: str, order: str) -> None:
    """With the order's number, where both fit."""
    if order and len(order_line.strip()) <= 6:
        number = writer.code(order, 35, "customer_order_number")
        writer.put("RFF", joined("ON", number, writer.code(order_line, 6, "order_line")))
    else:
        writer.put("RFF", joined("LI", writer.code(order_line, 35, "order_line")))
