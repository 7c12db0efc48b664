"""What is made here, openssl opens; what openssl makes is opened here."""

from __future__ import annotations

import base64
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.gateways.as2 import message, mime
from connectors.gateways.as2.agreement import Agreement
from connectors.gateways.as2.mdn import Notification, build
from connectors.gateways.base import Bytes, Incoming
from connectors.simulators.as2_partner.keys import certificate_pem, key_pem
from tests.connectors.gateways.as2.place import HUB, PARTNER, gateway, values
from tests.servers.programs import program

CONTENT = b"LF\nCRLF\r\nand no end \xc3\xa6 \x00\xff"
FILE = mime.head({
    "Content-Type": "application/xml", "Content-Transfer-Encoding": "base64",
    "Content-Disposition": 'attachment; filename="INV-2.xml"',
}) + mime.as_base64(CONTENT)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, identity in (("hub", HUB), ("partner", PARTNER)):
        (tmp_path / f"{name}.pem").write_text(certificate_pem(identity))
        (tmp_path / f"{name}.key").write_text(key_pem(identity))
    return tmp_path


def cms(folder: Path, content: bytes, *arguments: str) -> bytes:
    command = [program("openssl"), "cms", *arguments]
    done = subprocess.run(command, cwd=folder, input=content, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def made(**given: Any) -> message.Built:
    wrapping = Agreement(values("https://as2.example", **given)).wrapping(datetime.now(UTC))
    return message.build(CONTENT, "INV-1.xml", "application/xml", wrapping, "seed")


def as_smime(content: bytes, content_type: str) -> bytes:
    return mime.head({"MIME-Version": "1.0", "Content-Type": content_type}) + content


VERIFY = ("-verify", "-inform", "SMIME", "-CAfile", "hub.pem", "-purpose", "any")


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("cipher", ["aes256", "aes128"])
def test_openssl_decrypts_and_verifies_what_is_sent(folder: Path, cipher: str, digest: str) -> None:
    built = made(encrypt=cipher, sign=digest)

    decrypted = cms(folder, built.body, "-decrypt", "-inform", "DER", "-recip", "partner.pem", "-inkey", "partner.key")
    verified = cms(folder, decrypted, *VERIFY)

    assert mime.Entity.of(verified).content == CONTENT
    assert mime.Entity.of(verified).file_name == "INV-1.xml"


def test_openssl_refuses_what_was_altered(folder: Path) -> None:
    built = made(encrypt="none")
    altered = built.body.replace(b"TEYK", b"TEYL", 1)
    assert altered != built.body

    done = subprocess.run(
        ["openssl", "cms", *VERIFY], cwd=folder, input=as_smime(altered, built.headers["Content-Type"]),
        capture_output=True, timeout=60,
    )  # fmt: skip

    assert done.returncode != 0
    assert b"Verification failure" in done.stderr


def test_openssl_verifies_receipts(folder: Path) -> None:
    told = Notification("<1@partner>", "processed", "HUB", "AAAA", "sha256", "Taken.")

    part = build(told, "seed", HUB, "sha256")
    verified = cms(folder, as_smime(part.content, part.headers["Content-Type"]), *VERIFY)

    assert b"Original-Message-ID: <1@partner>\r\n" in verified


@pytest.mark.parametrize("line_ends", [("-binary",), ("-crlfeol", "-binary"), ("-crlfeol",), ()], ids=str)
@pytest.mark.parametrize("how", [("-md", "sha256"), ("-md", "sha512", "-keyid"), ("-noattr",)], ids=str)
def test_what_openssl_signs_and_encrypts_is_taken(
    folder: Path, line_ends: tuple[str, ...], how: tuple[str, ...]
) -> None:
    sign = ("-sign", "-signer", "partner.pem", "-inkey", "partner.key", "-outform", "SMIME")
    signed = cms(folder, FILE, *sign, *how, *line_ends)

    encrypted = cms(folder, signed, "-encrypt", "-binary", "-aes256", "-outform", "DER", "-recip", "hub.pem")
    received = gateway().receive(incoming(encrypted, "application/pkcs7-mime; smime-type=enveloped-data"))

    assert received.text == f"Took in INV-2.xml, {len(CONTENT)} bytes, signed and encrypted."
    assert [file.content.open().read() for file in received.files] == [CONTENT]


@pytest.mark.parametrize(
    "how",
    [("-aes128",), ("-aes192", "-keyid"), ("-aes256", "-keyopt", "rsa_padding_mode:oaep"),
     ("-aes256", "-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256")],
    ids=str,
)  # fmt: skip
def test_what_openssl_only_encrypts_is_taken_where_that_is_agreed(folder: Path, how: tuple[str, ...]) -> None:
    recipient = ("-recip", "hub.pem")
    arguments = (*how[:1], *recipient, *how[1:]) if "-keyopt" not in how else (how[0], *recipient, *how[1:])

    encrypted = cms(folder, FILE, "-encrypt", "-binary", "-outform", "DER", *arguments)
    received = gateway(require_signed=False).receive(incoming(encrypted, "application/pkcs7-mime"))

    assert [file.content.open().read() for file in received.files] == [CONTENT]


def test_outdated_ways_are_taken_only_where_that_is_agreed(folder: Path) -> None:
    sign = ("-sign", "-signer", "partner.pem", "-inkey", "partner.key", "-outform", "SMIME", "-md", "sha1", "-crlfeol")
    signed = cms(folder, FILE, *sign, "-binary")
    encrypted = cms(folder, signed, "-encrypt", "-binary", "-des3", "-outform", "DER", "-recip", "hub.pem")
    only_signed = cms(folder, signed, "-encrypt", "-binary", "-aes256", "-outform", "DER", "-recip", "hub.pem")
    kind = "application/pkcs7-mime; smime-type=enveloped-data"

    texts = [gateway().receive(incoming(one, kind)).text for one in (encrypted, only_signed)]
    lenient = gateway(outdated=True).receive(incoming(encrypted, kind))

    assert texts == [
        "A message was refused: It is encrypted with tripledes_3key, which is not taken from this partner.",
        "A message was refused: It is signed with sha1, which is not taken from this partner.",
    ]
    assert [file.content.open().read() for file in lenient.files] == [CONTENT]


def test_signature_that_openssl_put_around_its_content_is_refused(folder: Path) -> None:
    opaque = cms(
        folder, FILE, "-sign", "-nodetach", "-signer", "partner.pem", "-inkey", "partner.key", "-outform", "DER",
        "-binary",
    )  # fmt: skip

    received = gateway(require_encrypted=False).receive(incoming(opaque, "application/pkcs7-mime"))

    assert received.text == "A message was refused: Expected an encrypted or compressed message, found signed_data."


def incoming(body: bytes, content_type: str) -> Incoming:
    headers = {
        "as2-from": "PARTNER", "as2-to": "HUB", "message-id": "<openssl@partner>", "content-type": content_type,
        "disposition-notification-to": "PARTNER",
    }  # fmt: skip
    return Incoming("POST", headers, {}, Bytes(body), lambda message_id: False)


def test_file_is_in_base64_whatever_is_around_it() -> None:
    assert base64.b64encode(CONTENT) in made(sign="sha256", encrypt="none").body
