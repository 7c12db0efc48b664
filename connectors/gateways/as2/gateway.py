"""AS2 behind a Connection: files go out to a partner and come in from there, each with a receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
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
from connectors.gateways.as2 import message, mime, sent
from connectors.gateways.as2.agreement import Agreement, pair, pair_of
from connectors.gateways.as2.desk import Desk
from connectors.gateways.as2.receipts import settle
from connectors.gateways.as2.settings import SETTINGS
from connectors.gateways.base import Bytes, Gateway, Incoming, Later, Parcel, Receipt, Received, Rejected, TakesRepeats
from connectors.gateways.templates import fill

LARGEST_FILE = 50 * 1000 * 1000
"""Bytes. All of it is held in memory to be signed and encrypted, some eight times over."""
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
        """Who sends to whom: the pair stands in every message. Empty while the ids are none."""
        agreement = Agreement(setup_values)
        try:
            return pair(agreement.partner_id, agreement.own_id)
        except ConfigError:
            return ""

    @classmethod
    def address_of(cls, headers: Mapping[str, str]) -> str:
        """`address` as a request names it."""
        return pair(*pair_of(headers))

    def checks(self) -> Sequence[Check]:
        agreement = self.agreement
        return (
            Check("What was agreed", agreement.check_terms),
            Check("Your certificate", lambda: agreement.check_identity(_now())),
            Check("The partner's certificates", lambda: agreement.check_partner(_now())),
            Check("Reach the partner", self._reach),
        )

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
        if known:
            raise TakesRepeats(self.agreement.partner_id)
        return None

    def receive(self, incoming: Incoming) -> Received:
        return Desk(self.agreement, self.setup.store, _now()).receive(incoming)

    def expiries(self) -> Sequence[tuple[str, datetime]]:
        with suppress(ConfigError):
            return self.agreement.expiries()
        return ()

    def call_back(self, later: Later) -> None:
        """The partner's own web server is asked as it is for messages; any other without what opens that one."""
        self.setup.pace.wait()
        is_theirs = urlsplit(later.url)[:2] == urlsplit(self.agreement.url)[:2]
        opened = self.agreement.authorization if is_theirs else {}
        answer = http.post(later.url, later.body, {**later.headers, **opened}, repeatable=True, tls=self.agreement.tls)
        if not answer.ok:
            raise RetryableError(f"The partner answered the receipt with status {answer.status}.")

    def _reach(self) -> str:
        self.setup.pace.wait()
        agreement = self.agreement
        answer = http.request("HEAD", agreement.url, headers=agreement.authorization, attempts=1, tls=agreement.tls)
        if answer.status == 401:
            raise ConfigError(f"{agreement.host} wants another user or password (status 401).")
        how = "over TLS" if urlsplit(agreement.url).scheme == "https" else "without TLS"
        return f"{agreement.host} answers {how}. No message was sent."

    def _message(self, parcel: Parcel) -> tuple[message.Built, Mapping[str, str]]:
        """Raises ConfigError before anything has gone out."""
        if parcel.content.size > LARGEST_FILE:
            raise ConfigError(f"{parcel.name} has more than {LARGEST_FILE:,} bytes, the most that is sent over AS2.")
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
        message_id = self.agreement.message_id(parcel.identity)
        made = sent.Sent(message_id, parcel.content.sha256, mics, self.agreement.signs)
        sent.remember(self.setup.store, parcel.identity, made.again(before))

    def _post(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Streamed, so that a message which broke off on the way is known not to have arrived."""
        agreement = self.agreement
        try:
            return http.request(
                "POST", agreement.url, Bytes(body), headers, timeout=ANSWER_SECONDS, read_timeout=ANSWER_SECONDS,
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
            return self._unconfirmed(parcel, answer)
        if self.agreement.is_later and not is_report:
            return Receipt(
                f"{self.agreement.host} took it (status {answer.status}); its receipt (MDN) comes later.",
                content=answer.content, media_type=entity.media_type, awaits=True,
            )  # fmt: skip
        if not answer.content:
            raise Uncertain(f"{self.agreement.host} answered (status {answer.status}) without a receipt (MDN).")
        return settle(
            parcel.identity, entity, store=self.setup.store, agreement=self.agreement, at=_now(), is_answer=True
        )

    def _unconfirmed(self, parcel: Parcel, answer: Answer) -> Receipt:
        """All there is where no receipt was asked for."""
        text = f"{self.agreement.host} took it (status {answer.status}); no receipt (MDN) was asked for."
        receipt = Receipt(text, content=answer.content, media_type=answer.headers.get("content-type", "text/plain"))
        known = sent.recall(self.setup.store, parcel.identity)
        assert known
        sent.remember(self.setup.store, parcel.identity, replace(known, receipt=receipt))
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


def _now() -> datetime:
    return datetime.now(UTC)
