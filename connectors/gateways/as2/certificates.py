"""Certificates and keys as people paste them: in PEM, or in DER written as base64."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import Certificate
from cryptography.x509.oid import NameOID

from arhub.network.errors import ConfigError

WARN_BEFORE = timedelta(days=30)
LEAST_BITS = 1024
_PRIVATE_KEY = re.compile(r"-----BEGIN ([A-Z ]*)PRIVATE KEY-----.+?-----END \1PRIVATE KEY-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate with its private key: what signs, and what messages are encrypted for."""

    certificate: Certificate
    key: RSAPrivateKey = field(repr=False)


def load_certificate(text: str, whose: str) -> Certificate:
    """The one certificate in a text; the authorities that issued it may stand beside it. Raises ConfigError."""
    found = _load(text, whose)
    leaves = [one for one in found if not any(other is not one and other.issuer == one.subject for other in found)]
    if len(leaves) != 1:
        raise ConfigError(f"{whose}: expected one certificate, found {len(found)} of which none issued the others.")
    return leaves[0]


def load_identities(certificates: str, keys: str) -> tuple[Identity, ...]:
    """Each certificate that one of the keys belongs to, in the order of the certificates. Raises ConfigError."""
    private = [_private_key(found[0]) for found in _PRIVATE_KEY.finditer(keys)]
    if not private:
        raise ConfigError("Your private key: expected PEM, which begins with five hyphens and BEGIN PRIVATE KEY.")
    found = tuple(
        Identity(certificate, key)
        for certificate in _load(certificates, "Your certificate")
        for key in private
        if certificate.public_key() == key.public_key()
    )
    if not found:
        raise ConfigError("Your private key belongs to another certificate than yours.")
    return found


def name_of(certificate: Certificate) -> str:
    """How people tell it from others: its common name and number."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    name = str(names[0].value) if names else certificate.subject.rfc4514_string() or "without a name"
    return f"{name[:80]}, number {certificate.serial_number:x}"


def is_valid(certificate: Certificate, at: datetime) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def require_valid(certificate: Certificate, whose: str, at: datetime) -> None:
    """Raises ConfigError."""
    since, until = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if at > until:
        raise ConfigError(f"{whose} ({name_of(certificate)}) expired on {until:%Y-%m-%d}: a new one is needed.")
    if at < since:
        raise ConfigError(f"{whose} ({name_of(certificate)}) is valid only from {since:%Y-%m-%d %H:%M} UTC.")


def validity(certificate: Certificate, whose: str, at: datetime) -> str:
    """A sentence, with a warning when the end is near. Raises ConfigError when it is past."""
    require_valid(certificate, whose, at)
    until = certificate.not_valid_after_utc
    text = f"{whose} ({name_of(certificate)}) is valid until {until:%Y-%m-%d}."
    if until - at > WARN_BEFORE:
        return text
    days = (until - at).days
    return f"{text} Warning: it expires in {days} day{'' if days == 1 else 's'}; agree on a new one now."


def _load(text: str, whose: str) -> list[Certificate]:
    try:
        if "-----BEGIN" in text:
            found = x509.load_pem_x509_certificates(text.encode())
        else:
            found = [x509.load_der_x509_certificate(base64.b64decode("".join(text.split()), validate=True))]
        keys = [certificate.public_key() for certificate in found]
    except (ValueError, binascii.Error, UnsupportedAlgorithm, UnicodeError):
        raise ConfigError(f"{whose}: expected PEM that begins with -----BEGIN CERTIFICATE-----.") from None
    if not all(isinstance(key, RSAPublicKey) and key.key_size >= LEAST_BITS for key in keys):
        raise ConfigError(f"{whose}: expected a certificate with an RSA key of at least {LEAST_BITS} bits.")
    return found


def _private_key(pem: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigError("Your private key: expected PEM without a password.") from None
    if not isinstance(key, RSAPrivateKey):
        raise ConfigError("Your private key: expected an RSA key.")
    return key
