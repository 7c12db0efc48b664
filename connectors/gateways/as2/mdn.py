"""Message disposition notifications: what a partner says became of a message (RFC 3798; RFC 4130, 7)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from connectors.gateways.as2 import digests, message, mime
from connectors.gateways.as2.certificates import Identity
from connectors.gateways.as2.problems import As2Problem

REPORT = "multipart/report"
NOTIFICATION = "message/disposition-notification"
MODE = "automatic-action/MDN-sent-automatically"
DUPLICATE = "processed/Warning: duplicate-document"
_DISPOSITION = re.compile(r"[^;]*;\s*([a-z-]+)\s*(?:/\s*([a-z-]+)\s*(?::\s*(.*))?)?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Notification:
    """`disposition` is what follows the semicolon, such as processed/error: decryption-failed; `mic` is in base64, and
    `digest` one of `digests`; both are empty where the partner names none. `text` is what it says to people."""

    original_message_id: str
    disposition: str
    recipient: str = ""
    mic: str = ""
    digest: str = ""
    text: str = ""
    is_signed: bool = False

    @property
    def is_positive(self) -> bool:
        """A warning is one: the message was processed."""
        kind, modifier, _ = self._pieces
        return kind in ("processed", "displayed") and modifier in ("", "warning")

    @property
    def is_duplicate(self) -> bool:
        """Whether the partner knew the message already; programs write duplicate-document, or words of their own."""
        _, modifier, reason = self._pieces
        return modifier == "warning" and "duplicate" in reason

    @property
    def reason(self) -> str:
        """What is wrong, in the partner's word; empty when nothing is."""
        kind, modifier, reason = self._pieces
        return (reason or modifier or kind) if modifier or not self.is_positive else ""

    @property
    def _pieces(self) -> tuple[str, str, str]:
        found = _DISPOSITION.fullmatch(f";{self.disposition}".strip())
        kind, modifier, reason = found.groups(default="") if found else ("", "", self.disposition)
        return kind.lower(), modifier.lower(), reason.strip().lower()


def build(notification: Notification, seed: str, signer: Identity | None = None, digest: str = "") -> message.Part:
    """The receipt as a MIME part, signed when a signer is given. `seed` makes the boundaries and must be nobody's to
    guess, as the partner's own words stand between them."""
    plain = {"Content-Type": "text/plain; charset=utf-8"}
    spoken = message.Part(plain, notification.text.encode(), is_binary=not notification.text.isascii())
    fields = {
        "Reporting-UA": "AR-Hub",
        "Original-Recipient": f"rfc822; {notification.recipient}",
        "Final-Recipient": f"rfc822; {notification.recipient}",
        "Original-Message-ID": notification.original_message_id,
        "Disposition": f"{MODE}; {notification.disposition}",
    }
    if notification.mic:
        fields["Received-Content-MIC"] = f"{notification.mic}, {digests.wire_name(notification.digest)}"
    told = message.Part({"Content-Type": NOTIFICATION}, mime.head(fields), is_binary=False)
    report = message.multipart(
        f"{REPORT}; report-type=disposition-notification", (spoken.inner(), told.inner()), f"report {seed}"
    )
    return message.signed(report.inner(), signer, digest, seed) if signer else report


def is_report(entity: mime.Entity) -> bool:
    """Whether it is a receipt and not a message. Raises As2Problem for what cannot be taken apart."""
    if entity.media_type != "multipart/signed":
        return entity.media_type == REPORT
    parts = entity.parts()
    return bool(parts) and mime.Entity.of(parts[0]).media_type == REPORT


def parse(entity: mime.Entity, keys: message.Keys) -> Notification:
    """Raises As2Problem for what is no receipt, and for a signature that is not the partner's."""
    is_signed = entity.media_type == "multipart/signed"
    report = message.unwrap_signed(entity, keys).entity if is_signed else entity
    if report.media_type != REPORT:
        raise As2Problem(f"Expected a receipt (MDN), found {report.media_type}.")
    parts = [mime.Entity.of(part) for part in report.parts()]
    told = next((part for part in parts if part.media_type == NOTIFICATION), None)
    if not told:
        raise As2Problem("Expected a receipt (MDN) with a disposition notification in it, found none.")
    spoken = next((part.content for part in parts if part.media_type == "text/plain"), b"")
    return _notification(told.content, spoken.decode("utf-8", "replace").strip()[:1000], is_signed)


def _notification(told: bytes, text: str, is_signed: bool) -> Notification:
    lines = [line for line in told.splitlines() if line.strip()]  # some put empty lines between their fields
    fields = mime.parse_headers(mime.LINE_END.join(lines))
    disposition = _field(fields, "disposition").partition(";")[2].strip()
    if not disposition:
        raise As2Problem("Expected a receipt (MDN) that says what became of the message, found none.")
    mic, _, digest = _field(fields, "received-content-mic").partition(",")
    recipient = _field(fields, "final-recipient").partition(";")[2].strip()
    return Notification(
        _field(fields, "original-message-id"), disposition, recipient, "".join(mic.split()),
        digests.canonical(digest), text, is_signed,
    )  # fmt: skip


def _field(fields: mime.Message, name: str) -> str:
    """Unfolded."""
    return " ".join(str(fields.get(name, "")).split())[:1000]
