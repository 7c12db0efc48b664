"""Installs a release of rules: finds it, proves it, and puts it in place whole. What is wrong changes nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from adaptors.validation import archives
from adaptors.validation.archives import CannotRead, Member
from adaptors.validation.base import CannotCheck
from adaptors.validation.installed import ACTIVE, VERSION, Installed, order
from adaptors.validation.proving import NotProven, prove
from adaptors.validation.rulesets import INSTALLABLE, RuleSet

WHERE = {
    "peppol": "the compiled PEPPOL-EN16931-UBL.xslt, as in the folder schematron/openpeppol of phax/phive-rules",
    "oioubl": "OIOUBL_Invoice_Schematron and OIOUBL_CreditNote_Schematron (.xsl or .xslt), as in NemHandel's release "
    "of the OIOUBL Schematron or the folder schematron/oioubl of phax/phive-rules",
}


class CannotInstall(Exception):
    """The text says what was expected and what found. Nothing has changed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. `active` is the version in use now."""

    rule_set: RuleSet
    version: str
    is_new: bool
    active: str


def install(source: Path, folder: Path, *, kind: str = "", version: str = "", use: bool = False) -> Outcome:
    """Installs the rules in `source`, a ZIP archive or a folder, below `folder`. `kind` is peppol or oioubl, found out
    where it is not given; `version` what to call them, else read from the release. They are used from now on where they
    are newer than those in use, or with `use`. Raises `CannotInstall`."""
    try:
        rule_set, found = _find(archives.members(source), source, kind)
        contents = {name: archives.read(member) for name, member in found.items()}
        named = version or _version(found, contents)
    except CannotRead as error:
        raise CannotInstall(str(error)) from error
    if not VERSION.fullmatch(named):
        raise CannotInstall(_no_version(named, found))
    try:
        is_new = _put(folder / rule_set.name, rule_set, named, contents)
        active = Installed(folder).active(rule_set)
        if use or not active or order(named) > order(active):
            activate(folder, rule_set, active := named)
    except OSError as error:
        raise CannotInstall(f"{rule_set.label} {named} could not be put into {folder}: {error}") from error
    return Outcome(rule_set, named, is_new, active)


def _version(found: Mapping[str, Member], contents: Mapping[str, bytes]) -> str:
    """That of the first file that tells one."""
    return next(filter(None, (archives.version_of(member, contents[name]) for name, member in found.items())), "")


def activate(folder: Path, rule_set: RuleSet, version: str) -> None:
    """Uses an installed version from the next document on. Raises `CannotInstall`."""
    there = Installed(folder).versions(rule_set)
    if version not in there:
        raise CannotInstall(f"{rule_set.label} {version} is not installed. Installed: {', '.join(there) or 'none'}.")
    handle, made = tempfile.mkstemp(prefix=".active-", dir=folder / rule_set.name)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(version + "\n")
    Path(made).replace(folder / rule_set.name / ACTIVE)


def _find(there: list[Member], source: Path, kind: str) -> tuple[RuleSet, dict[str, Member]]:
    """The set that the release holds, and its files by the name they are kept under."""
    wanted = [INSTALLABLE[kind]] if kind else list(INSTALLABLE.values())
    found = [(rule_set, place) for rule_set in wanted for place in _places(there, rule_set)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise CannotInstall(_nothing(there, source, wanted))
    folders = ", ".join(sorted({f"{one.label} in {next(iter(place.values())).folder or '/'}" for one, place in found}))
    raise CannotInstall(
        f"{source} holds more than one set of rules: {folders}. Name the one with --kind, or pack its folder alone."
    )


def _places(there: list[Member], rule_set: RuleSet) -> list[dict[str, Member]]:
    """The folders that hold all stylesheets of a set."""
    by_folder: dict[str, dict[str, Member]] = {}
    names = {name.lower(): name for name in rule_set.file_names}
    for member in there:
        name = names.get(member.stem.lower())
        if name and member.path.lower().endswith(archives.ENDINGS):
            by_folder.setdefault(member.folder, {})[name] = member
    return [place for place in by_folder.values() if len(place) == len(names)]


def _nothing(there: list[Member], source: Path, wanted: list[RuleSet]) -> str:
    names = {name.lower() for one in wanted for name in one.file_names}
    sources = [one.path for one in there if one.path.lower().endswith(archives.SOURCES) and one.stem.lower() in names]
    expected = ", or ".join(WHERE[one.name] for one in wanted)
    if sources:
        return (
            f"{source} holds the rules as Schematron source ({sources[0]}), which cannot be compiled here. Expected is "
            f"{expected}."
        )
    other = ", ".join(one.path for one in there[:5]) or "no stylesheet"
    return f"{source} holds no rules that are known. Expected is {expected}; found was {other}."


def _no_version(named: str, found: Mapping[str, Member]) -> str:
    if named:
        return f"“{named[:60]}” is no version: expected are letters, digits, points and hyphens, such as 3.0.21."
    first = next(iter(found.values())).path
    return f"{first} does not say its version, nor do its folders. Give it with --version, such as --version 3.0.21."


def _put(folder: Path, rule_set: RuleSet, version: str, contents: Mapping[str, bytes]) -> bool:
    """Proves the files where they will be read from, then gives their folder its name. False when they stood there."""
    for private in (folder.parent, folder):
        private.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
    try:
        for name, content in contents.items():
            (made / f"{name}.xslt").write_bytes(content)
        _prove(made, rule_set)
        if (folder / version).exists():
            _compare(folder / version, rule_set, version, contents)
            return False
        made.rename(folder / version)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return True


def _prove(made: Path, rule_set: RuleSet) -> None:
    for kind, name in rule_set.files.items():
        try:
            prove(rule_set.name, made / f"{name}.xslt", kind)
        except NotProven as error:
            raise CannotInstall(f"{name} does not check {kind} documents as it should. {error}") from error
        except CannotCheck as error:
            raise CannotInstall(str(error)) from error


def _compare(there: Path, rule_set: RuleSet, version: str, contents: Mapping[str, bytes]) -> None:
    """A version that stands may be in use, so it is never changed."""
    for name, content in contents.items():
        if (there / f"{name}.xslt").read_bytes() != content:
            raise CannotInstall(
                f"{rule_set.label} {version} is installed already, and these are others. Give them a version of their "
                f"own with --version, such as {version}-2, or delete {there} first."
            )
