"""AES-256-GCM. What is stored reads `v1.<id of the key>.<nonce and ciphertext in base64>`, and is bound to the place it
stands in: moved to another column, or to another tenant's row, it does not open."""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

VERSION = "v1"
NONCE_BYTES = 12
VARIABLE = "ARHUB_SECRET_KEYS"


class Unreadable(Exception):
    """A stored secret does not open. The text says why and what helps; it holds no secret."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret stands. Tenant 0 is a table that belongs to none."""

    table: str
    column: str
    tenant_id: int

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"

    def __bytes__(self) -> bytes:
        return f"{self.table}.{self.column}.{self.tenant_id}".encode()


def seal(text: str, place: Place) -> str:
    """Encrypt with the newest key."""
    name, cipher = next(iter(_ring(tuple(settings.SECRET_KEYS)).items()))
    nonce = os.urandom(NONCE_BYTES)
    packed = urlsafe_b64encode(nonce + cipher.encrypt(nonce, text.encode(), bytes(place)))
    return f"{VERSION}.{name}.{packed.decode('ascii')}"


def unseal(sealed: str, place: Place) -> str:
    """Raises Unreadable."""
    ring = _ring(tuple(settings.SECRET_KEYS))
    name = key_of(sealed)
    if name not in ring:
        raise Unreadable(
            f"What stands in {place} was encrypted with the key {name or '?'}, which is not among {VARIABLE}"
            f" ({', '.join(ring)}): put that key back, behind the newest."
        )
    try:
        packed = urlsafe_b64decode(sealed.rpartition(".")[2])
        return ring[name].decrypt(packed[:NONCE_BYTES], packed[NONCE_BYTES:], bytes(place)).decode()
    except (InvalidTag, Error, ValueError):
        raise Unreadable(f"What stands in {place} was damaged, or moved there from elsewhere: enter it anew.") from None


def key_of(sealed: str) -> str:
    """The id of the key it was encrypted with; empty when it is nothing of ours."""
    version, _, rest = sealed.partition(".")
    return rest.partition(".")[0] if version == VERSION else ""


def key_ids() -> list[str]:
    """Of all keys, newest first. An id tells nothing about its key."""
    return list(_ring(tuple(settings.SECRET_KEYS)))


@lru_cache(maxsize=8)
def _ring(keys: tuple[bytes, ...]) -> dict[str, AESGCM]:
    return {sha256(b"arhub key id" + key).hexdigest()[:8]: AESGCM(key) for key in keys}
