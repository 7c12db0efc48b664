"""Signatures of webhooks, as standardwebhooks.com describes them (version 1.0.0, symmetric)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

BEGINNING = "whsec_"
KEY_BYTES = 32


def new_key() -> str:
    """A signing key as a receiver is given it."""
    return BEGINNING + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def sign(key: str, identity: str, timestamp: int, content: bytes) -> str:
    """The signature of an attempt over the bytes as they are sent; `timestamp` in seconds since 1970."""
    message = f"{identity}.{timestamp}.".encode() + content
    digest = hmac.digest(base64.b64decode(key.removeprefix(BEGINNING)), message, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"
