"""Keys of servers and of users: read, compared, told."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import re
from typing import Any

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from arhub.network.errors import ConfigError

KINDS = {
    "ssh-ed25519": "Ed25519",
    "ecdsa-sha2-nistp256": "ECDSA",
    "ecdsa-sha2-nistp384": "ECDSA",
    "ecdsa-sha2-nistp521": "ECDSA",
    "ssh-rsa": "RSA",
}
CLASSES: dict[type, type[paramiko.PKey]] = {
    RSAPrivateKey: paramiko.RSAKey,
    Ed25519PrivateKey: paramiko.Ed25519Key,
    EllipticCurvePrivateKey: paramiko.ECDSAKey,
}
_HOST_KEY = re.compile(rf"({'|'.join(KINDS)})[ \t]+([A-Za-z0-9+/]+=*)")


def told(key: str) -> str:
    """The kind and fingerprint of "type base64", as ssh-keygen shows it."""
    kind, encoded = key.split()
    digest = base64.b64encode(hashlib.sha256(base64.b64decode(encoded)).digest()).decode().rstrip("=")
    return f"{KINDS.get(kind, kind)} key SHA256:{digest}"


def pinned(text: str) -> tuple[str, ...]:
    """The keys in what a person confirmed or pasted, which may be lines of a known_hosts file, each as "type base64".
    Raises ConfigError when there is none."""
    found = [f"{kind} {encoded}" for kind, encoded in _HOST_KEY.findall(text) if _is_whole(kind, encoded)]
    if text.strip() and not found:
        raise ConfigError(
            "The host key cannot be read: expected a line such as ssh-ed25519 AAAAC3Nza…, or nothing, to be asked "
            "when the server shows its key."
        )
    return tuple(dict.fromkeys(found))


def _is_whole(kind: str, encoded: str) -> bool:
    """Within a key stands its kind once more."""
    try:
        content = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return False
    return content[4 : 4 + len(kind)] == kind.encode()


def private_key(text: str, passphrase: str) -> paramiko.PKey:
    """A key in OpenSSH's format or PEM. Raises ConfigError that says what is wrong with it."""
    text = text.strip() + "\n"
    if text.startswith("PuTTY-User-Key-File"):
        raise ConfigError("The private key is PuTTY's: export it in PuTTYgen as an OpenSSH key, and enter that.")
    if _HOST_KEY.match(text) or "PUBLIC KEY" in text.partition("\n")[0]:
        raise ConfigError("This is the public half of a key, which the server gets. Expected the private one here.")
    loaded = _loaded(text.encode(), passphrase.encode())
    kind = next((kind for kind in CLASSES if isinstance(loaded, kind)), None)
    if kind is None:
        raise ConfigError("The private key is of a kind that is not used any more: expected Ed25519, ECDSA or RSA.")
    plain = loaded.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    return CLASSES[kind].from_private_key(io.StringIO(plain.decode()))


def _loaded(text: bytes, passphrase: bytes) -> Any:
    read = serialization.load_ssh_private_key if b"BEGIN OPENSSH" in text else serialization.load_pem_private_key
    for password in dict.fromkeys((passphrase or None, None)):  # one that needs no passphrase refuses any
        try:
            return read(text, password)
        except TypeError:
            continue
        except (ValueError, UnsupportedAlgorithm):
            reason = "its passphrase is another one" if password else "expected it whole, in OpenSSH's format or PEM"
            raise ConfigError(f"The private key cannot be read: {reason}.") from None
    raise ConfigError("The private key has a passphrase: enter it beside the key.")
