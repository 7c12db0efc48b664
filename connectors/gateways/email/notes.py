"""A short mail without a file, to one person: as text, and the same as HTML. It is the same at every attempt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from arhub.network.errors import ConfigError, PermanentError, RetryableError
from connectors.gateways.email.letter import address_of, clean_text, one_line, sender
from connectors.gateways.email.settings import SENDING, Server
from connectors.gateways.email.smtp import Outgoing


@dataclass(frozen=True, slots=True)
class Note:
    """`message_id` in angle brackets, as its header has it."""

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    date: datetime


def compose(values: Mapping[str, Any], note: Note) -> bytes:
    """The mail with CRLF at the end of each line, in ASCII. Raises ConfigError, and PermanentError for an address that
    is none."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender(values)
    message["To"] = address_of(note.to)
    message["Subject"] = one_line(note.subject)
    message["Date"] = note.date
    message["Message-ID"] = note.message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence note comes back
    message.set_content(clean_text(note.text), cte="quoted-printable")
    message.add_alternative(clean_text(note.html), subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{note.message_id.strip('<>').partition('@')[0]}")
    return message.as_bytes()


def send(values: Mapping[str, Any], note: Note) -> str:
    """Send by the server that the settings name. Returns what it said, in a sentence. Raises NetworkError in its kinds;
    Uncertain when its answer never came."""
    server = Server.of(values, "smtp")
    if server is None:
        raise ConfigError(f"Nothing can be sent: no server is set under {SENDING}.")
    mail, outgoing = compose(values, note), Outgoing(server)
    try:
        [reply] = outgoing.send(sender(values).addr_spec, [address_of(note.to).addr_spec], mail).values()
    finally:
        outgoing.close()
    if reply.is_good:
        return f"{server.host} took it: {reply}."
    text = f"{server.host} does not take it for {note.to}: {reply}."
    raise PermanentError(text) if reply.is_final else RetryableError(text)
