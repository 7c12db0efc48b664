"""The XML of a drop, element by element: an envelope of settings and one container of rows."""

from __future__ import annotations

from typing import BinaryIO

from lxml import etree

from connectors.erp_cache.elements import LINES
from connectors.erp_cache.errors import BadDrop
from connectors.erp_cache.interfaces import ROOT, SETTINGS, VERSION, Interface
from ingestion.readers.xml_source import Source, events, forget, local_name

_MOST_NAMES = 20
_LINES_COUNTED = 65_535
"""The parser counts lines no further."""


class Document:
    """Reads one file, writing a line of JSON for each row as it comes."""

    def __init__(self, interface: Interface, into: BinaryIO) -> None:
        self.rows = 0
        self._interface = interface
        self._line_of = LINES[interface.record_type]
        self._into = into
        self._settings: dict[str, str] = {}
        self._sections: list[str] = []
        self._unread: dict[str, None] = {}
        self._warnings: list[str] = []

    def read(self, file: BinaryIO) -> None:
        """Raises `BadDrop`, and `Unreadable` for what is no XML, or none that is safe to read."""
        source, path = Source(file), list[str]()
        for event, element in events(source):
            if event == "start":
                path.append(local_name(element))
                self._begin(path)
                continue
            self._end(path, element)
            if len(path) == 3:
                source.mark()
                forget(element)
            path.pop()
        self._finish()

    def warnings(self) -> list[str]:
        unread = [f"Left out, since the hub has no place for it: {', '.join(self._unread)}."] if self._unread else []
        return [*self._warnings, *unread]

    def _begin(self, path: list[str]) -> None:
        container, row = self._interface.container, self._interface.row
        if len(path) == 1 and path[0] != ROOT:
            raise BadDrop(f"Expected the XML to begin with {ROOT}, found {path[0][:60]}.")
        if len(path) == 2:
            self._section(path[1])
        if path[1:2] == [container] and len(path) == 3 and path[2] != row:
            raise BadDrop(f"Expected nothing but {row} in {container}, found {path[2][:60]}.")

    def _section(self, name: str) -> None:
        if name in self._sections or len(self._sections) == _MOST_NAMES:
            raise BadDrop(f"Expected {SETTINGS} and {self._interface.container}, each once, found another {name[:60]}.")
        self._sections.append(name)

    def _end(self, path: list[str], element: etree._Element) -> None:
        if path[1:] == [self._interface.container, self._interface.row]:
            self._row(element)
        elif path[1:2] == [SETTINGS] and len(path) == 3 and len(self._settings) < _MOST_NAMES:
            self._settings[path[2]] = (element.text or "").strip()
        elif path[1:] == [SETTINGS]:
            self._check_settings()

    def _row(self, element: etree._Element) -> None:
        self.rows += 1
        try:
            values = _texts(element)
            line, unread = self._line_of(values)
        except BadDrop as problem:
            where = f", line {element.sourceline:,}" if 0 < (element.sourceline or 0) < _LINES_COUNTED else ""
            raise BadDrop(f"{self._interface.row} {self.rows:,}{where}: {problem}") from None
        self._into.write(line)
        if unread and len(self._unread) < _MOST_NAMES:
            self._unread.update(dict.fromkeys(name[:60] for name in unread))

    def _check_settings(self) -> None:
        version, importer = self._settings.get("Version"), self._settings.get("Importer")
        expected = self._interface.importer
        if version and version != VERSION:
            raise BadDrop(f"Expected Version {VERSION}, found {version[:60]}: what that says is not known here.")
        if importer and importer not in (expected, *self._interface.also):
            raise BadDrop(f"Expected the Importer {expected}, found {importer[:60]}.")
        if not version:
            self._warnings.append(f"The file names no Version; it was read as {VERSION}.")
        if importer != expected:
            found = f"the Importer {importer}" if importer else "no Importer"
            self._warnings.append(f"The file names {found}; it was read as {expected}.")

    def _finish(self) -> None:
        container = self._interface.container
        if container not in self._sections:
            found = ", ".join(name[:60] for name in self._sections) or "nothing"
            raise BadDrop(f"Expected {container} in {ROOT}, found {found}.")
        if SETTINGS not in self._sections:
            self._check_settings()
        self._unread.update(dict.fromkeys(name[:60] for name in self._sections if name not in (SETTINGS, container)))


def _texts(row: etree._Element) -> dict[str, str]:
    """The text of each child by its name."""
    found: dict[str, str] = {}
    for child in row:
        name = local_name(child)
        if name in found:
            raise BadDrop(f"expected one {name[:60]}, found several.")
        if len(child):
            raise BadDrop(f"expected a text as {name[:60]}, found elements in it.")
        found[name] = (child.text or "").strip()
    return found
