"""OpenSSH's sshd with keys and a configuration of its own; whoever runs the test signs in."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.hub import ALLOWED
from tests.servers.programs import HERE, free_port, program, running

PRIVILEGE_SEPARATION = Path("/run/sshd")
CONFIGURATION = """
ListenAddress {here}:{port}
ListenAddress {also}:{port}
{host_keys}
PidFile none
UsePAM no
StrictModes no
AuthorizedKeysFile {folder}/authorized_keys
PermitRootLogin yes
PasswordAuthentication {password}
KbdInteractiveAuthentication no
Subsystem sftp internal-sftp -d {files}
MaxStartups 100
LogLevel ERROR
"""


@dataclass(frozen=True, slots=True)
class Sshd:
    """`host_keys` are its public keys as "type base64"; `private_key` is that of the user."""

    port: int
    files: Path
    process: subprocess.Popen[bytes]
    host_keys: tuple[str, ...]
    private_key: str
    user: str

    def values(self, **others: Any) -> dict[str, Any]:
        """Settings that are right."""
        return {
            "host": HERE, "port": self.port, "host_key": self.host_keys[0], "user": self.user,
            "private_key": self.private_key, **others,
        }  # fmt: skip

    def stored(self) -> list[tuple[str, bytes]]:
        found = self.files.rglob("*")
        return [(str(path.relative_to(self.files)), path.read_bytes()) for path in found if path.is_file()]


@contextmanager
def sshd(
    folder: Path, *, host_types: tuple[str, ...] = ("ed25519",), keys: tuple[str, ...] = (), seed: str = "",
    largest_file: int | None = None, password: bool = False, prefix: tuple[str, ...] = (),
) -> Iterator[Sshd]:  # fmt: skip
    """`keys` are public keys that may sign in too. Another `seed` has other host keys. `prefix` is put before the
    command."""
    command, port = program("sshd"), free_port()
    if os.geteuid() == 0:
        PRIVILEGE_SEPARATION.mkdir(mode=0o755, exist_ok=True)
    (files := folder / "files").mkdir(exist_ok=True)
    lines = []
    for kind in host_types:
        (at := folder / f"host_{kind}{seed}").write_text(made_key(kind, f"host{seed}")[0])
        at.chmod(0o600)
        lines.append(f"HostKey {at}")
    (folder / "authorized_keys").write_text("\n".join([made_key("ed25519", "user")[1], *keys]))
    (configuration := folder / "sshd_config").write_text(
        CONFIGURATION.format(
            here=HERE, also=ALLOWED, port=port, folder=folder, files=files, host_keys="\n".join(lines),
            password="yes" if password else "no",
        )
    )  # fmt: skip
    arguments = [*prefix, command, "-D", "-e", "-f", str(configuration)]
    with running(arguments, port, folder / "sshd.log", largest_file=largest_file) as process:
        shown = tuple(made_key(kind, f"host{seed}")[1] for kind in host_types)
        user = pwd.getpwuid(os.geteuid()).pw_name
        yield Sshd(port, files, process, shown, made_key("ed25519", "user")[0], user)


@cache
def made_key(kind: str, purpose: str, passphrase: str = "", form: str = "RFC4716") -> tuple[str, str]:
    """A private key as ssh-keygen writes it, and the public one as "type base64". `form` is RFC4716 for OpenSSH's own,
    PEM or PKCS8."""
    with TemporaryDirectory() as folder:
        at = Path(folder) / purpose
        command = [program("ssh-keygen"), "-q", "-t", kind, "-N", passphrase, "-m", form, "-C", "", "-f", str(at)]
        subprocess.run(command, check=True, capture_output=True)
        return at.read_text(), " ".join(at.with_name(f"{purpose}.pub").read_text().split()[:2])
