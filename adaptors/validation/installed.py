"""The rules that the operator has installed: <folder>/<set>/<version>/<name>.xslt, and a file `active` in each set
that holds the version in use. A version that stands is never changed, so whoever reads it reads it whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from adaptors.validation.base import CannotCheck
from adaptors.validation.rulesets import RuleSet

VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,39}")
ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Installed:
    """The rules below `folder`; nothing is installed where it is None or not there."""

    folder: Path | None

    def of(self, rule_set: RuleSet) -> Path | None:
        return self.folder / rule_set.name if self.folder else None

    def active(self, rule_set: RuleSet) -> str:
        """The version in use, empty when none is. It is read anew each time: one small file."""
        folder = self.of(rule_set)
        if folder is None:
            return ""
        try:
            version = (folder / ACTIVE).read_text("ascii").strip()
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise CannotCheck(f"{folder / ACTIVE} cannot be read: {error}") from error
        if not VERSION.fullmatch(version):
            raise CannotCheck(f"{folder / ACTIVE} should hold a version; found was “{version[:40]}”.")
        return version

    def versions(self, rule_set: RuleSet) -> list[str]:
        """All that are installed, oldest first."""
        folder = self.of(rule_set)
        if folder is None or not folder.is_dir():
            return []
        return sorted((one.name for one in folder.iterdir() if one.is_dir() and VERSION.fullmatch(one.name)), key=order)

    def stylesheet(self, rule_set: RuleSet, kind: str) -> Path | None:
        """The active rules for documents of a kind. Where they are named active and missing, less is not enough."""
        version, folder = self.active(rule_set), self.of(rule_set)
        if not version or folder is None:
            return None
        path = folder / version / f"{rule_set.files[kind]}.xslt"
        if not path.is_file():
            raise CannotCheck(
                f"{rule_set.label} {version} is active, but {path} is missing. Install it again, or delete "
                f"{folder / ACTIVE} to check without it."
            )
        return path


def order(version: str) -> list[tuple[int, int, str]]:
    """Sorts 3.0.9 before 3.0.21 and 1.17.0-rc before 1.17.0."""
    words = re.findall(r"\d+|[a-zA-Z]+", version)
    return [(2, int(word), "") if word.isdecimal() else (0, 0, word.lower()) for word in words] + [(1, 0, "")]
