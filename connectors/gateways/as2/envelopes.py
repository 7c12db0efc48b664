"""Encryption for a certificate (CMS EnvelopedData, RFC 5652, 6). `cryptography` makes envelopes; they are opened here,
as partners also use what it does not open: OAEP, and 3DES where that is asked for."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from asn1crypto import cms
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES, AES128, AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7EnvelopeBuilder, PKCS7Options
from cryptography.x509 import Certificate

from connectors.gateways.as2.certificates import Identity, name_of
from connectors.gateways.as2.problems import As2Problem, Modifier, reading
from connectors.gateways.as2.signing import is_named_by

CIPHERS: dict[str, type[AES128] | type[AES256]] = {"aes256": AES256, "aes128": AES128}
KEY_BYTES = {"aes128_cbc": 16, "aes192_cbc": 24, "aes256_cbc": 32, "tripledes_3key": 24}
OUTDATED = frozenset({"tripledes_3key"})
_UNREADABLE = "It was encrypted for this certificate, but nothing sensible came of decrypting it."


def encrypt(content: bytes, recipient: Certificate, cipher: str) -> bytes:
    """In DER. Other bytes each time: key and initialisation vector are new."""
    builder = PKCS7EnvelopeBuilder().set_data(content).add_recipient(recipient)
    return builder.set_content_encryption_algorithm(CIPHERS[cipher]).encrypt(Encoding.DER, [PKCS7Options.Binary])


def decrypt(envelope: bytes, identities: Sequence[Identity], *, outdated: bool = False) -> bytes:
    """What was encrypted for one of the identities. `outdated` takes 3DES as well. Raises As2Problem."""
    with reading("an encrypted message", Modifier.DECRYPTION):
        info = cms.ContentInfo.load(envelope)
        if info["content_type"].native != "enveloped_data":
            raise As2Problem("Expected an encrypted message, found other CMS content.", Modifier.DECRYPTION)
        encrypted = info["content"]["encrypted_content_info"]
        algorithm = encrypted["content_encryption_algorithm"]
        name = algorithm["algorithm"].native
        if name not in KEY_BYTES or (name in OUTDATED and not outdated):
            raise As2Problem(f"It is encrypted with {name}, which is not taken from this partner.", Modifier.SECURITY)
        recipient, identity = _recipient(info["content"]["recipient_infos"], identities)
        key = _content_key(recipient, identity, KEY_BYTES[name])
        return _opened(encrypted["encrypted_content"].native, name, key, algorithm["parameters"].native)


def _recipient(
    recipients: cms.RecipientInfos, identities: Sequence[Identity]
) -> tuple[cms.KeyTransRecipientInfo, Identity]:
    for recipient in recipients:
        if recipient.name != "ktri":
            continue
        for identity in identities:
            certificate = cms.Certificate.load(identity.certificate.public_bytes(Encoding.DER))
            if is_named_by(recipient.chosen["rid"], certificate):
                return recipient.chosen, identity
    names = " or ".join(name_of(identity.certificate) for identity in identities)
    raise As2Problem(f"It is encrypted for another certificate than {names}.", Modifier.DECRYPTION)


def _content_key(recipient: cms.KeyTransRecipientInfo, identity: Identity, size: int) -> bytes:
    """A key that did not come out right is replaced by a random one, so that nobody learns from our answer how wrong it
    was (RFC 3218, 2.3.2)."""
    algorithm = recipient["key_encryption_algorithm"]
    how: padding.AsymmetricPadding = padding.PKCS1v15()
    if algorithm["algorithm"].native == "rsaes_oaep":
        named = algorithm["parameters"]["hash_algorithm"]["algorithm"].native
        masked = algorithm["parameters"]["mask_gen_algorithm"]["parameters"]["algorithm"].native
        how = padding.OAEP(padding.MGF1(_OAEP[masked]), _OAEP[named], label=None)
    try:
        key = identity.key.decrypt(recipient["encrypted_key"].native, how)
    except ValueError:
        key = b""
    return key if len(key) == size else secrets.token_bytes(size)


_OAEP = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}


def _opened(content: bytes, name: str, key: bytes, vector: bytes) -> bytes:
    algorithm = TripleDES(key) if name in OUTDATED else AES(key)
    try:
        decryptor = Cipher(algorithm, CBC(vector)).decryptor()
        unpadder = PKCS7(algorithm.block_size).unpadder()
        return unpadder.update(decryptor.update(content) + decryptor.finalize()) + unpadder.finalize()
    except ValueError:
        raise As2Problem(_UNREADABLE, Modifier.DECRYPTION) from None
