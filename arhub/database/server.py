"""The embedded server's processes: make its data directory, start it on one, and stop it. The caller holds the lock."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from arhub.database.binaries import Binaries, DatabaseUnavailable, find_binaries, readable_copy
from arhub.database.place import SYSTEM_HOME, can_reach

if TYPE_CHECKING:
    from arhub.database.place import Place

ADMINISTRATOR = "postgres"
PORT = "5432"  # the name of the socket's file; nothing listens on the network
START_SECONDS = 60
_MEGABYTE = 1 << 20


def _buffers() -> int:
    """Megabytes for the server's page cache: a sixteenth of the machine's memory, between 128 and 1,024."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _MEGABYTE
    return max(128, min(1_024, memory // 16))


OPTIONS = [
    "listen_addresses=",
    f"shared_buffers={_buffers()}MB",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=4GB",
    "checkpoint_timeout=15min",
    "max_connections=100",
    "jit=off",
    "fsync=on",
    "synchronous_commit=on",
]


def launch(place: Place) -> None:
    binaries = _binaries_for(place)
    data = data_directory(place, binaries)
    _refuse_other_version(place, data)
    if not (data / "PG_VERSION").exists():
        _initialise(place, binaries, data)
    refuse_survivors(place, data)
    for stale in (data / "postmaster.pid", place.socket / f".s.PGSQL.{PORT}.lock", place.socket / f".s.PGSQL.{PORT}"):
        stale.unlink(missing_ok=True)
    quoted = str(place.socket).replace('"', '""')
    settings = [*OPTIONS, "unix_socket_permissions=0700", f'unix_socket_directories="{quoted}"', f"port={PORT}"]
    options = " ".join(f"-c {shlex.quote(setting)}" for setting in settings)
    wait = ["-w", "-t", str(START_SECONDS)]
    _run(place, binaries, "pg_ctl", "start", "-D", data.name, "-l", place.log.name, *wait, "-o", options)


def halt(place: Place) -> None:
    """Only for a server that answers: pg_ctl would signal whatever process has the number in a stale file."""
    binaries = _binaries_for(place)
    _run(place, binaries, "pg_ctl", "stop", "-D", data_directory(place, binaries).name, "-m", "fast", "-w")


def data_directory(place: Place, binaries: Binaries) -> Path:
    return place.home / f"pg{binaries.major}"


def refuse_survivors(place: Place, data: Path) -> None:
    """After a kill, the server's processes need a moment to notice. Two servers on one directory destroy it."""
    deadline = time.monotonic() + 5
    while survivors := _processes_in(data):
        if time.monotonic() > deadline:
            raise DatabaseUnavailable(
                f"A server still works in {data} and does not answer: processes {', '.join(map(str, survivors))}."
                f" Its log is {place.log}."
            )
        time.sleep(0.05)


def _initialise(place: Place, binaries: Binaries, data: Path) -> None:
    """Made beside its place and renamed, so that an interrupted one is never mistaken for data."""
    partial = data.with_name(f"{data.name}.new")
    shutil.rmtree(partial, ignore_errors=True)
    encoding = ["-E", "UTF8", "--locale=C.UTF-8"]
    if binaries.major >= 17:  # its own locale sorts alike on every system
        encoding = ["-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    _run(place, binaries, "initdb", "-D", partial.name, "-U", ADMINISTRATOR, "-A", "trust", "--no-sync", *encoding)
    partial.rename(data)


def _binaries_for(place: Place) -> Binaries:
    binaries = find_binaries()
    if place.uid is None or can_reach(binaries.directory, place.uid):
        return binaries
    SYSTEM_HOME.mkdir(mode=0o711, parents=True, exist_ok=True)
    return readable_copy(binaries, SYSTEM_HOME)


def _refuse_other_version(place: Place, data: Path) -> None:
    """New binaries must not greet the operator with an empty hub."""
    others = sorted(path.parent.name for path in place.home.glob("pg[0-9]*/PG_VERSION") if path.parent != data)
    if others and not data.exists():
        raise DatabaseUnavailable(
            f"{place.home} holds data of {', '.join(others)}, and the PostgreSQL at hand is {data.name}. Move the data"
            " with pg_dump and psql of both versions, or remove the old directory to begin with nothing."
        )


def _processes_in(data: Path) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink() == data.resolve():  # a zombie has no cwd
                found.append(int(process.name))
    return found


def _run(place: Place, binaries: Binaries, program: str, *arguments: str) -> None:
    """Run in the server's home, with relative names: pg_ctl hands paths to a shell between mere double quotes.
    Output goes to the log: the server would inherit a pipe, and reading that to its end would wait for the server."""
    flags = os.O_CREAT | os.O_APPEND | os.O_RDWR | os.O_NOFOLLOW  # no links: root writes in another user's folder
    with open(place.log, "a+b", opener=lambda path, _: os.open(path, flags, 0o600)) as log:
        if place.uid is not None:
            os.fchown(log.fileno(), place.uid, -1)
        before = log.seek(0, os.SEEK_END)
        command = [str(binaries.directory / program), *arguments]
        options = {**place.process_options, "stdout": log, "stderr": log, "start_new_session": True}
        if subprocess.run(command, check=False, **options).returncode:
            log.seek(before)
            said = log.read().decode(errors="replace").strip()[-2000:]
            raise DatabaseUnavailable(f"{program} did not succeed (log: {place.log}):\n{said}")
