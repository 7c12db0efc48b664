"""Checking documents with the rules that this installation has."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from django.conf import settings

from adaptors.validation.base import Finding
from adaptors.validation.checking import Validator

NOT_INSTALLED = "not installed"
ALWAYS = {"ubl": "the schema of UBL 2.1", "edifact": "the tables of D.96A"}
"""What comes with the hub and its packages, whatever the version."""


def validator() -> Validator:
    """The one of this process. It sees newly installed rules without a restart."""
    return _validator(settings.RULES_DIR)


@cache
def _validator(folder: Path) -> Validator:
    return Validator(folder)


def check(content: bytes, rules: Sequence[str]) -> list[Finding]:
    """What a document breaks of the sets of rules that its format names. Raises `CannotCheck`."""
    return validator().check(content, rules)


def in_use(rules: Sequence[str]) -> list[str]:
    """Those of the sets that look at a document, with their versions, for people. Raises `CannotCheck`."""
    installed = {name: f"{label} {version}" for name, label, version in active_rules() if version != NOT_INSTALLED}
    found = ALWAYS | installed
    return [found[name] for name in rules if name in found]


def active_rules() -> list[tuple[str, str, str]]:
    """Name, label and version of each set of rules, or "not installed". Raises `CannotCheck`."""
    return [(one.name, one.label, one.version or NOT_INSTALLED) for one in validator().active()]
