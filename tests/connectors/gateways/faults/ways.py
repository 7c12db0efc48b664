"""The ways over which files go to real servers, each told alike, and files that do something when they are read."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from connectors.base import Setup
from connectors.gateways.base import Bytes, Parcel
from connectors.gateways.ftp.gateway import FtpGateway
from connectors.gateways.ftp.settings import EXPLICIT, IMPLICIT, PLAIN
from connectors.gateways.line import LineGateway
from connectors.gateways.sftp.gateway import SftpGateway
from tests.contracts.connector_contract import Counted, Remembered
from tests.contracts.gateway_contract import parcel
from tests.servers.pyftpd import pyftpd
from tests.servers.sshd import sshd
from tests.servers.vsftpd import vsftpd

BIG = bytes(range(256)) * 12_000
"""3 MB: more than what lies in buffers between here and the server's disk."""


@dataclass(frozen=True, slots=True)
class Way:
    name: str
    gateway: type[LineGateway[Any]]
    serve: Callable[..., AbstractContextManager[Any]]

    def run(self, folder: Path, **wishes: Any) -> AbstractContextManager[Any]:
        return self.serve(folder, **wishes) if self.gateway is SftpGateway else self.serve(**wishes)

    def make(self, server: Any, store: Remembered | None = None, **others: Any) -> LineGateway[Any]:
        values = {one.name: one.default for one in self.gateway.settings} | server.values(**others)
        return self.gateway(Setup(values, Remembered() if store is None else store, Counted()))


SSHD = Way("sshd", SftpGateway, sshd)
VSFTPD = Way("vsftpd", FtpGateway, partial(vsftpd, EXPLICIT))
VSFTPD_IMPLICIT = Way("vsftpd-implicit", FtpGateway, partial(vsftpd, IMPLICIT))
PYFTPD = Way("pyftpdlib", FtpGateway, partial(pyftpd, EXPLICIT))
PYFTPD_PLAIN = Way("pyftpdlib-plain", FtpGateway, partial(pyftpd, PLAIN))
WAYS = (SSHD, VSFTPD, VSFTPD_IMPLICIT, PYFTPD, PYFTPD_PLAIN)


class Watched(Remembered):
    """A store that does something when a file is about to get its name; once."""

    def __init__(self, do: Callable[[], None]) -> None:
        super().__init__()
        self._do: Callable[[], None] | None = do

    def put(self, name: str, value: Any) -> None:
        super().put(name, value)
        if value == "renaming" and self._do:
            do, self._do = self._do, None
            do()


class Read(Bytes):
    """A file that does something when so much of it has been read; once."""

    def __init__(self, content: bytes, do: Callable[[], None], *, at: float = 0.3) -> None:
        super().__init__(content)
        self.do: Callable[[], None] | None = do
        self.at = int(len(content) * at)

    def open(self) -> BinaryIO:
        whole, outer = super().open(), self

        class Reader(io.RawIOBase):
            def read(self, size: int = -1) -> bytes:
                if outer.do and whole.tell() >= outer.at:
                    do, outer.do = outer.do, None
                    do()
                return whole.read(size)

        return Reader()  # type: ignore[return-value]


def big(do: Callable[[], None] | None = None, **others: Any) -> Parcel:
    """A parcel of 3 MB."""
    plain = parcel(BIG, name="big.bin", identity="big", **others)
    return plain if do is None else Parcel(plain.identity, plain.name, Read(BIG, do), facts=plain.facts)
