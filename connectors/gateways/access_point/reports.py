"""The report that an access point of the phase4 family gives of a transmission. That it answered says nothing: what
became of the document stands in it. Source: docs/example-sending-report-*.json of phax/phase4-peppol-standalone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from arhub.network.answer import Answer
from arhub.network.errors import BadAnswer, NetworkError, RetryableError, Uncertain
from connectors.gateways.answers import Answered
from connectors.gateways.base import Receipt, Rejected

REFUSED = frozenset({"AS4_ERROR_MESSAGE_RECEIVED", "INVALID_PARAMETERS"})
UNHEARD = {
    "TRANSPORT_ERROR": "the connection to the receiver's access point failed",
    "NO_SIGNAL_MESSAGE_RECEIVED": "the receiver's access point did not confirm it",
    "INVALID_SIGNAL_MESSAGE_RECEIVED": "the receiver's access point answered something that is no confirmation",
}
MOST = 300


@dataclass(frozen=True, slots=True)
class Report:
    values: Mapping[str, Any]

    @classmethod
    def of(cls, content: bytes) -> Report | None:
        """None for what is no report."""
        try:
            found = Answer(0, {}, content, "").json()
        except BadAnswer:
            return None
        is_report = isinstance(found, dict) and isinstance(found.get("overallSuccess"), bool)
        return cls(found) if is_report else None

    @property
    def is_delivered(self) -> bool:
        return self.values["overallSuccess"] is True or (
            self.values.get("sendingSuccess") is True and self._text("sendingResult") == "SUCCESS"
        )

    @property
    def reason(self) -> str:
        """Why it was not delivered, as the other side says it."""
        return self._of_receiver() or self._of_access_point() or self._text("sendingResult").replace("_", " ").lower()

    def receipt(self, answered: Answered, text: str) -> Receipt:
        warning = (
            "" if self.values["overallSuccess"] else "It was sent, but the access point failed at something after."
        )
        reference = self._text("as4MessageId")
        return Receipt(text, "report", answered.content, answered.media_type, reference, warning=warning)

    def failure(self, answered: Answered) -> NetworkError:
        """What may be done about it."""
        result = self._text("sendingResult")
        why = self.reason.rstrip(".")
        if result in UNHEARD or result == "SUCCESS":
            said = f" ({why})" if why and why != result.replace("_", " ").lower() else ""
            return Uncertain(f"Whether it arrived is not known: {UNHEARD.get(result, 'it was sent')}{said}.")
        if result in REFUSED or "sbdhParsingException" in self.values or self._is_not_registered():
            return Rejected(self.receipt(answered, f"It was refused: {why or 'no reason is given'}."))
        return RetryableError(f"The access point sent nothing: {why or 'no reason is given'}.")

    def _of_receiver(self) -> str:
        errors = self.values.get("as4ResponseErrors")
        if not isinstance(errors, list):
            return ""
        return "; ".join(filter(None, (_error(one) for one in errors if isinstance(one, dict))))[:MOST]

    def _of_access_point(self) -> str:
        for name in ("sbdhParsingException", "sendingException"):
            raised = self.values.get(name)
            if isinstance(raised, dict) and isinstance(raised.get("message"), str):
                return _plain(raised["message"])
        return ""

    def _is_not_registered(self) -> bool:
        raised = self.values.get("sendingException")
        kind = str(raised.get("class", "")) if isinstance(raised, dict) else ""
        return kind.endswith("SMPDNSResolutionException") or "not registered" in self.reason.lower()

    def _text(self, name: str) -> str:
        found = self.values.get(name)
        return found[:MOST] if isinstance(found, str) else ""


def _error(values: Mapping[str, Any]) -> str:
    said = [values.get(name) for name in ("description", "errorDetails")]
    text = " ".join(_plain(one) for one in said if isinstance(one, str)) or _plain(
        str(values.get("shortDescription") or "")
    )
    code = values.get("errorCode")
    return f"{text} ({code})" if isinstance(code, str) and text else text or str(code or "")


def _plain(text: str) -> str:
    """Without what only programmers read."""
    return " ".join("".join(char if char.isprintable() else " " for char in text.split("\n")[0]).split())[:MOST]
