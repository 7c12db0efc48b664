"""A conversation over SMTP: `smtplib` speaks, the guard connects, and every answer has an end."""

from __future__ import annotations

import base64
import re
import smtplib
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple, NoReturn

from arhub.network.errors import ConfigError, NetworkError, PermanentError, RetryableError, Uncertain
from connectors.gateways.email.line import READ_SECONDS, Line, words
from connectors.gateways.email.settings import STARTTLS, TLS, Server

SETUP_SECONDS = 60.0
SENDING_SECONDS = 240.0  # within the time that a task has
ANSWER_SECONDS = 180.0  # so long a server may look through a mail; RFC 5321, 4.5.3.2.6, would wait for ten minutes
ANSWER_BYTES = 64 * 1024
NOT_SIGNED_IN = (530, 535, 538)  # RFC 4954
_DOT = re.compile(rb"^\.", re.MULTILINE)


class Reply(NamedTuple):
    code: int
    said: bytes

    @property
    def is_good(self) -> bool:
        return 200 <= self.code < 300

    @property
    def is_final(self) -> bool:
        """Whether the same would be refused again."""
        return 500 <= self.code < 600

    def __str__(self) -> str:
        return f"{self.code} {words(self.said)}"


class _Limited:
    """The server's lines, no more than fit into one answer."""

    def __init__(self, file: Any) -> None:
        self.file, self.left = file, ANSWER_BYTES

    def readline(self, size: int) -> bytes:
        line: bytes = self.file.readline(size)
        self.left -= len(line)
        if self.left < 0:
            raise ConnectionError("an answer without end")
        return line

    def close(self) -> None:
        self.file.close()


