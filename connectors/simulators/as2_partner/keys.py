"""Certificates that vouch for themselves, as AS2 partners make them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from connectors.gateways.as2.certificates import Identity

YEAR = timedelta(days=365)


@cache
def made(name: str, days: int = 365) -> Identity:
    """The same all along a process. It ends in so many days, and ended so many days ago when they are below zero."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    until = datetime.now(UTC) + timedelta(days=days)
    builder = x509.CertificateBuilder(
        issuer_name=subject, subject_name=subject, public_key=key.public_key(),
        serial_number=x509.random_serial_number(), not_valid_before=until - 2 * YEAR, not_valid_after=until,
    )  # fmt: skip
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return Identity(builder.add_extension(identifier, critical=False).sign(key, hashes.SHA256()), key)


def certificate_pem(identity: Identity) -> str:
    return identity.certificate.public_bytes(Encoding.PEM).decode()


def key_pem(identity: Identity) -> str:
    return identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
