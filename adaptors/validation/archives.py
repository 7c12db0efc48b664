"""Finds stylesheets in a release as the operator got it: a ZIP archive or a folder. It is read as hostile: a name in it
is never a path that is written to, and what is read has limits."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ingestion.content import ARCHIVE_MAGIC, directory, unpacked
from ingestion.errors import Unreadable

ENDINGS = (".xslt", ".xsl")
SOURCES = (".sch",)
MOST_FILES = 20_000
MOST_BYTES = 20 << 20
_VERSION = re.compile(r"(?<![0-9a-z.])v?(\d+(?:\.\d+){1,3}(?:-(?:rc|beta)\d*)?)(?![0-9a-z.])", re.IGNORECASE)
_SAID = re.compile(r"\b(?:version|release)[:\s]+v?(\d+(?:\.\d+){1,3})\b", re.IGNORECASE)
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_HEAD = 8_000
_OTHER = re.compile(r"(?:oio)?ubl[-_ ]?2(?:\.\d+)?|(?:xslt|iso)[-_ ]?[\d.]+", re.IGNORECASE)  # such as UBL-2.1


class CannotRead(Exception):
    """The release is not what was expected; the text says what was, and what was found."""


class Member(NamedTuple):
    """A file of a release by its path in it, folders divided by /."""

    path: str
    source: Path

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def stem(self) -> str:
        return self.path.rpartition("/")[2].rpartition(".")[0]


def members(source: Path) -> list[Member]:
    """The stylesheets and Schematron sources in an archive or a folder. Raises `CannotRead`."""
    try:
        paths = list(_walked(source) if source.is_dir() else _packed(source))
    except (Unreadable, OSError) as error:
        raise CannotRead(f"{source} cannot be read. {error}") from error
    return [Member(path, source) for path in sorted(paths) if path.lower().endswith(ENDINGS + SOURCES)]


def read(member: Member) -> bytes:
    """What a file holds. Raises `CannotRead`, for one that is larger than any stylesheet too."""
    try:
        if member.source.is_dir():
            with (member.source / member.path).open("rb") as file:
                content = file.read(MOST_BYTES + 1)
        else:
            with member.source.open("rb") as archive, unpacked(archive, member.path) as file:
                content = file.read(MOST_BYTES + 1)
    except (Unreadable, OSError) as error:
        raise CannotRead(f"{member.path} cannot be read. {error}") from error
    if len(content) > MOST_BYTES:
        raise CannotRead(f"{member.path} is larger than {MOST_BYTES >> 20} MB; no rules are.")
    return content


def version_of(member: Member, content: bytes) -> str:
    """What the file says of itself at its head, else what the nearest folder, else the release is called by; empty."""
    head = content[:_HEAD].decode("utf-8", "replace")
    for comment in _COMMENT.findall(head):
        if said := _SAID.search(comment):
            return said[1]
    names = [*reversed(member.folder.split("/")), member.source.stem if member.source.is_file() else member.source.name]
    for name in names:
        if not _OTHER.fullmatch(name) and (found := _VERSION.search(name)):
            return found[1]
    return ""


def _walked(folder: Path) -> Iterator[str]:
    """Files below a folder; links are not followed."""
    count = 0
    for place, _, names in os.walk(folder):
        for name in names:
            count += 1
            if count > MOST_FILES:
                raise CannotRead(f"{folder} holds more than {MOST_FILES:,} files. Name the folder of the rules itself.")
            path = Path(place) / name
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(folder).as_posix()


def _packed(archive: Path) -> Iterator[str]:
    with archive.open("rb") as file:
        if not file.read(4).startswith(ARCHIVE_MAGIC):
            raise CannotRead(f"{archive} is neither a ZIP archive nor a folder.")
        for entry in directory(file).infolist():
            if not entry.is_dir():
                yield entry.filename
