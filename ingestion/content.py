"""Where the bytes of a file are: stored as they are, compressed, or inside an archive. Nothing is unpacked to disk."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
import zlib
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO

from ingestion.base import Content
from ingestion.errors import Unreadable

GZIP_MAGIC = b"\x1f\x8b\x08"
ARCHIVE_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
MOST_MEMBERS = 10_000
MOST_UNPACKED = 20 << 30
MOST_IN_MEMORY = 256 << 20
MOST_RATIO = 500
RATIO_FROM = 50 << 20
_BLOCK = 1 << 18
_MOST_DIRECTORY = 16 << 20
_ENTRY_MAGIC = b"PK\x01\x02"
_MEMORY_FILES = Path("/proc/self/fd")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

_DAMAGED = "The archive is damaged or was cut off on its way. Pack the file again and upload it."
_BOMB = "The archive unpacks to far more than its size; it is not read."
_TOO_MANY = f"The archive holds more than {MOST_MEMBERS:,} files; it is not read."
_TOO_LARGE = "The archive unpacks to more than 20 GB; split the file and upload the parts."
_TOO_LARGE_FOR_MEMORY = (
    "This format can be read from an archive up to 256 MB, and the file is larger; unpack it and upload it as it is."
)
_ENCRYPTED = "The archive is protected with a password. Pack the files without one and upload it again."
_METHOD = "The archive is compressed in a way that cannot be read here. Pack it as an ordinary ZIP and upload it again."


class StoredFile(Content):
    """A file on this machine, called `name` by the person who sent it."""

    def __init__(self, path: Path, name: str = "") -> None:
        self.path = path
        self.name = name or path.name

    def open(self) -> BinaryIO:
        return self.path.open("rb")

    def local(self) -> AbstractContextManager[Path]:
        return nullcontext(self.path)

    @property
    def size(self) -> int:
        return self.path.stat().st_size


class _Packed(Content):
    """What has to be unpacked to be read. `_size` is known once it was read to its end."""

    _size = 0

    @abstractmethod
    def _unpacking(self, held: ExitStack) -> tuple[BinaryIO, int]:
        """The unpacked bytes, and how many packed ones they come from. What is opened for it goes on `held`."""

    def open(self) -> BinaryIO:
        with ExitStack() as held:
            source, packed = self._unpacking(held)
            return io.BufferedReader(_Unpacking(source, packed, self._ended, held.pop_all()), _BLOCK)

    @contextmanager
    def local(self) -> Iterator[Path]:
        if self.size > MOST_IN_MEMORY:
            raise Unreadable(_TOO_LARGE_FOR_MEMORY)
        with os.fdopen(os.memfd_create("content"), "wb") as memory, self.open() as source:
            size = 0
            while block := source.read(_BLOCK):
                size += len(block)
                if size > MOST_IN_MEMORY:
                    raise Unreadable(_TOO_LARGE_FOR_MEMORY)
                memory.write(block)
            memory.flush()
            yield _MEMORY_FILES / str(memory.fileno())

    @property
    def size(self) -> int:
        return self._size

    def _ended(self, size: int) -> None:
        self._size = size


class Gzipped(_Packed):
    """A file compressed by gzip."""

    def __init__(self, packed: StoredFile) -> None:
        self._content = packed
        name = packed.name
        self.name = name[: name.rindex(".")] if name.lower().endswith((".gz", ".gzip")) else name

    def _unpacking(self, held: ExitStack) -> tuple[BinaryIO, int]:
        source = held.enter_context(self._content.open())
        return held.enter_context(gzip.GzipFile(fileobj=source)), self._content.size  # type: ignore[return-value]


class Member(_Packed):
    """The file that is called `member` inside a ZIP archive. The name is only a name, never a path."""

    def __init__(self, archive: StoredFile, member: str) -> None:
        self._archive = archive
        self._member = member
        self.name = base_name(member)
        with archive.open() as file:
            self._size = _entry(directory(file), member).file_size

    def _unpacking(self, held: ExitStack) -> tuple[BinaryIO, int]:
        return _unpacking(held.enter_context(self._archive.open()), self._member, held)


class _Unpacking(io.RawIOBase):
    """Unpacked bytes, counted: what an archive says about its sizes need not be true."""

    def __init__(self, source: BinaryIO, packed: int, ended: object, held: ExitStack) -> None:
        self._source = source
        self._packed = packed
        self._ended = ended
        self._held = held
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        with _told():
            block = self._source.read(len(buffer))
        self._size += len(block)
        if not block:
            self._ended(self._size)  # type: ignore[operator]
        if self._size > MOST_UNPACKED:
            raise Unreadable(_TOO_LARGE)
        if self._size > RATIO_FROM and self._size > MOST_RATIO * self._packed:
            raise Unreadable(_BOMB)
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        self._held.close()
        super().close()


class _Guarded:
    """An archive as zipfile reads it, but for a directory too large for memory: each entry becomes an object."""

    def __init__(self, file: BinaryIO) -> None:
        self.seek, self.tell, self.seekable, self._read = file.seek, file.tell, file.seekable, file.read

    def read(self, size: int = -1) -> bytes:
        if size > _MOST_DIRECTORY:
            raise Unreadable(_TOO_MANY)
        block = self._read(size)
        if block.count(_ENTRY_MAGIC) > MOST_MEMBERS:
            raise Unreadable(_TOO_MANY)
        return block

    def close(self) -> None:
        """The file belongs to whoever opened it."""


def directory(file: BinaryIO) -> zipfile.ZipFile:
    """The archive in `file`, which stays open and its owner's. Raises `Unreadable` for what is not safe to unpack."""
    with _told():
        archive = zipfile.ZipFile(_Guarded(file))
    entries = archive.infolist()
    unpacked, packed = sum(entry.file_size for entry in entries), file.seek(0, io.SEEK_END)
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unreadable(_ENCRYPTED)
    if any(entry.compress_type not in _METHODS for entry in entries):
        raise Unreadable(_METHOD)
    if unpacked > MOST_UNPACKED:
        raise Unreadable(_TOO_LARGE)
    if unpacked > RATIO_FROM and unpacked > MOST_RATIO * packed:
        raise Unreadable(_BOMB)
    return archive


