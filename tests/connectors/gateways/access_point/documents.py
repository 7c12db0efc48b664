"""Documents to send."""

from __future__ import annotations

from typing import Any

from connectors.gateways.base import Parcel
from tests.contracts.gateway_contract import parcel

SENDER, RECEIVER = "0184:12345674", "0088:5798000000124"
INVOICE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
CREDIT_NOTE = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
PEPPOL = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
BILLING = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
TYPE = f"busdox-docid-qns::{INVOICE}::Invoice##{PEPPOL}::2.1"
PROCESS = f"cenbii-procid-ubl::{BILLING}"


def invoice(
    *, sender: str = SENDER, receiver: str = RECEIVER, note: str = "Æøå €", customization: str = PEPPOL,
    profile: str = BILLING, version: str = "", country: str = "DK", namespace: str = INVOICE,
) -> bytes:  # fmt: skip
    def party(role: str, endpoint: str) -> str:
        scheme, _, value = endpoint.rpartition(":")
        return (
            f'  <cac:{role}>\n    <cac:Party>\n      <cbc:EndpointID schemeID="{scheme}">{value}</cbc:EndpointID>\n'
            f"      <cac:PostalAddress><cac:Country><cbc:IdentificationCode>{country}</cbc:IdentificationCode>"
            f"</cac:Country></cac:PostalAddress>\n    </cac:Party>\n  </cac:{role}>\n"
        )

    name = namespace.rpartition(":")[2].removesuffix("-2")
    common = "urn:oasis:names:specification:ubl:schema:xsd:Common"
    said = f"  <cbc:UBLVersionID>{version}</cbc:UBLVersionID>\n" if version else ""
    return (
        f'<?xml version=\'1.0\'?>\n<{name} xmlns="{namespace}" xmlns:cac="{common}AggregateComponents-2" '
        f'xmlns:cbc="{common}BasicComponents-2">\n{said}'
        f"  <cbc:CustomizationID>{customization}</cbc:CustomizationID>\n  <cbc:ProfileID>{profile}</cbc:ProfileID>\n"
        f"  <cbc:ID>INV-1</cbc:ID>\r\n  <cbc:Note>{note}</cbc:Note>\n"
        f"{party('AccountingSupplierParty', sender)}{party('AccountingCustomerParty', receiver)}</{name}>\n"
    ).encode()


def sent(content: bytes | None = None, *, identity: str = "delivery-1", **facts: str) -> Parcel:
    """A parcel of which only these facts are known."""
    given: dict[str, Any] = {"name": "INV-1.xml", "identity": identity, "facts": facts}
    return parcel(invoice() if content is None else content, **given)
