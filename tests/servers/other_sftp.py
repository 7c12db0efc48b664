"""An SFTP server unlike OpenSSH's: no extensions, little at a time, and codes of later versions of the protocol."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paramiko
from paramiko.sftp import SFTP_FAILURE, SFTP_OK, SFTP_OP_UNSUPPORTED

from tests.servers.programs import HERE

USER, PASSWORD = "clerk", "a long enough word 7"
LITTLE = 1_000


@dataclass(frozen=True, slots=True)
class OtherSftp:
    port: int
    files: Path
    host_key: str

    def values(self, **others: Any) -> dict[str, Any]:
        known = {"host": HERE, "port": self.port, "host_key": self.host_key, "user": USER, "password": PASSWORD}
        return known | others

    def stored(self) -> list[tuple[str, bytes]]:
        return [(path.name, path.read_bytes()) for path in self.files.iterdir()]


@contextmanager
def other_sftp(folder: Path, *, keeps: float = 1.0, refuses_writing: int = SFTP_OK) -> Iterator[OtherSftp]:
    """It keeps only a part of each file, or answers a write with the code given."""
    (files := folder / "files").mkdir()
    key = paramiko.ECDSAKey.generate()

    class Handle(paramiko.SFTPHandle):
        def __init__(self, path: Path, flags: int) -> None:
            super().__init__(flags)
            self.flags, self.descriptor = flags, os.open(path, flags, 0o644)

        def read(self, offset: int, length: int) -> bytes:
            return os.pread(self.descriptor, min(length, LITTLE), offset)

        def write(self, offset: int, data: bytes) -> int:
            if refuses_writing == SFTP_OK:
                os.pwrite(self.descriptor, data, offset)
            return refuses_writing

        def stat(self) -> paramiko.SFTPAttributes:
            return paramiko.SFTPAttributes.from_stat(os.fstat(self.descriptor))

        def close(self) -> None:
            if self.flags & os.O_WRONLY:
                os.truncate(self.descriptor, int(os.fstat(self.descriptor).st_size * keeps))
            os.close(self.descriptor)

    class Files(paramiko.SFTPServerInterface):
        def at(self, path: str) -> Path:
            return files / path.strip("/")

        def stat(self, path: str) -> Any:
            try:
                return paramiko.SFTPAttributes.from_stat(self.at(path).stat())
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno)

        lstat = stat

        def open(self, path: str, flags: int, attr: Any) -> Any:
            try:
                return Handle(self.at(path), flags)
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno)

        def list_folder(self, path: str) -> Any:
            return [paramiko.SFTPAttributes.from_stat(one.stat(), one.name) for one in self.at(path).iterdir()]

        def rename(self, oldpath: str, newpath: str) -> int:
            if self.at(newpath).exists():
                return SFTP_FAILURE
            self.at(oldpath).rename(self.at(newpath))
            return SFTP_OK

        def posix_rename(self, oldpath: str, newpath: str) -> int:
            return SFTP_OP_UNSUPPORTED

        def remove(self, path: str) -> int:
            self.at(path).unlink()
            return SFTP_OK

    class Door(paramiko.ServerInterface):
        def check_auth_password(self, username: str, password: str) -> int:
            right = (username, password) == (USER, PASSWORD)
            return paramiko.AUTH_SUCCESSFUL if right else paramiko.AUTH_FAILED

        def check_channel_request(self, kind: str, chanid: int) -> int:
            return paramiko.OPEN_SUCCEEDED

    def accept() -> None:
        with suppress(OSError):
            while True:
                transport = paramiko.Transport(listening.accept()[0])
                transport.add_server_key(key)
                transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Files)
                with suppress(paramiko.SSHException, EOFError):
                    transport.start_server(server=Door())

    with socket.create_server((HERE, 0)) as listening:
        threading.Thread(target=accept, daemon=True).start()
        try:
            yield OtherSftp(listening.getsockname()[1], files, f"{key.get_name()} {key.get_base64()}")
        finally:
            listening.shutdown(socket.SHUT_RDWR)
