"""What the FTP servers of the tests have in common."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from tests.arhub.network.servers import Identity, made_for
from tests.servers.programs import HERE, stop

PASSWORD = "a long enough word 7"


@dataclass(frozen=True, slots=True)
class FtpServer:
    port: int
    files: Path
    process: subprocess.Popen[bytes]
    security: str
    authorities: str
    user: str

    def values(self, **others: Any) -> dict[str, Any]:
        """Settings that are right."""
        return {
            "host": HERE, "port": self.port, "security": self.security, "authorities": self.authorities,
            "user": self.user, "password": PASSWORD, "start": "files", **others,
        }  # fmt: skip

    def stored(self) -> list[tuple[str, bytes]]:
        found = self.files.rglob("*")
        return [(str(path.relative_to(self.files)), path.read_bytes()) for path in found if path.is_file()]

    def stop(self) -> None:
        stop(self.process)


@cache
def identity(*, is_expired: bool = False) -> Identity:
    """Of the kind that vsftpd wants for TLS 1.2."""
    return made_for(HERE, is_expired=is_expired, is_rsa=True)


@contextmanager
def open_folder() -> Iterator[Path]:
    """One in which a server that has become somebody else may read and write, unlike pytest's."""
    folder = Path(mkdtemp(prefix="arhub-ftp-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def written(folder: Path, made: Identity) -> Path:
    """The certificate and its key in one file."""
    at = folder / "server.pem"
    at.touch(mode=0o600)
    at.write_text(f"{made.certificate}{made.key}")
    return at
