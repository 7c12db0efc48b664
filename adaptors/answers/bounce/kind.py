"""A mail that says what became of another: a delivery status notification. Source: RFC 3464, RFC 3461, RFC 6522."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.parser import HeaderParser
from email.utils import parseaddr, parsedate_to_datetime

from adaptors.answers.base import AnswerKind, Reason, Reference, Said, Unreadable, Verdict, sentence

_REPORT = re.compile(rb"^content-type:[ \t]*multipart/report\b", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(rb"report-type[ \t]*=[ \t]*\"?delivery-status\b", re.IGNORECASE)
_BLANK = re.compile(rb"\r?\n\r?\n")
_VERDICTS = {
    "failed": (Verdict.REJECTED, "The mail could not be delivered"),
    "delayed": (Verdict.INFORMATION, "The mail is delayed, and tried again"),
    "delivered": (Verdict.RECEIVED, "The mail was delivered"),
    "relayed": (Verdict.INFORMATION, "The mail was passed on to a system that gives no notices"),
    "expanded": (Verdict.INFORMATION, "The mail was passed on to several recipients"),
}
"""By action, the worst first: one recipient who did not get it counts more than others who did."""
_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")
LONGEST = 400
MOST = 50


class Bounce(AnswerKind):
    kind = "bounce"
    label = "Delivery status notification"

    def recognises(self, head: bytes) -> bool:
        headers = _BLANK.split(head, 1)[0]
        return bool(_REPORT.search(headers) and _STATUS.search(headers))

    def parse(self, content: bytes) -> Iterator[Said]:
        try:
            yield _said(message_from_bytes(content))
        except (RecursionError, LookupError, ValueError, AttributeError, TypeError) as error:
            raise Unreadable(
                f"Expected a delivery status notification, found a mail that is broken: {error}."
            ) from None


def _said(mail: Message) -> Said:
    parts = list(mail.walk())
    status = next((one for one in parts if one.get_content_type() == "message/delivery-status"), None)
    if status is None:
        raise Unreadable("Expected a part message/delivery-status in the notification, found none.")
    blocks = _blocks(status)
    recipients = [one for one in blocks if one["Action"]][:MOST]
    actions = {_plain(one["Action"]).lower() for one in recipients}
    action = next((known for known in _VERDICTS if known in actions), "")
    if not action:
        raise Unreadable(
            f"Expected one of {', '.join(_VERDICTS)} as Action, found {', '.join(actions)[:60] or 'none'}."
        )
    verdict, what = _VERDICTS[action]
    reasons = [_reason(one) for one in recipients if _plain(one["Action"]).lower() == action]
    return Said(
        verdict, sentence(what, reasons), reasons, _references(parts, blocks), _sender(mail, blocks), "",
        _moment(mail["Date"]), _plain(mail["Message-ID"]),
    )  # fmt: skip


def _blocks(status: Message) -> list[Message]:
    """Of the message, then of each recipient. Some servers encode them as one text."""
    found = status.get_payload()
    if isinstance(found, list):
        return [one for one in found if isinstance(one, Message)]
    text = (status.get_payload(decode=True) or b"").decode("latin-1")  # type: ignore[union-attr]
    return [HeaderParser().parsestr(one) for one in re.split(r"\r?\n\r?\n", text) if one.strip()]


def _reason(recipient: Message) -> Reason:
    who = _after_type(recipient["Final-Recipient"] or recipient["Original-Recipient"])
    why = _after_type(recipient["Diagnostic-Code"])
    return Reason(": ".join(filter(None, (who, why))), _plain(recipient["Status"])[:20])


def _references(parts: list[Message], blocks: list[Message]) -> list[Reference]:
    """The id of the mail that is returned, the envelope's, and what was attached to it."""
    found = [Reference("message", one) for one in (_plain(block["Original-Envelope-Id"]) for block in blocks) if one]
    returned = next((place for place, one in enumerate(parts) if one.get_content_type() in _RETURNED), None)
    if returned is None:
        return found
    mail = _inner(parts[returned])
    if original := _plain(mail["Message-ID"]):
        found.insert(0, Reference("message", original))
    names = [name for one in parts[returned + 1 :] if (name := one.get_filename())]
    return [*found, *(Reference("file", _plain(name)) for name in names[:MOST])]


def _inner(part: Message) -> Message:
    """The mail within a part, whole or only its headers."""
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        return payload[0]
    text = (part.get_payload(decode=True) or b"").decode("latin-1")  # type: ignore[union-attr]
    return HeaderParser().parsestr(text)


def _sender(mail: Message, blocks: list[Message]) -> str:
    servers = (_after_type(one["Reporting-MTA"]) for one in blocks)
    return next(filter(None, servers), "") or parseaddr(_plain(mail["From"]))[1]


def _after_type(value: object) -> str:
    """`rfc822; ada@example.com` without its type."""
    kind, found, rest = _plain(value).partition(";")
    return rest.strip() if found else kind


def _plain(value: object) -> str:
    """A header in one line, decoded; some have bytes that belong to no character set."""
    text = " ".join(str(value or "").split())[:LONGEST]
    try:
        return str(make_header(decode_header(text))) if "=?" in text else text
    except (ValueError, LookupError):
        return text


def _moment(value: object) -> datetime | None:
    try:
        found = parsedate_to_datetime(str(value))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
