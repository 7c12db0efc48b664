"""Documents to Peppol or NemHandel, through an access point that speaks AS4 for us."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, ClassVar, cast
from urllib.parse import quote, urlsplit
from uuid import UUID, uuid5

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
)
from arhub.network.tls import Tls
from connectors.base import Capability, Check, NeverThere, Setting, Unsupported
from connectors.gateways.access_point import ubl
from connectors.gateways.access_point.reports import Report
from connectors.gateways.access_point.sbdh import PARTICIPANT_SCHEME, Envelope, moment
from connectors.gateways.answers import MAY_BE_DONE, NOT_NOW, Answered, FirstBytes, without
from connectors.gateways.base import Bytes, Content, Gateway, Parcel, Receipt, Rejected

STANDALONE, PHOSS = "phase4", "phoss"
OURS = UUID("6c5a6f5e-5f0f-4d0a-9c4e-61a4a2c1b7d3")
UUID_DIGITS = re.compile("[0-9a-f]{32}")
PARTICIPANT = re.compile(r"[0-9]{4}:[!-~]{1,50}")
SECONDS = 120.0
"""An access point answers when the receiver's has."""
WAITS = frozenset({"pending", "sending", "failed"})
REFUSED = frozenset({"rejected", "permanently_failed"})


class AccessPointGateway(Gateway):
    kind: ClassVar[str] = "access_point"
    label: ClassVar[str] = "Peppol / NemHandel access point"
    summary: ClassVar[str] = "Sends UBL documents to participants of Peppol and NemHandel through an access point."
    capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.DELIVER, Capability.LOOK_UP})
    done_within_seconds: ClassVar[int] = 300
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("shape", "Access point", "What your provider runs.", kind="choice", default=PHOSS, group="Access point",
                choices=((PHOSS, "phoss-ap"), (STANDALONE, "phase4-peppol-standalone"))),
        Setting("url", "Address", "Such as https://ap.example.com, without what follows it.", kind="url",
                group="Access point"),
        Setting("token", "Token", "What the access point is set up to expect in X-Token (phase4.api.requiredtoken).",
                kind="secret", group="Access point", decides=True),
        Setting("authorities", "Trusted authorities", "In PEM, when the access point's certificate is not of a public "
                "authority. They replace the public ones.", required=False, lines=True, group="Access point"),
        Setting("sender", "Your participant id", "Such as 0184:12345674 (CVR) or 0088:5798000000124 (GLN). Empty: as "
                "each document says.", required=False, group="What is sent"),
        Setting("country", "Your country", "Two letters, for the statistics of Peppol. Empty: as each document says.",
                default="DK", required=False, group="What is sent"),
        Setting("builds", "The envelope is made by", "With phase4-peppol-standalone a repeat is recognisable only when "
                "the hub makes it.", kind="choice", default="access_point", group="What is sent",
                choices=(("access_point", "the access point"), ("hub", "the hub (SBDH)"))),
    )  # fmt: skip

    def checks(self) -> Sequence[Check]:
        return (
            Check("Read the settings", self._check_settings),
            Check("Reach the access point and sign in", self._check_sign_in),
        )

    def deliver(self, parcel: Parcel) -> Receipt:
        envelope = self.envelope(parcel)
        path, body = self._request(envelope, parcel.content)
        try:
            return self._judged(self._post(path, body), envelope, parcel)
        except NetworkError as error:
            raise without([self._text("token")], error) from None

    def look_up(self, parcel: Parcel) -> Receipt | None:
        if self._text("shape") == STANDALONE:
            raise Unsupported("phase4-peppol-standalone cannot be asked what it has sent.")
        found = self._status(instance_of(parcel))
        if found is None:
            return None
        answered, status, why = found
        if status in REFUSED:
            raise NeverThere(f"The access point did not send it: {why}.")
        if status != "sent":
            raise RetryableError(f"The access point is still at it: {status or 'no status'}{': ' if why else ''}{why}.")
        return Receipt(f"{self._host} sent {parcel.name}.", "report", answered.content, answered.media_type)

    def envelope(self, parcel: Parcel) -> Envelope:
        """Who sends what to whom, which must be what the document says. Raises `PermanentError`."""
        document, facts = ubl.described(parcel.content), parcel.facts
        sender = _chosen("sender", document.sender, facts.get("sender") or self._text("sender"))
        receiver = _chosen("receiver", document.receiver, facts.get("receiver", ""))
        country = (facts.get("country") or self._text("country") or document.country).upper()
        if not re.fullmatch("[A-Z]{2}", country):
            raise PermanentError(f"Expected the sender's country in two letters, found {country[:20]!r}.")
        return Envelope(
            instance_of(parcel), sender, receiver, facts.get("document_type_id") or document.document_type_id,
            facts.get("process_id") or document.process_id, country, moment(facts.get("timestamp", "")),
            document.version or "2.1",
        )  # fmt: skip

    def _request(self, envelope: Envelope, content: Content) -> tuple[str, Content]:
        is_phoss = self._text("shape") != STANDALONE
        if self._text("builds") == "hub":
            return ("/api/outbound/submit-sbd" if is_phoss else "/sendsbdh"), envelope.around(content)
        named = (
            f"{PARTICIPANT_SCHEME}::{envelope.sender}", f"{PARTICIPANT_SCHEME}::{envelope.receiver}",
            envelope.document_type_id, envelope.process_id, envelope.country,
        )  # fmt: skip
        parts = "/".join(quote(one, safe="") for one in named)
        if is_phoss:
            return f"/api/outbound/submit/{parts}?sbdhInstanceID={envelope.instance}", content
        return f"/sendas4/{parts}", content

    def _post(self, path: str, body: Content) -> Answered:
        return self._ask("POST", path, body, {"Content-Type": "application/xml"})

    def _ask(self, method: str, path: str, body: Content, headers: Mapping[str, str]) -> Answered:
        kept = FirstBytes()
        self.setup.pace.wait()
        try:
            answer = http.request(
                method, f"{self._text('url').rstrip('/')}{path}", body,
                {**headers, "X-Token": self._text("token"), "Accept": "application/json"}, timeout=SECONDS,
                read_timeout=SECONDS, tls=Tls(self._text("authorities")), into=cast(BinaryIO, kept),
            )  # fmt: skip
        except (TooLarge, BadAnswer) as error:
            raise Uncertain(f"{str(error).rstrip('.')}: whether the document was sent is not known.") from None
        return Answered.of(answer, kept)

    def _judged(self, answered: Answered, envelope: Envelope, parcel: Parcel) -> Receipt:
        self._refuse(answered)
        report = Report.of(answered.content)
        if report and report.is_delivered:
            return report.receipt(answered, f"{self._host} sent {parcel.name} to {envelope.receiver}.")
        if self._text("shape") != STANDALONE and (found := self._state(envelope.instance)):
            return self._settled(found, answered, report, parcel)
        if report:
            raise report.failure(answered)
        if answered.status in (200, 202):
            raise Uncertain(f"{self._host} gave no report: whether the document was sent is not known.")
        text = f"{self._host} did not take {parcel.name}: status {answered.status}{answered.said()}."
        raise Rejected(Receipt(text, "report", answered.content, answered.media_type))

    def _refuse(self, answered: Answered) -> None:
        """Raise for what is no report."""
        host, told = self._host, f"status {answered.status}{answered.said()}."
        if answered.status in (401, 403, 407):
            raise ConfigError(f"{host} does not accept the token: {told}")
        if answered.status == 404:
            raise ConfigError(f"{host} does not send: it is switched off there, or this is another access point.")
        if answered.status in NOT_NOW:
            raise RetryableError(f"{host} takes nothing at the moment: {told}", answered.retry_after)
        if answered.status in MAY_BE_DONE:
            raise Uncertain(f"{host} failed on its side: whether the document was sent is not known; {told}")

    def _state(self, instance: str) -> tuple[Answered, str, str] | None:
        """What phoss-ap has of it, which may try again on its own. Raises `Uncertain` when it cannot be asked."""
        try:
            return self._status(instance)
        except NetworkError as error:
            raise Uncertain(f"It was not sent at once, and may be still: {error}") from None

    def _settled(
        self, found: tuple[Answered, str, str], answered: Answered, report: Report | None, parcel: Parcel
    ) -> Receipt:
        state, status, why = found
        if status == "sent":  # it knew the id already
            return Receipt(f"{self._host} sent {parcel.name}.", "report", state.content, state.media_type)
        if status in REFUSED:
            reason = (report and report.reason) or why or "no reason is given"
            text = f"{self._host} did not send {parcel.name}: {reason.rstrip('.')}."
            raise Rejected(Receipt(text, "report", answered.content, answered.media_type))
        raise Uncertain(
            f"{self._host} tries again on its own: {((report and report.reason) or why or status).rstrip('.')}."
        )

    def _status(self, instance: str) -> tuple[Answered, str, str] | None:
        """The answer, the status in it and the reason; None when phoss-ap has nothing of this id."""
        answered = self._ask("GET", f"/api/outbound/status/{instance}", Bytes(b""), {})
        if answered.status == 404:
            return None
        self._refuse(answered)
        values = _json(answered)
        why = str(values.get("errorDetails") or "").split("\n")[0][:300].rstrip(".")
        return answered, str(values.get("status") or ""), why

    def _check_settings(self) -> str:
        sender = self._text("sender")
        if sender and not PARTICIPANT.fullmatch(sender):
            raise ConfigError(f"Your participant id: expected such as 0184:12345674, found {sender[:60]!r}.")
        return f"Documents are sent as {sender}." if sender else "Documents are sent as they say themselves."

    def _check_sign_in(self) -> str:
        """With a question after a document that is not there, or a document that is none: nothing is sent."""
        if self._text("shape") != STANDALONE:
            found = self._status(str(uuid5(OURS, "test connection")))
            return f"{self._host} answers and accepts the token{'' if found is None else ', oddly knowing this test'}."
        answered = self._post("/sendsbdh", Bytes(b"<test/>"))
        self._refuse(answered)
        report = Report.of(answered.content)
        if report is None or report.is_delivered:
            raise ConfigError(f"{self._host} answered with status {answered.status}, but not as an access point does.")
        return f"{self._host} answers and accepts the token."

    def _text(self, name: str) -> str:
        return str(self.setup.values.get(name) or "").strip()

    @property
    def _host(self) -> str:
        return urlsplit(self._text("url")).netloc


