"""The reports of phase4, as its examples have them (docs/example-sending-report-*.json)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import uuid4


class Given(Protocol):
    @property
    def instance(self) -> str: ...
    @property
    def sender(self) -> str: ...
    @property
    def receiver(self) -> str: ...
    @property
    def document_type(self) -> str: ...
    @property
    def process(self) -> str: ...
    @property
    def country(self) -> str: ...


def sent(given: Given) -> dict[str, Any]:
    return {**_begun(given), **_message(), "sendingResult": "SUCCESS", "as4ResponseError": False, **_ended(True)}


def refused(given: Given, details: str) -> dict[str, Any]:
    message = _message()
    error = {"description": "An undefined error occurred.", "errorDetails": details, "category": "Content",
             "refToMessageInError": message["as4MessageId"], "errorCode": "EBMS:0004", "severity": "failure",
             "shortDescription": "Other"}  # fmt: skip
    return {**_begun(given), **message, "sendingResult": "AS4_ERROR_MESSAGE_RECEIVED", "as4ResponseError": True,
            "as4ResponseErrors": [error], **_ended(False)}  # fmt: skip


def silent(given: Given) -> dict[str, Any]:
    return {**_begun(given), **_message(), "sendingResult": "NO_SIGNAL_MESSAGE_RECEIVED", "as4ResponseError": False,
            **_ended(False)}  # fmt: skip


def not_registered(given: Given) -> dict[str, Any]:
    raised = _raised("com.helger.smpclient.url.SMPDNSResolutionException",
                     f"The participant ID '{given.receiver}' is not registered in the Peppol Network.")  # fmt: skip
    return {**_begun(given), "sendingException": raised, "as4ResponseError": False, **_ended(False)}


def unreadable(why: str) -> dict[str, Any]:
    raised = _raised("com.helger.peppol.sbdh.PeppolSBDHDataReadException", why)
    return {"currentDateTimeUTC": _now(), "phase4Version": "4.2.0", "sbdhParsingException": raised,
            "as4ResponseError": False, **_ended(False)}  # fmt: skip


def _begun(given: Given) -> dict[str, Any]:
    ids = {"senderId": given.sender, "receiverId": given.receiver, "docTypeId": given.document_type,
           "processId": given.process, "countryC1": given.country}  # fmt: skip
    return {"currentDateTimeUTC": _now(), "phase4Version": "4.2.0", **ids, "senderPartyId": "POP000000",
            "sbdhInstanceIdentifier": given.instance}  # fmt: skip


def _message() -> dict[str, str]:
    return {"c3CertCheckResult": "VALID", "as4MessageId": f"{uuid4()}@simulator", "as4SendingDateTime": _now()}


def _ended(is_good: bool) -> dict[str, Any]:
    return {"overallDurationMillis": 1, "sendingSuccess": is_good, "overallSuccess": is_good}


def _raised(kind: str, message: str) -> dict[str, str]:
    return {"class": kind, "message": message, "stackTrace": f"{kind}: {message}\n\tat com.helger.Simulated"}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
