"""Peppol BIS Invoice Response 3: what the customer does with an invoice."""

from __future__ import annotations

from typing import ClassVar

from adaptors.answers.base import Verdict
from adaptors.answers.ubl import UblAnswer


class InvoiceResponse(UblAnswer):
    kind = "invoice_response"
    label = "Peppol invoice response"
    verdicts: ClassVar = {
        "AB": (Verdict.RECEIVED, "Received"),
        "IP": (Verdict.IN_PROCESS, "In process"),
        "UQ": (Verdict.IN_PROCESS, "Under query, not paid until that is cleared"),
        "CA": (Verdict.ACCEPTED, "Accepted on conditions"),
        "AP": (Verdict.ACCEPTED, "Accepted"),
        "PD": (Verdict.ACCEPTED, "Paid"),
        "RE": (Verdict.REJECTED, "Rejected"),
    }

    def is_ours(self, customization: str) -> bool:
        return "trns:invoice_response" in customization
