"""Lines with their items and prices."""

from __future__ import annotations

from adaptors.formats.bis3.amounts import allowance_charge, money, vat_category
from adaptors.formats.document import Line
from adaptors.formats.xml import branch, leaf, number

GTIN = "0160"


def line(given: Line, currency: str, *, is_credit: bool) -> str:
    tag, quantity = ("CreditNoteLine", "CreditedQuantity") if is_credit else ("InvoiceLine", "InvoicedQuantity")
    return (
        f"<cac:{tag}>"
        + leaf("cbc:ID", given.id)
        + leaf("cbc:Note", given.note)
        + leaf(f"cbc:{quantity}", number(given.quantity), unitCode=given.unit)
        + money("cbc:LineExtensionAmount", given.net, currency)
        + (branch("cac:OrderLineReference", leaf("cbc:LineID", given.order_line)) if given.order_line else "")
        + "".join(allowance_charge(one, currency) for one in given.allowances_charges)
        + _item(given)
        + f'<cac:Price><cbc:PriceAmount currencyID="{currency}">{number(given.price)}</cbc:PriceAmount></cac:Price>'
        + f"</cac:{tag}>"
    )


def _item(given: Line) -> str:
    return (
        "<cac:Item>"
        + leaf("cbc:Description", given.description)
        + leaf("cbc:Name", given.name)
        + _number("cac:BuyersItemIdentification", given.buyer_item)
        + _number("cac:SellersItemIdentification", given.seller_item)
        + _number("cac:StandardItemIdentification", given.gtin, GTIN)
        + vat_category("cac:ClassifiedTaxCategory", given.vat)
        + "</cac:Item>"
    )


def _number(tag: str, value: str, scheme: str = "") -> str:
    return branch(tag, leaf("cbc:ID", value, schemeID=scheme)) if value else ""
