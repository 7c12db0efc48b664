"""What the gateway answers, read from bytes: its header names no charset, and some of its answers are not its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from connectors.erp.intacct.problems import Failed, Level, Problem


class Unreadable(Exception):
    """Not an answer of the gateway. Says how it begins."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one function. `key` is what the lower-case functions give."""

    control_id: str
    key: str
    data: etree._Element

    @property
    def records(self) -> list[dict[str, str]]:
        """Each with its fields by name in capitals; fields of what it contains by "OUTER.INNER", as queries ask."""
        return [dict(_fields(record)) for record in self.data if isinstance(record.tag, str)]

    def count(self, name: str) -> int:
        """One of the counts about the records: totalcount, numremaining, count."""
        text = self.data.get(name, "")
        return int(text) if text.isdecimal() and len(text) < 19 else 0


def outcome_of(content: bytes) -> Outcome:
    """The result of the one function that was asked. Raises `Failed`, `Unreadable`."""
    root = parse(content)
    if root.tag != "response":
        raise Unreadable(_beginning(content))
    if root.findtext("control/status") != "success":
        raise Failed(Level.CONTROL, _problems(root))
    operation = root.find("operation")
    if operation is None:
        raise Failed(Level.CONTROL, _problems(root))
    if operation.findtext("authentication/status") != "success":
        raise Failed(Level.SIGN_IN, _problems(operation))
    result = operation.find("result")
    if result is None:
        raise Failed(Level.FUNCTION, _problems(operation))
    if result.findtext("status") != "success":
        raise Failed(Level.FUNCTION, _problems(result))
    data = result.find("data")
    key = (result.findtext("key") or "").strip()
    return Outcome(result.findtext("controlid") or "", key, etree.Element("data") if data is None else data)


def parse(content: bytes) -> etree._Element:
    """XML without entities, network or declarations. Raises `Unreadable`."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Unreadable(_beginning(content)) from None
    if root.getroottree().docinfo.doctype:
        raise Unreadable(_beginning(content))
    return root


def _problems(element: etree._Element) -> list[Problem]:
    return [
        Problem(
            _text(error, "errorno"),
            _text(error, "description2") or _text(error, "description"),
            _text(error, "correction"),
        )
        for error in element.iterfind("errormessage/error")
    ]


def _text(element: etree._Element, tag: str) -> str:
    return (element.findtext(tag) or "").strip()


def _fields(record: etree._Element, prefix: str = "") -> Iterator[tuple[str, str]]:
    for field in record:
        if isinstance(field.tag, str):
            name = prefix + field.tag.upper()
            if len(field):
                yield from _fields(field, f"{name}.")
            else:
                yield name, (field.text or "").strip()


def _beginning(content: bytes) -> str:
    text = " ".join(content[:500].decode("utf-8", "replace").split())
    return f"it begins with {text[:80]!r}" if text else "it is empty"
