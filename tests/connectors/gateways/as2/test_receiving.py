"""What a partner sends: taken once, refused for what is wrong with it, receipted as asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.gateways.as2 import compression, digests, mdn, message, mime
from connectors.gateways.as2.message import Part
from connectors.gateways.base import Bytes, Incoming, NotForUs, Received
from connectors.simulators.as2_partner.keys import certificate_pem, key_pem, made
from connectors.simulators.as2_partner.partner import Partner, Sending
from tests.connectors.gateways.as2.place import gateway

CONTENT = b"<Invoice>\nLF\r\nCRLF \xc3\xa6</Invoice>"


def sending(content: bytes = CONTENT, name: str = "in.xml", **wishes: Any) -> Sending:
    return Partner().compose(content, name, message_id="<m1@partner>", **wishes)


def incoming(sent: Sending, known: Callable[[str], bool] = lambda message_id: False, **headers: str) -> Incoming:
    found = {name.lower(): value for name, value in {**sent.headers, **headers}.items()}
    return Incoming("POST", found, {}, Bytes(sent.body), known)


def receipt(received: Received, **given: Any) -> mdn.Notification:
    """What the partner reads in the answer."""
    entity = mime.Entity.of_http(received.reply.headers, received.reply.body)
    return mdn.parse(entity, Partner().agreement(**given).keys(datetime.now(UTC)))


def files(received: Received) -> list[tuple[str, bytes, str]]:
    return [(file.name, file.content.open().read(), file.media_type) for file in received.files]


@pytest.mark.parametrize("compress", ["none", "before", "after"])
@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_message_is_taken_and_receipted(compress: str, digest: str) -> None:
    received = gateway().receive(incoming(sending(compress=compress, sign=digest)))

    told = receipt(received)
    assert files(received) == [("in.xml", CONTENT, "application/xml")]
    assert received.text == f"Took in in.xml, {len(CONTENT)} bytes, signed and encrypted."
    assert (received.message_id, received.later, received.reply.status) == ("<m1@partner>", None, 200)
    assert (told.original_message_id, told.disposition, told.is_signed) == ("<m1@partner>", "processed", True)
    assert (told.digest, bool(told.mic), told.recipient) == (digest, True, "HUB")


def test_check_in_the_receipt_is_that_of_the_sender() -> None:
    wrapping = Partner().agreement().wrapping(datetime.now(UTC))
    built = message.build(CONTENT, "in.xml", "application/xml", wrapping, "seed")
    sent = sending()

    told = receipt(gateway().receive(incoming(Sending({**sent.headers, **built.headers}, built.body))))

    assert f"{told.digest}:{told.mic}" == f"sha256:{built.mics['sha256']}"


def test_repeated_message_is_told_so_and_not_taken_twice() -> None:
    received = gateway().receive(incoming(sending(), lambda message_id: message_id == "<m1@partner>"))

    told = receipt(received)
    assert received.files == ()
    assert received.text == "<m1@partner> was taken before; it was not taken twice."
    assert told.disposition == "processed/Warning: duplicate-document"
    assert told.is_positive and told.is_duplicate and told.mic


def test_receipt_is_called_back_where_that_is_asked() -> None:
    received = gateway().receive(incoming(sending(mdn="async", mdn_url="https://elsewhere.example/receipts")))

    assert (received.reply.status, received.reply.body) == (200, b"")
    assert received.later is not None
    assert received.later.url == "https://elsewhere.example/receipts"
    entity = mime.Entity.of_http(received.later.headers, received.later.body)
    assert mdn.parse(entity, Partner().keys()).disposition == "processed"
    assert received.later.headers["AS2-From"] == "HUB"


@pytest.mark.parametrize("url", ["https://elsewhere.example/", "mailto:a@b.example", "ftp://127.0.0.1/", "nonsense"])
def test_nobody_is_called_for_a_message_that_may_be_anybodys(url: str) -> None:
    """The headers of HTTP are signed by nobody: a call back to anywhere would be a gift to whoever writes them."""
    sent = replace(sending(), body=b"no message at all")

    received = gateway().receive(incoming(sent, **{"Receipt-Delivery-Option": url}))

    assert received.later is None
    assert receipt(received).disposition == "processed/error: decryption-failed"


def test_refusal_is_called_back_to_the_partners_own_host() -> None:
    sent = replace(sending(mdn="async", mdn_url="http://127.0.0.1:1/receipts"), body=b"no message at all")

    received = gateway().receive(incoming(sent))

    assert received.later is not None
    assert b"processed/error: decryption-failed" in received.later.body


def test_receipt_is_unsigned_or_left_out_as_asked() -> None:
    unsigned = gateway().receive(incoming(sending(mdn_signed=False)))
    none = gateway().receive(incoming(sending(mdn="none")))

    assert not receipt(unsigned).is_signed
    assert (none.reply.status, none.reply.body, len(none.files)) == (200, b"", 1)


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({"AS2-From": "STRANGER"}, "Expected AS2-From PARTNER, found STRANGER."),
        ({"AS2-From": "partner"}, "Expected AS2-From PARTNER, found partner."),
        ({"AS2-From": ""}, "Expected AS2-From PARTNER, found none."),
        ({"AS2-To": "ANOTHER"}, "Expected AS2-To HUB, found ANOTHER."),
    ],
)
def test_stranger_and_wrong_receiver_are_not_for_us(headers: dict[str, str], text: str) -> None:
    with pytest.raises(NotForUs) as caught:
        gateway().receive(incoming(sending(), **headers))

    assert str(caught.value) == text


def altered(sent: Sending) -> Sending:
    return replace(sent, body=sent.body.replace(b"PElu", b"PElU", 1))


def signed_by(name: str, days: int = 365) -> dict[str, str]:
    identity = made(name, days)
    return {"own_certificate": certificate_pem(identity), "private_key": key_pem(identity)}


def for_another() -> Sending:
    return Partner(hub_certificate=certificate_pem(made("Another"))).compose(b"x", "x", message_id="<m1@partner>")


def bomb() -> Sending:
    """A hundred megabytes and one byte, in a hundred kilobytes."""
    packed = compression.compress(b"\r\n" * (compression.LARGEST // 2 + 1))
    part = Part({"Content-Type": "application/pkcs7-mime; smime-type=compressed-data"}, packed)
    agreement = Partner().agreement()
    wrapping = agreement.wrapping(datetime.now(UTC))
    assert wrapping.signer
    signed = message.signed(part.inner(), wrapping.signer, "sha256", "seed")
    return Sending({**sending(encrypt="none").headers, **signed.headers}, signed.content)


@pytest.mark.parametrize(
    ("sent", "modifier", "text"),
    [
        (lambda: altered(sending(encrypt="none")), "integrity-check-failed",
         "The content is not what was signed: it was changed on the way."),
        (lambda: sending(sign="none"), "insufficient-message-security",
         "It is not signed, and from this partner it must be."),
        (lambda: replace(sending(), body=sending().body[:-40]), "decryption-failed",
         "Expected an encrypted message, found bytes that are none."),
        (lambda: replace(sending(), body=b"\x30\x80"), "decryption-failed",
         "Expected an encrypted message, found bytes that are none."),
        (for_another, "decryption-failed", "It is encrypted for another certificate than AS2 hub, number "),
        (bomb, "decompression-failed", "It unpacks to more than 100,000,000 bytes and was not unpacked."),
    ],
    ids=["altered", "unsigned", "cut", "rubbish", "for another", "bomb"],
)  # fmt: skip
def test_message_is_refused_for_what_is_wrong_with_it(sent: Callable[[], Sending], modifier: str, text: str) -> None:
    received = gateway(require_encrypted=False).receive(incoming(sent()))

    told = receipt(received)
    assert received.files == ()
    assert received.text.startswith(f"A message was refused: {text}")
    assert (told.disposition, told.mic, told.is_signed) == (f"processed/error: {modifier}", "", True)
    assert f"A message was refused: {told.text}" == received.text


def test_message_that_is_not_encrypted_is_refused_where_it_must_be() -> None:
    received = gateway().receive(incoming(sending(encrypt="none")))

    assert received.text == "A message was refused: It is not encrypted, and from this partner it must be."
    assert receipt(received).reason == "insufficient-message-security"


def test_signature_of_somebody_else_is_refused() -> None:
    received = gateway().receive(incoming(sending(**signed_by("Somebody else"))))

    assert received.text.startswith("A message was refused: It is signed by Somebody else, not by AS2 partner, number ")
    assert receipt(received).reason == "authentication-failed"


def test_key_of_somebody_else_under_the_partners_name_is_refused() -> None:
    """Issuer and number of the signer are the partner's; the key is not."""
    forged = gateway(partner_certificate=certificate_pem(made("AS2 partner", 364)))

    received = forged.receive(incoming(sending()))

    assert received.files == ()
    assert receipt(received).reason == "authentication-failed"


