"""The sets of rules there are, and which file of each is for which document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RuleSet:
    """`files` is by the kind of document, Invoice or CreditNote: the stylesheet's name without its ending. Sets that
    come with a package are not installed."""

    name: str
    label: str
    files: Mapping[str, str]
    is_installed_by_hand: bool = True

    @property
    def file_names(self) -> list[str]:
        return sorted(set(self.files.values()))


def _both(name: str) -> Mapping[str, str]:
    return {"Invoice": name, "CreditNote": name}


SCHEMA = "ubl"
SCHEMATRON = {
    one.name: one
    for one in (
        RuleSet("en16931", "EN 16931", _both("EN16931-UBL-validation"), is_installed_by_hand=False),
        RuleSet("peppol", "Peppol BIS Billing 3", _both("PEPPOL-EN16931-UBL")),
        RuleSet("oioubl", "OIOUBL 2.1", {"Invoice": "OIOUBL_Invoice_Schematron",
                                         "CreditNote": "OIOUBL_CreditNote_Schematron"}),
    )
}  # fmt: skip
INSTALLABLE = {name: one for name, one in SCHEMATRON.items() if one.is_installed_by_hand}
ELSEWHERE: Mapping[str, str] = {"edifact": "adaptors.validation.edifact.check"}
"""Sets that are no XML: name → dotted path of `check(content) -> list[Finding]`, imported when it is asked for."""
