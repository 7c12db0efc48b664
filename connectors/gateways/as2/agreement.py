"""What two partners have agreed on, as the settings of a connection tell it."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from cryptography.x509 import Certificate

from arhub.network.errors import ConfigError
from arhub.network.tls import Tls
from connectors.gateways.as2 import digests
from connectors.gateways.as2.certificates import (
    Identity,
    is_valid,
    load_certificate,
    load_identities,
    require_valid,
    validity,
)  # fmt: skip
from connectors.gateways.as2.message import Keys, Wrapping
from connectors.gateways.as2.settings import ASYNCHRONOUS, NONE, SYNCHRONOUS

OWN, PARTNERS = "Your certificate", "The partner's certificate"
PARTNERS_SIGNING, PARTNERS_NEXT = "The partner's certificate for signatures", "The partner's next certificate"
LONGEST_ID = 128
_ID = re.compile(r"[!-~]([ -~]{0,126}[!-~])?")


class Agreement:
    """Each property raises ConfigError when the settings it rests on are not right."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self.url = self._text("url")
        self.signs = self._text("sign") != NONE
        self.wants_mdn = self._text("mdn") != NONE
        self.wants_signed_mdn = bool(values.get("mdn_signed"))
        self.is_later = self._text("mdn") == ASYNCHRONOUS
        self.knows_repeats = bool(values.get("knows_repeats"))
        self.require_signed = bool(values.get("require_signed"))
        self.require_encrypted = bool(values.get("require_encrypted"))

    @property
    def own_id(self) -> str:
        return self._id("own_id", "Your AS2 id")

    @property
    def partner_id(self) -> str:
        return self._id("partner_id", "The partner's AS2 id")

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc.rpartition("@")[2]

    @property
    def mdn_url(self) -> str:
        """Where the partner is to call back; empty where it answers at once."""
        if self.is_later and not self._text("mdn_url"):
            raise ConfigError("Receipts are to come later: the address at which the partner calls back is missing.")
        return self._text("mdn_url") if self.is_later else ""

    @property
    def tls(self) -> Tls:
        return Tls(authorities=self._text("authorities"))

    @property
    def authorization(self) -> Mapping[str, str]:
        """The header of HTTP Basic, where there is a user."""
        user = self._text("user")
        if not user:
            return {}
        given = f"{user}:{self._values.get('password') or ''}"
        return {"Authorization": f"Basic {base64.b64encode(given.encode()).decode()}"}

    @cached_property
    def identities(self) -> tuple[Identity, ...]:
        """Our own; the first one signs."""
        certificate, key = self._text("own_certificate"), self._text("private_key")
        return load_identities(certificate, key) if certificate or key else ()

    def keys(self, at: datetime) -> Keys:
        """What is needed to open what the partner sends."""
        first = self._partner("partner_signing_certificate", PARTNERS_SIGNING)
        first = first or self._partner("partner_certificate", PARTNERS)
        following = self._partner("partner_next_certificate", PARTNERS_NEXT)
        accepted = tuple(one for one in (first, following) if one)
        return Keys(self.identities, accepted, at, bool(self._values.get("outdated")))

    def wrapping(self, at: datetime) -> Wrapping:
        """How messages are made. Raises ConfigError also when a certificate that is needed has expired."""
        digest, cipher, compress = (self._choice(name) for name in ("sign", "encrypt", "compress"))
        signer = self.signer(at) if digest else None
        return Wrapping(digest, cipher, compress, signer, self._recipient(at) if cipher else None)

    def signer(self, at: datetime) -> Identity:
        if not self.identities:
            raise ConfigError("Your certificate and private key are missing, and messages are to be signed.")
        require_valid(self.identities[0].certificate, OWN, at)
        return self.identities[0]

    def message_id(self, identity: str) -> str:
        """The same for a parcel at every attempt."""
        place = re.sub(r"[^a-z0-9.-]+", "-", self.own_id.lower()).strip("-.") or "as2"
        return f"<{identity}@{place[:60]}>"

    def headers(self, message_id: str, subject: str, at: datetime) -> Mapping[str, str]:
        """Those that every message and receipt has (RFC 4130, 6)."""
        return {
            "AS2-Version": "1.2",
            "AS2-From": quoted(self.own_id),
            "AS2-To": quoted(self.partner_id),
            "Message-ID": message_id,
            "Subject": subject if _is_plain(subject) else Header(subject, "utf-8").encode(maxlinelen=0),
            "Date": format_datetime(at),
            "MIME-Version": "1.0",
        }

    def receipt_headers(self) -> Mapping[str, str]:
        """Those that ask for a receipt."""
        if not self.wants_mdn:
            return {}
        found = {"Disposition-Notification-To": quoted(self.own_id)}
        if self.wants_signed_mdn:
            algorithm = digests.wire_name(self._choice("sign") or "sha256")
            found["Disposition-Notification-Options"] = (
                "signed-receipt-protocol=optional, pkcs7-signature; "
                f"signed-receipt-micalg=optional, {algorithm}"
            )  # fmt: skip
        if self.mdn_url:
            found["Receipt-Delivery-Option"] = self.mdn_url
        return found

    def check_identity(self, at: datetime) -> str:
        """A sentence about our own certificate."""
        if not self.identities:
            if self._choice("sign"):
                self.signer(at)
            return "You have no certificate: nothing is signed, and nothing encrypted can be read."
        return f"The private key is right. {validity(self.identities[0].certificate, OWN, at)}"

    def expiries(self) -> list[tuple[str, datetime]]:
        """Of what is used: not of a partner's certificate that has a successor. Raises ConfigError."""
        found = self._of_partner()
        if PARTNERS_NEXT in found:
            found.pop(PARTNERS, None)
        ours = {OWN: self.identities[0].certificate} if self.identities else {}
        return [(whose, one.not_valid_after_utc) for whose, one in {**ours, **found}.items()]

    def _of_partner(self) -> dict[str, Certificate]:
        names = {"partner_certificate": PARTNERS, "partner_signing_certificate": PARTNERS_SIGNING}
        names |= {"partner_next_certificate": PARTNERS_NEXT}
        return {whose: one for name, whose in names.items() if (one := self._partner(name, whose))}

    def check_partner(self, at: datetime) -> str:
        """A sentence about each certificate of the partner's."""
        found = self._of_partner()
        following = found.get(PARTNERS_NEXT)
        said = []
        for whose, certificate in found.items():
            if at > certificate.not_valid_after_utc and following and is_valid(following, at):
                said.append(f"{whose} expired on {certificate.not_valid_after_utc:%Y-%m-%d}; the next one is used.")
            elif certificate is following and at < certificate.not_valid_before_utc:
                said.append(f"{whose} is valid from {certificate.not_valid_before_utc:%Y-%m-%d}.")
            else:
                said.append(validity(certificate, whose, at))
        self.wrapping(at)
        if not said and (self.require_signed or (self.wants_mdn and self.wants_signed_mdn)):
            raise ConfigError("The partner's certificate is missing: what the partner signs cannot be checked.")
        return " ".join(said) or "The partner has no certificate: what it says is believed unsigned."

    def check_terms(self) -> str:
        """A sentence about what was agreed."""
        if self._text("mdn") not in (SYNCHRONOUS, ASYNCHRONOUS, NONE):
            raise ConfigError("Expected a receipt at once, later or none.")
        how = "at once" if self.wants_mdn else "none"
        if self.is_later:
            how = f"called back to {urlsplit(self.mdn_url).netloc}"
        return f"{self.own_id} sends to {self.partner_id}; receipts: {how}."

    def _recipient(self, at: datetime) -> Certificate:
        first = self._partner("partner_certificate", PARTNERS)
        following = self._partner("partner_next_certificate", PARTNERS_NEXT)
        if not first:
            raise ConfigError("The partner's certificate is missing, and messages are to be encrypted.")
        if at > first.not_valid_after_utc and following and is_valid(following, at):
            return following
        require_valid(first, PARTNERS, at)
        return first

    def _partner(self, name: str, whose: str) -> Certificate | None:
        text = self._text(name)
        return load_certificate(text, whose) if text else None

    def _choice(self, name: str) -> str:
        found = self._text(name)
        return "" if found == NONE else found

    def _id(self, name: str, label: str) -> str:
        found = self._text(name)
        if not _ID.fullmatch(found):
            raise ConfigError(f"{label}: expected 1 to {LONGEST_ID} characters of ASCII, found {found[:40]!r}.")
        return found

    def _text(self, name: str) -> str:
        return str(self._values.get(name) or "").strip()


def quoted(as2_id: str) -> str:
    """As headers have it: in quotation marks where it has more than letters, digits and the like (RFC 4130, 6.2)."""
    if re.fullmatch(r"[!#-\[\]-~]+", as2_id):
        return as2_id
    return '"' + as2_id.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unquoted(value: str) -> str:
    text = value.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


def pair(sender: str, receiver: str) -> str:
    """Who sends to whom, so that no two pairs look alike."""
    return f"{quoted(sender)} {quoted(receiver)}"


def pair_of(headers: Mapping[str, str]) -> tuple[str, str]:
    """Sender and receiver of a request, by lower-case names of headers."""
    return unquoted(headers.get("as2-from", "")), unquoted(headers.get("as2-to", ""))


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()
