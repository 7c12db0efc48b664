"""Drops as other programs write them."""

from __future__ import annotations

import io
import json
import zipfile
from decimal import Decimal
from typing import Any

from connectors.erp_cache.names import DropName
from connectors.erp_cache.reading import Drop, read

SHOP = "ACME"
NAME = DropName(SHOP, "OutstandingItem", "7")
INVOICES = DropName(SHOP, "Invoice", "7")
SETTINGS = "<ImportSettings><Importer>{}</Importer><Version>1.0</Version></ImportSettings>"


def item(number: object, amount: object, currency: str = "DKK") -> str:
    return (
        f"<OutstandingItem><InvoiceNumber>{number}</InvoiceNumber><Currency>{currency}</Currency>"
        f"<TotalOutstanding>{amount}</TotalOutstanding></OutstandingItem>"
    )


def items(*rows: str, importer: str = "ErpCache_OutstandingItem", settings: str = SETTINGS) -> bytes:
    inner = "".join(f"\n    {row}" for row in rows)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<Import>\n  '
        f"{settings.format(importer)}\n  <OutstandingItems>{inner}\n  </OutstandingItems>\n</Import>\n"
    ).encode()


def invoices(*rows: dict[str, str], importer: str = "ErpCache_Invoices") -> bytes:
    inner = "".join(
        f"<Invoice>{''.join(f'<{name}>{text}</{name}>' for name, text in row.items())}</Invoice>\n" for row in rows
    )
    return f"<Import>{SETTINGS.format(importer)}<Invoices>\n{inner}</Invoices></Import>".encode()


def zipped(**members: bytes) -> bytes:
    """A ZIP of XML files, by their names without an ending."""
    return packed({f"{name}.xml": content for name, content in members.items()})


def packed(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def drop(content: bytes, name: DropName = NAME) -> tuple[Drop, list[dict[str, Any]]]:
    """What a file was read as, and its records."""
    into = io.BytesIO()
    found = read(name, io.BytesIO(content), into)
    return found, [json.loads(line, parse_float=Decimal, parse_int=Decimal) for line in into.getvalue().splitlines()]
