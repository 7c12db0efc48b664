"""The partner: its ids and keys, the messages it makes, and the receipts it gives, wrong ones among them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from connectors.gateways.as2 import mdn, message, mime, receiving
from connectors.gateways.as2.agreement import Agreement, unquoted
from connectors.gateways.as2.certificates import Identity
from connectors.gateways.as2.problems import As2Problem, Modifier
from connectors.simulators.as2_partner.keys import certificate_pem, key_pem, made

RECEIPTS = {
    "right": "as it should be",
    "wrong mic": "over other bytes",
    "no mic": "without the check",
    "unsigned": "not signed, whatever was asked for",
    "other message": "of another message",
    "other signer": "signed by somebody else",
    "expired": "signed with a certificate that has expired",
    "altered": "changed after it was signed",
    "refused": "that says it was not taken, for the reason in `modifier`",
    "html": "a page of HTML instead",
    "none": "an empty answer",
}


@dataclass(frozen=True, slots=True)
class Sending:
    """What goes over HTTP."""

    headers: Mapping[str, str]
    body: bytes


class Partner:
    """`own_id` is the partner's, `hub_id` that of whoever exchanges messages with it."""

    def __init__(self, own_id: str = "PARTNER", hub_id: str = "HUB", hub_certificate: str = "") -> None:
        self.own_id, self.hub_id = own_id, hub_id
        self.identity = made("AS2 partner")
        self.hub_certificate = hub_certificate or certificate_pem(made("AS2 hub"))

    def agreement(self, **wishes: Any) -> Agreement:
        """As the settings of the gateway tell it, from this side; `wishes` are settings."""
        values = {
            "own_id": self.own_id, "partner_id": self.hub_id, "own_certificate": certificate_pem(self.identity),
            "private_key": key_pem(self.identity), "partner_certificate": self.hub_certificate, "sign": "sha256",
            "encrypt": "aes256", "compress": "none", "mdn": "sync", "mdn_signed": True, "outdated": True,
        }  # fmt: skip
        return Agreement({**values, **wishes})

    def keys(self) -> message.Keys:
        return self.agreement().keys(datetime.now(UTC))

    def compose(
        self, content: bytes, name: str, *, message_id: str = "", media_type: str = "application/xml", **wishes: Any
    ) -> Sending:
        """A message for the hub."""
        agreement, at = self.agreement(**wishes), datetime.now(UTC)
        message_id = message_id or agreement.message_id(uuid.uuid4().hex)
        built = message.build(content, name, media_type, agreement.wrapping(at), message_id)
        headers = {**agreement.headers(message_id, name, at), **agreement.receipt_headers(), **built.headers}
        return Sending(headers, built.body)

    def take(self, entity: mime.Entity, known: Mapping[str, Any]) -> receiving.Taken:
        """Open what the hub sent."""
        ids = [unquoted(str(entity.headers.get(name, ""))) for name in ("as2-from", "as2-to")]
        message_id = str(entity.headers.get("message-id", ""))
        if ids != [self.hub_id, self.own_id]:
            text = f"Expected a message from {self.hub_id} to {self.own_id}."
            return receiving.Taken(message_id, problem=As2Problem(text, Modifier.PARTNER))
        terms = receiving.Terms(is_signed=False, is_encrypted=False)
        return receiving.take(entity, self.keys(), terms, known.__contains__)

    def receipt(self, taken: receiving.Taken, wish: receiving.Wish, how: str, modifier: str) -> Sending:
        """`how` is one of RECEIPTS that have a body."""
        told = receiving.notification(taken, self.own_id, wish.digest)
        signer: Identity | None = self.identity if wish.is_signed and how != "unsigned" else None
        if how == "wrong mic":
            told = replace(told, mic="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
        elif how == "no mic":
            told = replace(told, mic="")
        elif how == "other message":
            told = replace(told, original_message_id="<another@partner>")
        elif how == "refused":
            told = replace(told, disposition=modifier, mic="", text="This is what our program says.")
        elif how in ("other signer", "expired"):
            signer = made("Somebody else") if how == "other signer" else made("AS2 partner", -10)
        seed = uuid.uuid4().hex
        part = mdn.build(told, seed, signer, "sha256")
        agreement = self.agreement()
        headers = {**agreement.headers(agreement.message_id(seed), "Receipt", datetime.now(UTC)), **part.headers}
        body = part.content.replace(b"Final-Recipient", b"Final-recipient") if how == "altered" else part.content
        return Sending(headers, body)
