"""The schemas of UBL 2.1, and their faults in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from threading import Lock
from typing import Any

from lxml import etree

from adaptors.validation.base import Finding, Severity
from adaptors.validation.packages import ubl_folder
from adaptors.validation.places import field_of, line_of, path_to
from adaptors.validation.reading import KINDS, Document

_LOCK = Lock()  # a schema keeps the faults of its last document
_FOLLOWING = frozenset({"SCHEMAV_CVC_TYPE_3_1_1", "SCHEMAV_CVC_TYPE_3_1_2", "SCHEMAV_CVC_COMPLEX_TYPE_2_2"})
_NAME = re.compile(r"\{[^}]*:(\w+)-2\}(\w+)")
_PREFIXES = {"CommonBasicComponents": "cbc:", "CommonAggregateComponents": "cac:"}
_ELEMENT = re.compile(r"^Element '(?P<element>[^']+)'(?:, attribute '(?P<attribute>[^']+)')?: (?P<text>.*)$", re.S)
_EXPECTED = re.compile(r"Expected is (one of )?\( (?P<names>.*?) \)\.?$", re.S)
_VALUE = re.compile(r"^'(?P<value>.*)' is not a valid value of the (?:local )?\w+ type(?: '(?P<type>[^']+)')?", re.S)
_NUMBER = re.compile(r"(Amount|Quantity|Percent|Rate|Numeric|Measure)$")
_LACKS = re.compile(r"The attribute '(?P<name>[^']+)' is required but missing")
_TYPES = {
    "date": "a date such as 2026-03-15", "time": "a time such as 12:30:00", "decimal": "a number such as 1250.00",
    "boolean": "true or false", "normalizedString": "a text on one line", "base64Binary": "a file in Base64",
}  # fmt: skip
_MOST_NAMES = 6
_LISTED = 10  # libxml2 lists no more


def check(document: Document) -> list[Finding]:
    """Faults of the document by its schema; a root that is neither an invoice nor a credit note is one."""
    if not document.kind:
        return [_other_root(document.root)]
    schema = _schema(document.kind)
    with _LOCK:
        if schema.validate(document.root):
            return []
        faults = [(entry.path, entry.message, entry.type_name) for entry in schema.error_log]
    return list(_findings(document.root, faults))


@cache
def _schema(kind: str) -> Any:
    path = ubl_folder() / "maindoc" / f"UBL-{kind}-2.1.xsd"
    return etree.XMLSchema(etree.parse(path, etree.XMLParser(no_network=True)))


def _other_root(root: Any) -> Finding:
    found = f"{root.tag.rpartition('}')[2]} of {root.tag.rpartition('}')[0].lstrip('{') or 'no namespace'}"
    expected = " or ".join(f"{tag.rpartition('}')[2]} of {tag.rpartition('}')[0].lstrip('{')}" for tag in KINDS)
    text = f"The document is {found}; expected was {expected}."
    return Finding("", Severity.FATAL, text, text, path_to(root))


def _findings(root: Any, faults: list[tuple[str, str, str]]) -> Iterator[Finding]:
    seen: set[str] = set()
    for place, message, kind in faults:
        if kind in _FOLLOWING and place in seen:
            continue  # what is wrong with a value is told twice
        seen.add(place)
        path = path_to(_element_at(place, root))
        field = field_of(_to_mend(path, message))
        yield Finding("", Severity.FATAL, message, plain(message), path, field, line_of(path, root))


def _to_mend(path: str, message: str) -> str:
    """What is to be mended lies elsewhere where an attribute is wrong, or where the next element stands in the place of
    one that is missing: the last that was expected, for those before it may be left out."""
    parts = _ELEMENT.match(message)
    if parts and parts["attribute"]:
        return f"{path}/@{parts['attribute']}"
    expected = _EXPECTED.search(message)
    if expected is None:
        return path
    names = expected["names"].split(",")
    if len(names) >= _LISTED:
        return path
    missing = names[-1].strip().rpartition("}")[2]
    return f"{path if 'Missing child' in message else path.rpartition('/')[0]}/{missing}"


def _element_at(place: str, root: Any) -> Any:
    """libxml2 tells the place with the prefixes that stand there."""
    prefixes = {prefix: name for prefix, name in root.nsmap.items() if prefix}
    try:
        return root.getroottree().xpath(place, namespaces=prefixes)[0]
    except (etree.XPathError, IndexError):
        return root


def plain(message: str) -> str:
    """What libxml2 says, in a sentence: which element, what was expected there."""
    parts = _ELEMENT.match(message)
    if parts is None:
        return _named(message)
    what, text = _named(parts["element"]), parts["text"]
    if parts["attribute"]:
        what = f"The attribute {parts['attribute']} of {what}"
    expected = _EXPECTED.search(text)
    if value := _VALUE.match(text):
        return f"{what} holds “{value['value'][:80]}”; expected is {_of_type(value['type'] or '', what)}."
    if lacks := _LACKS.search(text):
        return f"{what} lacks its attribute {lacks['name']}."
    if text.startswith("Missing child element") and expected:
        return f"{what} is not complete; expected in it is {_names(expected['names'])}."
    if text.startswith("This element is not expected"):
        if not expected:
            return f"{what} does not belong here; nothing more is expected."
        return f"{what} stands where {_names(expected['names'])} is expected."
    return f"{what}: {_named(text)}"


def _names(listed: str) -> str:
    names = [_named(name.strip()) for name in listed.split(",")]
    if len(names) > _MOST_NAMES:
        return f"{', '.join(names[:_MOST_NAMES])} or another"
    return " or ".join(names)


def _of_type(kind: str, what: str) -> str:
    """Amounts have types without a name."""
    name = kind.rpartition(":")[2].rpartition("}")[2] or ("decimal" if _NUMBER.search(what) else "")
    return _TYPES.get(name) or (f"a value of the type {name}" if name else "something else")


def _named(text: str) -> str:
    return _NAME.sub(lambda found: _PREFIXES.get(found[1], "") + found[2], text)
