"""The interfaces of ERP Cache that the hub takes part in, and what each is called where."""

from __future__ import annotations

from dataclasses import dataclass

VERSION = "1.0"
ROOT, SETTINGS = "Import", "ImportSettings"


@dataclass(frozen=True, slots=True)
class Interface:
    """`name` stands in file names; `container` holds elements `row`, which become records of `record_type`. `importer`
    is written; those in `also` are taken with a warning: the page of outstanding items names the importer of invoices
    by mistake, and elsewhere singular and plural change places."""

    name: str
    record_type: str
    container: str
    row: str
    importer: str
    also: tuple[str, ...]


OUTSTANDING_ITEM = Interface(
    "OutstandingItem", "outstanding_item", "OutstandingItems", "OutstandingItem", "ErpCache_OutstandingItem",
    also=("ErpCache_Invoices", "ErpCache_OutstandingItems"),
)  # fmt: skip
INVOICE = Interface("Invoice", "invoice", "Invoices", "Invoice", "ErpCache_Invoices", also=("ErpCache_Invoice",))


def interface_of(name: str) -> Interface | None:
    """By its part of a file name, in any case, singular or plural; None for what the hub takes no part in."""
    return _INTERFACES.get(name.lower().removesuffix("s"))


_INTERFACES = {one.name.lower(): one for one in (OUTSTANDING_ITEM, INVOICE)}
