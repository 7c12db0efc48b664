"""The formats there are."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from adaptors.formats.base import Format

FORMATS: dict[str, tuple[str, str]] = {  # kind → label, dotted path
    "bis3": ("Peppol BIS Billing 3.0", "adaptors.formats.bis3.format.Bis3Format"),
    "oioubl": ("OIOUBL 2.1", "adaptors.formats.oioubl.format.OioublFormat"),
    "edifact": ("EDIFACT INVOIC D.96A", "adaptors.formats.edifact.format.EdifactFormat"),
    "csv": ("CSV", "adaptors.formats.table.format.CsvFormat"),
    "xlsx": ("XLSX", "adaptors.formats.table.format.XlsxFormat"),
    "json": ("JSON", "adaptors.formats.json.format.JsonFormat"),
    "sage_network": ("Sage Network", "adaptors.formats.sage_network.format.SageNetworkFormat"),
    "erp_cache": ("ERP Cache", "adaptors.formats.erp_cache.format.ErpCacheFormat"),
    "pdf": ("PDF", "adaptors.formats.pdf.format.PdfFormat"),
}


@cache
def load(kind: str) -> type[Format]:
    """The format of a kind. Raises KeyError for one nobody knows."""
    module, name = FORMATS[kind][1].rsplit(".", 1)
    found: type[Format] = getattr(import_module(module), name)
    return found


def label_of(kind: str) -> str:
    return FORMATS[kind][0] if kind in FORMATS else kind
