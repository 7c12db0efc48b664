"""An access point with the two REST shapes of the phase4 family: phase4-peppol-standalone and phoss-ap."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import unquote
from uuid import uuid4

from lxml import etree

from connectors.simulators.access_point import reports
from connectors.simulators.server import Request, Response, Simulator

SBDH = "{http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader}"
SUBMIT, SUBMIT_SBD, STATUS = "/api/outbound/submit/", "/api/outbound/submit-sbd", "/api/outbound/status/"
SEND, SEND_SBDH = "/sendas4/", "/sendsbdh"
LIMITS: Mapping[str, Any] = {
    "token": "token-1",
    "participants": "0088:5798000000124 0184:12345674 0184:10000009 0088:5790000000005",
    "refuses": "",
    "silent": "",
}


@dataclass(frozen=True, slots=True)
class Transmission:
    """A document on its way. `is_enveloped` says that the body came in its SBDH."""

    instance: str
    sender: str
    receiver: str
    document_type: str
    process: str
    country: str
    body: bytes = field(repr=False)
    is_enveloped: bool = False
    status: str = "sent"
    error: str = ""
    message_id: str = ""

    def told(self) -> dict[str, Any]:
        return {"sbdhInstanceID": self.instance, "senderID": self.sender, "receiverID": self.receiver,
                "docTypeID": self.document_type, "processID": self.process, "c1CountryCode": self.country,
                "status": self.status, "sha256": hashlib.sha256(self.body).hexdigest()}  # fmt: skip


class Wrong(Exception):
    """A request that is not understood."""


class AccessPointSimulator(Simulator):
    kind: ClassVar[str] = "access-point"
    welcome: ClassVar[str] = (
        "Both shapes answer here, with the token token-1. Among the participants it knows are 0184:12345674 and "
        "0088:5798000000124."
    )

    def reset(self) -> None:
        self.limited = dict(LIMITS)
        self.transmissions: dict[str, Transmission] = {}

    def configure(self, limits: Mapping[str, Any]) -> None:
        """`token`; and participants, with blanks between them: those it knows (`participants`), those whose access
        point refuses (`refuses`) or says nothing (`silent`), which phoss-ap tries again later."""
        for name, value in limits.items():
            if name not in LIMITS:
                super().configure({name: value})
            else:
                self.limited[name] = str(value)

    def limits(self) -> Mapping[str, Any]:
        return {**super().limits(), **self.limited}

    def state(self) -> Mapping[str, Any]:
        found = list(self.transmissions.values())
        statuses = {status: sum(one.status == status for one in found) for status in {one.status for one in found}}
        return {"transmissions": len(found), **statuses, "latest": [one.told() for one in found[-20:]]}

    def answer(self, request: Request) -> Response:
        is_phoss = request.path.startswith("/api/")
        if request.headers.get("x-token") != self.limited["token"]:
            return Response.of({"error": "Invalid or missing API token"}, 401) if is_phoss else Response.of({}, 403)
        try:
            if request.method == "GET" and request.path.startswith(STATUS):
                return self._status(request.path.removeprefix(STATUS))
            if request.method == "POST" and request.path in (SEND_SBDH, SUBMIT_SBD):
                return self._enveloped(request, is_phoss=is_phoss)
            if request.method == "POST" and request.path.startswith((SEND, SUBMIT)):
                return self._send(_named(request), is_phoss=is_phoss)
        except Wrong as problem:
            return Response.of(str(problem), 400)
        return Response.of({"error": "Not Found"}, 404)

    def _enveloped(self, request: Request, *, is_phoss: bool) -> Response:
        try:
            given = _read_from_header(request.body)
        except Wrong as problem:
            if is_phoss:
                return Response.of("Failed to submit outbound SBD transaction", 400)
            return Response.of(reports.unreadable(str(problem)))
        return self._send(given, is_phoss=is_phoss)

    def _send(self, given: Transmission, *, is_phoss: bool) -> Response:
        if given.instance in self.transmissions and (is_phoss or given.is_enveloped):
            self.counts["duplicates refused"] += 1
            if is_phoss:
                return Response.of("Failed to submit outbound transaction", 422)
            return Response.of(reports.refused(given, "Duplicate SBDH instance identifier"))
        report, status = self._transmitted(given)
        error = "" if report["overallSuccess"] else str(report.get("sendingResult") or "not registered")
        self.transmissions[given.instance] = replace(given, status=status, error=error)
        return Response.of(report, 200 if report["overallSuccess"] or not is_phoss else 422)

    def _transmitted(self, given: Transmission) -> tuple[dict[str, Any], str]:
        """The report, and the status that phoss-ap has of it."""
        receiver = given.receiver.rpartition("::")[2]
        if receiver not in self.limited["participants"].split():
            return reports.not_registered(given), "permanently_failed"
        if receiver in self.limited["refuses"].split():
            return reports.refused(given, "The incoming Peppol message could not be processed."), "permanently_failed"
        if receiver in self.limited["silent"].split():
            return reports.silent(given), "failed"
        return reports.sent(given), "sent"

    def _status(self, instance: str) -> Response:
        found = self.transmissions.get(instance)
        if found is None:
            return Response(404)
        now = datetime.now(UTC).isoformat()
        return Response.of({
            "id": str(uuid4()), "transactionType": "business_document", "senderID": found.sender,
            "receiverID": found.receiver, "docTypeID": found.document_type, "processID": found.process,
            "sbdhInstanceID": found.instance, "status": found.status, "attemptCount": 1, "createdDT": now,
            "completedDT": now if found.status == "sent" else None, "reportingStatus": "pending",
            "nextRetryDT": now if found.status == "failed" else None, "errorDetails": found.error or None,
        })  # fmt: skip


def _named(request: Request) -> Transmission:
    """What the path says. Each part is decoded once: what was encoded twice is no identifier."""
    parts = [unquote(part) for part in request.path.removeprefix(SEND).removeprefix(SUBMIT).split("/")]
    if len(parts) != 5:
        raise Wrong("Expected sender, receiver, document type, process and country.")
    sender, receiver, document_type, process, country = parts
    given = Transmission(
        request.query.get("sbdhInstanceID") or str(uuid4()), sender, receiver, document_type, process, country,
        request.body,
    )  # fmt: skip
    return _checked(given)


def _read_from_header(body: bytes) -> Transmission:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise Wrong(f"Failed to parse the document as XML: {error.msg}") from None
    header = root.find(f"{SBDH}StandardBusinessDocumentHeader")
    if root.tag != f"{SBDH}StandardBusinessDocument" or header is None or len(root) != 2:
        raise Wrong("The document is no Standard Business Document")
    scopes = {
        scope.findtext(f"{SBDH}Type"): (
            scope.findtext(f"{SBDH}Identifier"),
            scope.findtext(f"{SBDH}InstanceIdentifier"),
        )
        for scope in header.iterfind(f"{SBDH}BusinessScope/{SBDH}Scope")
    }
    if missing := {"DOCUMENTID", "PROCESSID", "COUNTRY_C1"} - set(scopes):
        raise Wrong(f"The business scope {min(missing)} is missing")
    identification = header.find(f"{SBDH}DocumentIdentification")
    inner = etree.QName(root[1])
    if identification is None or identification.findtext(f"{SBDH}Standard") != inner.namespace:
        raise Wrong("The standard is not the namespace of the document")
    given = Transmission(
        identification.findtext(f"{SBDH}InstanceIdentifier") or "", _participant(header, "Sender"),
        _participant(header, "Receiver"), "::".join(map(str, scopes["DOCUMENTID"])),
        "::".join(map(str, scopes["PROCESSID"])), str(scopes["COUNTRY_C1"][1]), body, is_enveloped=True,
    )  # fmt: skip
    return _checked(given)


def _participant(header: Any, role: str) -> str:
    found = header.find(f"{SBDH}{role}/{SBDH}Identifier")
    if found is None:
        raise Wrong(f"The {role} is missing")
    return f"{found.get('Authority')}::{found.text}"


def _checked(given: Transmission) -> Transmission:
    for name, value in {"sending participant": given.sender, "receiving participant": given.receiver}.items():
        if not value.startswith("iso6523-actorid-upis::") or ":" not in value.partition("::")[2]:
            raise Wrong(f"Failed to parse the {name} ID '{value}'")
    for name, value in {"document type": given.document_type, "process": given.process}.items():
        if "::" not in value or "%" in value:
            raise Wrong(f"Failed to parse the {name} ID '{value}'")
    if len(given.country) != 2:
        raise Wrong(f"Failed to parse the country '{given.country}'")
    if not given.instance:
        raise Wrong("The instance identifier is missing")
    return given
