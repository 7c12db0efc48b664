"""What the files of an uploaded ZIP are: each one's record type, told by its name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import BinaryIO

from arhub.records import RECORD_TYPES
from ingestion.coercion.words import fold
from ingestion.content import ARCHIVE_MAGIC, base_name, directory, is_document, unchecked
from ingestion.errors import Unreadable

ARCHIVE = "archive"
"""In place of a record type: a ZIP whose files tell theirs by their names."""

MOST_FILES = 100
_LISTED = 10
_LONGEST_NAME = 500
_JUNK = re.compile(r"(^|/)(__MACOSX/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)|/$", re.IGNORECASE)
_ARCHIVES = re.compile(r"\.(zip|gz|gzip|tgz|bz2|xz|7z|rar|tar)$", re.IGNORECASE)
_CACHE = re.compile(r"(?:^|_)ErpCache_([A-Za-z]+)$", re.IGNORECASE)
_PARTS = re.compile(r"(?:[_\- ]+\d+)+$")
_ALSO = {
    "account": ("company", "customer"),
    "adjustment": ("credit note",),
    "payment_applied": ("payment applied", "applied payment"),
    "credit_memo_applied": ("credit memo applied",),
}


def files_in(file: BinaryIO, *, without: Collection[str] = ()) -> list[tuple[str, str]]:
    """(record type, member) of every file in the archive but those left out, in the order they are to be read: parts by
    their numbers.

    Raises `Unreadable` for an archive that is not safe, holds another one, or holds a file whose name tells no type.
    """
    members = [name for name in members_of(file) if name not in without]
    unknown = [base_name(name) for name in members if not type_of(name)]
    if unknown:
        raise Unreadable(
            f"The archive holds files whose names tell no type: {_listed(unknown)}. Nothing was taken in; "
            "name them like accounts.csv, invoices.xlsx or credit_memos.json."
        )
    order = list(RECORD_TYPES)
    return sorted(
        ((type_of(name), name) for name in members), key=lambda item: (order.index(item[0]), *_part(item[1]), item[1])
    )


def only_file(file: BinaryIO) -> str:
    """The one member of an archive that was given for a certain type; "" when the file is no archive of files.

    Raises `Unreadable` when it holds several.
    """
    file.seek(0)
    magic = file.read(4)
    packed = unchecked(file) if magic in ARCHIVE_MAGIC else None
    file.seek(0)
    if packed is None or is_document(packed.namelist()):
        return ""
    members = members_of(file)
    if len(members) > 1:
        raise Unreadable(
            f"The archive holds {len(members)} files: {_listed(map(base_name, members))}. "
            "Give one file here, or all of them as a ZIP of several files."
        )
    return members[0]


def type_of(member: str) -> str:
    """The record type a file's name tells, or ""."""
    return _TYPES.get(told_by(member), "")


def told_by(member: str) -> str:
    """What a file's name says of what is in it, without case, blanks, numbers at its end and "SyncModel"."""
    stem = _PARTS.sub("", base_name(member).rpartition(".")[0] or base_name(member))
    cache = _CACHE.search(stem)
    return fold(cache[1] if cache else stem).removesuffix("syncmodel")


def members_of(file: BinaryIO) -> list[str]:
    """The files of an archive. Raises `Unreadable` for one that is not safe, empty, or holds another one."""
    names = [name for name in directory(file).namelist() if not _JUNK.search(name.replace("\\", "/"))]
    file.seek(0)
    if not names:
        raise Unreadable("The archive holds no files.")
    if len(names) > MOST_FILES:
        raise Unreadable(f"The archive holds {len(names):,} files; up to {MOST_FILES} can be read at once.")
    if nested := [base_name(name) for name in names if _ARCHIVES.search(name)]:
        raise Unreadable(f"The archive holds another archive, {_listed(nested)}; unpack that first.")
    if twice := [base_name(name) for name, count in Counter(names).items() if count > 1]:
        raise Unreadable(f"The archive holds several files of the name {_listed(twice)}.")
    if any(len(name) > _LONGEST_NAME for name in names):
        raise Unreadable(f"The archive holds a file with a name of more than {_LONGEST_NAME} characters.")
    return names


def _part(member: str) -> tuple[int, ...]:
    """The numbers at the end of a name: ERP Cache files have an index and a part of it."""
    numbers = _PARTS.search(base_name(member).rpartition(".")[0])
    return tuple(map(int, re.findall(r"\d+", numbers[0]))) if numbers else ()


def _types() -> dict[str, str]:
    found: dict[str, str] = {}
    for name, record_type in RECORD_TYPES.items():
        names = (name, record_type.label, record_type.plural, record_type.sage, *_ALSO.get(name, ()))
        for spelling in map(fold, filter(None, names)):
            found.setdefault(spelling, name)
            found.setdefault(_plural(spelling), name)
    return found


def _plural(word: str) -> str:
    if word.endswith("y"):
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith("s") else f"{word}s"


def _listed(names: Sequence[str] | map[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _LISTED:,} more" if len(listed) > _LISTED else ""
    return ", ".join(name[:60] for name in listed[:_LISTED]) + more


_TYPES = _types()
