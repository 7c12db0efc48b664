"""Keys of users in every form, and passwords."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from arhub.network.errors import ConfigError
from connectors.gateways.sftp import keys
from tests.connectors.gateways.faults.ways import SSHD
from tests.contracts.gateway_contract import parcel
from tests.servers.sshd import made_key, sshd

PASSWORD = "a long enough word 7"
FORMS = [
    ("ed25519", "RFC4716"), ("ecdsa", "RFC4716"), ("rsa", "RFC4716"), ("ecdsa", "PEM"), ("rsa", "PEM"),
    ("ecdsa", "PKCS8"), ("rsa", "PKCS8"),
]  # fmt: skip


@pytest.mark.parametrize("passphrase", ["", "with a phrase"], ids=["open", "locked"])
@pytest.mark.parametrize(("kind", "form"), FORMS)
def test_key_of_every_form_signs_in(kind: str, form: str, passphrase: str, tmp_path: Path) -> None:
    private, public = made_key(kind, "own", passphrase, form)

    with (
        sshd(tmp_path, keys=(public,)) as server,
        SSHD.make(server, private_key=private, passphrase=passphrase) as gateway,
    ):
        gateway.deliver(parcel())

        assert server.stored() == [("a.xml", b"<a/>")]


def test_passphrase_of_a_key_that_has_none_does_no_harm() -> None:
    assert keys.private_key(made_key("ed25519", "own")[0], "anything").get_name() == "ssh-ed25519"


@pytest.mark.parametrize(
    ("kind", "form", "passphrase", "said"),
    [
        ("ed25519", "RFC4716", "wrong", "its passphrase is another one"),
        ("rsa", "PEM", "wrong", "its passphrase is another one"),
        ("ed25519", "RFC4716", "", "has a passphrase"),
        ("rsa", "PEM", "", "has a passphrase"),
    ],
)
def test_locked_key_is_told_without_showing_anything(kind: str, form: str, passphrase: str, said: str) -> None:
    private = made_key(kind, "own", "right", form)[0]

    with pytest.raises(ConfigError) as caught:
        keys.private_key(private, passphrase)

    assert said in str(caught.value)
    assert private[60:80] not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", "PuTTYgen"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGQ user@example.com", "the public half"),
        ("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----", "the public half"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE", "cannot be read"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow", "cannot be read"),
        ("hello", "cannot be read"),
    ],
)
def test_key_that_is_none_is_told(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        keys.private_key(text, "")

    assert said in str(caught.value)


def test_nothing_to_sign_in_with_is_told(tmp_path: Path) -> None:
    with sshd(tmp_path) as server, pytest.raises(ConfigError) as caught:
        SSHD.make(server, private_key="").deliver(parcel())

    assert "Enter a password or a private key" in str(caught.value)


def test_password_where_only_keys_are_taken_is_told(tmp_path: Path) -> None:
    with sshd(tmp_path) as server, pytest.raises(ConfigError) as caught:
        SSHD.make(server, private_key="", password=PASSWORD).deliver(parcel())

    assert "it takes publickey" in str(caught.value)


@pytest.mark.parametrize("has_key", [False, True], ids=["alone", "after a key"])
def test_password_signs_in_and_another_does_not(has_key: bool, tmp_path: Path) -> None:
    private_key = made_key("ed25519", "stranger")[0] if has_key else ""
    with sshd(tmp_path, password=True, prefix=with_password(tmp_path)) as server:
        with SSHD.make(server, private_key=private_key, password=PASSWORD) as gateway:
            gateway.deliver(parcel())
        with pytest.raises(ConfigError) as caught:
            SSHD.make(server, private_key=private_key, password="not the one").deliver(parcel())

        assert server.stored() == [("a.xml", b"<a/>")]
        assert "does not accept the user" in str(caught.value)
        assert "not the one" not in str(caught.value)


def with_password(folder: Path) -> tuple[str, ...]:
    """What to start a server with, so that root has a password for it: it alone sees another /etc/shadow."""
    trial = ["unshare", "--mount", "--propagation", "private", "true"]
    if os.geteuid() != 0 or shutil.which("unshare") is None or subprocess.run(trial, capture_output=True).returncode:
        pytest.skip("A server with passwords of its own takes root, and a kernel that lets it have its own mounts.")
    hashed = subprocess.run(["openssl", "passwd", "-6", PASSWORD], check=True, capture_output=True, text=True).stdout
    (shadow := folder / "shadow").write_text(f"root:{hashed.strip()}:20000:0:99999:7:::\n")
    mount = f'mount --bind {shadow} /etc/shadow && exec "$@"'
    return ("unshare", "--mount", "--propagation", "private", "sh", "-c", mount, "sh")
