"""SOAP as far as a file needs it: an envelope around a document, the document out of one, and the reason of a fault.
Sources: SOAP 1.1 (W3C note of 2000), SOAP 1.2 part 1 and RFC 3902."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from connectors.gateways.base import Bytes, Content
from connectors.gateways.markup import Enough, Name, NotXml, Outline, Reading, attribute, element
from connectors.gateways.pieces import Joined, Piece

SOAP_1_1, SOAP_1_2 = "soap11", "soap12"
NAMESPACES = {
    SOAP_1_1: "http://schemas.xmlsoap.org/soap/envelope/",
    SOAP_1_2: "http://www.w3.org/2003/05/soap-envelope",
}
VERSIONS = {namespace: version for version, namespace in NAMESPACES.items()}
LONGEST_TAG = 1 << 10
REASONS = ("faultstring", "Text")


def wrapped(content: Content, version: str) -> tuple[Content, str]:
    """The envelope, and the encoding that it is in. Raises `NotXml`."""
    document = Outline.of(content)
    begin = f'<soap:Envelope xmlns:soap="{NAMESPACES[version]}"><soap:Body>'
    return document.between(begin, "</soap:Body></soap:Envelope>"), document.encoding or "utf-8"


def headers(version: str, encoding: str, action: str) -> dict[str, str]:
    """SOAP 1.1 has the action in a header of its own, which is there even when it says nothing."""
    if version == SOAP_1_1:
        return {"Content-Type": f"text/xml; charset={encoding}", "SOAPAction": f'"{action}"'}
    told = f'; action="{action}"' if action else ""
    return {"Content-Type": f"application/soap+xml; charset={encoding}{told}"}


def reply(version: str, sha256: str) -> bytes:
    """What the sender of an envelope is answered."""
    taken = element("taken", "", xmlns="urn:ar-hub:received", sha256=sha256)
    body = f'<soap:Envelope xmlns:soap="{NAMESPACES[version]}"><soap:Body>{taken}</soap:Body></soap:Envelope>'
    return f'<?xml version="1.0" encoding="utf-8"?>\n{body}'.encode()


def unwrapped(content: Content) -> tuple[Content, str]:
    """The document in an envelope, byte by byte as it stands there, and the version of SOAP. What the envelope declares
    for it is added to its first tag. Raises `NotXml`."""
    found = _Envelope()
    found.read(content)
    if found.ends < 0:
        raise NotXml("Expected one document in the body of the SOAP envelope, found none.")
    declaration = f'<?xml version="1.0" encoding="{found.encoding}"?>\n' if found.encoding not in ("", "utf-8") else ""
    document = Piece(content, found.begins, found.ends)
    missing = "".join(_declaration(prefix, namespace) for prefix, namespace in found.missing.items())
    if not missing:
        return (Joined(declaration.encode(), document) if declaration else document), found.version
    tag = found.begins + _length_of_name(document)
    return (
        Joined(declaration.encode(), Piece(content, found.begins, tag), missing.encode(found.encoding or "utf-8"),
               Piece(content, tag, found.ends)),
        found.version,
    )  # fmt: skip


def is_envelope(answer: bytes) -> bool:
    """Whether it begins as one: of a long answer only the beginning is kept."""
    return _Fault.of(answer).is_envelope


def fault_of(answer: bytes) -> str | None:
    """Why the other side refused it; None for an answer that is no fault, or no SOAP."""
    found = _Fault.of(answer)
    return " ".join(found.reason.split())[:500] or "no reason is given" if found.is_fault else None


class _Envelope(Reading):
    """`begins` and `ends` are where the document stands; `missing` what it uses of the envelope's namespaces."""

    def __init__(self) -> None:
        super().__init__()
        self.version, self.begins, self.ends = "", -1, -1
        self.missing: dict[str | None, str] = {}
        self._inherited: dict[str | None, str] = {}
        self._in_body = False

    def start(self, name: Name, attributes: Mapping[str, str], at: int) -> None:
        if self.depth == 1:
            self.version = VERSIONS.get(name.namespace, "")
            if not self.version or name.local != "Envelope":
                raise NotXml(f"Expected a SOAP envelope, found <{name.local[:100]}>.")
        if self.depth == 2:
            self._in_body = name == Name(NAMESPACES[self.version], "Body")
        if self.depth == 1 or (self.depth == 2 and self._in_body):
            self._inherited |= self.declared
        if self.depth == 3 and self._in_body:
            self._found(at)

    def end(self, name: Name, at: int) -> None:
        if self.depth == 2 and self._in_body and self.begins >= 0:
            self.ends = at

    def _found(self, at: int) -> None:
        if self.begins >= 0:
            raise NotXml("Expected one document in the body of the SOAP envelope, found more.")
        self.begins = at
        self.missing = {
            prefix: namespace
            for prefix, namespace in self._inherited.items()
            if prefix not in self.declared and (namespace not in VERSIONS or prefix is None)
        }


class _Fault(Reading):
    def __init__(self) -> None:
        super().__init__()
        self.is_envelope, self.is_fault, self.reason, self._is_reason = False, False, "", False

    @classmethod
    def of(cls, answer: bytes) -> _Fault:
        found = cls()
        with suppress(NotXml):
            found.read(Bytes(answer))
        return found

    def start(self, name: Name, attributes: Mapping[str, str], at: int) -> None:
        if self.depth == 1:
            self.is_envelope = name.local == "Envelope" and name.namespace in VERSIONS
        if not self.is_envelope:
            raise Enough
        self.is_fault |= self.depth == 3 and name.local == "Fault" and name.namespace in VERSIONS
        self._is_reason = self.is_fault and not self.reason and name.local in REASONS

    def text(self, text: str) -> None:
        if self._is_reason:
            self.reason += text

    def end(self, name: Name, at: int) -> None:
        self._is_reason = False


def _declaration(prefix: str | None, namespace: str) -> str:
    return attribute(f"xmlns:{prefix}" if prefix else "xmlns", namespace)


def _length_of_name(document: Content) -> int:
    """Bytes of `<name` at the beginning."""
    with document.open() as source:
        tag = source.read(LONGEST_TAG)
    ends = [index for index in map(tag.find, (b" ", b"\t", b"\r", b"\n", b"/", b">")) if index >= 0]
    if not ends:
        raise NotXml(f"Expected the name of an element to have less than {LONGEST_TAG} bytes.")
    return min(ends)