def instance_of(parcel: Parcel) -> str:
    """The id of the envelope: the same at every attempt, and of no other parcel. An identity that is an UUID stays one,
    so that an answer that names the envelope names the parcel."""
    is_uuid = UUID_DIGITS.fullmatch(parcel.identity)
    return str(UUID(parcel.identity) if is_uuid else uuid5(OURS, parcel.identity))


def _chosen(who: str, said: str, given: str) -> str:
    """The endpoint, which must be the one that the document says."""
    given = given.strip().removeprefix(f"{PARTICIPANT_SCHEME}::")
    chosen = given or ubl.canonical(said)
    if not said.partition(":")[2]:
        raise PermanentError(
            f"The document does not say the {who}'s endpoint (EndpointID), which must be {given or 'there'}."
        )
    if ubl.canonical(chosen) != ubl.canonical(said):
        raise PermanentError(f"The {who} is to be {chosen}, but the document says {said}: nothing was sent.")
    if not PARTICIPANT.fullmatch(chosen):
        raise PermanentError(f"Expected the {who}'s endpoint to be such as 0184:12345674, found {chosen[:60]!r}.")
    return chosen


def _json(answered: Answered) -> Mapping[str, Any]:
    try:
        found = Answer(answered.status, {}, answered.content, "").json()
    except BadAnswer:
        found = None
    if not isinstance(found, dict):
        raise RetryableError("The access point answered something that is no status.")
    return found
