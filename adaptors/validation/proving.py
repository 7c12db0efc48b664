"""Whether a set of rules checks anything: it must find what is wrong, and nothing in what is right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from adaptors.validation import schematron
from adaptors.validation.base import CannotCheck, Severity

SAMPLES = Path(__file__).with_name("samples")
FAULTS: Mapping[str, tuple[tuple[str, str, str], ...]] = {  # what is wrong, the part of the sample, what is put there
    "peppol": (
        ("no buyer reference", "<cbc:BuyerReference>Indkøb</cbc:BuyerReference>", ""),
        ("a line that is not quantity times price", ">500.00<", ">400.00<"),
    ),
    "oioubl": (
        ("a wrong total with VAT", ">1250.00</cbc:TaxInclusiveAmount>", ">1260.00</cbc:TaxInclusiveAmount>"),
        ("a supplier's CVR number of 7 digits", '"DK:CVR">DK12345674<', '"DK:CVR">DK1234567<'),
    ),
}
_CREDIT = (
    (r"\bInvoice-2\b", "CreditNote-2"),
    (r"<(/?)Invoice\b", r"<\1CreditNote"),
    (r"cac:InvoiceLine\b", "cac:CreditNoteLine"),
    (r"cbc:InvoicedQuantity\b", "cbc:CreditedQuantity"),
    (r"\s*<cbc:DueDate>.*?</cbc:DueDate>", ""),
    (r"<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>", "<cbc:CreditNoteTypeCode>381</cbc:CreditNoteTypeCode>"),
    (r"\s*<cbc:InvoiceTypeCode .*?</cbc:InvoiceTypeCode>", ""),  # OIOUBL has none for credit notes
)


class NotProven(Exception):
    """The rules are no good to check with; the text says what was tried."""


def prove(name: str, stylesheet: Path, kind: str) -> None:
    """Tries a stylesheet of the set `name` on our own sample of that kind of document, right and wrong. Raises
    `NotProven`."""
    text = sample(name, kind)
    if found := _fatal(stylesheet, text):
        raise NotProven(f"It finds fault with the hub's own example, in which there is none: {'; '.join(found[:3])}.")
    for what, part, instead in FAULTS[name]:
        if not _fatal(stylesheet, text.replace(part, instead)):
            raise NotProven(f"It finds nothing wrong in an example with {what}.")


def sample(name: str, kind: str) -> str:
    """The example that is right by the set `name`; the credit note is the invoice written as one."""
    text = (SAMPLES / f"{name}.xml").read_text("utf-8")
    for pattern, instead in _CREDIT if kind == "CreditNote" else ():
        text = re.sub(pattern, instead, text)
    return text


def _fatal(stylesheet: Path, text: str) -> list[str]:
    try:
        breaches = schematron.breaches(stylesheet, text)
    except CannotCheck as error:
        raise NotProven(f"{error}.") from error
    except schematron.Failed as error:
        raise NotProven(f"It does not get through an example: {error}.") from error
    return [f"{one.rule} {one.text}".strip() for one in breaches if one.severity is Severity.FATAL]
