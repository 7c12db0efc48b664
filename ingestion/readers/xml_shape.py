"""Where the rows of an XML file are: the repeated elements of its one list, with or without an envelope around it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from lxml import etree

from ingestion.errors import Unreadable
from ingestion.readers.objects import Keys
from ingestion.readers.xml_source import Source, attributes, events, forget, local_name

SETTINGS = "ImportSettings"
MOST_PARTS = 2_000
_MOST_LEVELS = 8
_MOST_LINES = 65_535
_MOST_NAMES = 100
_EXPECTED = "expected one list of elements of the same name"


@dataclass(slots=True)
class _Starts:
    """Whether elements start on a line of their own each, as far as the parser counts lines."""

    last: int = 0
    differ: bool = True

    def add(self, line: int) -> None:
        self.differ &= self.last < line < _MOST_LINES
        self.last = line


@dataclass(slots=True)
class _Branch:
    """The children of the root that share a name. `nodes` are the names of those of their children that have parts."""

    starts: _Starts = field(default_factory=_Starts)
    starts_below: _Starts = field(default_factory=_Starts)
    count: int = 0
    has_leaves: bool = False
    nodes: set[str] = field(default_factory=set)
    parts: Keys = field(default_factory=Keys)
    parts_below: Keys = field(default_factory=Keys)


@dataclass(frozen=True, slots=True)
class Shape:
    """`level` is the depth of a row (2: child of the root), `tag` its name, `columns` what rows are made of."""

    level: int
    tag: str
    columns: Keys
    lines_tell: bool
    importer: str


class _Survey:
    def __init__(self) -> None:
        self.branches: dict[str, _Branch] = {}
        self.importer = ""
        self._path: list[str] = []
        self._parts: list[int] = [0]  # of each open element, and the document: how many parts that hold text
        self._seen: set[tuple[str, ...]] = set()

    def run(self, source: Source) -> None:
        for event, element in events(source):
            if event == "start":
                self._begin(element)
                continue
            self._end(element)
            if len(self._path) < 3:
                source.mark()
                forget(element)

    def _begin(self, element: etree._Element) -> None:
        path = self._path
        path.append(local_name(element))
        self._parts.append(0)
        if len(path) > _MOST_LEVELS:
            raise Unreadable(f"The XML is nested deeper than {_MOST_LEVELS} levels; this is not a table of rows.")
        if len(path) == 2:
            branch = self.branches.setdefault(path[1], _Branch())
            branch.count += 1
            branch.starts.add(element.sourceline or 0)
            if len(self.branches) > _MOST_NAMES:
                raise Unreadable(f"The root of the XML has more than {_MOST_NAMES} kinds of elements; {_EXPECTED}.")
        if len(path) == 3:
            self.branches[path[1]].starts_below.add(element.sourceline or 0)
        if element.attrib:
            for name, _ in attributes(element):
                self._add((*path, name))

    def _end(self, element: etree._Element) -> None:
        path, parts, text = self._path, self._parts.pop(), (element.text or "").strip()
        if path[1:] == [SETTINGS, "Importer"]:
            self.importer = text
        is_node = parts > 0 or (not text and bool(element.attrib))
        if len(path) == 3 and is_node:
            self.branches[path[1]].nodes.add(path[2])
        elif len(path) == 3 and text:
            self.branches[path[1]].has_leaves = True
        if not parts:
            self._add(tuple(path))
        self._parts[-1] = max(1, self._parts[-1]) if is_node else self._parts[-1] + 1
        if len(path) > 2 and self._parts[-1] > MOST_PARTS:
            raise Unreadable(f"An element of the XML has more than {MOST_PARTS:,} parts; this is not a table of rows.")
        path.pop()

    def _add(self, path: tuple[str, ...]) -> None:
        if len(path) < 3 or path in self._seen:
            return
        self._seen.add(path)
        branch = self.branches[path[1]]
        branch.parts.add([".".join(path[2:])])
        if len(path) > 3:
            branch.parts_below.add([".".join(path[3:])])


def find_shape(source: Source) -> Shape:
    """Look through the whole file once. Raises `Unreadable` when it holds no list, or more than one."""
    survey = _Survey()
    survey.run(source)
    branches = {name: branch for name, branch in survey.branches.items() if name != SETTINGS}
    lists = {name: branch for name, branch in branches.items() if _is_list(branch)}
    if len(lists) > 1:
        raise Unreadable(f"The XML holds {_listed(lists)}; {_EXPECTED}.")
    for branch in lists.values():
        (tag,) = branch.nodes
        return Shape(3, tag, branch.parts_below, branch.starts_below.differ, survey.importer)
    rows = {name: branch for name, branch in branches.items() if branch.has_leaves or branch.nodes}
    if len(rows) != 1:
        raise Unreadable(f"The XML holds {_listed(rows) or 'no rows'}; {_EXPECTED}.")
    for name, branch in rows.items():
        return Shape(2, name, branch.parts, branch.starts.differ, survey.importer)
    raise AssertionError("one of the two loops returns")


def _is_list(branch: _Branch) -> bool:
    return branch.count == 1 and len(branch.nodes) == 1 and not branch.has_leaves


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"“{name[:60]}”" for name in list(names)[:5])
