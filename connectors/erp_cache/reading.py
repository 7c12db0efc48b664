"""Drops read: a ZIP with one XML, or the XML alone, as JSON Lines of the hub's record type.

A file is right as a whole or not taken: an amount nobody can read may stand for any amount. What is only unusual is a
warning. What concerns one record, such as a currency that does not exist, the load says of its row.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from connectors.erp_cache.document import Document
from connectors.erp_cache.errors import BadDrop
from connectors.erp_cache.interfaces import interface_of
from connectors.erp_cache.names import DropName, parse
from ingestion.content import ARCHIVE_MAGIC, base_name, directory, unpacked
from ingestion.errors import Unreadable


@dataclass(frozen=True, slots=True)
class Drop:
    """What a file held: so many lines of JSON, each a record of `record_type`. Of lines that name the same invoice, the
    last counts; whoever loads them says so."""

    record_type: str
    rows: int
    warnings: tuple[str, ...] = ()


def read(name: DropName, file: BinaryIO, into: BinaryIO) -> Drop:
    """Write the records of a drop, in constant memory. Raises `BadDrop`; what `into` holds then is worth nothing."""
    interface = interface_of(name.interface)
    if interface is None:
        raise BadDrop(f"Expected OutstandingItem or Invoice in the file's name, found {name.interface[:60]}.")
    document = Document(interface, into)
    try:
        member = _member(file)
        with _opened(file, member) as xml:
            document.read(xml)
    except Unreadable as problem:
        raise BadDrop(str(problem)) from None
    return Drop(interface.record_type, document.rows, (*_misnamed(name, member), *document.warnings()))


def _member(file: BinaryIO) -> str:
    """The XML in the archive; "" where the file is none."""
    file.seek(0)
    if file.read(4) not in ARCHIVE_MAGIC:
        return ""
    members = [member for member in directory(file).namelist() if not member.endswith("/")]
    if len(members) != 1 or not members[0].lower().endswith(".xml"):
        files = "1 file" if len(members) == 1 else f"{len(members):,} files"
        listed = f": {', '.join(base_name(member)[:60] for member in members[:5])}" if members else ""
        raise BadDrop(f"Expected one XML file in the ZIP, found {files}{listed}.")
    return members[0]


@contextmanager
def _opened(file: BinaryIO, member: str) -> Iterator[BinaryIO]:
    file.seek(0)
    if not member:
        yield file
        return
    with unpacked(file, member) as xml:
        yield xml


def _misnamed(name: DropName, member: str) -> list[str]:
    inside = base_name(member)
    told = parse(inside)
    if not member or (told and told.stem.lower() == name.stem.lower()):
        return []
    return [f"Expected {name.stem}.xml in the ZIP, found {inside[:200]}; it was read as that."]
