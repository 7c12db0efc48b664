"""A connection to a mail server: opened by the guard, with an end for each piece of work, and errors in our words."""

from __future__ import annotations

import imaplib
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from arhub.network import guard
from arhub.network.deadline import Deadline
from arhub.network.errors import NotTrusted, RetryableError
from arhub.network.tls import why_not_secured
from connectors.gateways.email.settings import Server

READ_SECONDS = 60.0
MOST_WORDS = 300


class Line:
    def __init__(self, server: Server) -> None:
        self.server = server
        self._duplicate: socket.socket | None = None  # TLS takes the socket itself over
        self._ends = ExitStack()
        self._deadline = Deadline(READ_SECONDS)

    def open(self) -> socket.socket:
        """Within `work`. Raises as the guard does."""
        self.close()
        opened = guard.connect(self.server.host, self.server.port)
        opened.settimeout(READ_SECONDS)
        self._duplicate = opened.dup()
        self._ends.enter_context(self._deadline.over(self._duplicate))
        return opened

    def close(self) -> None:
        if self._duplicate:
            self._duplicate.close()
        self._duplicate = None

    @contextmanager
    def work(self, seconds: float) -> Iterator[None]:
        """Whatever is said within ends when the seconds have passed. Raises NotTrusted, RetryableError."""
        self._deadline = Deadline(seconds)
        try:
            with ExitStack() as self._ends:
                if self._duplicate:
                    self._ends.enter_context(self._deadline.over(self._duplicate))
                yield
        except ssl.SSLError as error:
            raise self._untrusted(error) from None
        except (OSError, EOFError, UnicodeError, smtplib.SMTPException, imaplib.IMAP4.error) as error:
            raise RetryableError(f"{self.server.host}: {self.reason(error)}.") from None

    def reason(self, error: Exception) -> str:
        if self._deadline.is_over:
            return f"{self._deadline.seconds:g} seconds have passed without an end"
        if isinstance(error, TimeoutError):
            return "nothing was heard for too long"
        if isinstance(error, (smtplib.SMTPResponseException, imaplib.IMAP4.error)):
            said = error.smtp_error if isinstance(error, smtplib.SMTPResponseException) else str(error)
            return f"the conversation broke off ({words(said)})"
        return "the connection ended"

    def _untrusted(self, error: ssl.SSLError) -> Exception:
        if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)):
            return RetryableError(f"{self.server.host}: {self.reason(error)}.")
        where = f"{self.server.host}, port {self.server.port}"
        return NotTrusted(f"No secure connection to {where}: {why_not_secured(error) or 'it was refused'}.")


def words(said: bytes | str) -> str:
    """What a server said, on one line, for a sentence of ours."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    clean = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return clean[:MOST_WORDS].rstrip(". ")