def test_partners_expired_certificate_is_refused_and_its_next_one_taken() -> None:
    expired, following = made("AS2 partner", -10), made("AS2 partner", 200)
    hub = gateway(
        partner_certificate=certificate_pem(expired), partner_next_certificate=certificate_pem(following),
    )  # fmt: skip
    by_next = {"own_certificate": certificate_pem(following), "private_key": key_pem(following)}

    taken = hub.receive(incoming(sending(**by_next)))
    refused = hub.receive(incoming(expired_sending()))

    assert [name for name, *_ in files(taken)] == ["in.xml"]
    assert refused.files == ()
    assert "It is signed with AS2 partner, number " in refused.text
    assert "a certificate that is not valid now (until " in refused.text


def expired_sending() -> Sending:
    """Signed as if nobody had noticed."""
    entity = Part({"Content-Type": "application/xml"}, CONTENT).inner()
    signed = message.signed(entity, made("AS2 partner", -10), "sha256", "seed")
    return Sending({**sending(encrypt="none").headers, **signed.headers}, signed.content)


def test_older_key_of_ours_still_opens_what_was_encrypted_for_it() -> None:
    new, old = made("AS2 hub", 500), made("AS2 hub")
    both = gateway(own_certificate=certificate_pem(new) + certificate_pem(old), private_key=key_pem(new) + key_pem(old))

    received = both.receive(incoming(sending()))

    assert [name for name, *_ in files(received)] == ["in.xml"]
    assert receipt(received, partner_certificate=certificate_pem(new)).is_signed


