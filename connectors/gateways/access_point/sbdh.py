"""The envelope of Peppol: a Standard Business Document with a header for the access points on the way.
Source: Peppol Business Message Envelope 2.0."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.gateways.base import Content
from connectors.gateways.markup import Outline, element

NAMESPACE = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
PARTICIPANT_SCHEME = "iso6523-actorid-upis"


@dataclass(frozen=True, slots=True)
class Envelope:
    """`sender` and `receiver` as 0184:12345674; the ids of document type and process with their schemes and ::."""

    instance: str
    sender: str
    receiver: str
    document_type_id: str
    process_id: str
    country: str
    made_at: str
    version: str = "2.1"

    def around(self, content: Content) -> Content:
        """The document in its envelope, byte by byte as it is. Raises `NotXml`."""
        document = Outline.of(content)
        begin = f'<sh:StandardBusinessDocument xmlns:sh="{NAMESPACE}">{self._header(document)}'
        return document.between(begin, "</sh:StandardBusinessDocument>")

    def _header(self, document: Outline) -> str:
        type_scheme, _, document_type = self.document_type_id.partition("::")
        process_scheme, _, process = self.process_id.partition("::")
        identification = (
            element("sh:Standard", document.root.namespace)
            + element("sh:TypeVersion", self.version)
            + element("sh:InstanceIdentifier", self.instance)
            + element("sh:Type", document.root.local)
            + element("sh:CreationDateAndTime", self.made_at)
        )
        scopes = (
            _scope("DOCUMENTID", document_type, type_scheme)
            + _scope("PROCESSID", process, process_scheme)
            + _scope("COUNTRY_C1", self.country)
        )
        return (
            "<sh:StandardBusinessDocumentHeader>"
            + element("sh:HeaderVersion", "1.0")
            + f"<sh:Sender>{element('sh:Identifier', self.sender, Authority=PARTICIPANT_SCHEME)}</sh:Sender>"
            + f"<sh:Receiver>{element('sh:Identifier', self.receiver, Authority=PARTICIPANT_SCHEME)}</sh:Receiver>"
            + f"<sh:DocumentIdentification>{identification}</sh:DocumentIdentification>"
            + f"<sh:BusinessScope>{scopes}</sh:BusinessScope>"
            + "</sh:StandardBusinessDocumentHeader>"
        )


def moment(timestamp: str) -> str:
    """20261123T101500Z as XML writes it; now, when that is not known."""
    try:
        found = datetime.strptime(timestamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        found = datetime.now(UTC)
    return found.strftime("%Y-%m-%dT%H:%M:%SZ")


def _scope(kind: str, value: str, scheme: str = "") -> str:
    identifier = element("sh:Identifier", scheme) if scheme else ""
    return f"<sh:Scope>{element('sh:Type', kind)}{element('sh:InstanceIdentifier', value)}{identifier}</sh:Scope>"
