"""Where a partner's requests arrive: messages, and receipts that are called back."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from arhub.network.errors import ConfigError
from connectors.base import Store
from connectors.gateways.as2 import digests, mdn, message, mime, receiving, sent
from connectors.gateways.as2.agreement import Agreement, pair_of
from connectors.gateways.as2.compression import LARGEST
from connectors.gateways.as2.problems import As2Problem
from connectors.gateways.as2.receipts import Unconvincing, settle
from connectors.gateways.base import (
    Bytes,
    Incoming,
    Later,
    NotForUs,
    Received,
    ReceivedFile,
    Rejected,
    Reply,
)  # fmt: skip


class Desk:
    """At one moment, for one partner."""

    def __init__(self, agreement: Agreement, store: Store, at: datetime) -> None:
        self.agreement, self.store, self.at = agreement, store, at

    def receive(self, incoming: Incoming) -> Received:
        if incoming.method != "POST":
            return _refused(405, "Expected an AS2 message, sent by POST.")
        if incoming.body.size > LARGEST:
            return _refused(413, f"A message of more than {LARGEST:,} bytes is not taken.")
        self._require_partner(incoming.headers)
        with incoming.body.open() as source:
            entity = mime.Entity.of_http(incoming.headers, source.read())
        try:
            if _is_report(entity):
                return self._take_receipt(entity)
            return self._take_message(entity, incoming.is_known)
        except ConfigError as error:
            return _refused(503, str(error), told="This message cannot be taken now.")

    def _require_partner(self, headers: Mapping[str, str]) -> None:
        sender, receiver = pair_of(headers)
        if sender != self.agreement.partner_id:
            raise NotForUs(f"Expected AS2-From {self.agreement.partner_id}, found {sender[:128] or 'none'}.")
        if receiver != self.agreement.own_id:
            raise NotForUs(f"Expected AS2-To {self.agreement.own_id}, found {receiver[:128] or 'none'}.")

    def _take_message(self, entity: mime.Entity, is_known: Callable[[str], bool]) -> Received:
        agreement = self.agreement
        terms = receiving.Terms(agreement.require_signed, agreement.require_encrypted)
        taken = receiving.take(entity, agreement.keys(self.at), terms, is_known)
        wish = receiving.Wish.of(entity, taken)
        reply, later = self._told(taken, wish)
        if taken.problem or not taken.opened:
            return Received(reply, f"A message was refused: {taken.problem}", later=later)
        if taken.is_known:
            text = f"{taken.message_id} was taken before; it was not taken twice."
            return Received(reply, text, later=later, message_id=taken.message_id, is_sealed=taken.opened.is_encrypted)
        file = _file(taken.opened)
        text = f"Took in {file.name}, {file.content.size:,} bytes, {_protection(taken.opened)}."
        return Received(reply, text, (file,), taken.message_id, later, is_sealed=taken.opened.is_encrypted)

    def _told(self, taken: receiving.Taken, wish: receiving.Wish) -> tuple[Reply, Later | None]:
        """The answer, and the receipt that goes out later when one is to."""
        if not wish.is_wanted:
            status = 400 if taken.problem else 200
            return Reply(status, str(taken.problem or "").encode(), {"Content-Type": "text/plain"}), None
        agreement, seed = self.agreement, uuid.uuid4().hex
        notification = receiving.notification(taken, agreement.own_id, wish.digest)
        digest = wish.digest if wish.digest in digests.STRONG else "sha256"
        part = mdn.build(notification, seed, agreement.signer(self.at) if wish.is_signed else None, digest)
        headers = {**agreement.headers(agreement.message_id(f"mdn-{seed}"), "Receipt", self.at), **part.headers}
        if wish.url and (taken.is_authentic or urlsplit(wish.url).hostname == urlsplit(agreement.url).hostname):
            return Reply(), Later(wish.url, part.content, headers)
        return Reply(200, part.content, headers), None

    def _take_receipt(self, entity: mime.Entity) -> Received:
        """A receipt that comes later than the answer, or before it."""
        try:
            identity = self._identity_of(entity)
            receipt = settle(identity, entity, store=self.store, agreement=self.agreement, at=self.at, is_answer=False)
        except Rejected as refusal:
            return Received(Reply(), str(refusal), receipt=refusal.receipt, receipt_of=identity, is_refused=True)
        except Unconvincing as doubt:
            told = _refused(400, f"A receipt was not believed: {doubt}")
            return replace(told, receipt=doubt.receipt, receipt_of=identity, is_doubted=True)
        except As2Problem as problem:
            return _refused(400, f"A receipt was not believed: {problem}")
        return Received(Reply(), receipt.text, receipt=receipt, receipt_of=identity)

    def _identity_of(self, entity: mime.Entity) -> str:
        """The parcel that a receipt is for. Raises As2Problem when none was sent that it could be for."""
        found = mdn.parse(entity, self.agreement.keys(self.at)).original_message_id
        identity = sent.identity_of(found)
        if not sent.recall(self.store, identity):
            raise As2Problem(f"It is for {found[:100] or 'no message'}, which was not sent from here.")
        return identity


def _file(opened: message.Opened) -> ReceivedFile:
    name = opened.entity.file_name or f"as2-message.{opened.entity.media_type.rpartition('/')[2][:20]}"
    return ReceivedFile(name, Bytes(opened.entity.content), opened.entity.media_type)


def _protection(opened: message.Opened) -> str:
    signed, encrypted = opened.digest and "signed", opened.is_encrypted and "encrypted"
    return " and ".join(word for word in (signed, encrypted) if word) or "neither signed nor encrypted"


def _is_report(entity: mime.Entity) -> bool:
    try:
        return mdn.is_report(entity)
    except As2Problem:
        return False


def _refused(status: int, text: str, told: str = "") -> Received:
    return Received(Reply(status, (told or text).encode(), {"Content-Type": "text/plain; charset=utf-8"}), text)
