"""A conversation over IMAP: `imaplib` speaks, the guard connects, and no answer is larger than what was asked for."""

from __future__ import annotations

import imaplib
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from arhub.network.errors import BadAnswer, ConfigError, NetworkError, RetryableError
from connectors.gateways.email.line import READ_SECONDS, Line, words
from connectors.gateways.email.settings import STARTTLS, TLS, Server
from connectors.gateways.email.syntax import fetched, folder_name, number, quoted

WORK_SECONDS = 300.0
PIECE = 1 << 20
ANSWER_BYTES = 16 << 20
"""The most that one command may bring: the structures of a hundred mails, the numbers of a million."""
LATER = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]")  # RFC 5530


class _Plain(imaplib.IMAP4):
    def __init__(self, line: Line, context: ssl.SSLContext | None) -> None:
        self.line, self.left = line, ANSWER_BYTES
        self._start(context)

    def _start(self, context: ssl.SSLContext | None) -> None:
        imaplib.IMAP4.__init__(self, self.line.server.host, self.line.server.port)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return self.line.open()

    def read(self, size: int) -> bytes:
        self._count(size)
        content: bytes = super().read(size)
        if len(content) < size:
            raise self.abort("the connection ended")
        return content

    def readline(self) -> bytes:
        line: bytes = super().readline()
        self._count(len(line))
        return line

    def _count(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise BadAnswer(f"{self.line.server.host}: an answer of more than {ANSWER_BYTES:,} bytes.")


class _Secure(_Plain, imaplib.IMAP4_SSL):
    """TLS from the beginning, on the guard's socket."""

    def _start(self, context: ssl.SSLContext | None) -> None:
        imaplib.IMAP4_SSL.__init__(self, self.line.server.host, self.line.server.port, ssl_context=context)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return self.ssl_context.wrap_socket(self.line.open(), server_hostname=self.line.server.host)


class Mailboxes:
    """A line to the server, signed in, that is opened at the first need. Mails go by their UIDs."""

    def __init__(self, server: Server) -> None:
        self.server, self.line = server, Line(server)
        self._imap: _Plain | None = None
        self._is_signed_in = False
        self._selected: tuple[str, bool, str] | None = None
        self._prefix, self._delimiter = "", "/"

    def close(self) -> None:
        if self._imap:
            with suppress(NetworkError), self.line.work(5):
                self._imap.logout()
        self._drop()

    def reach(self) -> str:
        """Connect anew. Returns what was found, in a sentence."""
        self._drop()
        with self.line.work(READ_SECONDS):
            self._imap = self._connected()
        return self.server.answers

    def sign_in(self) -> str:
        if not self._imap:
            self.reach()
        with self.line.work(READ_SECONDS):
            self._authenticate()
            self._learn_names()
        return f"Signed in as {self.server.user}."

    def open(self, folder: str, *, for_changes: bool = False) -> str:
        """Choose a folder. Returns its UIDVALIDITY: with another one, all numbers are of other mails."""
        if self._selected and self._selected[:2] == (folder, for_changes) and self._is_awake():
            return self._selected[2]
        with self._talk() as imap:
            self._selected = None
            status, said = imap.select(folder_name(self.name(folder)), readonly=not for_changes)
            if status != "OK":
                raise ConfigError(f"There is no folder {folder} in the mailbox: {words(said[-1] or b'')}.")
            validity = str(number(imap.response("UIDVALIDITY")[1][0]))
            self._selected = folder, for_changes, validity
            return validity

    def search(self, *criteria: str) -> list[int]:
        found = self._ask("SEARCH", *criteria)
        return [number(word) for piece in found if isinstance(piece, bytes) for word in piece.split()]

    def facts(self, uids: Sequence[int], *items: str) -> Iterator[dict[str, Any]]:
        """Of those mails that are there."""
        yield from fetched(self._ask("FETCH", ",".join(map(str, uids)), f"(UID {' '.join(items)})"))

    def pieces(self, uid: int, section: str) -> Iterator[bytes]:
        """A part of a mail as it is encoded, a megabyte at a time, without marking the mail as read."""
        start, is_last = 0, False
        while not is_last:
            items = self.facts([uid], f"BODY.PEEK[{section}]<{start}.{PIECE}>")
            content = next(
                (value or b"" for one in items for name, value in one.items() if name.startswith("BODY[")), None
            )
            if not isinstance(content, bytes) or len(content) > PIECE:
                raise BadAnswer(f"{self.server.host} did not give the part of the mail that was asked for.")
            start, is_last = start + len(content), len(content) < PIECE
            yield content

    def move(self, uid: int, folder: str) -> None:
        """Into another folder, which is made when it is missing. Without MOVE (RFC 6851) it is copied and deleted,
        without UIDPLUS (RFC 4315) only marked as deleted."""
        with self._talk() as imap:
            name = folder_name(self.name(folder))
            if not any(imap.list('""', name)[1] or ()):
                _checked(self.server, imap.create(name))
                imap.subscribe(name)
            abilities = self._abilities(imap)
        if "MOVE" in abilities:
            self._ask("MOVE", str(uid), name)
            return
        self._ask("COPY", str(uid), name)
        self._ask("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)")
        if "UIDPLUS" in abilities:
            self._ask("EXPUNGE", str(uid))

    def name(self, folder: str) -> str:
        """As the server writes it: with its own sign between folders, below the one that holds a person's folders."""
        if folder.upper() == "INBOX":
            return "INBOX"
        name = folder.strip("/").replace("/", self._delimiter)
        return name if name.startswith(self._prefix) else self._prefix + name

    def _is_awake(self) -> bool:
        """A line that was idle may have been hung up. Asked so, the server tells what is new in the folder, too."""
        with suppress(NetworkError), self._talk() as imap:
            imap.noop()
            return True
        return False

    @property
    def _at_hand(self) -> _Plain:
        if self._imap is None:
            raise RetryableError(f"{self.server.host}: the connection ended.")
        return self._imap

    @contextmanager
    def _talk(self) -> Iterator[_Plain]:
        if not self._is_signed_in:
            self.reach()
            self.sign_in()
        try:
            with self.line.work(WORK_SECONDS):
                self._at_hand.left = ANSWER_BYTES
                yield self._at_hand
        except (NetworkError, ssl.SSLError) as error:
            if not isinstance(error, ConfigError):
                self._drop()
            raise

    def _ask(self, command: str, *arguments: str) -> list[Any]:
        with self._talk() as imap:
            status, answered = imap.uid(command, *arguments)
            _checked(self.server, (status, answered))
            return list(answered or ())

    def _drop(self) -> None:
        if self._imap:
            with suppress(OSError):
                self._imap.shutdown()
        self._imap, self._selected, self._is_signed_in = None, None, False
        self.line.close()

    def _connected(self) -> _Plain:
        context = self.server.tls.context() if self.server.security in (STARTTLS, TLS) else None
        imap = (_Secure if self.server.security == TLS else _Plain)(self.line, context)
        if self.server.security == STARTTLS:
            if imap.state != "NONAUTH" or "STARTTLS" not in imap.capabilities:
                raise self.server.without_starttls()
            imap.starttls(context)
        return imap

    def _authenticate(self) -> None:
        """In UTF-8 where the server can, which the command LOGIN cannot."""
        imap, server = self._at_hand, self.server
        user, password = server.user.encode(), server.password.encode()
        if "AUTH=PLAIN" in imap.capabilities:
            self._accepted(lambda: imap.authenticate("PLAIN", lambda _: b"\0" + user + b"\0" + password))
        elif "LOGINDISABLED" in imap.capabilities:
            raise ConfigError(f"{server.host} lets nobody sign in by a password here: choose a secure connection.")
        elif not (server.user + server.password).isascii() or not (server.user + server.password).isprintable():
            raise ConfigError(f"{server.host} takes no user or password with letters beyond A to Z.")
        else:
            self._accepted(lambda: imap.login(quoted(server.user), server.password))
        self._is_signed_in = True

    def _accepted(self, try_it: Callable[[], Any]) -> None:
        try:
            try_it()
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            said = words(str(error).removeprefix("b").strip("'\""))
            if any(code in said for code in LATER):
                raise RetryableError(f"{self.server.host} lets nobody sign in now: {said}.") from None
            raise ConfigError(f"{self.server.host} does not take the user and password: {said}.") from None

    def _learn_names(self) -> None:
        imap = self._at_hand
        answer = imap.list('""', '""')[1]
        if answer and isinstance(answer[0], bytes) and (parts := answer[0].split(b'"')) and len(parts) > 1:
            self._delimiter = parts[1].decode("ascii", "replace").replace("\\\\", "\\") or "/"
        if "NAMESPACE" in self._abilities(imap):
            own = imap.namespace()[1][0] or b""
            self._prefix = own.split(b'"')[1].decode("ascii", "replace") if own.startswith(b'(("') else ""

    @staticmethod
    def _abilities(imap: imaplib.IMAP4) -> set[str]:
        """What it offers may be more after the sign-in."""
        said = imap.capability()[1][0] or b""
        return set(said.decode("ascii", "replace").upper().split())


def _checked(server: Server, answer: tuple[str, Any]) -> None:
    status, said = answer
    if status != "OK":
        text = next((words(one) for one in said or () if isinstance(one, bytes)), status)
        raise RetryableError(f"{server.host} does not do what was asked: {text}.")
