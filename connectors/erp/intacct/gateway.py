"""The one way to the gateway: the envelope around a function, and the session it is called in."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from arhub.network import http
from arhub.network.answer import Answer
from arhub.network.errors import (
    ConfigError,
    NetworkError,
    PermanentError,
    RetryableError,
    Uncertain,
)
from connectors.base import Setup
from connectors.erp.intacct.answers import Outcome, Unreadable, outcome_of
from connectors.erp.intacct.problems import Failed, error_of

ANSWER_BYTES = 32 << 20
CALL_SECONDS = 60.0
_HEADERS = {"Content-Type": "application/xml"}


@dataclass(frozen=True, slots=True)
class Access:
    """Who calls whom."""

    address: str
    sender_id: str
    company_id: str
    user_id: str
    entity: str
    sender_password: str = field(repr=False)
    user_password: str = field(repr=False)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Access:
        return cls(**{name: str(values.get(name) or "").strip() for name in cls.__dataclass_fields__})

    @property
    def place(self) -> str:
        """Under which a session is remembered: one for each company, user and entity."""
        return f"session {_digest(self.address, self.sender_id, self.company_id, self.user_id, self.entity)[:32]}"

    @property
    def credentials(self) -> str:
        """Stands for the passwords, so that a session is not used on when they were changed."""
        return _digest(self.place, self.sender_password, self.user_password)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Session:
    id: str = field(repr=False)
    endpoint: str
    entity: str = ""


class Gateway:
    """Calls functions one at a time. What is read may be asked again when no answer came; what is written may not."""

    def __init__(self, setup: Setup) -> None:
        self.access = Access.of(setup.values)
        self._store, self._pace = setup.store, setup.pace

    def read(self, function: etree._Element) -> Outcome:
        """The result of a function that changes nothing."""
        return self._in_session(_with_id(function), once=False)

    def write(self, function: etree._Element) -> Outcome:
        """The result of a `function` element under its own control id. Raises `Uncertain` when it may have been done,
        and the refusals of `problems`."""
        return self._in_session(function, once=True)

    def sign_in(self) -> Session:
        """A new session, which the calls that follow use."""
        try:
            session = self.try_sign_in()
        except Failed as failed:
            raise error_of(failed) from None
        stored = {"id": session.id, "endpoint": session.endpoint, "credentials": self.access.credentials}
        self._store.put(self.access.place, stored)
        return session

    def try_sign_in(self) -> Session:
        """The same without remembering it. Raises `Failed` with the level it came to."""
        request = _envelope(self.access, _login(self.access), _with_id(etree.Element("getAPISession")), once=False)
        outcome = self._post(self.access.address, request, once=False)
        found = next(iter(outcome.records), {})
        if not found.get("SESSIONID"):
            raise RetryableError("Intacct accepted the sign-in and gave no session.")
        endpoint = self._checked(found.get("ENDPOINT") or self.access.address)
        return Session(found["SESSIONID"], endpoint, found.get("LOCATIONID", ""))

    def _in_session(self, function: etree._Element, *, once: bool) -> Outcome:
        remembered = self._remembered()
        try:
            try:
                return self._call(remembered or self.sign_in(), function, once=once)
            except Failed as failed:
                if remembered is None or not failed.is_of_credentials:
                    raise
            return self._call(self.sign_in(), function, once=once)
        except Failed as failed:
            raise error_of(failed) from None

    def _call(self, session: Session, function: etree._Element, *, once: bool) -> Outcome:
        sign_in = etree.Element("authentication")
        etree.SubElement(sign_in, "sessionid").text = session.id
        try:
            return self._post(session.endpoint, _envelope(self.access, sign_in, function, once=once), once=once)
        except (Failed, NetworkError) as error:
            error.args = (str(error).replace(session.id, "…"),)  # the other side may say back what it was told
            raise

    def _remembered(self) -> Session | None:
        stored = self._store.get(self.access.place) or {}
        if stored.get("credentials") != self.access.credentials:
            return None
        return Session(stored["id"], self._checked(stored["endpoint"]))

    def _checked(self, endpoint: str) -> str:
        """Credentials go on to an endpoint, so it must be Intacct's own or where the connection leads anyway."""
        ours, theirs = urlsplit(self.access.address), urlsplit(endpoint)
        is_known = theirs.hostname == ours.hostname or (theirs.hostname or "").endswith(".intacct.com")
        if not is_known or theirs.scheme not in ("https", ours.scheme):
            raise ConfigError(
                f"The gateway at {ours.hostname} sent us on to {theirs.hostname or 'nowhere'}, which is not Intacct's."
            )
        return endpoint

    def _post(self, address: str, content: bytes, *, once: bool) -> Outcome:
        self._pace.wait()
        try:
            answer = http.request(
                "POST", address, content, _HEADERS, timeout=CALL_SECONDS, read_timeout=CALL_SECONDS, limit=ANSWER_BYTES,
                repeatable=not once,
            )  # fmt: skip
        except PermanentError as error:  # the request was there, and only its answer was no good
            raise (Uncertain if once else RetryableError)(str(error)) from None
        return _outcome(answer, once)


def _outcome(answer: Answer, once: bool) -> Outcome:
    host = urlsplit(answer.url).hostname
    if answer.status == 429:
        raise RetryableError(f"{host} takes no more requests for now (status 429).", answer.retry_after or 0)
    if answer.status >= 500:
        raise _unknown(once, f"{host} broke off with status {answer.status}.")
    try:
        return outcome_of(answer.content)
    except Unreadable as error:
        if answer.ok:
            raise _unknown(once, f"Expected XML of the gateway from {host}, found something else: {error}.") from None
        raise ConfigError(
            f"{host} answers with status {answer.status}, not as Intacct's gateway does: {error}."
        ) from None


def _unknown(once: bool, text: str) -> NetworkError:
    return Uncertain(text) if once else RetryableError(text)


def _with_id(function: etree._Element) -> etree._Element:
    made = etree.Element("function", controlid=str(uuid.uuid4()))
    made.append(function)
    return made


def _login(access: Access) -> etree._Element:
    sign_in = etree.Element("authentication")
    login = etree.SubElement(sign_in, "login")
    etree.SubElement(login, "userid").text = access.user_id
    etree.SubElement(login, "companyid").text = access.company_id
    etree.SubElement(login, "password").text = access.user_password
    if access.entity:
        etree.SubElement(login, "locationid").text = access.entity
    return sign_in


def _envelope(access: Access, sign_in: etree._Element, function: etree._Element, *, once: bool) -> bytes:
    """With `once` the gateway refuses a control id of which it completed a function before."""
    request = etree.Element("request")
    control = etree.SubElement(request, "control")
    for tag, text in (
        ("senderid", access.sender_id), ("password", access.sender_password),
        ("controlid", function.get("controlid")), ("uniqueid", "true" if once else "false"), ("dtdversion", "3.0"),
        ("includewhitespace", "false"),
    ):  # fmt: skip
        etree.SubElement(control, tag).text = text
    operation = etree.SubElement(request, "operation", transaction="false")
    operation.append(sign_in)
    etree.SubElement(operation, "content").append(function)
    return etree.tostring(request, xml_declaration=True, encoding="UTF-8")
