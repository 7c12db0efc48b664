"""Reading requests, which may be hostile, and building replies."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from connectors.simulators.intacct import values
from connectors.simulators.intacct.errors import ControlFailure, Error

Element = Any  # lxml has no types

_SCHEMA = Path(__file__).with_name("requests.xsd")
_PARSE_ERROR = "XL03000003"


def parse(body: bytes) -> Element:
    """The request, if it is as the gateway wants it. Raises ControlFailure in the words of libxml2, as it does."""
    try:
        root = etree.fromstring(body, _parser())
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise _unreadable(f"Fatal Error {error.code}: {error.msg}", line, column) from None
    if root.getroottree().docinfo.doctype:
        raise _unreadable("Error 504: A document type is not allowed.", 1, 0)
    etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction)
    schema = _schema()
    if not schema.validate(root):
        first = schema.error_log[0]
        raise _unreadable(f"Error {first.type}: {first.message}", first.line, first.column)
    return root


def unknown(element: Element) -> ControlFailure:
    """For a function that the gateway does not have."""
    text = f"Error 1871: Element '{element.tag}': This element is not expected."
    return _unreadable(text, element.sourceline, 0)


def text(parent: Element, name: str) -> str:
    """Trimmed; empty for a child that is empty or missing."""
    return (parent.findtext(name) or "").strip()


def split_date(parent: Element, name: str) -> date | None:
    """A date of the legacy functions: year, month and day in elements of their own."""
    element = parent.find(name)
    if element is None or not (text(element, "year") or text(element, "month") or text(element, "day")):
        return None
    year, month, day = (text(element, part) for part in ("year", "month", "day"))
    return values.day(f"{month}/{day}/{year}", name)


def flat(element: Element, containers: frozenset[str]) -> dict[str, str]:
    """{"NAME": "…", "DISPLAYCONTACT.EMAIL1": "…"}. A container without children says nothing."""
    found: dict[str, str] = {}
    for child in element:
        if child.tag in containers:
            found |= {f"{child.tag}.{name}": value for name, value in flat(child, containers).items()}
        elif not len(child):
            found[child.tag] = (child.text or "").strip()
    return found


def make(tag: str, value: object = "", **attributes: object) -> Element:
    element = etree.Element(tag, {name: values.write(each) for name, each in attributes.items()})
    element.text = values.write(value) or None
    return element


def add(parent: Element, tag: str, value: object = "", **attributes: object) -> Element:
    element = make(tag, value, **attributes)
    parent.append(element)
    return element


def write(root: Element, *, indented: bool) -> bytes:
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=indented)
    return document


def _parser() -> Any:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


@cache
def _schema() -> Any:
    return etree.XMLSchema(etree.parse(_SCHEMA))


def _unreadable(message: str, line: int, column: int) -> ControlFailure:
    text = f"XML Parse schema error: {message}. Line: {line}, column: {column}."
    return ControlFailure(Error(_PARSE_ERROR, text, "Check the request, then try again."))
