"""Messages as systems write them."""

from __future__ import annotations

CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
RESPONSE = "urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2"
INVOICE_RESPONSE = "urn:fdc:peppol.eu:poacc:trns:invoice_response:3"
MLR = "urn:fdc:peppol.eu:poacc:trns:mlr:3"
MLS = "urn:peppol:edec:mls:1.0"
OIOUBL = "OIOUBL-2.02"


def response(customization: str, *responses: str, head: str = "", scheme: str = "0184", party: str = "") -> bytes:
    """An ApplicationResponse from a customer to us."""
    name = (
        party
        or "<cac:PartyLegalEntity><cbc:RegistrationName>Nordic Pumps A/S</cbc:RegistrationName></cac:PartyLegalEntity>"
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<ApplicationResponse xmlns="{RESPONSE}" xmlns:cac="{CAC}" xmlns:cbc="{CBC}">
  <cbc:UBLVersionID>2.1</cbc:UBLVersionID>
  <cbc:CustomizationID>{customization}</cbc:CustomizationID>
  <cbc:ProfileID>profile</cbc:ProfileID>
  <cbc:ID>AR-1</cbc:ID>
  <cbc:IssueDate>2026-03-20</cbc:IssueDate>
  <cbc:IssueTime>12:30:00+01:00</cbc:IssueTime>
  {head}
  <cac:SenderParty><cbc:EndpointID schemeID="{scheme}">25313763</cbc:EndpointID>{name}</cac:SenderParty>
  <cac:ReceiverParty><cbc:EndpointID schemeID="{scheme}">12345674</cbc:EndpointID></cac:ReceiverParty>
  {"".join(responses)}
</ApplicationResponse>
""".encode()


def said_of(code: str, number: str = "10482", *, inside: str = "", reference: str = "", after: str = "") -> str:
    """A DocumentResponse."""
    return (
        f"<cac:DocumentResponse><cac:Response><cbc:ResponseCode>{code}</cbc:ResponseCode>{inside}</cac:Response>"
        f"<cac:DocumentReference><cbc:ID>{number}</cbc:ID>{reference}</cac:DocumentReference>{after}"
        "</cac:DocumentResponse>"
    )


def reason(code: str, text: str, *conditions: tuple[str, str]) -> str:
    inside = "".join(
        f"<cac:Condition><cbc:AttributeID>{name}</cbc:AttributeID><cbc:Description>{value}</cbc:Description>"
        "</cac:Condition>" for name, value in conditions
    )  # fmt: skip
    return (
        f"<cac:Status><cbc:StatusReasonCode>{code}</cbc:StatusReasonCode><cbc:StatusReason>{text}</cbc:StatusReason>"
        f"{inside}</cac:Status>"
    )


def enveloped(document: bytes, instance: str) -> bytes:
    """In the envelope of Peppol."""
    head = (
        '<sh:StandardBusinessDocument xmlns:sh="http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader">'
        "<sh:StandardBusinessDocumentHeader><sh:HeaderVersion>1.0</sh:HeaderVersion><sh:DocumentIdentification>"
        f"<sh:InstanceIdentifier>{instance}</sh:InstanceIdentifier></sh:DocumentIdentification>"
        "</sh:StandardBusinessDocumentHeader>"
    )
    return head.encode() + document.partition(b"?>\n")[2] + b"</sh:StandardBusinessDocument>"


def bounce(
    original: str = "", *, action: str = "failed", status: str = "5.1.1", recipient: str = "ap@nordic.example",
    said: str = "550 5.1.1 User unknown", envelope: str = "", name: str = "invoice-10482.xml",
) -> bytes:  # fmt: skip
    """A delivery status notification as Postfix writes it, with the whole mail in it."""
    envelope_id = f"Original-Envelope-Id: {envelope}\r\n" if envelope else ""
    return (
        f"""From: MAILER-DAEMON@mx.example.com (Mail Delivery System)
To: billing@vestjysk.example
Subject: Undelivered Mail Returned to Sender
Date: Fri, 20 Mar 2026 12:30:00 +0100
Message-ID: <20260320113000.AB12@mx.example.com>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="AB12.1"

--AB12.1
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--AB12.1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
{envelope_id}Arrival-Date: Fri, 20 Mar 2026 12:29:58 +0100

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Remote-MTA: dns; mail.nordic.example
Diagnostic-Code: smtp; {said}

--AB12.1
Content-Type: message/rfc822

From: billing@vestjysk.example
To: {recipient}
Subject: Invoice 10482
Message-ID: {original}
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="inner"

--inner
Content-Type: text/plain

Here is your invoice.
--inner
Content-Type: application/xml
Content-Disposition: attachment; filename="{name}"

<Invoice/>
--inner--

--AB12.1--
""".replace("\r\n", "\n")
        .replace("\n", "\r\n")
        .encode()
    )


def edifact(message_type: str, *segments: str, una: str = "UNA:+.? '", sets: str = "UNOC:3") -> bytes:
    """An interchange with one message, which has these segments."""
    found = [f"UNB+{sets}+5790000000005:14+5790000000012:14+260320:1130+X1", f"UNH+M1+{message_type}", *segments]
    found += [f"UNT+{len(segments) + 2}+M1", "UNZ+1+X1"]
    return (una + "'\n".join(found) + "'\n").encode("latin-1")


def contrl(reference: str = "010482AB12CD34", action: str = "7", *more: str) -> bytes:
    uci = f"UCI+{reference}+5790000000012:14+5790000000005:14+{action}"
    return edifact("CONTRL:D:3:UN", uci, *more)
