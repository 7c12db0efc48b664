"""Where the embedded server lives, and as which system user it runs."""

from __future__ import annotations

import functools
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from arhub.database.binaries import DatabaseUnavailable
from arhub.paths import var_directory

SYSTEM_USER = "arhub"
SYSTEM_HOME = Path("/var/lib/arhub")
KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "TZ")
LONGEST_SOCKET = 85  # a socket's address takes 107 bytes with its file name


class Place(NamedTuple):
    home: Path  # holds one data directory per major version, the log and, when its path is short, the socket
    socket: Path
    uid: int | None  # the system user to switch to; None: stay who we are

    @property
    def log(self) -> Path:
        return self.home / "postgresql.log"

    @property
    def process_options(self) -> dict[str, Any]:
        """For subprocess. The server gets none of our variables: some hold secrets, and PG* ones it would obey."""
        environment = {key: os.environ[key] for key in KEPT_VARIABLES if key in os.environ}
        who = {} if self.uid is None else {"user": self.uid, "group": pwd.getpwuid(self.uid).pw_gid, "extra_groups": ()}
        return {"env": environment, "cwd": self.home, "stdin": subprocess.DEVNULL, **who}

    def prepare(self) -> None:
        for path in (self.home, self.socket):
            path.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
            if not path.exists():
                path.mkdir(mode=0o700)
                if self.uid is not None:
                    os.chown(path, self.uid, pwd.getpwuid(self.uid).pw_gid)
            _refuse_foreign(path, os.geteuid() if self.uid is None else self.uid)


@functools.cache
def find_place(var: Path | None = None) -> Place:
    """Below the var directory. PostgreSQL refuses to run as root, so there a system user runs it; where that
    user cannot reach the var directory, the data lies below /var/lib/arhub, and nobody's permissions change."""
    var = var or var_directory()
    uid = _system_user() if os.geteuid() == 0 else None
    home = var / "postgres"
    elsewhere = SYSTEM_HOME / _digest(var)
    if uid is not None and not home.exists() and (elsewhere.exists() or not can_reach(var, uid)):
        home = elsewhere
    return Place(home, _socket_directory(home, os.geteuid() if uid is None else uid), uid)


def can_reach(path: Path, uid: int) -> bool:
    """Whether a user may pass through every directory down to `path`."""
    path = path.resolve()
    return all(
        details.st_mode & (stat.S_IXUSR if details.st_uid == uid else stat.S_IXOTH)
        for details in (one.stat() for one in (path, *path.parents))
    )


def _socket_directory(home: Path, uid: int) -> Path:
    path = home / "socket"
    if len(os.fsencode(path)) <= LONGEST_SOCKET and "," not in str(path):
        return path
    return Path("/tmp") / f"arhub-{uid}-{_digest(home)}"  # not TMPDIR, which differs between processes


def _refuse_foreign(path: Path, uid: int) -> None:
    details = path.lstat()
    if not stat.S_ISDIR(details.st_mode) or details.st_uid != uid or details.st_mode & 0o077:
        raise DatabaseUnavailable(
            f"{path} must be a directory with mode 0700 of the user with id {uid}, who runs the embedded database."
            " It was made by somebody else: remove it, or run the hub as its owner."
        )


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:16]


def _system_user() -> int:
    for name in (SYSTEM_USER, None, SYSTEM_USER, "nobody"):
        if name is None:
            _add_system_user()
            continue
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise DatabaseUnavailable("The embedded database needs a system user to run as: run the hub as a normal user.")


def _add_system_user() -> None:
    if program := shutil.which("useradd", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"):
        command = [program, "--system", "--user-group", "--no-create-home", "--home-dir", str(SYSTEM_HOME)]
        subprocess.run([*command, "--shell", "/usr/sbin/nologin", SYSTEM_USER], check=False, capture_output=True)
