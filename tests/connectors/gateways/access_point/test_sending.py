"""What an access point is told of a document, and what is made of its report."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from lxml import etree

from arhub.network.errors import ConfigError, PermanentError, RetryableError, Uncertain
from connectors.base import NeverThere, Setup
from connectors.gateways.access_point import gateway as module
from connectors.gateways.access_point.gateway import AccessPointGateway, instance_of
from connectors.gateways.access_point.reports import Report
from connectors.gateways.answers import Answered
from connectors.gateways.base import Rejected
from connectors.gateways.pieces import Joined
from connectors.simulators.server import RunningSimulator
from tests.connectors.gateways.access_point.conftest import gateway, transmissions
from tests.connectors.gateways.access_point.documents import (
    CREDIT_NOTE,
    PEPPOL,
    PROCESS,
    RECEIVER,
    SENDER,
    TYPE,
    invoice,
    sent,
)
from tests.contracts.connector_contract import Counted, Remembered

GOLDEN = Path(__file__).parent / "golden" / "sbdh.xml"
OIOUBL = {"customization": "OIOUBL-2.1", "profile": "urn:www.nesubl.eu:profiles:profile5:ver2.0", "version": "2.1"}


def told(one: Any) -> tuple[str, ...]:
    return one.sender, one.receiver, one.document_type, one.process, one.country


# --- What it is told --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("builds", ["access_point", "hub"])
def test_type_process_and_parties_are_read_from_the_document(server: RunningSimulator, shape: str, builds: str) -> None:
    gateway(server, shape, builds=builds).deliver(sent())

    (one,) = transmissions(server)
    scheme = "iso6523-actorid-upis::"
    assert told(one) == (f"{scheme}{SENDER}", f"{scheme}{RECEIVER}", TYPE, PROCESS, "DK")


@pytest.mark.parametrize("builds", ["access_point", "hub"])
def test_facts_of_the_delivery_come_first(server: RunningSimulator, shape: str, builds: str) -> None:
    type_id, process_id = "busdox-docid-qns::urn:x::Y##a b/c?&<1>::2", "own::urn:p#1"
    facts = {"document_type_id": type_id, "process_id": process_id, "country": "se"}

    gateway(server, shape, builds=builds).deliver(
        sent(**facts, sender=SENDER, receiver=f"iso6523-actorid-upis::{RECEIVER}")
    )

    (one,) = transmissions(server)
    assert told(one)[2:] == (type_id, process_id, "SE")


@pytest.mark.parametrize(
    ("content", "document_type", "process"),
    [
        (invoice(namespace=CREDIT_NOTE), f"busdox-docid-qns::{CREDIT_NOTE}::CreditNote##{PEPPOL}::2.1", PROCESS),
        (invoice(**OIOUBL),
         "busdox-docid-qns::urn:oasis:names:specification:ubl:schema:xsd:Invoice-2::Invoice##OIOUBL-2.1::2.1",
         "nes-procid-ubl::urn:www.nesubl.eu:profiles:profile5:ver2.0"),
    ],
)  # fmt: skip
def test_other_documents_have_types_of_their_own(
    server: RunningSimulator, content: bytes, document_type: str, process: str
) -> None:
    gateway(server, "phoss").deliver(sent(content))

    (one,) = transmissions(server)
    assert told(one)[2:4] == (document_type, process)


@pytest.mark.parametrize(
    ("sender", "written"),
    [("0184:12345674", "DK:CVR:DK12345674"), ("0184:12345674", "DK:CVR:12345674"),
     ("0088:5798000000124", "GLN:5798000000124"),
     ("0184:DK12345674", "0184:12345674"), ("0088:123ABC", "0088:123abc")],
)  # fmt: skip
def test_endpoints_are_the_same_in_any_spelling(server: RunningSimulator, sender: str, written: str) -> None:
    gateway(server, "phoss", sender=sender).deliver(sent(invoice(sender=written)))

    (one,) = transmissions(server)
    assert one.sender == f"iso6523-actorid-upis::{sender}"


@pytest.mark.parametrize(
    ("content", "facts", "values", "sentence"),
    [
        (invoice(sender="0184:87654321"), {"sender": SENDER}, {},
         "The sender is to be 0184:12345674, but the document says 0184:87654321: nothing was sent."),
        (invoice(sender="0184:87654321"), {}, {"sender": SENDER}, "The sender is to be 0184:12345674"),
        (invoice(), {"receiver": "0088:5790000000005"}, {},
         "The receiver is to be 0088:5790000000005, but the document says 0088:5798000000124: nothing was sent."),
        (invoice(), {"receiver": "0184:5798000000124"}, {}, "The receiver is to be 0184:5798000000124"),
        (invoice(receiver=":"), {}, {}, r"does not say the receiver's endpoint \(EndpointID\)"),
        (invoice(receiver=":123"), {}, {}, "Expected the receiver's endpoint to be such as 0184:12345674"),
        (invoice(country=""), {}, {"country": ""}, "Expected the sender's country in two letters, found ''"),
        (invoice(customization=""), {}, {}, "The Invoice has no CustomizationID, by which its type is known"),
        (invoice(profile=""), {}, {}, "The Invoice has no ProfileID, by which its process is known"),
        (b"<Order/>", {}, {}, "Expected a document of UBL for an access point, found <Order>"),
        (b"%PDF-1.7", {}, {}, "Expected XML, found"),
        (b"", {}, {}, "Expected XML, found no element"),
        (invoice().replace(b"<Invoice", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><Invoice"), {}, {},
         "Expected XML without a document type"),
    ],
)  # fmt: skip
def test_document_that_says_otherwise_is_not_sent(
    server: RunningSimulator, shape: str, content: bytes, facts: dict[str, str], values: dict[str, str], sentence: str
) -> None:
    with pytest.raises(PermanentError, match=sentence):
        gateway(server, shape, **values).deliver(sent(content, **facts))

    assert (transmissions(server), server.simulator.counts["requests"]) == ([], 0)


# --- The envelope -----------------------------------------------------------------------------------------------------


def enveloped(content: bytes, **facts: str) -> bytes:
    parcel = sent(content, **{"timestamp": "20261123T101500Z", **facts})
    sender = AccessPointGateway(Setup({"country": "DK"}, Remembered(), Counted()))
    with sender.envelope(parcel).around(parcel.content).open() as source:
        return source.read()


def test_envelope_is_as_it_should_be() -> None:
    document = invoice()
    instance = instance_of(sent())

    expected = GOLDEN.read_bytes().rstrip(b"\n").replace(b"INSTANCE", instance.encode())
    assert enveloped(document) == expected.replace(
        b"DOCUMENT<", document.removeprefix(b"<?xml version='1.0'?>\n") + b"<"
    )
    assert enveloped(document) == enveloped(document)


def test_envelope_keeps_the_document_in_its_encoding() -> None:
    latin = invoice(note="æ").decode().replace("<?xml version='1.0'?>", "<?xml version='1.0' encoding='ISO-8859-1'?>")

    found = etree.fromstring(enveloped(latin.encode("latin-1")))

    assert found[1].findtext("{*}Note") == "æ"


def test_what_is_put_into_the_header_cannot_break_out_of_it() -> None:
    found = etree.fromstring(enveloped(invoice(), document_type_id="a&b::<x/>]]>", process_id='p"::q'))

    scopes = found.findall(".//{*}Scope")
    assert [scope[1].text for scope in scopes] == ["<x/>]]>", "q", "DK"]
    assert [scope[2].text for scope in scopes[:2]] == ["a&b", 'p"']


def test_document_that_is_broken_after_its_head_is_not_put_into_an_envelope(server: RunningSimulator) -> None:
    with pytest.raises(PermanentError, match="Expected XML, found"):
        gateway(server, "phase4", builds="hub").deliver(sent(invoice() + b"<another/>"))

    assert transmissions(server) == []


def test_id_of_the_envelope_is_of_this_delivery_alone() -> None:
    first, again, other = (instance_of(sent(identity=name)) for name in ("one", "one", "two"))

    assert (first, str(UUID(first))) == (again, first)
    assert first != other


@pytest.mark.parametrize("removed", ["DOCUMENTID", "PROCESSID", "COUNTRY_C1"])
def test_envelope_without_a_scope_is_refused_by_access_points(server: RunningSimulator, removed: str) -> None:
    body = enveloped(invoice()).replace(removed.encode(), b"OTHER")
    sender = gateway(server, "phase4")

    answered = sender._post("/sendsbdh", Joined(body))

    report = Report.of(answered.content)
    assert report is not None
    assert report.reason == f"The business scope {removed} is missing"


# --- What the report says ---------------------------------------------------------------------------------------------


def test_report_is_kept_as_the_receipt(server: RunningSimulator, shape: str) -> None:
    receipt = gateway(server, shape).deliver(sent())

    report = json.loads(receipt.content)
    assert (receipt.kind, receipt.media_type) == ("report", "application/json")
    assert receipt.text == f"127.0.0.1:{server.port} sent INV-1.xml to {RECEIVER}."
    assert (receipt.reference, report["overallSuccess"]) == (report["as4MessageId"], True)


def test_error_of_the_receiver_is_a_refusal_with_its_reason(server: RunningSimulator, shape: str) -> None:
    server.simulator.configure({"refuses": RECEIVER})

    with pytest.raises(Rejected) as refused:
        gateway(server, shape).deliver(sent())

    assert "The incoming Peppol message could not be processed. (EBMS:0004)." in str(refused.value)
    assert json.loads(refused.value.receipt.content)["sendingResult"] == "AS4_ERROR_MESSAGE_RECEIVED"


def test_unknown_participant_is_a_refusal(server: RunningSimulator, shape: str) -> None:
    server.simulator.configure({"participants": SENDER})

    with pytest.raises(Rejected, match="is not registered in the Peppol Network") as refused:
        gateway(server, shape).deliver(sent())

    assert "Exception" not in str(refused.value)


def test_receiver_that_confirms_nothing_is_uncertain(server: RunningSimulator) -> None:
    server.simulator.configure({"silent": RECEIVER})

    with pytest.raises(Uncertain, match="did not confirm it"):
        gateway(server, "phase4").deliver(sent())


def test_access_point_that_tries_again_is_asked_until_it_has_ended(server: RunningSimulator) -> None:
    server.simulator.configure({"silent": RECEIVER})
    sender = gateway(server, "phoss")

    with pytest.raises(Uncertain, match="tries again on its own"):
        sender.deliver(sent())
    with pytest.raises(RetryableError, match="is still at it: failed"):
        sender.look_up(sent())
    end(server, "sent")

    receipt = sender.look_up(sent())
    assert receipt is not None and receipt.text == f"127.0.0.1:{server.port} sent INV-1.xml."
    end(server, "permanently_failed")
    with pytest.raises(NeverThere, match="The access point did not send it"):
        sender.look_up(sent())


def end(server: RunningSimulator, status: str) -> None:
    """As the access point comes to an end of it."""
    kept = server.simulator.transmissions  # type: ignore[attr-defined]
    for instance, one in kept.items():
        kept[instance] = replace(one, status=status)


def test_repeat_at_phoss_is_known_by_its_id_and_goes_once(server: RunningSimulator) -> None:
    server.misbehave("drop", on="/submit/")
    sender = gateway(server, "phoss")

    with pytest.raises(Uncertain, match="the connection ended"):
        sender.deliver(sent())
    receipt = sender.deliver(sent())

    assert receipt.text == f"127.0.0.1:{server.port} sent INV-1.xml."
    assert (len(transmissions(server)), server.simulator.counts["duplicates refused"]) == (1, 1)


def test_repeat_at_the_standalone_is_refused_where_the_hub_made_the_envelope(server: RunningSimulator) -> None:
    sender = gateway(server, "phase4", builds="hub")
    sender.deliver(sent())

    with pytest.raises(Rejected, match="Duplicate SBDH instance identifier"):
        sender.deliver(sent())

    assert len(transmissions(server)) == 1


@pytest.mark.parametrize("fault", ["refuse", "drop"])
def test_lost_answer_is_uncertain_and_goes_once(server: RunningSimulator, shape: str, fault: str) -> None:
    server.misbehave(fault)

    with pytest.raises(Uncertain, match="the connection ended"):
        gateway(server, shape).deliver(sent())

    assert len(transmissions(server)) == (fault == "drop")


def test_slow_answer_is_uncertain_when_the_time_is_up(
    server: RunningSimulator, shape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.2)
    server.misbehave("late", seconds=1)

    with pytest.raises(Uncertain, match=r"seconds have passed|nothing was heard for too long"):
        gateway(server, shape).deliver(sent())


@pytest.mark.parametrize(
    ("fault", "kind"), [({"kind": "stored_status", "status": 500}, Uncertain), ({"kind": "garbage"}, Uncertain)]
)
def test_answer_that_is_no_report_is_uncertain(
    server: RunningSimulator, fault: dict[str, Any], kind: type[Exception]
) -> None:
    server.misbehave(**fault)

    with pytest.raises(kind, match="whether the document was sent is not known"):
        gateway(server, "phase4").deliver(sent())


def test_answer_that_is_no_report_is_cleared_up_by_asking_phoss(server: RunningSimulator) -> None:
    server.misbehave("garbage", on="/submit/")

    receipt = gateway(server, "phoss").deliver(sent())

    assert receipt.text == f"127.0.0.1:{server.port} sent INV-1.xml."


def test_phoss_that_cannot_be_asked_leaves_it_uncertain(server: RunningSimulator) -> None:
    server.simulator.configure({"refuses": RECEIVER})
    server.misbehave("garbage", on="/status/", times=3)

    with pytest.raises(Uncertain, match="was not sent at once, and may be still"):
        gateway(server, "phoss").deliver(sent())


@pytest.mark.parametrize(
    ("status", "error", "sentence"),
    [
        (401, ConfigError, "does not accept the token"), (403, ConfigError, "does not accept the token"),
        (404, ConfigError, "is switched off there, or this is another access point"),
        (429, RetryableError, "takes nothing at the moment"), (503, RetryableError, "takes nothing at the moment"),
        (500, Uncertain, "failed on its side"), (504, Uncertain, "failed on its side"),
        (400, Rejected, "did not take INV-1.xml: status 400"), (413, Rejected, "did not take INV-1.xml: status 413"),
    ],
)  # fmt: skip
def test_status_says_what_may_be_done(
    server: RunningSimulator, shape: str, status: int, error: type[Exception], sentence: str
) -> None:
    server.misbehave("status", status=status)

    with pytest.raises(error, match=sentence) as failed:
        gateway(server, shape).deliver(sent())

    assert (type(failed.value), transmissions(server)) == (error, [])


def report(**values: Any) -> tuple[Report, Answered]:
    content = json.dumps({"overallSuccess": False, **values}).encode()
    found = Report.of(content)
    assert found is not None
    return found, Answered(200, content, "application/json")


@pytest.mark.parametrize(
    ("values", "error", "sentence"),
    [
        ({"sendingResult": "TRANSPORT_ERROR", "sendingException": {"message": "Connect timed out\n\tat x"}},
         Uncertain, r"the connection to the receiver's access point failed \(Connect timed out\)\."),
        ({"sendingResult": "INVALID_SIGNAL_MESSAGE_RECEIVED"}, Uncertain, "answered something that is no confirmation"),
        ({"sendingResult": "INVALID_PARAMETERS"}, Rejected, r"It was refused: invalid parameters\."),
        ({"sendingException": {"class": "a.SMPClientException", "message": "SMP is down"}}, RetryableError,
         r"The access point sent nothing: SMP is down\."),
        ({"sendingException": "none"}, RetryableError, "no reason is given"),
        ({}, RetryableError, "no reason is given"),
        ({"sendingResult": ["x"], "as4ResponseErrors": [1, {"errorCode": 4}, {}]}, RetryableError, "sent nothing: 4"),
    ],
)  # fmt: skip
def test_failure_says_what_may_be_done(values: dict[str, Any], error: type[Exception], sentence: str) -> None:
    found, answered = report(**values)

    failure = found.failure(answered)

    assert type(failure) is error
    with pytest.raises(error, match=sentence):
        raise failure


def test_what_was_sent_before_something_else_failed_is_sent() -> None:
    found, answered = report(sendingResult="SUCCESS", sendingSuccess=True)

    assert found.is_delivered
    assert found.receipt(answered, "Sent.").warning == "It was sent, but the access point failed at something after."


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b'"text"', b'{"overallSuccess": "true"}', b"<html>", b"\xff"])
def test_what_is_no_report_is_none(content: bytes) -> None:
    assert Report.of(content) is None


def test_large_document_is_put_into_its_envelope_in_constant_memory(server: RunningSimulator) -> None:
    size = 20 << 20
    head, tail = invoice().split(b"</cac:AccountingCustomerParty>")
    large = sent(head + b"</cac:AccountingCustomerParty><cbc:Note>" + b"x" * size + b"</cbc:Note>" + tail)
    sender = gateway(server, "phase4", builds="hub")
    tracemalloc.start()

    _, document = sender._request(sender.envelope(large), large.content)
    with document.open() as source:
        total = sum(len(block) for block in iter(lambda: source.read(65_536), b""))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert total == document.size > size
    assert peak < 4 << 20
