"""UBL's ApplicationResponse: what the kinds that are written in it have in common.

Read as hostile: no entities, no files, no network, no document type, no deep nesting.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from lxml import etree

from adaptors.answers.base import AnswerKind, Reason, Reference, Said, Unreadable, Verdict, sentence

_RESPONSE = "urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2"
_ENVELOPE = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
_PREFIXES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    "sh": _ENVELOPE,
}
_BEGIN = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,100}<")
_NAMED = re.compile(rb"<(?:[\w.-]{1,40}:)?ApplicationResponse[\s>]")
_CUSTOMIZED = re.compile(rb"<(?:[\w.-]{1,40}:)?CustomizationID\b[^>]{0,300}>\s{0,100}([^<]{1,200})<")
_SCHEMES = {"GLN": "0088", "EAN": "0088", "DK:CVR": "0184", "DK:P": "0096", "DK:SE": "0198"}
"""OIOUBL's names of schemes, as the networks number them."""
_CREDIT_NOTES = {"381", "396", "creditnote"}
_INVOICES = {"380", "393", "82", "80", "84", "invoice"}
LONGEST = 200
MOST_REASONS = 50


class UblAnswer(AnswerKind):
    """`verdicts` has what each response code means, and what it is called."""

    verdicts: ClassVar[Mapping[str, tuple[Verdict, str]]]
    reference_kinds: ClassVar[tuple[str, ...]] = ("document",)
    """What the number that it names may be, the likeliest first."""

    @abstractmethod
    def is_ours(self, customization: str) -> bool:
        """Whether a message says that it is of this kind."""

    def recognises(self, head: bytes) -> bool:
        if not _BEGIN.match(head) or _RESPONSE.encode() not in head or not _NAMED.search(head):
            return False
        found = _CUSTOMIZED.search(head)
        return self.is_ours(found[1].decode("latin-1").strip() if found else "")

    def parse(self, content: bytes) -> Iterator[Said]:
        root, envelope = _opened(content)
        said_at = _moment(text(root, "cbc:IssueDate"), text(root, "cbc:IssueTime"))
        party = root.find("cac:SenderParty", _PREFIXES)
        sender, endpoint = ("", "") if party is None else (_name(party), _endpoint(party))
        for number, one in enumerate(root.iterfind("cac:DocumentResponse", _PREFIXES), 1):
            verdict, called = self._verdict(text(one, "cac:Response/cbc:ResponseCode"), number)
            reasons = [reason for reason in self.reasons(one) if reason.text or reason.code][:MOST_REASONS]
            yield Said(
                verdict, sentence(called, reasons, text(root, "cbc:Note")), reasons, self._references(one), sender,
                endpoint, said_at, envelope or text(root, "cbc:ID"),
            )  # fmt: skip

    def reasons(self, response: Any) -> Iterator[Reason]:
        """What is wrong, of one DocumentResponse: of the whole, then of its lines."""
        for one in response.iterfind("cac:Response", _PREFIXES):
            yield from _reasons(one, "")
        for line in response.iterfind("cac:LineResponse", _PREFIXES):
            where = text(line, "cac:LineReference/cbc:LineID")
            for one in line.iterfind("cac:Response", _PREFIXES):
                yield from _reasons(one, "" if where in ("", "NA") else where)

    def _verdict(self, code: str, number: int) -> tuple[Verdict, str]:
        if code not in self.verdicts:
            known = ", ".join(self.verdicts)
            raise Unreadable(
                f"{self.label}: expected one of {known} as the ResponseCode of DocumentResponse {number}, found "
                f"{code[:40] or 'none'}."
            )  # fmt: skip
        return self.verdicts[code]

    def _references(self, response: Any) -> list[Reference]:
        found = []
        for one in response.iterfind("cac:DocumentReference", _PREFIXES):
            kind = _document_type(text(one, "cbc:DocumentTypeCode") or text(one, "cbc:DocumentType"))
            value, uuid = text(one, "cbc:ID"), text(one, "cbc:UUID")
            found += [Reference("message", uuid)] if uuid else []
            found += [Reference(name, value, kind if name == "document" else "") for name in self.reference_kinds
                      if value]  # fmt: skip
        return found


def text(node: Any, path: str) -> str:
    """The text of the first element there, in one line; empty without one."""
    return " ".join((node.findtext(path, "", _PREFIXES) or "").split())[:LONGEST]


def _opened(content: bytes) -> tuple[Any, str]:
    """The ApplicationResponse, and the id of the envelope that it came in."""
    root = _parsed(content)
    envelope = text(root, "sh:StandardBusinessDocumentHeader/sh:DocumentIdentification/sh:InstanceIdentifier")
    if root.tag == f"{{{_ENVELOPE}}}StandardBusinessDocument":
        root = next((one for one in root if one.tag != f"{{{_ENVELOPE}}}StandardBusinessDocumentHeader"), root)
    if root.tag != f"{{{_RESPONSE}}}ApplicationResponse":
        raise Unreadable(f"Expected an ApplicationResponse of UBL 2, found {str(root.tag)[:LONGEST]}.")
    return root, envelope


def _parsed(content: bytes) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True, remove_comments=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(f"Expected well-formed XML, found none: {str(error)[:LONGEST]}.") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("Expected no document type, found <!DOCTYPE, which may bring entities.")
    return root


def _reasons(response: Any, where: str) -> Iterator[Reason]:
    before = f"{where}: " if where else ""
    for status in response.iterfind("cac:Status", _PREFIXES):
        said = [text(status, "cbc:StatusReason").rstrip("."), *_conditions(status)]
        yield Reason(_after(before, "; ".join(filter(None, said))), text(status, "cbc:StatusReasonCode"))
    for description in response.iterfind("cbc:Description", _PREFIXES):
        yield Reason(_after(before, " ".join((description.text or "").split())[:LONGEST]))


def _conditions(status: Any) -> Iterator[str]:
    """Which field is meant, and what should stand in it."""
    for one in status.iterfind("cac:Condition", _PREFIXES):
        parts = filter(None, (text(one, "cbc:AttributeID"), text(one, "cbc:Description")))
        yield " should be ".join(parts)


def _after(before: str, said: str) -> str:
    return f"{before}{said}" if said else ""


def _document_type(code: str) -> str:
    known = code.lower()
    return "credit_memo" if known in _CREDIT_NOTES else "invoice" if known in _INVOICES else ""


def _name(party: Any) -> str:
    return text(party, "cac:PartyName/cbc:Name") or text(party, "cac:PartyLegalEntity/cbc:RegistrationName")


def _endpoint(party: Any) -> str:
    found = party.find("cbc:EndpointID", _PREFIXES)
    if found is None or not found.text:
        return ""
    scheme, value = found.get("schemeID", ""), found.text.strip()
    scheme = _SCHEMES.get(scheme, scheme)
    return f"{scheme}:{value.removeprefix('DK') if scheme in ('0184', '0198') else value}"[:LONGEST]


def _moment(day: str, time: str) -> datetime | None:
    """XML Schema's date and time; without a zone it is taken as UTC."""
    try:
        found = datetime.fromisoformat(f"{day[:10]}T{time or '00:00:00'}")
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