def test_nothing_is_taken_while_our_own_certificate_cannot_sign_the_receipt() -> None:
    expired = made("AS2 hub", -3)
    hub = gateway(own_certificate=certificate_pem(expired), private_key=key_pem(expired), require_encrypted=False)

    received = hub.receive(incoming(sending(encrypt="none")))

    assert (received.reply.status, received.reply.body) == (503, b"This message cannot be taken now.")
    assert received.files == ()
    assert received.text.startswith("Your certificate (AS2 hub, number ")
    assert " expired on " in received.text


def test_other_requests_are_answered_shortly() -> None:
    got = gateway().receive(Incoming("GET", {}, {}, Bytes(b""), lambda message_id: False))
    nameless = gateway().receive(incoming(sending(), **{"Message-ID": " "}))

    assert (got.reply.status, got.text) == (405, "Expected an AS2 message, sent by POST.")
    assert nameless.text == "A message was refused: Expected a Message-ID of at most 255 characters."


def test_unsigned_message_is_checked_by_the_digest_that_is_asked_for_or_sha1() -> None:
    lenient = gateway(require_signed=False)
    asked = lenient.receive(incoming(sending(sign="none")))
    unasked = lenient.receive(incoming(sending(sign="none", mdn_signed=False)))

    assert [receipt(one).digest for one in (asked, unasked)] == ["sha256", "sha1"]
    assert set(digests.ALL) == {"sha256", "sha384", "sha512", "sha1"}


def test_address_is_the_pair_of_ids_as_a_request_names_it() -> None:
    hub = gateway(own_id="My hub", partner_id='A "b"')
    headers = {"as2-from": '"A \\"b\\""', "as2-to": '"My hub"'}

    assert hub.address(hub.setup.values) == hub.address_of(headers) == '"A \\"b\\"" "My hub"'
    assert hub.address({}) == hub.address({"own_id": "Æ", "partner_id": "X"}) == ""
