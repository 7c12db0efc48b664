"""Files by HTTP: brought to an address by POST or PUT, and taken in when a partner calls."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, ClassVar, cast
from urllib.parse import quote

from arhub.network import http
from arhub.network.errors import (
    BadAnswer,
    ConfigError,
    NetworkError,
    RetryableError,
    TooLarge,
    Uncertain,
)
from connectors.base import Capability, Check, Setting, Setup, Unsupported
from connectors.gateways.answers import (
    MAY_BE_DONE,
    NOT_NOW,
    REFUSES_CALLER,
    Answered,
    FirstBytes,
    without,
)
from connectors.gateways.base import (
    Content,
    Gateway,
    Incoming,
    NameTaken,
    Parcel,
    Receipt,
    Received,
    Rejected,
    TakesRepeats,
)
from connectors.gateways.http import multipart, receiving, soap
from connectors.gateways.http.settings import FORM, RAW, SETTINGS, Settings, facts_of
from connectors.gateways.shelf import Digesting
from connectors.gateways.templates import EXAMPLE

LONGEST_ANSWER = 16 << 20
SLOWEST = 50_000
"""Bytes a second: how long an upload may take depends on its size."""
SECONDS = 60.0


class HttpGateway(Gateway):
    kind: ClassVar[str] = "http"
    label: ClassVar[str] = "HTTP"
    summary: ClassVar[str] = "Sends files to a web address by POST or PUT, and takes in what partners post to the hub."
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DELIVER, Capability.LOOK_UP, Capability.RECEIVE}
    )
    settings: ClassVar[tuple[Setting, ...]] = SETTINGS
    done_within_seconds: ClassVar[int] = 120

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.given = Settings(setup.values)

    def checks(self) -> Sequence[Check]:
        return (
            Check("Read the settings", self._check_settings),
            Check("Reach the server", self._check_reach),
            Check("Sign in", self._check_sign_in),
        )

    def deliver(self, parcel: Parcel) -> Receipt:
        body, headers = self._body(parcel)
        headers |= {**self.given.headers(), **self.given.credentials(), "Idempotency-Key": parcel.identity}
        if self.given.is_put and not self.given.overwrites:
            headers["If-None-Match"] = "*"
        says_yes = self.given.says_yes()
        answered = self._send(parcel, body, headers)
        try:
            self._refuse(answered)
            if not says_yes(answered.status):
                raise Rejected(
                    self._receipt(answered, f"{self.given.host} did not take {parcel.name}{_told(answered)}")
                )
            self._expect(answered, parcel)
        except NetworkError as error:
            raise without(self.given.secrets, error) from None
        size = f"{parcel.content.size:,} bytes"
        return self._receipt(answered, f"{self.given.host} took {parcel.name}, {size}, with status {answered.status}.")

    def look_up(self, parcel: Parcel) -> Receipt | None:
        if self.given.is_repeatable:
            raise TakesRepeats(self.given.host)
        if self.given.is_put and self.given.body == RAW:
            return self._lies_there(parcel)
        raise Unsupported(f"{self.given.host} cannot be asked whether a file has come.")

    def receive(self, incoming: Incoming) -> Received:
        return receiving.received(self.given, incoming)

    def _body(self, parcel: Parcel) -> tuple[Content, dict[str, str]]:
        """What is sent, and the headers that speak of it."""
        if self.given.body == RAW:
            digest = base64.b64encode(bytes.fromhex(parcel.content.sha256)).decode()
            return parcel.content, {
                "Content-Type": parcel.media_type,
                "Content-Disposition": f"attachment; filename*=UTF-8''{quote(parcel.name, safe='')}",
                "Content-Digest": f"sha-256=:{digest}:",
            }
        if self.given.body == FORM:
            boundary = f"ar-hub-{hashlib.sha256(parcel.identity.encode()).hexdigest()[:32]}"
            field = self.given.text("field") or "file"
            form = multipart.form_of(
                parcel.content, boundary=boundary, field=field, name=parcel.name, media_type=parcel.media_type
            )
            return form, {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        envelope, encoding = soap.wrapped(parcel.content, self.given.body)
        return envelope, soap.headers(self.given.body, encoding, self.given.text("soap_action"))

    def _send(self, parcel: Parcel, body: Content, headers: Mapping[str, str]) -> Answered:
        url, kept = self.given.url(facts_of(parcel)), FirstBytes()
        self.setup.pace.wait()
        try:
            answer = http.request(
                self.given.method, url, body, headers, timeout=SECONDS + body.size / SLOWEST,
                repeatable=self.given.is_repeatable, tls=self.given.tls, into=cast(BinaryIO, kept),
                file_limit=LONGEST_ANSWER,
            )  # fmt: skip
        except TooLarge as error:
            return Answered(error.status, kept.content)
        except BadAnswer as error:
            raise self._doubt(str(error)) from None
        return Answered.of(answer, kept)

    def _refuse(self, answered: Answered) -> None:
        """Raise for what is neither yes nor a plain no."""
        host, told = self.given.host, _told(answered)
        if answered.status in REFUSES_CALLER:
            raise ConfigError(f"{host} does not accept how the hub signs in{told}")
        if answered.status in NOT_NOW:
            raise RetryableError(f"{host} takes nothing at the moment{told}", answered.retry_after)
        if self.given.is_put and not self.given.overwrites and answered.status in (409, 412):
            raise NameTaken(f"{host} has a file at this address already; it was left as it is.")
        if self.given.is_soap and (reason := soap.fault_of(answered.content)) is not None:
            raise Rejected(self._receipt(answered, f"{host} refused it with a SOAP fault: {reason.rstrip('.')}."))
        if answered.status in MAY_BE_DONE:
            raise self._doubt(f"{host} failed on its side{told}")

    def _expect(self, answered: Answered, parcel: Parcel) -> None:
        """Raises `Rejected` when what must stand in the answer does not."""
        if self.given.is_soap and answered.content and not soap.is_envelope(answered.content):
            raise self._doubt(f"{self.given.host} answered an envelope with something else{_told(answered)}")
        expected = self.given.text("expected")
        if expected and expected.encode() not in answered.content:
            text = f"{self.given.host} answered {parcel.name} with status {answered.status}, but without “{expected}”."
            raise Rejected(self._receipt(answered, text))

    def _doubt(self, text: str) -> NetworkError:
        if self.given.is_repeatable:
            return RetryableError(text)
        return Uncertain(f"{text.rstrip('.')}: whether it was stored is not known.")

    def _receipt(self, answered: Answered, text: str) -> Receipt:
        for secret in self.given.secrets:
            text = text.replace(secret, "…")
        return Receipt(
            text, content=answered.content, media_type=answered.media_type, reference=answered.reference
        )  # fmt: skip

    def _lies_there(self, parcel: Parcel) -> Receipt | None:
        """By getting what was put: the address is the file's own."""
        found = Digesting()
        self.setup.pace.wait()
        try:
            answer = http.get(
                self.given.url(facts_of(parcel)), self.given.credentials(),
                timeout=SECONDS + parcel.content.size / SLOWEST, attempts=1, tls=self.given.tls,
                into=cast(BinaryIO, found), file_limit=max(parcel.content.size, 1),
            )  # fmt: skip
        except TooLarge:
            raise _other(parcel) from None
        if answer.status in (404, 410):
            return None
        if not answer.ok:
            raise self._unsaid(answer.status)
        if found.hexdigest() != parcel.content.sha256:
            raise _other(parcel)
        text = f"{self.given.host} has {parcel.name}, {parcel.content.size:,} bytes, as it was sent."
        return Receipt(text, speaks_of=f"sha256:{parcel.content.sha256}")

    def _unsaid(self, status: int) -> NetworkError:
        host = self.given.host
        if status in REFUSES_CALLER:
            return ConfigError(f"{host} does not accept how the hub signs in: status {status}.")
        if status in NOT_NOW or status >= 500:
            return RetryableError(f"{host} cannot say now what it has: status {status}.")
        return Unsupported(f"{host} does not say what it has: status {status}.")

    def _check_settings(self) -> str:
        self.given.headers()
        self.given.says_yes()
        follows = self.given.url(EXAMPLE).removeprefix(self.given.text("url").rstrip("/"))
        named = f", such as {follows}" if follows.strip("/") else ""
        return f"Files go by {self.given.method} to {self.given.host}{named}."

    def _check_reach(self) -> str:
        answer = self._ask({})
        way = "a secure connection" if answer.url.startswith("https:") else "a connection that is not secure"
        return f"{self.given.host} answers, over {way}."

    def _check_sign_in(self) -> str:
        answer = self._ask(self.given.credentials())
        if answer.status in REFUSES_CALLER:
            raise ConfigError(f"{self.given.host} does not accept how the hub signs in: status {answer.status}.")
        if answer.status >= 500 and answer.status != 501:
            raise RetryableError(f"{self.given.host} failed on its side: status {answer.status}.")
        return f"{self.given.host} did not refuse the hub: status {answer.status} to a question without a file."

    def _ask(self, headers: Mapping[str, str]) -> Any:
        """HEAD changes nothing there."""
        self.setup.pace.wait()
        return http.request("HEAD", self.given.url(EXAMPLE), headers=headers, redirects=0, tls=self.given.tls)


def _told(answered: Answered) -> str:
    said = answered.said()
    return f": status {answered.status}{said}."


def _other(parcel: Parcel) -> NetworkError:
    """It may be a page that says something went wrong: that the file is not there it does not show."""
    return Unsupported(
        f"Another file lies at the address of {parcel.name}, or a page instead of it: look for it there."
    )
