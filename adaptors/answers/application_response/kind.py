"""OIOUBL's application response, 2.0 and 2.1: what receivers in NemHandel say of an invoice or credit note."""

from __future__ import annotations

from typing import ClassVar

from adaptors.answers.base import Verdict
from adaptors.answers.ubl import UblAnswer

R, A, N = Verdict.RECEIVED, Verdict.ACCEPTED, Verdict.REJECTED


class ApplicationResponse(UblAnswer):
    kind = "application_response"
    label = "OIOUBL application response"
    verdicts: ClassVar = {
        "TechnicalAccept": (R, "Technically accepted"),
        "ProfileAccept": (R, "Accepted as a document of its profile"),
        "BusinessAccept": (A, "Accepted"),
        "TechnicalReject": (N, "Technically rejected"),
        "ProfileReject": (N, "Rejected, as its profile is not supported"),
        "BusinessReject": (N, "Rejected"),
    }

    def is_ours(self, customization: str) -> bool:
        """Older ones, and those of other countries, do not say what they are."""
        return not customization or customization.upper().startswith("OIOUBL")
