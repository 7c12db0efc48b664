"""What can be wrong with a message or a receipt, by the names that receipts have for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from arhub.network.errors import NetworkError, PermanentError


class Modifier(StrEnum):
    """Why a message was not taken: RFC 4130, 7.5.3, RFC 5402, 5, and what is in general use for the last."""

    AUTHENTICATION = "authentication-failed"
    DECOMPRESSION = "decompression-failed"
    DECRYPTION = "decryption-failed"
    INTEGRITY = "integrity-check-failed"
    SECURITY = "insufficient-message-security"
    UNEXPECTED = "unexpected-processing-error"
    PARTNER = "unknown-trading-partner"


class As2Problem(PermanentError):
    """A message or a receipt that cannot be taken; the text is a sentence for people."""

    def __init__(self, text: str, modifier: Modifier = Modifier.UNEXPECTED) -> None:
        super().__init__(text)
        self.modifier = modifier


@contextmanager
def reading(what: str, modifier: Modifier = Modifier.UNEXPECTED) -> Iterator[None]:
    """Around all that takes a partner's bytes apart. The libraries raise whatever such bytes lead them to, KeyError or
    RecursionError; it all means that this is not what it should be."""
    try:
        yield
    except NetworkError:
        raise
    except Exception as error:
        raise As2Problem(f"Expected {what}, found bytes that are none.", modifier) from error
