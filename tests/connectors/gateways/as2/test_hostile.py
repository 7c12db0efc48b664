"""Whatever comes, what is raised says in a sentence what is wrong with it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.gateways.as2 import certificates, compression, mdn, message, mime, signing
from connectors.gateways.as2.gateway import As2Gateway
from connectors.gateways.as2.mdn import Notification
from connectors.gateways.as2.problems import As2Problem
from connectors.gateways.base import Bytes, Incoming, Received
from connectors.simulators.as2_partner.partner import Partner, Sending
from tests.connectors.gateways.as2.place import HUB, PARTNER, gateway

FEW = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


@cache
def samples() -> tuple[Sending, ...]:
    """A message in each wrapping, and receipts."""
    partner = Partner()
    ways = ({}, {"encrypt": "none"}, {"encrypt": "none", "compress": "before"}, {"sign": "none", "compress": "after"},
            {"sign": "none", "encrypt": "none", "compress": "before"}, {"sign": "none", "encrypt": "none"})  # fmt: skip
    found = [partner.compose(b"<a/>\n" * 40, "a.xml", message_id="<m@partner>", **way) for way in ways]
    told = Notification("<parcel-1@hub>", "processed", "PARTNER", "AAAA", "sha256", "Taken.")
    for signer in (PARTNER, None):
        part = mdn.build(told, "seed", signer, "sha256")
        found.append(Sending({**found[0].headers, **part.headers}, part.content))
    return tuple(found)


@cache
def hub() -> As2Gateway:
    return gateway(require_signed=False, require_encrypted=False, outdated=True)


def received(sent: Sending, body: bytes, headers: dict[str, str] | None = None) -> Received:
    found = {name.lower(): value for name, value in {**sent.headers, **(headers or {})}.items()}
    return hub().receive(Incoming("POST", found, {}, Bytes(body), lambda message_id: False))


def is_told(found: Received) -> bool:
    """An answer and a sentence, without the language of machines."""
    return found.reply.status in (200, 400) and found.text.endswith(".") and "Error" not in found.text


@FEW
@given(st.data())
def test_altered_bytes_are_told_in_a_sentence(data: st.DataObject) -> None:
    sent = data.draw(st.sampled_from(samples()))
    body = bytearray(sent.body)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))

    assert is_told(received(sent, bytes(body)))


@FEW
@given(st.data())
def test_one_altered_byte_of_what_is_signed_is_never_taken(data: st.DataObject) -> None:
    """The line ends of base64 and what follows the last boundary may be others; what is taken are the signed bytes."""
    sent = samples()[1]
    body = bytearray(sent.body)
    at = data.draw(st.integers(0, len(body) - 1))
    body[at] = data.draw(st.integers(0, 255).filter(lambda value: value != body[at]))

    found = received(sent, bytes(body))

    assert [file.content.open().read() for file in found.files] in ([], [b"<a/>\n" * 40])


@FEW
@given(st.binary(max_size=400), st.sampled_from([
    "multipart/signed; boundary=b", "multipart/signed", "multipart/report; boundary=b", "application/pkcs7-mime",
    "application/pkcs7-mime; smime-type=compressed-data", "text/plain", "multipart/report; boundary*0*=x''%zz", "",
    "application/pkcs7-mime; name*=nonsense''%ff", "multipart/signed; boundary*1=b; boundary*0=\"",
]), st.sampled_from(["", "base64", "quoted-printable", "8bit", "x"]))  # fmt: skip
def test_any_bytes_of_any_kind_are_told_in_a_sentence(body: bytes, kind: str, encoding: str) -> None:
    headers = {"Content-Type": kind, "Content-Transfer-Encoding": encoding}

    assert is_told(received(samples()[0], body, headers))


@FEW
@given(
    st.sampled_from(
        ("Content-Disposition", "Disposition-Notification-Options", "Receipt-Delivery-Option", "Message-ID")
    ),
    st.sampled_from(("{}", "attachment; filename={}", "attachment; filename*={}", 'attachment; filename="=?{}?="')),
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=60),
)
def test_any_headers_are_told_in_a_sentence(name: str, form: str, text: str) -> None:
    plain = samples()[5]

    assert is_told(received(plain, plain.body, {name: form.format(text)}))


@FEW
@given(st.binary(max_size=300))
def test_what_takes_bytes_apart_raises_our_errors_only(raw: bytes) -> None:
    keys = message.Keys((HUB,), (PARTNER.certificate,), datetime.now(UTC))
    calls = (
        lambda: signing.verify(b"x", raw, keys.accepted),
        lambda: compression.decompress(raw),
        lambda: mdn.parse(mime.Entity.of(b"Content-Type: multipart/report; boundary=b\r\n\r\n" + raw), keys),
        lambda: mime.Entity.of(raw).content,
        lambda: mime.from_base64(raw),
    )

    for call in calls:
        try:
            call()
        except As2Problem as problem:
            assert str(problem).endswith(".")


@pytest.mark.parametrize("kind", ["enveloped-data", "compressed-data"])
def test_deep_nesting_ends(kind: str) -> None:
    """Wrappings in wrappings, and DER in DER."""
    part = message.Part({"Content-Type": "text/plain"}, b"x")
    for _ in range(6):
        part = message.compressed(part)
    nested = received(samples()[0], part.content, {"Content-Type": f"application/pkcs7-mime; smime-type={kind}"})
    deep = received(samples()[0], b"\x30\x80" * 20_000, {"Content-Type": "application/pkcs7-mime"})

    assert nested.text.startswith("A message was refused: Expected a file in at most three wrappings")
    assert deep.text == "A message was refused: Expected an encrypted message, found bytes that are none."


def test_certificates_do_not_tell_the_key() -> None:
    assert "key" not in repr(certificates.Identity(HUB.certificate, HUB.key)).replace("public_key", "")
