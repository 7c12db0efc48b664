"""A mail server that takes, refuses, thinks again or hangs up as told: aiosmtpd, with STARTTLS and a password."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.arhub.network.servers import Identity, made_for

USER, PASSWORD = "hub@example.com", "sesam-öffne"


@dataclass
class Taken:
    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        found = message_from_bytes(self.content, policy=POLICY)
        assert isinstance(found, EmailMessage)
        return found

    @property
    def attachments(self) -> list[tuple[str, bytes]]:
        return [(part.get_filename() or "", part.get_payload(decode=True)) for part in self.message.iter_attachments()]


@dataclass
class Manners:
    """What goes wrong. Replies are given in turn, to a recipient or to the end of a mail, and then no more."""

    recipients: dict[str, list[str]] = field(default_factory=dict)
    senders: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    """`hang up` takes the mail and ends the connection without an answer."""
    cuts_data: int = 0
    """How often the connection ends in the middle of a mail."""


class MailServer:
    """`begun` counts the mails that somebody began to send."""

    def __init__(self, identity: Identity) -> None:
        self.identity, self.manners, self.taken = identity, Manners(), list[Taken]()
        self.begun = 0
        self.lines: list[SMTP] = []
        self.port = 0
        self.running: Controller

    async def handle_MAIL(  # noqa: N802  as aiosmtpd calls it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Sequence[str]
    ) -> str:
        self.begun += 1
        if self.manners.senders:
            return self.manners.senders.pop(0)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Sequence[str]
    ) -> str:
        if replies := self.manners.recipients.get(address):
            return replies.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        end = self.manners.ends.pop(0) if self.manners.ends else ""
        if end[:1] in ("4", "5"):
            return end
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.taken.append(Taken(envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        if end == "hang up":
            server.transport.abort()
        return f"250 2.0.0 Ok: queued as Q{len(self.taken):04d}"

    def hang_up(self) -> None:
        """On everybody."""
        ended = threading.Event()
        for line in filter(lambda one: one.transport, self.lines):
            self.running.loop.call_soon_threadsafe(line.transport.abort)
        self.running.loop.call_soon_threadsafe(ended.set)
        ended.wait(5)

    def stop(self) -> None:
        if not self.running.loop.is_closed():
            self.running.stop(no_assert=True)

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, way: str, given: Any) -> AuthResult:
        is_right = isinstance(given, LoginPassword) and given == LoginPassword(USER.encode(), PASSWORD.encode())
        return AuthResult(success=is_right, handled=False)


class _Line(SMTP):
    """Tells what it hears, and ends the connection in the middle of a mail as often as its manners say."""

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if not self.event_handler.manners.cuts_data:
            await super().smtp_DATA(arg)
            return
        self.event_handler.manners.cuts_data -= 1
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        await self._reader.read(200)
        self.transport.abort()


class _Running(Controller):
    def factory(self) -> SMTP:
        line = _Line(self.handler, **self.SMTP_kwargs)
        self.handler.lines.append(line)
        return line

    def _trigger_server(self) -> None:
        """Its first client, which comes to the port it was told: 0, for a free one."""
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail_server(
    folder: Path, identity: Identity | None = None, *, starttls: bool = True, implicit: bool = False,
    most_bytes: int = 30_000_000,
) -> Iterator[MailServer]:  # fmt: skip
    """With a password, and with STARTTLS or TLS from the beginning (`implicit`); without both it asks for nothing."""
    server = MailServer(identity or made_for("127.0.0.1"))
    options: dict[str, Any] = {"data_size_limit": most_bytes}
    context = server.identity.server_context(folder)
    if implicit:
        options |= {"ssl_context": context}
    elif starttls:
        options |= {"tls_context": context, "require_starttls": True}
    if implicit or starttls:
        options |= {
            "auth_required": starttls and not implicit,
            "auth_require_tls": not implicit,
            "authenticator": server.authenticate,
        }
    server.running = _Running(server, hostname="127.0.0.1", port=0, **options)
    server.running.start()
    server.port = server.running.port
    try:
        yield server
    finally:
        server.stop()
