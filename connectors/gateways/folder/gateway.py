"""A folder of this machine, which other programs read and write too. A tenant sees its own and nothing beside it."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, ClassVar

from arhub.network.errors import ConfigError, NetworkError, RetryableError
from connectors.base import Check, Setting
from connectors.gateways.base import WHERE, Bytes, Content, Gone, Listed, NameTaken
from connectors.gateways.shelf import PART, ShelfGateway, blocks

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class FolderGateway(ShelfGateway):
    kind: ClassVar[str] = "folder"
    label: ClassVar[str] = "Local folder"
    summary: ClassVar[str] = "Puts files into a folder of the hub's machine, and takes files in from there."
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "start", "Start in", required=False, group="Where files go",
            help="A folder below the one that the operator has set aside for your company (ARHUB_FOLDERS). "
            "Empty: that folder itself.",
        ),
        *WHERE,
    )  # fmt: skip

    def checks(self) -> Sequence[Check]:
        return (Check("Folder", self._check_folder), Check("Write and read", self._check_writing))

    def missing(self) -> str:
        try:
            self._at("")
        except NetworkError as problem:
            return f"{problem} Nothing goes out or comes in until it is there."
        return ""

    def _check_folder(self) -> str:
        start, name = self._at(""), str(self.setup.values.get("start") or "")
        where = f"{name} in your company's folder" if name else "Your company's folder"
        return f"{where} is there, with room for {shutil.disk_usage(start).free >> 20:,} MB."

    def _check_writing(self) -> str:
        probe = f".ar-hub-{secrets.token_hex(4)}{PART}"
        self.write(probe, Bytes(b"AR Hub"))
        self.remove(probe)
        return "The hub may write and delete there."

    def make_folder(self, folder: str) -> None:
        with _told(path := self._at(folder)):
            path.mkdir(mode=0o750, parents=True, exist_ok=True)

    def write(self, path: str, content: Content) -> None:
        with _told(at := self._at(path)), open(at, "wb", opener=_no_link) as file:
            for block in blocks(content):
                file.write(block)
            file.flush()
            os.fsync(file.fileno())

    def size(self, path: str) -> int | None:
        try:
            with _told(at := self._at(path)):
                return at.stat().st_size
        except Gone:
            return None

    def read(self, path: str, into: BinaryIO) -> None:
        with _told(at := self._at(path)), open(at, "rb", opener=_no_link) as file:
            shutil.copyfileobj(file, into)

    def rename(self, path: str, to: str, *, replace: bool) -> None:
        """A link is refused where a name is taken; a rename would replace what has it."""
        at, target = self._at(path), self._at(to)
        with _told(at):
            if replace:
                at.replace(target)
            else:
                os.link(at, target)
                at.unlink()

    def remove(self, path: str) -> None:
        self._at(path).unlink(missing_ok=True)

    def list(self, folder: str) -> Iterator[Listed]:
        with _told(at := self._at(folder)), os.scandir(at) as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False):
                    facts = entry.stat(follow_symlinks=False)
                    yield Listed(
                        entry.name, folder, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC),
                        version=str(facts.st_mtime_ns),
                    )  # fmt: skip

    def _at(self, path: str) -> Path:
        """Raises ConfigError for what leads out of the tenant's folder, links included."""
        home = self.setup.home.resolve()
        with _told(home):
            home.mkdir(mode=0o750, parents=True, exist_ok=True)
        start = (home / str(self.setup.values.get("start") or "").strip("/")).resolve()
        found = start / path.strip("/")
        if ".." in found.parts or not found.resolve().is_relative_to(home) or not start.is_relative_to(home):
            raise ConfigError(f"{path or 'The folder to start in'} lies outside of your company's folder.")
        if not start.is_dir():  # not mounted, say: nothing is known of what lies in it
            name = str(self.setup.values.get("start") or "")
            raise ConfigError(f"There is no folder {name} in your company's folder on the hub's machine.")
        return found


def _no_link(path: str, flags: int) -> int:
    """Whoever may write there could put a link in a file's place after it was looked at."""
    return os.open(path, flags | os.O_NOFOLLOW, 0o666)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise Gone(f"There is no {path.name} on the hub's machine.") from None
    except FileExistsError:
        raise NameTaken(f"A file called {path.name} lies there already; it was left as it is.") from None
    except PermissionError:
        raise ConfigError(f"The hub may not do that with {path.name}: the operator sets who may.") from None
    except OSError as error:
        reason = "the disk is full" if error.errno in FULL else (error.strerror or "the disk failed").lower()
        raise RetryableError(f"{path.name} could not be written or read: {reason}.") from None
