"""Messages and receipts, exchanged with another implementation in both directions."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.gateways.as2 import message
from connectors.gateways.as2.agreement import Agreement
from connectors.gateways.as2.mime import Entity
from connectors.gateways.as2.receipts import judge
from connectors.gateways.as2.sent import Sent
from connectors.gateways.base import Bytes, Incoming, Receipt, Rejected
from connectors.simulators.as2_partner.keys import certificate_pem, key_pem
from tests.connectors.gateways.as2.peer.conftest import Peer, raw
from tests.connectors.gateways.as2.place import HUB, PARTNER, gateway, values

CONTENT = b"<Invoice>\nLF stays LF\r\nCRLF as well \xc3\xa6\n</Invoice>\n"
WHO = {
    "own_id": "PARTNER",
    "own_pem": key_pem(PARTNER) + certificate_pem(PARTNER),
    "other_id": "HUB",
    "other_pem": certificate_pem(HUB),
}
SIGNED = (
    {}, {"compress": "before"}, {"compress": "after"}, {"encrypt": "none"}, {"encrypt": "aes128", "sign": "sha512"},
    {"sign": "sha384"}, {"encrypt": "none", "compress": "before"},
)  # fmt: skip
UNSIGNED = ({"sign": "none"}, {"sign": "none", "compress": "before"}, {"sign": "none", "encrypt": "none"})


def built(**given: Any) -> tuple[dict[str, str], message.Built, str]:
    agreement, at = Agreement(values("https://as2.example", **given)), datetime.now(UTC)
    message_id = agreement.message_id("to-pyas2lib")
    made = message.build(CONTENT, "INV-1.xml", "application/xml", agreement.wrapping(at), message_id)
    headers = {**agreement.headers(message_id, "INV-1.xml", at), **agreement.receipt_headers(), **made.headers}
    return headers, made, message_id


def judged(taken: Mapping[str, Any], made: message.Built, message_id: str, *, is_signed: bool = True) -> Receipt:
    """The receipt that it gave. Raises what a delivery would."""
    sent = Sent(message_id, "", tuple(f"{digest}:{mic}" for digest, mic in made.mics.items()), is_signed)
    entity = Entity.of_http(taken["mdn"]["headers"], base64.b64decode(taken["mdn"]["body"]))
    keys = gateway().agreement.keys(datetime.now(UTC))
    return judge(entity, sent, keys, must_be_signed=True, is_answer=True)


@pytest.mark.parametrize("wrapping", SIGNED, ids=str)
def test_it_takes_what_is_sent_and_its_receipt_convinces(peer: Peer, wrapping: dict[str, str]) -> None:
    headers, made, message_id = built(**wrapping)

    taken = peer.ask("take", who=WHO, raw=raw(headers, made.body))
    receipt = judged(taken, made, message_id)

    digest = wrapping.get("sign", "sha256")
    assert (taken["status"], taken["error"]) == ("processed", "")
    assert (base64.b64decode(taken["content"]), taken["name"]) == (CONTENT, "INV-1.xml")
    assert taken["mic"] == made.mics[digest]
    assert receipt.text == "The partner took it; its signed receipt confirms the very bytes."
    assert receipt.speaks_of == f"{digest}:{made.mics[digest]}"


@pytest.mark.parametrize("wrapping", UNSIGNED, ids=str)
def test_it_takes_what_is_not_signed_and_names_no_check(peer: Peer, wrapping: dict[str, str]) -> None:
    headers, made, message_id = built(**wrapping)

    taken = peer.ask("take", who=WHO, raw=raw(headers, made.body))
    receipt = judged(taken, made, message_id, is_signed=False)

    assert (taken["status"], taken["error"], taken["mic"]) == ("processed", "", "")
    assert (base64.b64decode(taken["content"]), taken["name"]) == (CONTENT, "INV-1.xml")
    assert receipt.warning == "The receipt does not say which bytes it is for."


def test_its_refusal_of_an_altered_message_is_told_for_what_it_is(peer: Peer) -> None:
    headers, made, message_id = built(encrypt="none")
    body = made.body.replace(b"PElu", b"PElU", 1)
    assert body != made.body

    taken = peer.ask("take", who=WHO, raw=raw(headers, body))
    with pytest.raises(Rejected) as caught:
        judged(taken, made, message_id)

    assert taken["status"] == "processed/Error"
    assert "did not take it (processed/Error: " in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [
        {"sign": True, "encrypt": True, "enc_alg": "aes_256_cbc"},
        {"sign": True, "encrypt": True, "enc_alg": "aes_128_cbc", "compress": True},
        {"sign": True, "digest_alg": "sha512", "encrypt": True, "enc_alg": "aes_192_cbc"},
        {"sign": True, "sign_alg": "rsassa_pss", "encrypt": True, "enc_alg": "aes_256_cbc"},
        {"sign": True, "encrypt": True, "enc_alg": "aes_256_cbc", "key_enc_alg": "rsaes_oaep"},
        {"sign": True, "digest_alg": "sha1", "encrypt": True},
        {"sign": True},
        {"encrypt": True, "enc_alg": "aes_256_cbc"},
        {"compress": True},
        {"sign": True, "compress": True},
    ],
    ids=str,
)
def test_what_it_sends_is_taken_and_it_believes_the_receipt(peer: Peer, options: Mapping[str, Any]) -> None:
    content = CONTENT.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")  # it sends LF as CR LF
    who = {**WHO, "options": {**options, "mdn_mode": "SYNC", "mdn_digest_alg": "sha256"}}
    made = peer.ask("send", who=who, content=base64.b64encode(content).decode(), name="from them.xml")
    lenient = gateway(require_signed=False, require_encrypted=False, outdated=True)

    received = lenient.receive(incoming(made))
    read = peer.ask(
        "read", who=who, raw=raw(dict(received.reply.headers), received.reply.body), message_id=made["message_id"],
        mic=made["mic"],
    )  # fmt: skip

    assert [(file.name, file.content.open().read()) for file in received.files] == [("from them.xml", content)]
    assert read == {"status": "processed", "detail": ""}


def test_outdated_encryption_is_refused_and_it_is_told_why(peer: Peer) -> None:
    who = {**WHO, "options": {"sign": True, "encrypt": True, "mdn_mode": "SYNC", "mdn_digest_alg": "sha256"}}
    made = peer.ask("send", who=who, content=base64.b64encode(CONTENT).decode(), name="x.xml")

    received = gateway().receive(incoming(made))
    headers, body = dict(received.reply.headers), received.reply.body
    read = peer.ask("read", who=who, raw=raw(headers, body), message_id=made["message_id"], mic=made["mic"])

    assert received.files == ()
    assert received.text == (
        "A message was refused: It is encrypted with tripledes_3key, which is not taken from this partner."
    )
    assert read == {"status": "processed/error", "detail": "insufficient-message-security"}


def incoming(made: Mapping[str, Any]) -> Incoming:
    headers = {name.lower(): value for name, value in made["headers"].items()}
    return Incoming("POST", headers, {}, Bytes(base64.b64decode(made["body"])), lambda message_id: False)
