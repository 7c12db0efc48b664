"""Putting files into folders of another machine, so that each is there whole and once, or not at all.

A file goes up under a temporary name that is its own, its size is compared, and only then does it get its name. Before
that last step the store is told: whoever has to find out later what became of it knows how far it had come. That stays
until the hub has stored what became of it: the other side may take the file away at once.
"""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import BinaryIO, ClassVar

from arhub.network.errors import ConfigError, NetworkError, PermanentError, RetryableError, Uncertain
from connectors.base import STEP, Capability
from connectors.gateways.base import Content, Gateway, Gone, Listed, NameTaken, Parcel, Receipt

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
    said: str = ""
    """What the server answered when it gave a file its name, where the protocol has words for it."""

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

    def within(self, size: int | None) -> AbstractContextManager[None]:
        """Puts an end to what takes longer than a file of so many bytes may; None where that is not known."""
        return nullcontext()

    def deliver(self, parcel: Parcel) -> Receipt:
        with self.within(parcel.content.size):
            return self._deliver(parcel)

    def look_up(self, parcel: Parcel) -> Receipt | None:
        with self.within(parcel.content.size):
            return self._look_up(parcel)

    def fetch(self, listed: Listed, into: BinaryIO) -> None:
        start = into.tell()
        with self.within(listed.size):
            self.read(joined(listed.folder, listed.name), into)
        if listed.size not in (None, size := into.tell() - start):
            raise RetryableError(
                f"{listed.name} had {listed.size:,} bytes when it was listed, and {size:,} came: somebody may still be "
                "writing it."
            )

    def move(self, listed: Listed, folder: str) -> None:
        path = joined(listed.folder, listed.name)
        with self.within(0):
            self.make_folder(folder)
            for number in range(MOST_NUMBERS):
                to = joined(folder, _numbered(listed.name, number))
                if self.size(to) is not None:
                    continue
                with suppress(NameTaken):
                    return self._moved(path, to)
        raise RetryableError(f"{listed.name} could not be moved: {folder} has a thousand files of that name.")

    def _moved(self, path: str, to: str) -> None:
        """What has gone is no error."""
        with suppress(Gone):
            self.rename(path, to, replace=False)

    def _deliver(self, parcel: Parcel) -> Receipt:
        path, temporary, replace = _path(parcel), self._temporary(parcel), bool(self.setup.values.get("overwrite"))
        if not replace and self.size(path) is not None:
            raise self.taken(path)
        if parcel.folder:
            self.make_folder(parcel.folder)
        self._bring(parcel, temporary)
        self.setup.store.put(_step(parcel), "renaming")
        try:
            self.rename(temporary, path, replace=replace)
        except (PermanentError, ConfigError):  # it was refused, and did not happen
            self._forget(parcel)
            with suppress(NetworkError):
                self.remove(temporary)
            raise
        return self._receipt(parcel)

    def _look_up(self, parcel: Parcel) -> Receipt | None:
        """With both names there, a server has died between giving the one and taking the other."""
        was_renaming = self.setup.store.get(_step(parcel)) is not None
        has_temporary = self.size(self._temporary(parcel)) is not None
        if (was_renaming or not has_temporary) and self._is_there(parcel):
            if has_temporary:
                self.remove(self._temporary(parcel))
            return self._receipt(parcel)
        if has_temporary or not was_renaming:  # so it never got its name
            self._forget(parcel)
            return None
        raise RetryableError(
            f"{_path(parcel)} had been brought there whole and was to get its name; now neither is there. Somebody may "
            "have taken it already."
        )

    def _bring(self, parcel: Parcel, temporary: str) -> None:
        """Write it under its temporary name, whole."""
        try:
            self.write(temporary, parcel.content)
        except NetworkError as error:
            with suppress(NetworkError):
                self.remove(temporary)
            if isinstance(error, Uncertain):  # of what has no name yet nothing is uncertain
                raise RetryableError(str(error)) from error
            raise
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

    def taken(self, path: str) -> NameTaken:
        return NameTaken(f"A file called {path} lies there already; it was left as it is.")

    def _receipt(self, parcel: Parcel) -> Receipt:
        size = f"{parcel.content.size:,} bytes"
        text, digest = f"{_path(parcel)} lies there, {size}.", f"sha256:{parcel.content.sha256}"
        return Receipt(text, content=self.said.encode(), speaks_of=digest)


class Digesting:
    """A file that nothing is kept of but its SHA-256."""

    def __init__(self) -> None:
        self._found, self._size = hashlib.sha256(), 0

    def write(self, block: bytes) -> int:
        self._found.update(block)
        self._size += len(block)
        return len(block)

    def tell(self) -> int:
        return self._size

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
    return f"{STEP}{parcel.identity}"[:80]