def unpacked(file: BinaryIO, member: str) -> BinaryIO:
    """What `member` of the archive in `file` holds, unpacked within limits. The file stays open and its owner's."""
    with ExitStack() as held:
        source, packed = _unpacking(file, member, held)
        return io.BufferedReader(_Unpacking(source, packed, lambda size: None, held.pop_all()), _BLOCK)


def _unpacking(file: BinaryIO, member: str, held: ExitStack) -> tuple[BinaryIO, int]:
    archive = directory(file)
    entry = _entry(archive, member)
    with _told():
        source = held.enter_context(archive.open(entry))
    return source, min(entry.compress_size, file.seek(0, io.SEEK_END))  # type: ignore[return-value]


def _entry(archive: zipfile.ZipFile, member: str) -> zipfile.ZipInfo:
    try:
        return archive.getinfo(member)
    except KeyError:
        raise Unreadable(f"The archive holds no file {member[:80]}.") from None


def unchecked(file: BinaryIO) -> zipfile.ZipFile | None:
    """The archive in `file`, whatever it holds; None when it is damaged. Raises `Unreadable` for too many entries."""
    try:
        return zipfile.ZipFile(_Guarded(file))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return None


def is_document(names: Iterable[str]) -> bool:
    """Whether an archive is the file of an office program rather than a folder of files."""
    lowered = {name.lower() for name in names}
    return "[content_types].xml" in lowered or {"mimetype", "content.xml"} <= lowered or "xl/workbook.xml" in lowered


def stored(path: Path, name: str, member: str = "") -> Content:
    """The content of a stored file, unpacked where it is a gzip file or a member of an archive."""
    file = StoredFile(path, name)
    if member:
        return Member(file, member)
    with file.open() as opened:
        return Gzipped(file) if opened.read(len(GZIP_MAGIC)) == GZIP_MAGIC else file


def base_name(member: str) -> str:
    """The name of an archive's file without its folders, whichever system packed it."""
    return member.replace("\\", "/").rpartition("/")[2]


def descriptors(path: Path) -> tuple[int, ...]:
    """What a child process must be given to open a path that came from `Content.local`."""
    return (int(path.name),) if path.parent == _MEMORY_FILES else ()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError):
        raise Unreadable(_DAMAGED) from None
