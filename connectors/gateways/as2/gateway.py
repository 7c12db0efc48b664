"""AS2 behind a Connection: files go out to a partner and come in from there, each with a receipt."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar
from urllib.parse import urlsplit

from arhub.network import http
from arhub.network.answer import Answer
from arhub.network.errors import (
    BadAnswer,
    ConfigError,
    NetworkError,
    PermanentError,
    RetryableError,
    TooLarge,
    Uncertain,
)  # fmt: skip
from connectors.base import Capability, Check, NeverThere, Setting, Setup, Unsupported
from connectors.gateways.as2 import mdn, message, mime, receiving, sent
from connectors.gateways.as2.agreement import Agreement, quoted, unquoted
from connectors.gateways.as2.compression import LARGEST
from connectors.gateways.as2.problems import As2Problem
from connectors.gateways.as2.receipts import Unconvincing, judge
from connectors.gateways.as2.settings import SETTINGS
from connectors.gateways.base import (
    Bytes,
    Gateway,
    Incoming,
    Later,
    NotForUs,
    Parcel,
    Receipt,
    Received,
    ReceivedFile,
    Rejected,
    Reply,
)  # fmt: skip
from connectors.gateways.templates import fill

ANSWER_SECONDS = 180.0
"""A partner may do all its work before it answers with a receipt."""
ANSWER_BYTES = 1 << 20
WRONG_ADDRESS = frozenset({301, 302, 303, 307, 308, 404, 405, 410, 501})
LATER = frozenset({429, 503})


class As2Gateway(Gateway):
    kind: ClassVar[str] = "as2"
    label: ClassVar[str] = "AS2"
    summary: ClassVar[str] = "Sends files to a partner and takes files in over AS2, signed, encrypted and receipted."
    capabilities = frozenset({Capability.DELIVER, Capability.LOOK_UP, Capability.RECEIVE})
    settings: ClassVar[tuple[Setting, ...]] = SETTINGS
    done_within_seconds: ClassVar[int] = 300

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.agreement = Agreement(setup.values)

    @classmethod
    def address(cls, setup_values: Mapping[str, object]) -> str:
        """Who sends to whom: the pair stands in every message."""
        agreement = Agreement(setup_values)
        return _pair(agreement.partner_id, agreement.own_id)

    @classmethod
    def address_of(cls, headers: Mapping[str, str]) -> str:
        """`address` as a request names it."""
        return _pair(*(unquoted(headers.get(name, "")) for name in ("as2-from", "as2-to")))

    # --- Test connection ------------------------------------------------------------------------------------------

    def checks(self) -> Sequence[Check]:
        agreement = self.agreement
        return (
            Check("What was agreed", agreement.check_terms),
            Check("Your certificate", lambda: agreement.check_identity(_now())),
            Check("The partner's certificates", lambda: agreement.check_partner(_now())),
            Check("Reach the partner", self._reach),
        )

    def _reach(self) -> str:
        self.setup.pace.wait()
        agreement = self.agreement
        answer = http.request("HEAD", agreement.url, headers=agreement.authorization, attempts=1, tls=agreement.tls)
        if answer.status == 401:
            raise ConfigError(f"{agreement.host} wants another user or password (status 401).")
        how = "over TLS" if urlsplit(agreement.url).scheme == "https" else "without TLS"
        return f"{agreement.host} answers {how}. No message was sent."

    # --- Sending --------------------------------------------------------------------------------------------------

    def deliver(self, parcel: Parcel) -> Receipt:
        before = sent.recall(self.setup.store, parcel.identity)
        if before and before.receipt and not before.is_refused:
            return before.receipt
        built, headers = self._message(parcel)
        self._remember_sending(parcel, built, before)
        self.setup.pace.wait()
        try:
            answer = self._post(headers, built.body)
        except NetworkError:
            if came := self._came_already(parcel):
                return came
            raise
        return self._came_already(parcel) or self._receipt(parcel, answer)

    def look_up(self, parcel: Parcel) -> Receipt | None:
        """Nobody can be asked; but the partner may have called back, and otherwise knows the same message again."""
        known = sent.recall(self.setup.store, parcel.identity)
        if known and known.receipt:
            if known.is_refused:
                raise NeverThere(known.receipt.text)
            return known.receipt
        if known and known.doubt:
            raise RetryableError(f"{known.doubt} Ask the partner whether {known.message_id} is there.")
        if known and not self.agreement.knows_repeats:
            raise Unsupported(f"Only the partner can tell whether {known.message_id} is there, and may take it twice.")
        return None

    def _message(self, parcel: Parcel) -> tuple[message.Built, Mapping[str, str]]:
        """Raises ConfigError before anything has gone out."""
        if parcel.content.size > LARGEST:
            raise ConfigError(f"{parcel.name} has more than {LARGEST:,} bytes, the most that is sent over AS2.")
        agreement, at = self.agreement, _now()
        with parcel.content.open() as source:
            content = source.read()
        message_id = agreement.message_id(parcel.identity)
        built = message.build(content, parcel.name, parcel.media_type, agreement.wrapping(at), message_id)
        subject = fill(str(self.setup.values.get("subject") or ""), {**parcel.facts, "name": parcel.name})
        headers = agreement.headers(message_id, subject, at)
        return built, {**headers, **agreement.receipt_headers(), **built.headers, **agreement.authorization}

    def _remember_sending(self, parcel: Parcel, built: message.Built, before: sent.Sent | None) -> None:
        mics = tuple(f"{digest}:{mic}" for digest, mic in built.mics.items())
        is_signed = bool(self.agreement.wrapping(_now()).digest)
        made = sent.Sent(self.agreement.message_id(parcel.identity), parcel.content.sha256, mics, is_signed)
        sent.remember(self.setup.store, parcel.identity, made.again(before))

    def _post(self, headers: Mapping[str, str], body: bytes) -> Answer:
        agreement = self.agreement
        try:
            return http.request(
                "POST", agreement.url, body, headers, timeout=ANSWER_SECONDS, read_timeout=ANSWER_SECONDS,
                limit=ANSWER_BYTES, attempts=1, tls=agreement.tls,
            )  # fmt: skip
        except (TooLarge, BadAnswer) as error:
            raise Uncertain(f"It may have arrived. {error}") from error

    def _came_already(self, parcel: Parcel) -> Receipt | None:
        """The receipt that the partner sent while it had not answered yet. Raises Rejected."""
        known = sent.recall(self.setup.store, parcel.identity)
        if known and known.receipt and known.is_refused:
            raise Rejected(known.receipt)
        return known.receipt if known else None

    def _receipt(self, parcel: Parcel, answer: Answer) -> Receipt:
        entity = mime.Entity.of_http(answer.headers, answer.content)
        is_report = entity.media_type in ("multipart/report", "multipart/signed")
        if not answer.ok and not is_report:
            raise self._failure(answer)
        if not self.agreement.wants_mdn:
            return Receipt(
                f"{self.agreement.host} took it (status {answer.status}); no receipt (MDN) was asked for.",
                content=answer.content, media_type=entity.media_type,
            )  # fmt: skip
        if self.agreement.is_later and not is_report:
            return Receipt(
                f"{self.agreement.host} took it (status {answer.status}); its receipt (MDN) comes later.",
                content=answer.content, media_type=entity.media_type, awaits=True,
            )  # fmt: skip
        if not answer.content:
            raise Uncertain(f"{self.agreement.host} answered (status {answer.status}) without a receipt (MDN).")
        return self._settle(parcel.identity, entity, is_answer=True)

    def _settle(self, identity: str, entity: mime.Entity, *, is_answer: bool) -> Receipt:
        """Judge a receipt, and remember what came of it. Raises Rejected, Unconvincing."""
        store, agreement = self.setup.store, self.agreement
        known = sent.recall(store, identity)
        assert known
        if known.receipt and not known.is_refused:
            return known.receipt
        keys, must_be_signed = agreement.keys(_now()), agreement.wants_signed_mdn
        try:
            receipt = judge(entity, known, keys, must_be_signed=must_be_signed, is_answer=is_answer)
        except Rejected as refusal:
            sent.remember(store, identity, replace(known, receipt=refusal.receipt, is_refused=True))
            raise
        except Unconvincing as doubt:
            if doubt.is_final and is_answer:
                sent.remember(store, identity, replace(known, doubt=str(doubt)))
            raise
        sent.remember(store, identity, replace(known, receipt=receipt))
        return receipt

    def _failure(self, answer: Answer) -> NetworkError:
        where = f"{self.agreement.host} (status {answer.status})"
        if answer.status in (401, 403, 407):
            return ConfigError(f"{where} refuses the user and password, or wants some.")
        if answer.status in WRONG_ADDRESS:
            return ConfigError(f"{where} takes no AS2 messages at this address.")
        if answer.status in LATER:
            return RetryableError(f"{where} is busy.", answer.retry_after or 0)
        if answer.status >= 500:
            return Uncertain(f"{where} failed, and did not say whether it had taken the message.")
        return PermanentError(f"{where} refuses the message, without a receipt that says why.")

    # --- Receiving ------------------------------------------------------------------------------------------------

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
        sender, receiver = (unquoted(headers.get(name, "")) for name in ("as2-from", "as2-to"))
        if sender != self.agreement.partner_id:
            raise NotForUs(f"Expected AS2-From {self.agreement.partner_id}, found {sender[:128] or 'none'}.")
        if receiver != self.agreement.own_id:
            raise NotForUs(f"Expected AS2-To {self.agreement.own_id}, found {receiver[:128] or 'none'}.")

    def _take_message(self, entity: mime.Entity, is_known: Callable[[str], bool]) -> Received:
        agreement, at = self.agreement, _now()
        terms = receiving.Terms(agreement.require_signed, agreement.require_encrypted)
        taken = receiving.take(entity, agreement.keys(at), terms, is_known)
        wish = receiving.Wish.of(entity, taken)
        reply, later = self._told(taken, wish, at)
        if taken.problem or not taken.opened:
            return Received(reply, f"A message was refused: {taken.problem}", later=later, message_id=taken.message_id)
        if taken.is_known:
            text = f"{taken.message_id} was taken before; it was not taken twice."
            return Received(reply, text, later=later, message_id=taken.message_id)
        file = _file(taken.opened)
        text = f"Took in {file.name}, {file.content.size:,} bytes, {_protection(taken.opened)}."
        return Received(reply, text, (file,), taken.message_id, later)

    def _told(self, taken: receiving.Taken, wish: receiving.Wish, at: datetime) -> tuple[Reply, Later | None]:
        """The answer, and the receipt that goes out later when one is to."""
        if not wish.is_wanted:
            status = 400 if taken.problem else 200
            return Reply(status, str(taken.problem or "").encode(), {"Content-Type": "text/plain"}), None
        agreement, seed = self.agreement, uuid.uuid4().hex
        notification = receiving.notification(taken, agreement.own_id, wish.digest)
        digest = wish.digest if wish.digest in ("sha256", "sha384", "sha512") else "sha256"
        part = mdn.build(notification, seed, agreement.signer(at) if wish.is_signed else None, digest)
        headers = {**agreement.headers(agreement.message_id(f"mdn-{seed}"), "Receipt", at), **part.headers}
        if wish.url and (taken.is_authentic or urlsplit(wish.url).hostname == urlsplit(agreement.url).hostname):
            return Reply(), Later(wish.url, part.content, headers)
        return Reply(200, part.content, headers), None

    def _take_receipt(self, entity: mime.Entity) -> Received:
        """A receipt that comes later than the answer, or before it."""
        try:
            identity = self._identity_of(entity)
            receipt = self._settle(identity, entity, is_answer=False)
        except Rejected as refusal:
            return Received(Reply(), str(refusal), receipt=refusal.receipt, receipt_of=identity, is_refused=True)
        except (As2Problem, Unconvincing) as problem:
            return _refused(400, f"A receipt was not believed: {problem}")
        return Received(Reply(), receipt.text, receipt=receipt, receipt_of=identity)

    def _identity_of(self, entity: mime.Entity) -> str:
        """The parcel that a receipt is for. Raises As2Problem when none was sent that it could be for."""
        found = mdn.parse(entity, self.agreement.keys(_now())).original_message_id
        identity = sent.identity_of(found)
        if not sent.recall(self.setup.store, identity):
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


def _pair(sender: str, receiver: str) -> str:
    return f"{quoted(sender)} {quoted(receiver)}"


def _now() -> datetime:
    return datetime.now(UTC)
