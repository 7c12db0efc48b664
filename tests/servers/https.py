"""HTTPS on loopback with an authority of its own, which gives certificates to servers and clients."""

from __future__ import annotations

import datetime
import ssl
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from tempfile import NamedTemporaryFile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)
PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Certificate:
    """PEM texts."""

    certificate: str
    key: str


class Authority:
    """Signs certificates; `certificate` is its own, for whoever shall trust it."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        now = datetime.datetime.now(datetime.UTC)
        builder = _builder(self._name, self._name, self._key.public_key(), now - DAY, now + 30 * DAY)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.certificate = builder.sign(self._key, hashes.SHA256()).public_bytes(PEM).decode()

    def give(self, name: str, *, ended_days_ago: int = -2) -> Certificate:
        """A certificate for a name or an address."""
        key = ec.generate_private_key(ec.SECP256R1())
        ends = datetime.datetime.now(datetime.UTC) - ended_days_ago * DAY
        kind = x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
        builder = _builder(_named(name), self._name, key.public_key(), ends - 10 * DAY, ends)
        builder = builder.add_extension(x509.SubjectAlternativeName([kind]), critical=False)
        made = builder.sign(self._key, hashes.SHA256())
        form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        return Certificate(made.public_bytes(PEM).decode(), key.private_bytes(PEM, form, plain).decode())


@cache
def authority(name: str = "Tests") -> Authority:
    return Authority(name)


def server_context(certificate: Certificate, *, clients: str = "") -> ssl.SSLContext:
    """What a server needs; with `clients` it asks for a certificate of that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with NamedTemporaryFile("w", suffix=".pem") as file:
        Path(file.name).write_text(certificate.certificate + certificate.key)
        context.load_cert_chain(file.name)
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=clients)
    return context


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(
    name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, begins: datetime.datetime,
    ends: datetime.datetime,
) -> x509.CertificateBuilder:  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )
