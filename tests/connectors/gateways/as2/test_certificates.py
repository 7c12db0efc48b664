"""Certificates as people paste them, and Test connection, which says how they stand."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from cryptography.x509 import Certificate
from cryptography.x509.oid import NameOID

from arhub.network.errors import ConfigError, NotTrusted
from connectors.gateways.as2.certificates import load_certificate, load_identities, name_of
from connectors.gateways.base import Bytes, Parcel
from connectors.simulators.as2_partner.keys import certificate_pem, key_pem, made
from tests.arhub.network.servers import made_for
from tests.connectors.gateways.as2.place import HUB, PARTNER, gateway, partner
from tests.contracts.gateway_contract import parcel


def issued(name: str, issuer: str, public_key: Any, signing_key: Any) -> Certificate:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        issuer_name=named(issuer), subject_name=named(name), public_key=public_key, serial_number=7,
        not_valid_before=now - timedelta(days=1), not_valid_after=now + timedelta(days=9),
    )  # fmt: skip
    return builder.sign(signing_key, hashes.SHA256())


def pem(certificate: Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def test_certificate_is_read_in_pem_and_in_base64_of_der() -> None:
    der = base64.encodebytes(HUB.certificate.public_bytes(Encoding.DER)).decode()

    found = [
        load_certificate(text, "It")
        for text in (certificate_pem(HUB), f"\nBag Attributes\n{certificate_pem(HUB)}", der)
    ]

    assert found == [HUB.certificate] * 3


def test_authority_beside_a_certificate_is_left_aside() -> None:
    leaf = issued("Leaf", "AS2 hub", PARTNER.key.public_key(), HUB.key)

    assert load_certificate(certificate_pem(HUB) + pem(leaf), "It") == leaf


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rubbish", "It: expected PEM that begins with -----BEGIN CERTIFICATE-----."),
        ("", "It: expected PEM that begins with -----BEGIN CERTIFICATE-----."),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
         "It: expected PEM that begins with -----BEGIN CERTIFICATE-----."),
        (key_pem(HUB), "It: expected PEM that begins with -----BEGIN CERTIFICATE-----."),
        (certificate_pem(HUB) + certificate_pem(PARTNER),
         "It: expected one certificate, found 2 of which none issued the others."),
    ],
    ids=["rubbish", "nothing", "broken", "a key", "two"],
)  # fmt: skip
def test_what_is_no_certificate_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_certificate(text, "It")

    assert str(caught.value) == said


def test_certificate_that_cannot_encrypt_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1())

    with pytest.raises(ConfigError) as caught:
        load_certificate(pem(issued("Curve", "Curve", key.public_key(), key)), "It")

    assert str(caught.value) == "It: expected a certificate with an RSA key of at least 1024 bits."


def test_keys_find_their_certificates() -> None:
    found = load_identities(certificate_pem(HUB) + certificate_pem(PARTNER), key_pem(PARTNER) + key_pem(HUB))

    assert [one.certificate for one in found] == [HUB.certificate, PARTNER.certificate]


def test_key_that_cannot_be_used_is_told_without_showing_it() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    hidden = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")).decode()
    said = []

    for text in ("rubbish", hidden, key_pem(PARTNER), hidden.replace("ENCRYPTED ", "")):
        with pytest.raises(ConfigError) as caught:
            load_identities(certificate_pem(HUB), text)
        said.append(str(caught.value))

    assert said == [
        "Your private key: expected PEM, which begins with five hyphens and BEGIN PRIVATE KEY.",
        "Your private key: expected PEM without a password.",
        "Your private key belongs to another certificate than yours.",
        "Your private key: expected PEM without a password.",
    ]


# --- Test connection ----------------------------------------------------------------------------------------------


def test_checks_say_how_everything_stands() -> None:
    with partner() as running:
        said = [check.run() for check in gateway(running.url).checks()]
        host = running.url.removeprefix("http://")

        until = [f"{one.certificate.not_valid_after_utc:%Y-%m-%d}" for one in (HUB, PARTNER)]
        assert said == [
            "HUB sends to PARTNER; receipts: at once.",
            f"The private key is right. Your certificate ({name_of(HUB.certificate)}) is valid until {until[0]}.",
            f"The partner's certificate ({name_of(PARTNER.certificate)}) is valid until {until[1]}.",
            f"{host} answers without TLS. No message was sent.",
        ]
        assert running.simulator.state()["messages"] == 0


def test_partners_web_server_has_to_be_trusted(tmp_path: Path) -> None:
    own = made_for("127.0.0.1")
    with partner() as running:
        server = running._server
        server.socket = own.server_context(tmp_path).wrap_socket(server.socket, server_side=True)
        url = running.url.replace("http:", "https:")
        trusting = gateway(url, authorities=own.certificate)

        said = trusting.checks()[-1].run()
        receipt = trusting.deliver(parcel())
        with pytest.raises(NotTrusted) as caught:
            gateway(url).deliver(parcel(identity="2"))

        host = url.removeprefix("https://")
        assert said == f"{host} answers over TLS. No message was sent."
        assert receipt.kind == "mdn"
        assert str(caught.value) == f"No secure connection to {host}: self-signed certificate."
        assert running.simulator.state()["messages"] == 1


@pytest.mark.parametrize(("days", "text"), [(30, "29 days"), (2, "1 day")])
def test_certificate_that_soon_ends_is_warned_of(days: int, text: str) -> None:
    soon = made("Soon", days)

    said = gateway(own_certificate=certificate_pem(soon), private_key=key_pem(soon)).checks()[1].run()

    assert said.endswith(f" Warning: it expires in {text}; agree on a new one now.")


def test_nothing_is_sent_with_an_expired_certificate_of_ours() -> None:
    expired = made("AS2 hub", -3)
    with partner() as running:
        hub = gateway(running.url, own_certificate=certificate_pem(expired), private_key=key_pem(expired))
        said = []
        for call in (hub.checks()[1].run, lambda: hub.deliver(parcel())):
            with pytest.raises(ConfigError) as caught:
                call()
            said.append(str(caught.value))

        on = f"{expired.certificate.not_valid_after_utc:%Y-%m-%d}"
        text = f"Your certificate ({name_of(expired.certificate)}) expired on {on}: a new one is needed."
        assert said == [text, text]
        assert running.simulator.counts["requests"] == 0


def test_nothing_is_encrypted_for_an_expired_certificate_of_the_partners() -> None:
    expired = made("AS2 partner", -10)
    with partner() as running, pytest.raises(ConfigError) as caught:
        gateway(running.url, partner_certificate=certificate_pem(expired)).deliver(parcel())

    on = f"{expired.certificate.not_valid_after_utc:%Y-%m-%d}"
    assert str(caught.value) == (
        f"The partner's certificate ({name_of(expired.certificate)}) expired on {on}: a new one is needed."
    )


def test_partners_next_certificate_is_used_once_the_first_has_expired() -> None:
    expired = made("AS2 partner", -10)
    with partner() as running:
        hub = gateway(
            running.url, partner_certificate=certificate_pem(expired), partner_next_certificate=certificate_pem(PARTNER)
        )

        receipt = hub.deliver(parcel())
        said = hub.checks()[2].run()

    on = f"{expired.certificate.not_valid_after_utc:%Y-%m-%d}"
    assert receipt.text == "The partner took it; its signed receipt confirms the very bytes."
    assert said.startswith(f"The partner's certificate expired on {on}; the next one is used.")


def test_next_certificate_that_is_not_valid_yet_is_no_problem() -> None:
    coming = made("AS2 partner", 3 * 365)

    said = gateway(partner_next_certificate=certificate_pem(coming)).checks()[2].run()

    since = f"{coming.certificate.not_valid_before_utc:%Y-%m-%d}"
    assert said.endswith(f" The partner's next certificate is valid from {since}.")


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"own_certificate": "", "private_key": ""},
         "Your certificate and private key are missing, and messages are to be signed."),
        ({"partner_certificate": ""}, "The partner's certificate is missing, and messages are to be encrypted."),
        ({"partner_certificate": "", "encrypt": "none"},
         "The partner's certificate is missing: what the partner signs cannot be checked."),
        ({"own_id": "Æ"}, "Your AS2 id: expected 1 to 128 characters of ASCII, found 'Æ'."),
        ({"partner_id": ""}, "The partner's AS2 id: expected 1 to 128 characters of ASCII, found ''."),
        ({"mdn": "async"}, "Receipts are to come later: the address at which the partner calls back is missing."),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_missing_is_told(given: dict[str, str], text: str) -> None:
    with partner() as running, pytest.raises(ConfigError) as caught:
        for check in gateway(running.url, **given).checks():
            check.run()

    assert str(caught.value) == text


def test_file_that_is_too_large_is_told_before_anything_is_read() -> None:
    class Large(Bytes):
        @property
        def size(self) -> int:
            return 50_000_001

    with pytest.raises(ConfigError) as caught:
        gateway().deliver(Parcel("large", "large.xml", Large(b"")))

    assert str(caught.value) == "large.xml has more than 50,000,000 bytes, the most that is sent over AS2."
