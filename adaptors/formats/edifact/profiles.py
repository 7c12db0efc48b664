"""What partners want in an INVOIC D.96A, as data: no two of them want the same segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PARTS: tuple[tuple[str, str], ...] = (
    ("names", "NAD: names and addresses beside the numbers of parties"),
    ("invoicee", "NAD+IV: who is invoiced, the same as the buyer"),
    ("delivery", "NAD+DP: place of delivery"),
    ("vat_numbers", "RFF+VA: VAT numbers of the parties"),
    ("register", "RFF: registration numbers of the parties"),
    ("party_numbers", "RFF+IT, RFF+VR: what the parties call each other"),
    ("contacts", "CTA, COM: contacts"),
    ("bank", "FII: bank accounts"),
    ("payment", "PAI: means of payment"),
    ("payment_text", "FTX+PMD: payment in words, payment slips, direct debit"),
    ("terms", "FTX+AAB: terms of payment in words"),
    ("due_in_header", "DTM+13 in the header: due date"),
    ("due_in_terms", "PAT+3, DTM+13: due date"),
    ("notes", "FTX+AAI: notes of the document and its lines"),
    ("exemptions", "FTX+TXD: why no VAT is due"),
    ("cost_references", "RFF+ADE, RFF+AEP: accounting string, project"),
    ("currency", "CUX: currencies"),
    ("item_numbers", "PIA: article numbers of seller and buyer"),
    ("descriptions", "IMD+A: descriptions beside the names"),
    ("units", "QTY: units"),
    ("order_lines", "RFF+ON of lines: lines of the order"),
    ("line_vat", "TAX of lines: VAT"),
    ("bases", "MOA+25: what percentages are of"),
    ("count", "CNT+2: number of lines"),
)
"""What a message may have or not: name, and what it is."""
_ALL = frozenset(name for name, _ in PARTS)
_PIECES = {"C62": "PCE", "H87": "PCE", "EA": "PCE"}


@dataclass(frozen=True, slots=True)
class Profile:
    """`parts` of the message are written. `known_by` are the numbers that identify a party, the first that it has.

    `categories` is VAT category → code 5305: the directory has none for reverse charge, FTX tells it then. `totals`
    are the amounts of the summary with their qualifiers, in their order; `allowance` and `charge` qualify theirs.
    """

    label: str
    association: str
    parts: frozenset[str]
    known_by: tuple[str, ...]
    totals: tuple[tuple[str, str], ...]
    supplier: str = "SU"
    register: str = "GN"
    allowance: str = "204"
    charge: str = "23"
    agreement: str = ""
    characters: str = "UNOC"
    units: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, str] = field(
        default_factory=lambda: {"S": "S", "Z": "Z", "E": "E", "G": "G", "O": "O", "AE": "E", "K": "E"}
    )


PROFILES: dict[str, Profile] = {
    "eancom": Profile(
        "EANCOM 1997 (INVOIC version 008)",
        association="EAN008",
        parts=_ALL - {"invoicee", "due_in_header"},
        known_by=("gln",),
        totals=(
            ("lines", "79"), ("adjustments", "131"), ("net", "125"), ("tax", "176"), ("gross", "77"),
            ("prepaid", "113"), ("rounding", "165"), ("payable", "9"),
        ),
        agreement="EANCOM",
        units=_PIECES,
    ),
    "plain": Profile(
        "UN/EDIFACT D.96A without a subset",
        association="",
        parts=_ALL - {"invoicee", "due_in_header"},
        known_by=("gln", "registration_number", "vat_number", "number"),
        totals=(
            ("lines", "79"), ("allowances", "260"), ("charges", "259"), ("net", "125"), ("tax", "124"),
            ("gross", "77"), ("prepaid", "113"), ("rounding", "165"), ("payable", "9"),
        ),
        supplier="SE",
    ),
    "retail": Profile(
        "EANCOM 1997 for retail: numbers instead of names",
        association="EAN008",
        parts=frozenset({
            "invoicee", "delivery", "vat_numbers", "due_in_header", "due_in_terms", "exemptions", "currency",
            "item_numbers", "order_lines", "line_vat", "bases", "count",
        }),
        known_by=("gln",),
        totals=(
            ("lines", "79"), ("adjustments", "131"), ("net", "125"), ("tax", "176"), ("gross", "86"),
            ("prepaid", "113"), ("rounding", "165"), ("payable", "9"),
        ),
        allowance="8",
        charge="8",
        agreement="EANCOM",
    ),
}  # fmt: skip
