"""A parcel as a mail: who gets it, and its bytes. Except for its date it is the same at every attempt."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from arhub.network.errors import ConfigError, PermanentError
from connectors.gateways.base import Parcel
from connectors.gateways.templates import fill

LARGEST_FILE = 50 << 20
"""Bytes; mail servers take 10 to 50 MB. A mail is composed in memory."""
MOST_RECIPIENTS = 100
LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
DOMAIN = re.compile(r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
NAMED = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>")
DIGITS = re.compile("[0-9a-f]{32}")
BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
MEDIA_TYPE = re.compile(r"(application|audio|image|text|video|font|model)/[A-Za-z0-9][A-Za-z0-9.+-]*")


@dataclass(frozen=True, slots=True)
class Recipients:
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]

    @property
    def everyone(self) -> list[str]:
        """Each once, in order."""
        found = {one.addr_spec.lower(): one.addr_spec for one in reversed((*self.to, *self.cc, *self.bcc))}
        return list(reversed(found.values()))


def recipients(values: Mapping[str, Any], parcel: Parcel) -> Recipients:
    """Raises PermanentError when there is none for this document, too many, or one that is no address."""
    lists = [_addresses(fill(str(values.get(name) or ""), parcel.facts)) for name in ("to", "cc", "bcc")]
    found = Recipients(*lists)
    if not found.everyone:
        raise PermanentError("Expected somebody to send it to, found no e-mail address for this document.")
    if len(found.everyone) > MOST_RECIPIENTS:
        raise PermanentError(f"Expected at most {MOST_RECIPIENTS} addresses, found {len(found.everyone)}.")
    return found


def sender(values: Mapping[str, Any]) -> Address:
    """Raises ConfigError."""
    given = one_line(str(values.get("from_address") or ""))
    try:
        return address_of(given, one_line(str(values.get("from_name") or "")))
    except PermanentError as error:
        raise ConfigError(f"The From address: {error}") from None


def compose(values: Mapping[str, Any], parcel: Parcel, to: Recipients) -> bytes:
    """The mail with CRLF at the end of each line, in ASCII. Raises PermanentError."""
    if parcel.content.size > LARGEST_FILE:
        found = f"found {parcel.content.size:,} in {parcel.name}"
        raise PermanentError(f"Expected at most {LARGEST_FILE:,} bytes to send by e-mail, {found}.")
    message = EmailMessage(policy=SMTP)
    _head(message, values, parcel, to)
    message.set_content(clean_text(fill(str(values.get("body") or ""), parcel.facts)), cte="quoted-printable")
    kind, _, subtype = _media_type(parcel).partition("/")
    with parcel.content.open() as file:
        message.add_attachment(file.read(), maintype=kind, subtype=subtype, filename=BREAKS.sub(" ", parcel.name))
    message.set_boundary(f"=_{_digest(parcel)}")
    return message.as_bytes()


def message_id(values: Mapping[str, Any], parcel: Parcel) -> str:
    return f"<{_digest(parcel)}@{sender(values).domain}>"


def _head(message: EmailMessage, values: Mapping[str, Any], parcel: Parcel, to: Recipients) -> None:
    message["From"] = sender(values)
    message["To"] = to.to or "undisclosed-recipients:;"
    if to.cc:
        message["Cc"] = to.cc
    if reply_to := _addresses(str(values.get("reply_to") or "")):
        message["Reply-To"] = reply_to
    message["Subject"] = one_line(fill(str(values.get("subject") or ""), parcel.facts)) or one_line(parcel.name)
    message["Date"] = datetime.now(UTC)
    message["Message-ID"] = message_id(values, parcel)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence note comes back


def _addresses(text: str) -> tuple[Address, ...]:
    pieces = [one_line(piece) for piece in re.split(r"[,;\r\n]", text)]
    return tuple(_named(piece) for piece in pieces if piece)


def _named(text: str) -> Address:
    """An address alone, or with a name: `Ada <ada@example.com>`."""
    found = NAMED.fullmatch(text)
    return address_of(found["address"].strip(), found["name"].strip(' "')) if found else address_of(text)


def address_of(text: str, name: str = "") -> Address:
    """The domain as DNS has it. Raises PermanentError."""
    local, _, domain = text.rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        domain = ""
    if len(local) > 64 or not LOCAL.fullmatch(local) or not DOMAIN.fullmatch(domain):
        raise PermanentError(f"Expected an address such as name@example.com, found {text[:100]!r}.")
    return Address(name, local, domain)


def _media_type(parcel: Parcel) -> str:
    return parcel.media_type if MEDIA_TYPE.fullmatch(parcel.media_type) else "application/octet-stream"


def one_line(text: str) -> str:
    """No header can begin in what came from a document."""
    return " ".join(BREAKS.sub(" ", text).split())


def clean_text(text: str) -> str:
    return BREAKS.sub(lambda found: found[0] if found[0] in "\n\t" else "", text)


def _digest(parcel: Parcel) -> str:
    """The identity itself where it is such digits: a mail that comes back about this one then names the parcel."""
    if DIGITS.fullmatch(parcel.identity):
        return parcel.identity
    return hashlib.sha256(parcel.identity.encode()).hexdigest()[:32]
