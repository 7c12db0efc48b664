"""Files on an FTP server, secured by TLS or not."""

from __future__ import annotations

import ftplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO, ClassVar

from arhub.network.errors import ConfigError, NetworkError, NotTrusted, PermanentError, RetryableError, Unreachable
from arhub.network.tls import NO_TLS, Tls, why_not_secured
from connectors.base import Check, Setting
from connectors.gateways.base import Content, Gone, Listed
from connectors.gateways.ftp import listing
from connectors.gateways.ftp.client import NOT_KNOWN, Client, Ended
from connectors.gateways.ftp.settings import EXPLICIT, IMPLICIT, PLAIN, PORTS, SETTINGS
from connectors.gateways.line import LISTING_SIZE, LineGateway, version_of
from connectors.gateways.names import as_there, shown
from connectors.gateways.shelf import blocks, joined

FULL = ("452", "552")
MISSING = "550"
"""Also what one may not do, in most servers' words."""
MAY_NOT = ("522", "530", "532", "553")
DENIED = ("denied", "permission", "not allowed", "privileges")


class FtpGateway(LineGateway[Client]):
    kind: ClassVar[str] = "ftp"
    label: ClassVar[str] = "FTP and FTPS"
    summary: ClassVar[str] = "Puts files on an FTP server, secured by TLS (FTPS), and takes files in from there."
    refusals = (ftplib.error_perm, ftplib.error_temp)
    failures = (OSError, EOFError, ftplib.Error)
    settings: ClassVar[tuple[Setting, ...]] = SETTINGS

    # --- The line -------------------------------------------------------------------------------------------------

    def open(self) -> Client:
        user, client = str(self.setup.values.get("user") or ""), self._greeted()
        with self._opening(client, f"does not let {user or 'anonymous'} sign in"):
            client.begin(user, str(self.setup.values.get("password") or ""))
        return client

    def _greeted(self) -> Client:
        values, client = self.setup.values, Client(self.host, self.watch, self.silence_seconds)
        security = str(values.get("security") or EXPLICIT)
        context = None if security == PLAIN else Tls(*self._certificates()).context()
        with self._opening(client, "offers no TLS"):
            client.greet(int(values.get("port") or PORTS[security]), context, at_once=security == IMPLICIT)
        return client

    @contextmanager
    def _opening(self, client: Client, refused: str) -> Iterator[None]:
        """Until the line can be used. A no of the server means that it `refused`."""
        try:
            yield
        except ftplib.error_perm as error:
            client.close()
            raise ConfigError(f"{self.host} {refused}. {self._said(error)}") from None
        except ssl.SSLError as error:
            client.close()
            raise self._not_secured(error) from None
        except (Ended, ftplib.error_temp) as error:
            client.close()
            raise Unreachable(f"{self.host} takes nobody in now. {self._said(error)}") from None
        except self.failures as error:
            client.close()
            raise Unreachable(f"{self.host} does not answer as an FTP server does: {self.why(error)}.") from None
        except BaseException:
            client.close()
            raise

    def _not_secured(self, error: ssl.SSLError) -> NetworkError:
        reason = why_not_secured(error)
        if error.reason in NO_TLS:
            return ConfigError(f"{self.host} does not speak TLS on this port: another security or port is needed.")
        if isinstance(error, ssl.SSLCertVerificationError) or any(word in reason for word in ("certificate", "ca")):
            return NotTrusted(f"No secure connection to {self.host}: {reason}.")
        return Unreachable(f"No secure connection to {self.host}: {reason or 'the connection ended'}.")

    def _certificates(self) -> tuple[str, str, str]:
        values = self.setup.values
        return (
            str(values.get("authorities") or ""),
            str(values.get("certificate") or ""),
            str(values.get("certificate_key") or ""),
        )

    def checks(self) -> Sequence[Check]:
        return (
            Check("Server", self._check_server),
            Check("Sign in", self.check_sign_in),
            Check("Folder", self.check_folder),
            Check("Write, rename and delete", self.check_writing),
        )

    def _check_server(self) -> str:
        with self.within(0):
            client = self._greeted()
            version = client.sock.version() if isinstance(client.sock, ssl.SSLSocket) else ""
            client.close()
        return f"{self.host} answers, {f'secured by {version}' if version else 'not secured'}."

    # --- Files ----------------------------------------------------------------------------------------------------

    def has_folder(self, folder: str) -> bool:
        with self.step(folder) as client:
            try:
                client.voidcmd(f"CWD {self._at(client, folder)}")
            except ftplib.error_perm:
                return False
        return True

    def make_one_folder(self, folder: str) -> None:
        with self.step(folder) as client:
            client.sendcmd(f"MKD {self._at(client, folder, is_new=True)}")

    def write(self, path: str, content: Content) -> None:
        try:
            with self.step(path) as client:
                client.store(self._at(client, path, is_new=True), blocks(content))
        except Gone as error:
            raise ConfigError(f"{self.host} does not take {path}: its folder may be missing. {error}") from None

    def size(self, path: str) -> int | None:
        with self.step(path) as client:
            try:
                return int(client.sendcmd(f"SIZE {self._at(client, path)}").split()[1])
            except ftplib.error_perm as error:
                if str(error)[:3] not in NOT_KNOWN:
                    return None
            folder, _, name = path.rpartition("/")
            found = listing.entries(client, self._at(client, folder))
        return next((entry.size for entry in found if shown(entry.name) == name), None)

    def read(self, path: str, into: BinaryIO) -> None:
        with self.step(path) as client:
            client.retrieve(self._at(client, path), into)

    def rename(self, path: str, to: str, *, replace: bool) -> None:
        """Most servers replace what has the name, and the protocol cannot forbid it: so we look, right before."""
        if not replace and self.size(to) is not None:
            raise self.taken(to)
        try:
            self._rename(path, to)
        except NotNamed:
            if self.size(to) is None:
                raise
            if not replace:
                raise self.taken(to) from None
            self.remove(to)  # a server that never replaces
            self._rename(path, to)

    def _rename(self, path: str, to: str) -> None:
        with self.step(path) as client:
            client.sendcmd(f"RNFR {self._at(client, path)}")
        try:
            with self.step(to, may_have_happened=True) as client:
                self.said = client.voidcmd(f"RNTO {self._at(client, to)}")
        except (Gone, ConfigError) as error:
            raise NotNamed(f"{self.host} does not give {to} its name. {error}") from None

    def remove(self, path: str) -> None:
        try:
            with self.step(path) as client:
                client.voidcmd(f"DELE {self._at(client, path)}")
        except (Gone, ConfigError):
            if self.size(path) is not None:
                raise

    def list(self, folder: str) -> Iterator[Listed]:
        with self.within(LISTING_SIZE), self.step(folder) as client:
            at = self._at(client, folder)
            found = [listing.with_time(client, at, entry) for entry in listing.entries(client, at)]
        for entry in found:
            changed = entry.modified_at
            yield Listed(shown(entry.name), folder, entry.size, changed, version_of(changed))

    # --- Names and sentences --------------------------------------------------------------------------------------

    def _at(self, client: Client, path: str, *, is_new: bool = False) -> str:
        """The whole path, since changing folders moves what others begin at."""
        if is_new and not path.isascii() and not client.knows_unicode:
            raise PermanentError(
                f"{self.host} takes only names of plain letters, as it does not know UTF-8, and {path} has others. "
                "Another file name is needed."
            )
        if not path.startswith("/"):
            start = str(self.setup.values.get("start") or "")
            start = start if start.startswith("/") else joined(client.home, start)
            path = joined(start, path)
        return as_there(path.rstrip("/") or "/").decode("utf-8", "surrogateescape")

    def told(self, error: ftplib.Error, path: str) -> NetworkError:
        code, said = str(error)[:3], self._said(error)
        if code in FULL:
            text = f"{path} could not be written: the disk of {self.host} is full, or the user's share of it used up"
            return RetryableError(f"{text}. {said}")
        if isinstance(error, ftplib.error_temp):
            return RetryableError(f"{self.host} cannot do that with {path} now. {said}")
        if code == MISSING and not any(word in said.lower() for word in DENIED):
            return Gone(f"There is no {path or 'such folder'} on {self.host}. {said}")
        if code in (MISSING, *MAY_NOT):
            return ConfigError(f"{self.host} does not let the user do that with {path}. {said}")
        return PermanentError(f"{self.host} does not do that with {path}. {said}")

    def why(self, error: BaseException) -> str:
        return "it is no answer of an FTP server" if isinstance(error, ftplib.Error) else super().why(error)

    def _said(self, error: Exception) -> str:
        """The server's own words, without what it was told in confidence."""
        text = " ".join(str(error).encode("utf-8", "replace").decode().split())
        for setting in self.settings:
            if setting.is_secret and (secret := str(self.setup.values.get(setting.name) or "")):
                text = text.replace(secret, "…")
        return f"It says: {text[:150].rstrip('.')}."


class NotNamed(ConfigError):
    """The server did not carry the last step out."""
