"""ftplib with what it lacks: our sockets, data that goes nowhere else, TLS sessions that are taken up again.

Servers want to see the session of the control connection on each data connection, to know that the same client calls
(vsftpd's `require_ssl_reuse`, ProFTPD and FileZilla likewise); ftplib does not offer it (CPython issue 63699). And TLS
of a data connection is ended properly, since servers take what is not for a file that was cut off.
"""

from __future__ import annotations

import ftplib
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO

from arhub.network import guard
from arhub.network.errors import ConfigError, Unreachable
from connectors.gateways.line import LISTING_SIZE, MOST_FILES

BLOCK = 1 << 16
MOST_LINES = 1_000
ENCODING = "utf-8"
CLOSING = "421"
NOT_KNOWN = ("500", "501", "502", "504", "522")
"""Replies to a command that the server does not have, or not with these arguments."""


class Ended(EOFError):
    """The server said goodbye. Its sentence is the text."""


class Client(ftplib.FTP):
    """A control connection. `watch` is shown every socket as it is opened. Texts hold bytes that are not UTF-8 as
    surrogates."""

    sock: Any
    file: Any

    def __init__(self, host: str, watch: Callable[[socket.socket], None], timeout: float) -> None:
        super().__init__(timeout=timeout, encoding=ENCODING)
        self.host, self._watch = host, watch
        self._context: ssl.SSLContext | None = None
        self._has_extended_passive = True
        self.features: frozenset[str] = frozenset()
        self.home = ""
        self.knows_unicode = False

    @property
    def wire(self) -> socket.socket:
        found: socket.socket = self.sock
        return found

    # --- The control connection -----------------------------------------------------------------------------------

    def greet(self, port: int, context: ssl.SSLContext | None, *, at_once: bool) -> None:
        """Connect, secure the connection, `at_once` or after the greeting, and read the greeting."""
        self._listen_to(guard.connect(self.host, port))
        self.sock.settimeout(self.timeout)
        self._watch(self.sock)
        self.af = self.sock.family
        if context and at_once:
            self._secure(context)
        self.welcome = self.getresp()
        if context and not at_once:
            self.voidcmd("AUTH TLS")
            self._secure(context)

    def _secure(self, context: ssl.SSLContext) -> None:
        """What came in plain before is not read any more."""
        self._context = context
        self._listen_to(context.wrap_socket(self.sock, server_hostname=self.host))

    def _listen_to(self, connected: socket.socket) -> None:
        self.sock = connected
        self.file = connected.makefile("r", encoding=ENCODING, errors="surrogateescape", newline="\n")

    def begin(self, user: str, password: str) -> None:
        self.login(user, password)
        if self._context:
            self.voidcmd("PBSZ 0")
            self.voidcmd("PROT P")
        with suppress(ftplib.error_perm, ftplib.error_reply):
            self.home = self.pwd()
        with suppress(ftplib.error_perm):
            self.features = frozenset(
                line.strip().upper() for line in self.sendcmd("FEAT").splitlines() if line.startswith(" ")
            )
            self.knows_unicode = "UTF8" in self.features
        with suppress(ftplib.error_perm):
            self.sendcmd("OPTS UTF8 ON")
            self.knows_unicode = True
        self.voidcmd("TYPE I")

    def knows(self, command: str) -> bool:
        return any(feature.split()[0] == command for feature in self.features)

    def putline(self, line: str) -> None:
        if "\r" in line or "\n" in line or "\0" in line:
            raise ConfigError("No name and no password that goes to an FTP server can have a line break in it.")
        self.sock.sendall(f"{line}\r\n".encode(ENCODING, "surrogateescape"))

    def getmultiline(self) -> str:
        """A reply with all of its lines. ftplib would read them for ever."""
        lines = [self.getline()]
        if lines[0][3:4] == "-":
            while lines[-1][:3] != lines[0][:3] or lines[-1][3:4] == "-" or len(lines) == 1:
                if len(lines) > MOST_LINES:
                    raise ftplib.error_proto("a reply of too many lines")
                lines.append(self.getline())
        return "\n".join(lines)

    def getresp(self) -> str:
        reply: str = self.getmultiline()
        self.lastresp = reply[:3]
        if self.lastresp == CLOSING:
            raise Ended(reply)
        match reply[:1]:
            case "1" | "2" | "3":
                return reply
            case "4":
                raise ftplib.error_temp(reply)
            case "5":
                raise ftplib.error_perm(reply)
        raise ftplib.error_proto(reply)

    def close(self) -> None:
        """Without waiting for a goodbye. Closing alone would not hang up while the connection is watched."""
        with suppress(OSError, AttributeError):
            self.putline("QUIT")
            self.sock.shutdown(socket.SHUT_RDWR)
        super().close()

    # --- Data connections -----------------------------------------------------------------------------------------

    def makepasv(self) -> tuple[str, int]:
        """Data goes to the machine that we speak to, whatever address the server names."""
        here = self.sock.getpeername()
        if self._has_extended_passive:
            try:
                return here[0], ftplib.parse229(self.sendcmd("EPSV"), here)[1]
            except ftplib.error_perm as error:
                if self.af == socket.AF_INET6 or str(error)[:3] not in NOT_KNOWN:
                    raise
                self._has_extended_passive = False
        return here[0], ftplib.parse227(self.sendcmd("PASV"))[1]

    @contextmanager
    def data(self, command: str) -> Iterator[socket.socket]:
        """A data connection on which the command's bytes go. Closing it would not hang up while it is watched."""
        host, port = self.makepasv()
        opened = guard.connect(host, port)
        try:
            opened.settimeout(self.timeout)
            self._watch(opened)
            reply = self.sendcmd(command)
            if reply.startswith("2"):  # some servers say so before they begin
                reply = self.getresp()
            if not reply.startswith("1"):
                raise ftplib.error_reply(reply)
            opened = self._secured(opened)
            yield opened
        finally:
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)
            opened.close()

    def _secured(self, opened: socket.socket) -> socket.socket:
        if self._context is None:
            return opened
        return self._context.wrap_socket(
            opened, server_hostname=self.host, session=self.sock.session, suppress_ragged_eofs=False
        )

    @contextmanager
    def transfer(self, command: str) -> Iterator[socket.socket]:
        """A data connection and the server's word afterwards. Why one broke, such as a full disk, it says there too."""
        try:
            with self.data(command) as data:
                yield data
        except TimeoutError:
            raise
        except OSError as error:
            with suppress(OSError, EOFError):
                self.voidresp()
            raise error
        self.voidresp()

    def store(self, path: str, blocks: Iterable[bytes]) -> None:
        with self.transfer(f"STOR {path}") as data:
            for block in blocks:
                data.sendall(block)
            if isinstance(data, ssl.SSLSocket):
                with suppress(ssl.SSLError, ConnectionError):  # some servers hang up at once; their reply tells
                    data.unwrap()

    def retrieve(self, path: str, into: BinaryIO) -> None:
        for block in self._received(f"RETR {path}"):
            into.write(block)

    def lines(self, command: str) -> list[bytes]:
        """Of a listing. Raises NetworkError when it does not end."""
        found, count = bytearray(), 0
        for block in self._received(command):
            found += block
            count += block.count(b"\n")
            if len(found) > LISTING_SIZE or count > MOST_FILES:
                text = f"more than {MOST_FILES:,} files, or {LISTING_SIZE >> 20} MB of names"
                raise Unreachable(f"{self.host} lists {text}.")
        return [line.rstrip(b"\r") for line in bytes(found).split(b"\n") if line.strip()]

    def _received(self, command: str) -> Iterator[bytes]:
        with self.transfer(command) as data:
            try:
                while block := data.recv(BLOCK):
                    yield block
            except ssl.SSLEOFError:  # the end came without the word for it; the reply and the size tell
                return
