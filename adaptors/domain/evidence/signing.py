"""The hub's signature: Ed25519, so that whoever has the public key checks it, and nobody else makes it."""

from __future__ import annotations

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

ALGORITHM = "Ed25519"
KEY_BYTES = 32


def public_key() -> str:
    """The hub's own, in base64."""
    return base64.b64encode(_private().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def sign(content: bytes) -> str:
    """In base64; the same for the same content."""
    return base64.b64encode(_private().sign(content)).decode()


def is_signed(content: bytes, signature: str, public: str) -> bool:
    """Whether the signature over the content is of the key. Anything that is no signature or no key is not."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True))
        key.verify(base64.b64decode(signature, validate=True), content)
    except (ValueError, InvalidSignature):
        return False
    return True


def is_key(text: str) -> bool:
    """Whether a text is written as a public key is: 32 bytes in base64."""
    try:
        return len(base64.b64decode(text, validate=True)) == KEY_BYTES
    except ValueError:
        return False


def _private() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(settings.EVIDENCE_KEY)
