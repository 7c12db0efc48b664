"""Looking into XML that others wrote, piece by piece: without document type, so without entities and what they lead to.

`Reading` is told of elements as they come; `Outline` finds where the document begins, so that it can be put into
another without a byte of it being written anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from arhub.network.errors import PermanentError
from connectors.gateways.base import Content
from connectors.gateways.pieces import BLOCK, Joined, Piece

DEEPEST = 500
LONGEST = 8 << 20
"""Bytes of what is read as one, such as a tag with its attributes. Text comes in pieces."""
UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")


class NotXml(PermanentError):
    """What is wrong with it, and where."""


class Enough(Exception):
    """Raised by who has seen what he was looking for."""


@dataclass(frozen=True, slots=True)
class Name:
    """An element's name. `prefix` is how it is written there."""

    namespace: str
    local: str

    @classmethod
    def of(cls, written: str) -> Name:
        namespace, _, local = written.rpartition(" ")
        return cls(namespace, local)


class Reading:
    """Subclass it and be told of elements. `depth` is 1 for the root; `at` the byte at which the element or its end
    begins. `declared` are the namespaces that the element itself declares, by prefix."""

    def __init__(self) -> None:
        self.depth = 0
        self.encoding = ""
        self.declared: dict[str | None, str] = {}
        self._coming: dict[str | None, str] = {}
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self.text
        self._parser.StartNamespaceDeclHandler = self._declare
        self._parser.XmlDeclHandler = self._found_declaration
        self._parser.StartDoctypeDeclHandler = self._refuse

    def start(self, name: Name, attributes: Mapping[str, str], at: int) -> None:
        """An element begins."""

    def end(self, name: Name, at: int) -> None:
        """An element ends."""

    def text(self, text: str) -> None:
        """Text inside of the element that began last and has not ended. May come in pieces."""

    def read(self, content: Content) -> None:
        """To the end, or until `Enough`. Raises `NotXml`."""
        with content.open() as source:
            first = source.read(BLOCK)
            if first[:2] in UTF_16:
                raise NotXml("Expected XML in UTF-8, found UTF-16.")
            try:
                block, size = first, 0
                while block:
                    self._parser.Parse(block)
                    size += len(block)
                    if size - self._parser.CurrentByteIndex > LONGEST:
                        raise NotXml(f"Expected XML of tags and comments below {LONGEST >> 20} MB, found a longer one.")
                    block = source.read(BLOCK)
                self._parser.Parse(b"", True)
            except Enough:
                return
            except expat.ExpatError as error:
                where = f"line {error.lineno}, column {error.offset + 1}"
                raise NotXml(f"Expected XML, found {expat.ErrorString(error.code)} in {where}.") from None
            except (LookupError, ValueError):
                raise NotXml(f"Expected XML in UTF-8, found {self.encoding[:40]!r}.") from None

    def _start(self, written: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise NotXml(f"Expected XML of a usual depth, found more than {DEEPEST} elements in each other.")
        self.declared, self._coming = self._coming, {}
        self.start(Name.of(written), attributes, self._parser.CurrentByteIndex)

    def _end(self, written: str) -> None:
        self.end(Name.of(written), self._parser.CurrentByteIndex)
        self.depth -= 1

    def _declare(self, prefix: str | None, namespace: str | None) -> None:
        self._coming[prefix] = namespace or ""

    def _found_declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        self.encoding = (encoding or "").lower()

    def _refuse(self, *what: object) -> None:
        raise NotXml("Expected XML without a document type, found one: it may lead to other files.")


class _Beginning(Reading):
    def __init__(self) -> None:
        super().__init__()
        self.root, self.at = Name("", ""), 0

    def start(self, name: Name, attributes: Mapping[str, str], at: int) -> None:
        if self.depth == 1:
            self.root, self.at = name, at


@dataclass(frozen=True, slots=True)
class Outline:
    """A document that is well-formed to its end. `start` is the byte at which its root begins; `encoding` is empty for
    UTF-8."""

    content: Content = field(repr=False)
    root: Name
    start: int
    encoding: str

    @classmethod
    def of(cls, content: Content) -> Outline:
        """Raises `NotXml`."""
        reading = _Beginning()
        reading.read(content)
        encoding = "" if reading.encoding in ("", "utf-8", "utf8") else reading.encoding
        return cls(content, reading.root, reading.at, encoding)

    def between(self, before: str, after: str) -> Content:
        """The document without what stands before its root, inside of another: byte by byte as it is, and the whole in
        its encoding."""
        declaration = f'<?xml version="1.0" encoding="{self.encoding or "utf-8"}"?>\n'
        document = Piece(self.content, self.start, self.content.size)
        return Joined((declaration + _ascii(before)).encode(), document, _ascii(after).encode())


def attribute(name: str, value: str) -> str:
    """With a space before it."""
    return f" {name}={quoteattr(value)}"


def element(name: str, text: str, **attributes: str) -> str:
    said = "".join(attribute(*one) for one in attributes.items())
    return f"<{name}{said}>{escape(text)}</{name}>"


def _ascii(markup: str) -> str:
    """What any encoding writes alike."""
    return markup.encode("ascii", "xmlcharrefreplace").decode()
