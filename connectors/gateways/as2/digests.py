"""Digests by the names that messages, receipts and certificates have for them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping

from cryptography.hazmat.primitives import hashes

STRONG: Mapping[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512(),
}  # fmt: skip
OUTDATED: Mapping[str, hashes.HashAlgorithm] = {"sha1": hashes.SHA1()}
ALL = {**STRONG, **OUTDATED}


def canonical(name: str) -> str:
    """SHA-256, sha256 and rsa-sha256 are one."""
    return name.strip().lower().replace("rsa-", "").replace("-", "").replace("_", "")


def wire_name(name: str) -> str:
    """sha256 as RFC 5751, 3.4.3.2 writes it."""
    return name.replace("sha", "sha-")


def first_known(names: Iterable[str], otherwise: str) -> str:
    return next((found for name in names if (found := canonical(name)) in ALL), otherwise)


def mic(content: bytes, digest: str) -> str:
    """The message integrity check of RFC 4130, 7.3.1, without the name of the digest."""
    return base64.b64encode(hashlib.new(digest, content).digest()).decode()
