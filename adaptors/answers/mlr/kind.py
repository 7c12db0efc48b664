"""Peppol Message Level Response 3, and Message Level Status 1.0 that follows it: what the receiver's access point found
when it looked at a document."""

from __future__ import annotations

from typing import ClassVar

from adaptors.answers.base import Verdict
from adaptors.answers.ubl import UblAnswer


class MessageLevelResponse(UblAnswer):
    kind = "mlr"
    label = "Peppol message level response"
    verdicts: ClassVar = {
        "AB": (Verdict.RECEIVED, "Received, not checked further"),
        "AP": (Verdict.ACCEPTED, "Found in order and passed on"),
        "RE": (Verdict.REJECTED, "Rejected by the receiver's access point"),
    }
    reference_kinds: ClassVar = ("message", "document")
    """MLS names the envelope, MLR the envelope or the document."""

    def is_ours(self, customization: str) -> bool:
        return "trns:mlr:" in customization or "edec:mls:" in customization
