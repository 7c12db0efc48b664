"""What is invoiced or credited."""

from __future__ import annotations

from collections.abc import Mapping

from adaptors.formats.document import Line, Vat
from adaptors.formats.oioubl import tax
from adaptors.formats.oioubl.codes import UNITS
from adaptors.formats.oioubl.pieces import amount, price
from adaptors.formats.xml import branch, leaf, number

_NEWER_UNITS = {"H87": "EA"}
"""Codes younger than OIOUBL's list, and what the list has for the same: a piece."""


def unit_of(code: str) -> str:
    """The unit by OIOUBL's list, which has packages without the X before them; empty where it has none."""
    if code in UNITS:
        return code
    known = _NEWER_UNITS.get(code) or code.removeprefix("X")
    return known if known in UNITS else ""


def line(line: Line, currency: str, categories: Mapping[Vat, str], *, is_credit: bool) -> str:
    kind, quantity = ("CreditNote", "Credited") if is_credit else ("Invoice", "Invoiced")
    taxes = tax.of_line(line.net, line.vat, currency, categories)
    changes = "".join(tax.allowances_charges(line.allowances_charges, currency, categories, line.vat))
    return "".join((
        f"<cac:{kind}Line>",
        leaf("cbc:ID", line.id),
        leaf("cbc:Note", line.note),
        leaf(f"cbc:{quantity}Quantity", number(line.quantity), unitCode=unit_of(line.unit)),
        amount("cbc:LineExtensionAmount", line.net, currency),
        branch("cac:OrderLineReference", leaf("cbc:LineID", line.order_line)),
        taxes + changes if is_credit else changes + taxes,  # the schemas have them in different order
        _item(line),
        f'<cac:Price><cbc:PriceAmount currencyID="{currency}">{price(line)}</cbc:PriceAmount></cac:Price>',
        f"</cac:{kind}Line>",
    ))  # fmt: skip


def _item(line: Line) -> str:
    return branch(
        "cac:Item",
        leaf("cbc:Description", line.description),
        leaf("cbc:Name", line.name),
        branch("cac:BuyersItemIdentification", leaf("cbc:ID", line.buyer_item)),
        branch("cac:SellersItemIdentification", leaf("cbc:ID", line.seller_item)),
        branch(
            "cac:StandardItemIdentification", leaf("cbc:ID", line.gtin, schemeAgencyID="9", schemeID="GTIN")
        ),
    )  # fmt: skip
