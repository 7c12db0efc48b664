"""Rules of Schematron, compiled to XSLT 2, and the reports they write (SVRL).

Stylesheets are given as text and reach nothing else: no file, no network, no environment, no code of the machine. The
engine belongs to the process, what it has compiled is kept, and one thread uses it at a time: workers are processes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from threading import RLock
from typing import Any, NamedTuple

from lxml import etree

from adaptors.validation.base import CannotCheck, Severity
from adaptors.validation.packages import require
from adaptors.validation.reading import NotReadable, parsed

SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_LOCK = RLock()
_CLOSED = {
    "http://saxon.sf.net/feature/allowedProtocols": "none",
    "http://saxon.sf.net/feature/allow-external-functions": "false",
    "http://saxon.sf.net/feature/disableXslEvaluate": "true",
}
_MOST_COMPILED = 12
_RULE = re.compile(r"^\s*\[([^\]]{2,40})\]\s*-?\s*")
_WARNINGS = frozenset({"warning", "warn", "info", "information"})


class Breach(NamedTuple):
    """What a stylesheet reports: `text` is the rule's own, without the id before it."""

    rule: str
    severity: Severity
    text: str
    location: str


class Failed(Exception):
    """A stylesheet stopped on a document, or did not write a report."""


def breaches(stylesheet: Path, text: str) -> list[Breach]:
    """What the stylesheet reports of the document in `text`. Raises `CannotCheck` where the stylesheet is at fault,
    `Failed` where it could not get through with this document."""
    report = _report(_executable(stylesheet), text)
    if "schematron-output" not in report:
        raise Failed("it wrote no report")
    if "failed-assert" not in report and "successful-report" not in report:
        return []  # most reports: not worth parsing
    return list(_read(parsed(report.encode())))


def compile_text(text: str) -> Any:
    """The stylesheet, ready to run. Raises `CannotCheck` with what the engine says."""
    with _LOCK:
        try:
            return _engine().new_xslt30_processor().compile_stylesheet(stylesheet_text=text)
        except _errors() as error:
            raise CannotCheck(f"it cannot be compiled: {_said(error)}") from error


def _executable(stylesheet: Path) -> Any:
    """Compiled once for each state of the file, so that what is replaced is read anew."""
    with _LOCK:
        try:
            state = stylesheet.stat()
            return _compiled(stylesheet, state.st_mtime_ns, state.st_size)
        except (OSError, CannotCheck) as error:
            name = f"{stylesheet.parent.name}/{stylesheet.name}"
            raise CannotCheck(f"The rules in {name} cannot be used: {error}") from error


@lru_cache(_MOST_COMPILED)
def _compiled(stylesheet: Path, changed: int, size: int) -> Any:
    return compile_text(source_of(stylesheet.read_bytes()))


def source_of(content: bytes) -> str:
    """A stylesheet's text, in whichever encoding it is. Raises `CannotCheck`."""
    try:
        text = content.decode("utf-8-sig").encode()
    except UnicodeDecodeError:
        raise CannotCheck("it is not in UTF-8") from None
    try:
        return str(etree.tostring(parsed(text), encoding="unicode"))
    except NotReadable as error:
        raise CannotCheck(str(error)) from error


@cache
def _engine() -> Any:
    require("saxonche")
    import saxonche

    engine = saxonche.PySaxonProcessor(license=False)
    for name, value in _CLOSED.items():
        engine.set_configuration_property(name, value)
    return engine


def _errors() -> type[Exception]:
    import saxonche

    return saxonche.PySaxonApiError  # type: ignore[no-any-return]


def _report(executable: Any, text: str) -> str:
    with _LOCK:
        try:
            return executable.transform_to_string(xdm_node=_engine().parse_xml(xml_text=text)) or ""
        except _errors() as error:
            raise Failed(_said(error)) from error


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def _read(report: Any) -> Iterator[Breach]:
    """OIOUBL says how grave a rule is in its id, F-… or W-…, the others by a flag. What says neither is grave."""
    for found in report.iter(f"{SVRL}failed-assert", f"{SVRL}successful-report"):
        text = " ".join("".join(found.itertext(f"{SVRL}text")).split())
        named = _RULE.match(text)
        rule = found.get("id") or (named[1] if named else "")
        flag = (found.get("flag") or found.get("role") or "").lower()
        is_warning = flag in _WARNINGS or (not flag and rule.startswith("W-"))
        yield Breach(
            rule, Severity.WARNING if is_warning else Severity.FATAL, text[named.end() :] if named else text,
            found.get("location") or "",
        )  # fmt: skip
