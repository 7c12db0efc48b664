"""How a secure connection is verified. There is no way to leave it out."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from functools import cache
from tempfile import NamedTemporaryFile

from requests.certs import where

from arhub.network.errors import ConfigError

NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE")
"""What OpenSSL says of an answer that is not TLS."""


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM texts. `authorities` are trusted instead of the public ones; `certificate` (with those between it and its
    authority) and `key` are shown to a server that asks who calls."""

    authorities: str = ""
    certificate: str = ""
    key: str = field(default="", repr=False)

    def context(self) -> ssl.SSLContext:
        """Raises ConfigError when a text is no PEM, or the key belongs to another certificate."""
        if self == Tls():
            return _public()
        try:
            made = ssl.create_default_context(cadata=self.authorities) if self.authorities else _made_public()
        except (ssl.SSLError, ValueError):
            text = "The trusted authorities: expected PEM that begins with -----BEGIN CERTIFICATE-----."
            raise ConfigError(text) from None
        if self.certificate or self.key:
            _show(made, self.certificate, self.key)
        return made


def why_not_secured(error: ssl.SSLError) -> str:
    """In words that end a sentence, without its full stop; empty where nobody knows."""
    if error.reason in NO_TLS:
        return "it does not speak TLS on this port"
    text = getattr(error, "verify_message", "") or (error.reason or "").replace("_", " ").lower()
    return str(text).rstrip(".")


def _show(context: ssl.SSLContext, certificate: str, key: str) -> None:
    """OpenSSL reads them from a file only: one that nobody else may read, for as long as that takes."""
    with NamedTemporaryFile("w", encoding="ascii", errors="replace") as file:
        file.write(f"{certificate.strip()}\n{key.strip()}\n")
        file.flush()
        try:
            context.load_cert_chain(file.name, password="")
        except (ssl.SSLError, ValueError):
            text = "expected both in PEM, the key without a password, and the certificate made for it"
            raise ConfigError(f"The client certificate and its key cannot be used: {text}.") from None


def _made_public() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=where())


@cache
def _public() -> ssl.SSLContext:
    """Reading all public authorities takes longer than most requests."""
    return _made_public()
