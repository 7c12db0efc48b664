"""Files on an SFTP server."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, ClassVar

import paramiko

from arhub.network import guard
from arhub.network.errors import ConfigError, NetworkError, PermanentError, RetryableError
from connectors.base import Check, Setting
from connectors.gateways.base import WHERE, Content, Gone, Listed
from connectors.gateways.line import LISTING_SIZE, MOST_FILES, LineGateway, version_of
from connectors.gateways.names import as_there, shown
from connectors.gateways.sftp import client as sftp
from connectors.gateways.sftp import keys
from connectors.gateways.sftp.client import Entry, Status
from connectors.gateways.sftp.session import Session, greeted, hang_up, opened
from connectors.gateways.shelf import blocks, joined

SIGN_IN = "Sign in"


class SftpGateway(LineGateway[Session]):
    kind: ClassVar[str] = "sftp"
    label: ClassVar[str] = "SFTP"
    summary: ClassVar[str] = "Puts files on an SFTP server (SSH), and takes files in from there."
    refusals = (Status,)
    failures = (OSError, EOFError, paramiko.SSHException, paramiko.sftp.SFTPError)
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("host", "Host", "The server's name, such as sftp.example.com.", "host", group="Server"),
        Setting("port", "Port", "22 unless the server's people say otherwise.", "port", default=22,
                group="Server", leads=True),
        Setting(
            "host_key", "Host key", required=False, lines=True, group="Server",
            help="Leave it empty: the test shows the server's key for you to confirm. Or paste it, as ssh-ed25519 "
            "AAAA…, or lines of a known_hosts file. From then on no other is accepted.",
        ),
        Setting("user", "User", "The name you sign in with.", group=SIGN_IN),
        Setting(
            "password", "Password", "From the people who run the server. Empty when a key is all it takes.", "secret",
            required=False, group=SIGN_IN,
        ),
        Setting(
            "private_key", "Private key", "In OpenSSH's format or PEM; Ed25519, ECDSA or RSA. Its public half goes to "
            "the people who run the server.", "secret", required=False, lines=True, stays=True,
            group=SIGN_IN,
        ),
        Setting(
            "passphrase", "Passphrase", "Of the private key, if it has one.", "secret", required=False, stays=True,
            group=SIGN_IN,
        ),
        Setting(
            "start", "Start in", required=False, group="Where files go",
            help="The folder on the server in which all others lie, such as /outgoing. Empty: where one arrives.",
        ),
        *WHERE,
    )  # fmt: skip

    def open(self) -> Session:
        values = self.setup.values
        connected = guard.connect(self.host, int(values.get("port") or 22))
        self.watch(connected)
        return opened(connected, values, self.silence_seconds)

    def checks(self) -> Sequence[Check]:
        return (
            Check("Server and its key", self._check_server),
            Check("Sign in", self.check_sign_in),
            Check("Folder", self.check_folder),
            Check("Write, rename and delete", self.check_writing),
        )

    def _check_server(self) -> str:
        with self.within(0):
            connected = guard.connect(self.host, int(self.setup.values.get("port") or 22))
            self.watch(connected)
            transport = paramiko.Transport(connected)
            try:
                shown = keys.told(greeted(transport, self.setup.values, self.silence_seconds))
                return f"{self.host} answers and shows its confirmed {shown}."
            finally:
                hang_up(transport)

    def has_folder(self, folder: str) -> bool:
        with self.step(folder) as session:
            facts = session.client.facts(self._at(folder))
        return facts is not None and stat.S_ISDIR(facts.st_mode or stat.S_IFDIR)

    def make_one_folder(self, folder: str) -> None:
        with self.step(folder) as session:
            session.client.mkdir(self._at(folder))

    def write(self, path: str, content: Content) -> None:
        try:
            with self.step(path) as session:
                session.client.put(self._at(path), blocks(content))
        except Gone:
            raise ConfigError(f"There is no folder for {path} on {self.host}.") from None

    def size(self, path: str) -> int | None:
        with self.step(path) as session:
            facts = session.client.facts(self._at(path))
        return None if facts is None or stat.S_ISDIR(facts.st_mode or 0) else int(facts.st_size or 0)

    def read(self, path: str, into: BinaryIO) -> None:
        with self.step(path) as session:
            session.client.get(self._at(path), into)

    def rename(self, path: str, to: str, *, replace: bool) -> None:
        if replace:
            self._replace(path, to)
        elif self.size(to) is not None:
            raise self.taken(to)
        else:
            try:
                self._rename(path, to)
            except Unsaid:  # version 3 has no other word for a name that is taken
                if self.size(to) is None:
                    raise
                raise self.taken(to) from None

    def _rename(self, path: str, to: str) -> None:
        with self.step(path, may_have_happened=True) as session:
            session.client.rename(self._at(path), self._at(to))

    def _replace(self, path: str, to: str) -> None:
        """In one step by OpenSSH's extension. A server without it lets nothing be renamed over what is there."""
        try:
            with self.step(path, may_have_happened=True) as session:
                session.client.posix_rename(self._at(path), self._at(to))
        except NotOffered:
            self.remove(to)
            self._rename(path, to)

    def remove(self, path: str) -> None:
        try:
            with self.step(path) as session:
                session.client.remove(self._at(path))
        except Gone:
            return
        except Unsaid:
            if self.size(path) is not None:
                raise

    def list(self, folder: str) -> Iterator[Listed]:
        with self.within(LISTING_SIZE), self.step(folder) as session:
            entries = self._few(session.client.entries(self._at(folder)))
        for entry in entries:
            changed = entry.modified_at
            yield Listed(shown(entry.name), folder, entry.size, changed, version_of(changed))

    def _few(self, entries: Iterable[Entry]) -> Sequence[Entry]:
        """As many as fit into memory: a name may have megabytes."""
        found, size = [], 0
        for entry in entries:
            found.append(entry)
            size += len(entry.name)
            if len(found) > MOST_FILES or size > LISTING_SIZE:
                raise RetryableError(f"{self.host} lists more than {MOST_FILES:,} files, or names too long to keep.")
        return found

    def told(self, error: Status, path: str) -> NetworkError:
        match error.code:
            case sftp.NO_SUCH_FILE:
                return Gone(f"There is no {path or 'such folder'} on {self.host}.")
            case sftp.PERMISSION_DENIED:
                return ConfigError(f"{self.host} does not let {self.setup.values['user']} do that with {path}.")
            case sftp.DISK_FULL:
                return RetryableError(f"{path} could not be written: the disk of {self.host} is full.")
            case sftp.OVER_QUOTA:
                return RetryableError(f"{path} could not be written: the quota of the user at {self.host} is used up.")
            case sftp.EXISTS:
                return self.taken(path)
            case sftp.UNSUPPORTED:
                return NotOffered(f"{self.host} does not offer that.")
        return Unsaid(f"{self.host} could not do that with {path} and does not say why: its disk may be full.")

    def _at(self, path: str) -> bytes:
        start = str(self.setup.values.get("start") or "")
        return as_there(path if path.startswith("/") else joined(start, path) or ".")


class Unsaid(RetryableError):
    """The answer that says nothing but no."""


class NotOffered(PermanentError):
    """The server does not know the request."""
