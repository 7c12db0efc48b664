"""A PostgreSQL of the hub's own, for when DATABASE_URL is unset.

The first process that needs it starts it, and it stays up until it is stopped: there is no count of users to go
wrong when one is killed. It listens on a socket in a private directory only, which is why it asks for no password.
Whether it runs is found out by connecting, never from a process id, which may belong to somebody else by now.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import subprocess
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg2

from arhub.database.binaries import Binaries, DatabaseUnavailable, find_binaries, readable_copy
from arhub.database.place import SYSTEM_HOME, Place, can_reach, find_place
from arhub.database.roles import APP, prepare_database, prepare_roles, prepare_schemas
from arhub.paths import var_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

DATABASE = "arhub"
ADMINISTRATOR = "postgres"
PORT = "5432"  # the name of the socket's file; nothing listens on the network
OPTIONS = [
    "listen_addresses=",
    "shared_buffers=256MB",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=2GB",
    "max_connections=60",
    "jit=off",
    "fsync=on",
    "synchronous_commit=on",
]
START_SECONDS = 60


class Status(NamedTuple):
    running: bool
    version: str
    data: Path
    socket: Path


def parameters() -> dict[str, str]:
    """How `app` connects, whether or not the server runs."""
    return {"host": str(find_place().socket), "port": PORT, "user": APP, "dbname": DATABASE}


def ensure() -> dict[str, str]:
    """Connection parameters of a server that answers. Quick when it is up."""
    wanted = parameters()
    if not _answers(wanted):
        start()
    return wanted


def start() -> bool:
    """Start the server unless it runs; returns whether it had to. Raises DatabaseUnavailable."""
    place = find_place()
    with _locked():
        if _answers(parameters()):
            return False
        place.prepare()
        if not _came_up(place):
            _launch(place)
        _prepare(place)
    return True


def stop() -> bool:
    """Stop the server, rolling back what is open; returns whether it ran."""
    place = find_place()
    with _locked():
        if not _answers(_administrator(place)):
            return False  # pg_ctl would signal whatever process has the number in a stale file
        binaries = _binaries_for(place)
        _run(place, [binaries.directory / "pg_ctl", "stop", "-D", _data(place, binaries).name, "-m", "fast", "-w"])
    return True


def status() -> Status:
    place = find_place()
    running = _answers(_administrator(place))
    binaries = find_binaries()
    version = ""
    if running:
        with closing(psycopg2.connect(**_administrator(place))) as connection:
            version = str(connection.info.parameter_status("server_version"))
    return Status(running, version, _data(place, binaries), place.socket)


def reset() -> None:
    """Stop the server and remove all its data."""
    stop()
    place = find_place()
    with _locked():
        _refuse_survivors(place, _data(place, find_binaries()))
        for path in (place.home, place.socket):
            shutil.rmtree(path, ignore_errors=True)


def programs() -> Path:
    """The directory with psql and pg_dump."""
    return find_binaries().directory


@contextmanager
def _locked() -> Iterator[None]:
    path = var_directory() / "postgres.lock"
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except PermissionError as error:
        raise DatabaseUnavailable(f"{path} belongs to another user: run the hub as its owner.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _administrator(place: Place) -> dict[str, str]:
    return {"host": str(place.socket), "port": PORT, "user": ADMINISTRATOR, "dbname": "postgres"}


def _answers(wanted: dict[str, str]) -> bool:
    try:
        psycopg2.connect(**wanted, connect_timeout=5).close()
    except psycopg2.OperationalError:
        return False
    return True


def _came_up(place: Place) -> bool:
    """True for a server that runs without our role or database yet, or that is busy recovering after a crash."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            psycopg2.connect(**_administrator(place), connect_timeout=5).close()
        except psycopg2.OperationalError as error:
            if not any(state in str(error) for state in ("starting up", "shutting down", "recovery", "not yet accept")):
                return False
            time.sleep(0.05)
        else:
            return True
    return False


