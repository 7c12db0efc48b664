"""Putting files into folders of another machine, so that each is there whole and once, or not at all.

A file goes up under a temporary name that is its own, its size is compared, and only then does it get its name. Before
that last step the store is told: whoever has to find out later what became of it knows how far it had come.
"""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO, ClassVar

from arhub.network.errors import NetworkError, RetryableError, Uncertain
from connectors.base import PARCEL, Capability
from connectors.gateways.base import Content, Gateway, Listed, NameTaken, Parcel, Receipt

BLOCK = 1 << 16
PART = ".part"
MOST_NUMBERS = 1_000


class ShelfGateway(Gateway):
    """A gateway that knows files and folders. A subclass has the steps; each may raise `RetryableError` and
    `ConfigError` freely, and `Uncertain` when a step may have been carried out. Paths are a folder, a slash and a name,
    or the name alone; they begin where one arrives unless they begin with a slash."""

    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DELIVER, Capability.LOOK_UP, Capability.FETCH, Capability.LIST}
    )
    temporary_ending: ClassVar[str] = PART

    @abstractmethod
    def make_folder(self, folder: str) -> None:
        """Make it and those above it where they are missing."""

    @abstractmethod
    def write(self, path: str, content: Content) -> None:
        """Write it anew, whatever lies there."""

    @abstractmethod
    def size(self, path: str) -> int | None:
        """Bytes of the file, None when there is none."""

    @abstractmethod
    def read(self, path: str, into: BinaryIO) -> None:
        """Raises `Gone`."""

    @abstractmethod
    def rename(self, path: str, to: str, *, replace: bool) -> None:
        """In one step, as far as the protocol can. Raises `NameTaken` where it can tell, `Gone`, and `Uncertain` when
        the answer never came."""

    @abstractmethod
    def remove(self, path: str) -> None:
        """What is not there is no error."""

    def deliver(self, parcel: Parcel) -> Receipt:
        path, temporary, replace = _path(parcel), self._temporary(parcel), bool(self.setup.values.get("overwrite"))
        if not replace and self.size(path) is not None:
            raise self._taken(parcel)
        if parcel.folder:
            self.make_folder(parcel.folder)
        self._bring(parcel, temporary)
        self.setup.store.put(_step(parcel), "renaming")
        try:
            self.rename(temporary, path, replace=replace)
        except NameTaken:
            self._forget(parcel)
            with suppress(NetworkError):
                self.remove(temporary)
            raise
        self._forget(parcel)
        return self._receipt(parcel)

    def look_up(self, parcel: Parcel) -> Receipt | None:
        if self.size(self._temporary(parcel)) is not None:  # so it never got its name
            self._forget(parcel)
            return None
        if self._is_there(parcel):
            self._forget(parcel)
            return self._receipt(parcel)
        if self.setup.store.get(_step(parcel)) is None:
            return None
        raise RetryableError(
            f"{_path(parcel)} had been brought there whole and was to get its name; now neither is there. Somebody may "
            "have taken it already."
        )

    def fetch(self, listed: Listed, into: BinaryIO) -> None:
        self.read(joined(listed.folder, listed.name), into)

    def move(self, listed: Listed, folder: str) -> None:
        path = joined(listed.folder, listed.name)
        self.make_folder(folder)
        stem, point, ending = listed.name.rpartition(".")
        for number in range(MOST_NUMBERS):
            name = (
                f"{stem or ending} ({number}){point if stem else ''}{ending if stem else ''}" if number else listed.name
            )
            if self.size(joined(folder, name)) is not None:
                continue
            with suppress(NameTaken):
                self.rename(path, joined(folder, name), replace=False)
                return
        raise RetryableError(f"{listed.name} could not be moved: {folder} has a thousand files of that name.")

    def _bring(self, parcel: Parcel, temporary: str) -> None:
        """Write it under its temporary name, whole."""
        try:
            self.write(temporary, parcel.content)
        except Uncertain as error:  # of what has no name yet nothing is uncertain
            raise RetryableError(str(error)) from error
        found = self.size(temporary)
        if found != parcel.content.size:
            with suppress(NetworkError):
                self.remove(temporary)
            there = "nothing" if found is None else f"{found:,} bytes"
            raise RetryableError(
                f"Expected {parcel.content.size:,} bytes of {parcel.name} there, found {there}: it came incomplete."
            )

    def _is_there(self, parcel: Parcel) -> bool:
        """Whether the very bytes lie under the name."""
        if self.size(_path(parcel)) != parcel.content.size:
            return False
        found = Digesting()
        self.read(_path(parcel), found)  # type: ignore[arg-type]
        return found.hexdigest() == parcel.content.sha256

    def _forget(self, parcel: Parcel) -> None:
        self.setup.store.put(_step(parcel), None)

    def _temporary(self, parcel: Parcel) -> str:
        return f"{_path(parcel)}.{mark(parcel)}{self.temporary_ending}"

    def _taken(self, parcel: Parcel) -> NameTaken:
        return NameTaken(f"A file called {_path(parcel)} lies there already; it was left as it is.")

    def _receipt(self, parcel: Parcel) -> Receipt:
        size = f"{parcel.content.size:,} bytes"
        return Receipt(f"{_path(parcel)} lies there, {size}.", speaks_of=f"sha256:{parcel.content.sha256}")


class Digesting:
    """A file that nothing is kept of but its SHA-256."""

    def __init__(self) -> None:
        self._found = hashlib.sha256()

    def write(self, block: bytes) -> int:
        self._found.update(block)
        return len(block)

    def hexdigest(self) -> str:
        return self._found.hexdigest()


def blocks(content: Content) -> Iterator[bytes]:
    with content.open() as source:
        while block := source.read(BLOCK):
            yield block


def joined(folder: str, name: str) -> str:
    return f"{folder.rstrip('/')}/{name}" if folder else name


def _numbered(name: str, number: int) -> str:
    """`a.csv`, `a (1).csv`, `a (2).csv`."""
    stem, point, ending = name.rpartition(".") if "." in name[1:] else (name, "", "")
    return f"{stem} ({number}){point}{ending}" if number else name


def mark(parcel: Parcel) -> str:
    """Tells one parcel from any other, in eight characters."""
    return hashlib.sha256(parcel.identity.encode()).hexdigest()[:8]


def _path(parcel: Parcel) -> str:
    return joined(parcel.folder, parcel.name)


def _step(parcel: Parcel) -> str:
    return f"{PARCEL}{parcel.identity}"[:80]
