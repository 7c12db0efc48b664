"""What servers say of the files in a folder: MLSD (RFC 3659), or the text that each of them writes for LIST."""

from __future__ import annotations

import ftplib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from connectors.gateways.ftp.client import NOT_KNOWN, Client

UNIX = re.compile(
    rb"(?P<type>[-dlbcps])[-rwxsStTlL]{9}\S*\s+\d+\s+(?:\S+\s+){1,2}?(?P<size>\d+)\s+"
    rb"(?:[^\W\d]\S*\s+\d{1,2}|\d{1,2}\s+[^\W\d]\S*|\d{4}-\d\d-\d\d)\s+(?:\d{1,2}:\d\d|\d{4}) (?P<name>.+)"
)
DOS = re.compile(rb"\d\d-\d\d-\d\d(?:\d\d)?\s+\d\d:\d\d(?:[AP]M)?\s+(?:(?P<folder><\w+>)|(?P<size>\d+))\s+(?P<name>.+)")
NOTHING = ("450", "550")
_OF_FOLDER = re.compile(rb"total \d+")


@dataclass(frozen=True, slots=True)
class Entry:
    name: bytes
    size: int | None = None
    modified_at: datetime | None = None


def entries(client: Client, folder: str) -> list[Entry]:
    """Its plain files. The folder is gone into first: servers differ in how they take one with a blank or a dash."""
    client.voidcmd(f"CWD {folder}")
    return [entry for entry in _entries(client, folder) if b"/" not in entry.name]


def _entries(client: Client, folder: str) -> list[Entry]:
    if client.knows("MLST"):
        try:
            return by_facts(client.lines("MLSD"))
        except ftplib.error_perm as error:
            if str(error)[:3] not in NOT_KNOWN:
                raise
    found = by_text(_lines(client, "LIST"))
    return _by_names(client, folder) if found is None else found


def with_time(client: Client, folder: str, entry: Entry) -> Entry:
    """Asked for each file where the list does not tell it."""
    if entry.modified_at or not client.knows("MDTM"):
        return entry
    try:
        answer = client.sendcmd(f"MDTM {_path(folder, entry.name)}")
    except ftplib.error_perm:
        return entry
    return replace(entry, modified_at=time_of(answer[4:].strip()))


def _by_names(client: Client, folder: str) -> list[Entry]:
    """Where nothing but names can be read. What has no size is no file."""
    found = []
    for line in _lines(client, "NLST"):
        name = line.rpartition(b"/")[2]
        try:
            size = client.size(_path(folder, name))
        except ftplib.error_perm:
            continue
        found.append(Entry(name, size))
    return found


def _lines(client: Client, command: str) -> list[bytes]:
    """Some servers call it an error that a folder is empty."""
    try:
        return client.lines(command)
    except (ftplib.error_perm, ftplib.error_temp) as error:
        if str(error)[:3] in NOTHING:
            return []
        raise


def _path(folder: str, name: bytes) -> str:
    return f"{folder.rstrip('/')}/{name.decode('utf-8', 'surrogateescape')}"


def by_facts(lines: Iterable[bytes]) -> list[Entry]:
    """Of MLSD: `type=file;size=12;modify=20261123101500; name`."""
    found = []
    for line in lines:
        facts, _, name = line.partition(b" ")
        known = dict(part.lower().split(b"=", 1) for part in facts.split(b";") if b"=" in part)
        if known.get(b"type") == b"file":
            size = known.get(b"size", b"")
            found.append(
                Entry(name, int(size) if size.isdigit() else None, time_of(known.get(b"modify", b"").decode()))
            )
    return found


def by_text(lines: Iterable[bytes]) -> list[Entry] | None:
    """Of LIST, without the times: no zone stands there, and seldom a year. None when this server's is not known."""
    found = []
    for line in lines:
        if _OF_FOLDER.fullmatch(line):
            continue
        if unix := UNIX.fullmatch(line):
            if unix["type"] == b"-":
                found.append(Entry(unix["name"], int(unix["size"])))
        elif dos := DOS.fullmatch(line):
            if not dos["folder"]:
                found.append(Entry(dos["name"], int(dos["size"])))
        else:
            return None
    return found


def time_of(text: str) -> datetime | None:
    """YYYYMMDDHHMMSS, perhaps with a fraction, in UTC."""
    try:
        return datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
