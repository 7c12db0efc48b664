"""A PostgreSQL of the hub's own, for when DATABASE_URL is unset.

The first process that needs it starts it, and it stays up until it is stopped: there is no count of users to go
wrong when one is killed. It listens on a socket in a private directory only, which is why it asks for no password.
Whether it runs is found out by connecting, never from a process id, which may belong to somebody else by now.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, NamedTuple

import psycopg2

from arhub.database.binaries import DatabaseUnavailable, find_binaries
from arhub.database.place import Place, find_place
from arhub.database.roles import APP, prepare_database, prepare_roles, prepare_schemas
from arhub.database.server import ADMINISTRATOR, PORT, START_SECONDS, data_directory, halt, launch, refuse_survivors
from arhub.paths import var_directory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATABASE = "arhub"
BUSY = ("starting up", "shutting down", "recovery", "not yet accept", "too many clients", "connection slots")


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
            launch(place)
        _prepare(place)
    return True


def stop() -> bool:
    """Stop the server, rolling back what is open; returns whether it ran."""
    place = find_place()
    with _locked():
        if not _answers(_administrator(place)):
            return False
        halt(place)
    return True


def status() -> Status:
    place = find_place()
    running = _answers(_administrator(place))
    version = ""
    if running:
        with closing(psycopg2.connect(**_administrator(place))) as connection:
            version = str(connection.info.parameter_status("server_version"))
    return Status(running, version, data_directory(place, find_binaries()), place.socket)


def reset() -> None:
    """Stop the server and remove all its data."""
    stop()
    place = find_place()
    with _locked():
        refuse_survivors(place, data_directory(place, find_binaries()))
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
            if not any(state in str(error) for state in BUSY):
                return False
            time.sleep(0.05)
        else:
            return True
    return False


def _prepare(place: Place) -> None:
    administrator = _administrator(place)
    with closing(psycopg2.connect(**administrator)) as connection:
        connection.autocommit = True
        prepare_roles(connection, create_databases=True)
        prepare_database(connection, DATABASE)
    connected = closing(psycopg2.connect(**{**administrator, "dbname": DATABASE}))
    with connected as connection, connection, connection.cursor() as cursor:
        prepare_schemas(cursor)