class _Plain(smtplib.SMTP):
    def __init__(self, line: Line, context: ssl.SSLContext | None) -> None:
        self.line = line
        self._start(context)
        self._host = line.server.host  # the name that TLS verifies

    def _start(self, context: ssl.SSLContext | None) -> None:
        smtplib.SMTP.__init__(self, local_hostname="localhost", timeout=READ_SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        opened = self.line.open()
        address = opened.getsockname()[0]
        self.local_hostname = f"[IPv6:{address}]" if ":" in address else f"[{address}]"
        return opened

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None:
            self.file = _Limited(self.sock.makefile("rb"))  # type: ignore[union-attr]
        self.file.left = ANSWER_BYTES  # type: ignore[attr-defined]
        return super().getreply()


class _Secure(_Plain, smtplib.SMTP_SSL):
    """TLS from the beginning, on the guard's socket."""

    def _start(self, context: ssl.SSLContext | None) -> None:
        smtplib.SMTP_SSL.__init__(self, local_hostname="localhost", timeout=READ_SECONDS, context=context)

    def _get_socket(self, host: str, port: int, timeout: float) -> ssl.SSLSocket:
        return self.context.wrap_socket(super()._get_socket(host, port, timeout), server_hostname=self._host)


class Outgoing:
    """A line to the server, signed in, that is opened at the first need."""

    def __init__(self, server: Server) -> None:
        self.server, self.line = server, Line(server)
        self._smtp: smtplib.SMTP | None = None

    def close(self) -> None:
        if self._smtp:
            with suppress(NetworkError), self.line.work(5):
                self._smtp.quit()
            self._smtp.close()
        self._smtp = None
        self.line.close()

    def reach(self) -> str:
        """Connect anew. Returns what was found, in a sentence."""
        self.close()
        with self.line.work(SETUP_SECONDS):
            self._smtp = self._connected()
        return self.server.answers

    def sign_in(self) -> str:
        """On the line that is there, or a new one."""
        if not self._smtp:
            self.reach()
        if not self.server.user:
            return f"No user is set: {self.server.host} is told nothing of who sends."
        with self.line.work(SETUP_SECONDS):
            self._authenticate(self._at_hand)
        return f"Signed in as {self.server.user}."

    def try_sender(self, sender: str) -> str:
        """Name the sender and take it back: nothing is sent. On the line that is there, or a new one."""
        self._ready()
        with self.line.work(SETUP_SECONDS):
            reply = Reply(*self._at_hand.mail(sender))
            self._at_hand.rset()
        if not reply.is_good:
            raise (ConfigError if reply.is_final else RetryableError)(
                f"{self.server.host} takes no mail from {sender}: {reply}."
            )
        return f"{self.server.host} takes mail from {sender}."

    def send(self, sender: str, recipients: Sequence[str], mail: bytes) -> dict[str, Reply]:
        """What the server said of each recipient; a good one is its answer to the mail. Raises `Uncertain` when that
        never came."""
        self._ready()
        try:
            with self.line.work(SENDING_SECONDS):
                return self._transaction(self._at_hand, sender, recipients, mail)
        except NetworkError:
            self._drop()
            raise

    @property
    def _at_hand(self) -> smtplib.SMTP:
        if self._smtp is None:
            raise RetryableError(f"{self.server.host}: the connection ended.")
        return self._smtp

    def _ready(self) -> None:
        """A line that was idle may have been hung up."""
        if self._smtp:
            with suppress(NetworkError), self.line.work(SETUP_SECONDS):
                if Reply(*self._smtp.rset()).is_good:
                    return
            self._drop()
        self.reach()
        try:
            self.sign_in()
        except NetworkError:
            self._drop()
            raise

    def _drop(self) -> None:
        if self._smtp:
            self._smtp.close()
        self._smtp = None
        self.line.close()

    def _connected(self) -> smtplib.SMTP:
        server = self.server
        context = server.tls.context() if server.security in (STARTTLS, TLS) else None
        smtp = (_Secure if server.security == TLS else _Plain)(self.line, context)
        greeting = Reply(*smtp.connect(server.host, server.port))
        if not greeting.is_good:
            raise RetryableError(f"{server.host} takes no mail now: {greeting}.")
        smtp.ehlo_or_helo_if_needed()
        if server.security == STARTTLS:
            if not smtp.has_extn("starttls") or smtp.starttls(context=context)[0] != 220:
                raise server.without_starttls()
            smtp.ehlo_or_helo_if_needed()
        return smtp

    def _authenticate(self, smtp: smtplib.SMTP) -> None:
        """In UTF-8, which `smtplib` does not."""
        ways = smtp.esmtp_features.get("auth", "").upper().split()
        user, password = (text.encode() for text in (self.server.user, self.server.password))
        if "PLAIN" in ways:
            reply = Reply(*smtp.docmd("AUTH", "PLAIN " + _encoded(b"\0" + user + b"\0" + password)))
        elif "LOGIN" in ways:
            reply = Reply(*smtp.docmd("AUTH", "LOGIN " + _encoded(user)))
            reply = Reply(*smtp.docmd(_encoded(password))) if reply.code == 334 else reply
        else:
            raise ConfigError(f"{self.server.host} lets nobody sign in by a password here: choose a secure connection.")
        if reply.code != 235:
            self._refused(reply)

    def _refused(self, reply: Reply) -> NoReturn:
        text = f"{self.server.host} does not take the user and password"
        if 400 <= reply.code < 500:
            raise RetryableError(f"{text} now: {reply}.")
        raise ConfigError(f"{text}: {reply}.")

    def _transaction(self, smtp: smtplib.SMTP, sender: str, recipients: Sequence[str], mail: bytes) -> dict[str, Reply]:
        options = self._options(smtp, len(mail))
        begun = Reply(*smtp.mail(sender, options))
        if begun.code in NOT_SIGNED_IN:
            self._refused(begun)
        if not begun.is_good:
            return dict.fromkeys(recipients, begun)
        replies = {one: Reply(*smtp.rcpt(one)) for one in recipients}
        taken = [one for one, reply in replies.items() if reply.is_good]
        if not taken:
            smtp.rset()
            return replies
        answer = Reply(*smtp.docmd("DATA"))
        if answer.code == 354:
            smtp.send(_DOT.sub(b"..", mail))
            answer = self._ended(smtp, taken)
        elif answer.is_good:
            raise RetryableError(f"{self.server.host} answered DATA by {answer}, which is no answer to that.")
        return {**replies, **dict.fromkeys(taken, answer)}

    def _options(self, smtp: smtplib.SMTP, size: int) -> list[str]:
        if not smtp.has_extn("size"):
            return []
        most = smtp.esmtp_features["size"].strip()
        if most.isdecimal() and 0 < int(most) < size:
            raise PermanentError(
                f"{self.server.host} takes mails of at most {int(most):,} bytes, and this one has {size:,}."
            )
        return [f"SIZE={size}"]

    def _ended(self, smtp: smtplib.SMTP, taken: Sequence[str]) -> Reply:
        """The dot is what makes the mail one. Once it may be on its way, only the server knows."""
        sent = f"The mail for {', '.join(taken)} went to {self.server.host} whole"
        try:
            smtp.send(b".\r\n")
            smtp.sock.settimeout(ANSWER_SECONDS)  # type: ignore[union-attr]
            reply = Reply(*smtp.getreply())
        except (OSError, smtplib.SMTPException) as error:
            raise Uncertain(f"{sent}, and no answer came: {self.line.reason(error)}.") from None
        if not (reply.is_good or 400 <= reply.code < 600):
            raise Uncertain(f"{sent}, and what came back is no answer to that.")
        return reply


def _encoded(text: bytes) -> str:
    return base64.b64encode(text).decode()