def _launch(place: Place) -> None:
    binaries = _binaries_for(place)
    data = _data(place, binaries)
    _refuse_other_version(place, data)
    if not (data / "PG_VERSION").exists():
        _initialise(place, binaries, data)
    _refuse_survivors(place, data)
    for stale in (data / "postmaster.pid", place.socket / f".s.PGSQL.{PORT}.lock", place.socket / f".s.PGSQL.{PORT}"):
        stale.unlink(missing_ok=True)
    quoted = str(place.socket).replace('"', '""')
    options = [f"-c {shlex.quote(option)}" for option in (*OPTIONS, f'unix_socket_directories="{quoted}"')]
    command = [
        binaries.directory / "pg_ctl",
        "start",
        "-D",
        data.name,
        "-l",
        place.log.name,
        "-w",
        "-t",
        str(START_SECONDS),
    ]
    _run(place, [*command, "-o", " ".join([*options, "-c unix_socket_permissions=0700", "-p", PORT])])


def _initialise(place: Place, binaries: Binaries, data: Path) -> None:
    """Made beside its place and renamed, so that an interrupted one is never mistaken for data."""
    partial = data.with_name(f"{data.name}.new")
    shutil.rmtree(partial, ignore_errors=True)
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    command = [binaries.directory / "initdb", "-D", partial.name, "-U", ADMINISTRATOR, "-A", "trust", "-E", "UTF8"]
    _run(place, [*command, *(locale if binaries.major >= 17 else ["--locale=C.UTF-8"]), "--no-sync"])
    partial.rename(data)


def _prepare(place: Place) -> None:
    administrator = _administrator(place)
    with closing(psycopg2.connect(**administrator)) as connection:
        connection.autocommit = True
        prepare_roles(connection, create_databases=True)
        prepare_database(connection, DATABASE)
    connected = closing(psycopg2.connect(**{**administrator, "dbname": DATABASE}))
    with connected as connection, connection, connection.cursor() as cursor:
        prepare_schemas(cursor)


def _binaries_for(place: Place) -> Binaries:
    binaries = find_binaries()
    if place.uid is None or can_reach(binaries.directory, place.uid):
        return binaries
    SYSTEM_HOME.mkdir(mode=0o711, parents=True, exist_ok=True)
    return readable_copy(binaries, SYSTEM_HOME)


def _data(place: Place, binaries: Binaries) -> Path:
    return place.home / f"pg{binaries.major}"


def _refuse_other_version(place: Place, data: Path) -> None:
    """New binaries must not greet the operator with an empty hub."""
    others = sorted(path.parent.name for path in place.home.glob("pg[0-9]*/PG_VERSION") if path.parent != data)
    if others and not data.exists():
        raise DatabaseUnavailable(
            f"{place.home} holds data of {', '.join(others)}, and the PostgreSQL at hand is {data.name}. Move the data"
            " with pg_dump and psql of both versions, or remove the old directory to begin with nothing."
        )


def _refuse_survivors(place: Place, data: Path) -> None:
    """After a kill, the server's processes need a moment to notice. Two servers on one directory destroy it."""
    deadline = time.monotonic() + 5
    while survivors := _processes_in(data):
        if time.monotonic() > deadline:
            raise DatabaseUnavailable(
                f"A server still works in {data} and does not answer: processes {', '.join(map(str, survivors))}."
                f" Its log is {place.log}."
            )
        time.sleep(0.05)


def _processes_in(data: Path) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink() == data.resolve():  # a zombie has no cwd
                found.append(int(process.name))
    return found


def _run(place: Place, command: list[Any]) -> None:
    """Run in the server's home, with relative names: pg_ctl hands paths to a shell between mere double quotes."""
    # Not through pipes: the server inherits them from pg_ctl, and reading them to the end would wait for it.
    place.log.touch(mode=0o600)
    with place.log.open("a+b") as log:
        if place.uid is not None:
            os.fchown(log.fileno(), place.uid, -1)
        before = log.seek(0, os.SEEK_END)
        options = {**place.process_options, "stdout": log, "stderr": log, "start_new_session": True}
        done = subprocess.run([str(part) for part in command], check=False, **options)
        if done.returncode:
            log.seek(before)
            said = log.read().decode(errors="replace").strip()
            raise DatabaseUnavailable(f"{command[0].name} did not succeed (log: {place.log}):\n{said[-2000:]}")
