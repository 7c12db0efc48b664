"""A file in its wrappings, and out of them again (RFC 4130, 4; RFC 5402 for compression).

The file is written in base64 whatever it holds: a partner may change line ends, and what arrives is still its bytes.
All but the outermost wrapping is base64 too, for the same reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from asn1crypto import cms
from cryptography.x509 import Certificate

from connectors.gateways.as2 import compression, digests, envelopes, mime, signing
from connectors.gateways.as2.certificates import Identity, is_valid, name_of
from connectors.gateways.as2.problems import As2Problem, Modifier, reading

PACKED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
SIGNATURE = "application/pkcs7-signature"
MOST_LAYERS = 3
"""Encrypted, compressed, signed: each once."""


@dataclass(frozen=True, slots=True)
class Wrapping:
    """What is done to a file: `digest` and `cipher` by the names in `digests` and `envelopes`, empty for not at all;
    `compress` is before or after signing, or empty. `recipient` is needed to encrypt, `signer` to sign."""

    digest: str = ""
    cipher: str = ""
    compress: str = ""
    signer: Identity | None = None
    recipient: Certificate | None = None


@dataclass(frozen=True, slots=True)
class Built:
    """What goes over HTTP, and the integrity checks by the digests that a receipt may name."""

    headers: Mapping[str, str]
    body: bytes
    mics: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """A MIME part that is being made. `is_binary` ones are written in base64 wherever something is around them."""

    headers: Mapping[str, str]
    content: bytes
    is_binary: bool = True

    def inner(self) -> bytes:
        if not self.is_binary:
            return mime.head(self.headers) + self.content
        encoded = {**self.headers, "Content-Transfer-Encoding": "base64"}
        return mime.head(encoded) + mime.as_base64(self.content)


@dataclass(frozen=True, slots=True)
class Keys:
    """What a message is opened with, at what time. `outdated` takes SHA-1 and 3DES as well; `limit` is in bytes."""

    identities: Sequence[Identity]
    accepted: Sequence[Certificate]
    at: datetime
    outdated: bool = False
    limit: int = compression.LARGEST


@dataclass(frozen=True, slots=True)
class Opened:
    """A message without its wrappings. `checked` are the bytes that its integrity check is over; `digest` is that of
    its signature, empty without one."""

    entity: mime.Entity
    checked: bytes = field(repr=False)
    digest: str = ""
    is_encrypted: bool = False

    def mic(self, digest: str) -> str:
        return digests.mic(self.checked, digest)


def possible_mics(content: bytes, name: str, media_type: str, digest: str) -> frozenset[str]:
    """What the integrity check of a file can be, whatever was put around it but compression."""
    part = Part({"Content-Type": media_type, "Content-Disposition": mime.disposition(name)}, content)
    return frozenset(digests.mic(checked, digest) for checked in (content, part.inner()))


def build(content: bytes, name: str, media_type: str, wrapping: Wrapping, seed: str) -> Built:
    """`seed` makes the boundary: the same seed, the same integrity check."""
    part = Part({"Content-Type": media_type, "Content-Disposition": mime.disposition(name)}, content)
    is_plain = not (wrapping.digest or wrapping.cipher or wrapping.compress)
    checked = content if is_plain else part.inner()
    if wrapping.compress == "before":
        part = compressed(part)
    if wrapping.digest:
        assert wrapping.signer
        checked = part.inner()
        part = signed(checked, wrapping.signer, wrapping.digest, seed)
    if wrapping.compress == "after":
        part = compressed(part)
    if wrapping.cipher:
        assert wrapping.recipient
        part = _encrypted(part, wrapping.recipient, wrapping.cipher)
    return Built(part.headers, part.content, {digest: digests.mic(checked, digest) for digest in digests.ALL})


def compressed(part: Part) -> Part:
    return _packed(compression.compress(part.inner()), "compressed-data", "smime.p7z")


def signed(content: bytes, signer: Identity, digest: str, seed: str) -> Part:
    """A MIME part and its signature, side by side (RFC 1847)."""
    headers = {
        "Content-Type": f"{SIGNATURE}; name=smime.p7s",
        "Content-Disposition": "attachment; filename=smime.p7s",
    }
    signature = Part(headers, signing.sign(content, signer, digest)).inner()
    kind = f'multipart/signed; protocol="{SIGNATURE}"; micalg={digests.wire_name(digest)}'
    return multipart(kind, (content, signature), f"signed {seed}")


def multipart(kind: str, parts: Sequence[bytes], seed: str) -> Part:
    boundary = f"arhub-{hashlib.sha256(seed.encode()).hexdigest()[:32]}"
    line = f"--{boundary}".encode()
    body = b"".join(line + mime.LINE_END + part + mime.LINE_END for part in parts) + line + b"--" + mime.LINE_END
    return Part({"Content-Type": f'{kind}; boundary="{boundary}"'}, body, is_binary=False)


def unwrap(entity: mime.Entity, keys: Keys) -> Opened:
    """Take off what a partner put around a file. Raises As2Problem that says which step failed."""
    opened = Opened(entity, entity.body)
    for _ in range(MOST_LAYERS + 1):
        kind = _layer(opened.entity)
        if not kind:
            return opened
        opened = _STEPS[kind](opened, keys)
    raise As2Problem("Expected a file in at most three wrappings: encrypted, compressed and signed, found more.")


def unwrap_signed(entity: mime.Entity, keys: Keys) -> Opened:
    """Verify a multipart/signed and give what it holds. Where the bytes are not those that were signed, they are tried
    with the line ends of text: a program may write others than it signed. What was signed is what counts."""
    parts = entity.parts()
    if len(parts) != 2:
        raise As2Problem(f"Expected a part and its signature, found {len(parts)} parts.", Modifier.AUTHENTICATION)
    signature = mime.Entity.of(parts[1]).content
    content = parts[0]
    try:
        found = signing.verify(content, signature, keys.accepted, outdated=keys.outdated)
    except As2Problem as problem:
        content = mime.with_line_ends(parts[0])
        if problem.modifier is not Modifier.INTEGRITY or content == parts[0]:
            raise
        found = signing.verify(content, signature, keys.accepted, outdated=keys.outdated)
    if not is_valid(found.certificate, keys.at):
        until = f"{found.certificate.not_valid_after_utc:%Y-%m-%d}"
        text = f"It is signed with {name_of(found.certificate)}, a certificate that is not valid now (until {until})."
        raise As2Problem(text, Modifier.AUTHENTICATION)
    return Opened(mime.Entity.of(content), content, found.digest)


def _encrypted(part: Part, recipient: Certificate, cipher: str) -> Part:
    return _packed(envelopes.encrypt(part.inner(), recipient, cipher), "enveloped-data", "smime.p7m")


def _packed(der: bytes, kind: str, name: str) -> Part:
    headers = {
        "Content-Type": f"application/pkcs7-mime; smime-type={kind}; name={name}",
        "Content-Disposition": f"attachment; filename={name}",
    }
    return Part(headers, der)


def _layer(entity: mime.Entity) -> str:
    """What is around an entity, by the names of CMS; empty for a file. The bytes tell, as smime-type may be missing."""
    if entity.media_type == "multipart/signed":
        return "multipart"
    if entity.media_type not in PACKED:
        return ""
    is_compressed = entity.parameter("smime-type").lower() == "compressed-data"
    what = ("a compressed", Modifier.DECOMPRESSION) if is_compressed else ("an encrypted", Modifier.DECRYPTION)
    with reading(f"{what[0]} message", what[1]):
        kind: str = cms.ContentInfo.load(entity.content)["content_type"].native
    if kind not in _STEPS:
        raise As2Problem(f"Expected an encrypted or compressed message, found {kind[:40]}.")
    return kind


def _decrypt(opened: Opened, keys: Keys) -> Opened:
    if opened.is_encrypted or opened.digest:
        raise As2Problem("Expected the encryption around all else, and once.", Modifier.DECRYPTION)
    content = envelopes.decrypt(opened.entity.content, keys.identities, outdated=keys.outdated)
    return Opened(mime.Entity.of(content), content, is_encrypted=True)


def _decompress(opened: Opened, keys: Keys) -> Opened:
    content = compression.decompress(opened.entity.content, keys.limit)
    checked = opened.checked if opened.digest else content
    return Opened(mime.Entity.of(content), checked, opened.digest, opened.is_encrypted)


def _verify(opened: Opened, keys: Keys) -> Opened:
    if opened.digest:
        raise As2Problem("Expected one signature, found one in another.", Modifier.AUTHENTICATION)
    found = unwrap_signed(opened.entity, keys)
    return Opened(found.entity, found.checked, found.digest, opened.is_encrypted)


_STEPS = {
    "enveloped_data": _decrypt,
    "compressed_data": _decompress,
    "multipart": _verify,
}
