"""Signatures that stand beside what they sign (CMS SignedData, RFC 5652, 5). `cryptography` makes them, and cannot
verify them, which is done here: the digest, the signature over the signed attributes, and whose certificate it is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from asn1crypto import cms
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder
from cryptography.x509 import Certificate

from connectors.gateways.as2 import digests
from connectors.gateways.as2.certificates import Identity, name_of
from connectors.gateways.as2.problems import As2Problem, Modifier, reading

SET = b"\x31"
"""The tag under which signed attributes are signed, although they are sent under another (RFC 5652, 5.4)."""


def sign(content: bytes, identity: Identity, digest: str) -> bytes:
    """In DER. `content` is signed as it is: line ends are the caller's."""
    builder = PKCS7SignatureBuilder().set_data(content)
    builder = builder.add_signer(identity.certificate, identity.key, digests.STRONG[digest])  # type: ignore[arg-type]
    options = [PKCS7Options.DetachedSignature, PKCS7Options.Binary, PKCS7Options.NoCapabilities]
    return builder.sign(Encoding.DER, options)


@dataclass(frozen=True, slots=True)
class Signed:
    """Whose certificate it was, and by which digest."""

    certificate: Certificate
    digest: str


def verify(content: bytes, signature: bytes, accepted: Sequence[Certificate], *, outdated: bool = False) -> Signed:
    """Which of the accepted certificates signed exactly this content, whether or not it has expired. `outdated` takes
    SHA-1 as well. Raises As2Problem that says whether the content or the signer is another one."""
    with reading("a signature", Modifier.AUTHENTICATION):
        signed = _signed_data(signature)
        for signer in signed["signer_infos"]:
            if certificate := _signed_by(signer, signed, accepted):
                return Signed(certificate, _verified(content, signer, certificate, outdated=outdated))
        raise As2Problem(f"{_signers(signed)}, not by {_names(accepted)}.", Modifier.AUTHENTICATION)


def _signed_data(signature: bytes) -> cms.SignedData:
    info = cms.ContentInfo.load(signature)
    if info["content_type"].native != "signed_data":
        raise As2Problem("Expected a signature, found other CMS content.", Modifier.AUTHENTICATION)
    return info["content"]


def _signed_by(signer: cms.SignerInfo, signed: cms.SignedData, accepted: Sequence[Certificate]) -> Certificate | None:
    """The accepted certificate that the signer names; what is sent along under that name must be the very same."""
    sent = {one.chosen.dump() for one in signed["certificates"] or () if is_named_by(signer["sid"], one.chosen)}
    for certificate in accepted:
        der = certificate.public_bytes(Encoding.DER)
        if is_named_by(signer["sid"], cms.CertificateChoices.load(der).chosen) and sent <= {der}:
            return certificate
    return None


def is_named_by(identifier: cms.SignerIdentifier | cms.RecipientIdentifier, certificate: object) -> bool:
    """Whether issuer and number, or the key's identifier, are those of a certificate of `asn1crypto`."""
    known: cms.Certificate = certificate
    if identifier.name == "subject_key_identifier":
        return bool(identifier.chosen.native == known.key_identifier)
    issuer, number = identifier.chosen["issuer"], identifier.chosen["serial_number"].native
    return bool(number == known.serial_number and issuer == known.issuer)


def _verified(content: bytes, signer: cms.SignerInfo, certificate: Certificate, *, outdated: bool) -> str:
    digest = digests.canonical(signer["digest_algorithm"]["algorithm"].native)
    known = digests.ALL if outdated else digests.STRONG
    if digest not in known:
        raise As2Problem(f"It is signed with {digest[:20]}, which is not taken from this partner.", Modifier.SECURITY)
    attributes = signer["signed_attrs"]
    if len(attributes):
        _require_attributes(attributes, hashlib.new(digest, content).digest())
        covered = SET + attributes.dump()[1:]
    else:
        covered = content
    _require_signature(signer, certificate, covered, digest)
    return digest


def _require_attributes(attributes: cms.CMSAttributes, expected: bytes) -> None:
    """RFC 5652, 11: each of the two once, with one value."""
    found = {"content_type": [], "message_digest": []}  # type: dict[str, list[object]]
    for attribute in attributes:
        if (name := attribute["type"].native) in found:
            found[name] += attribute["values"].native
    if found["content_type"] != ["data"]:
        raise As2Problem("What is signed says that it is no data.", Modifier.AUTHENTICATION)
    if found["message_digest"] != [expected]:
        raise As2Problem("The content is not what was signed: it was changed on the way.", Modifier.INTEGRITY)


def _require_signature(signer: cms.SignerInfo, certificate: Certificate, covered: bytes, digest: str) -> None:
    key = certificate.public_key()
    assert isinstance(key, RSAPublicKey)
    algorithm = signer["signature_algorithm"]
    hash_algorithm = digests.ALL[digest]
    how: padding.AsymmetricPadding = padding.PKCS1v15()
    if algorithm.signature_algo == "rsassa_pss":
        how = padding.PSS(padding.MGF1(hash_algorithm), padding.PSS.AUTO)  # some leave its parameters out
    try:
        key.verify(signer["signature"].native, covered, how, hash_algorithm)
    except InvalidSignature:
        text = f"The signature was not made with the key of {name_of(certificate)}, or over other bytes."
        raise As2Problem(text, Modifier.AUTHENTICATION) from None


def _signers(signed: cms.SignedData) -> str:
    subjects = [one.chosen.subject.native.get("common_name") for one in signed["certificates"] or ()]
    names = ", ".join(str(name)[:80] for name in subjects if name)
    return f"It is signed by {names}" if names else "It is signed by somebody who does not say who it is"


def _names(certificates: Sequence[Certificate]) -> str:
    return " or ".join(name_of(certificate) for certificate in certificates) or "anybody whose certificate is known"
