"""The settings of an HTTP connection, and what they say once they are read."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from arhub.network.errors import ConfigError
from arhub.network.tls import Tls
from connectors.base import Setting
from connectors.gateways import templates
from connectors.gateways.base import FILE_NAME, OVERWRITE, Parcel

WHERE, CALLER, BODY = "Where files go", "How the hub signs in", "What is sent"
ANSWER, INCOMING = "What the answer says", "Files that come in"
NONE, BASIC, BEARER, API_KEY = "none", "basic", "bearer", "api_key"
RAW, FORM = "raw", "form"
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_STATUS = re.compile(r"[1-5](xx|[0-9]{2})")
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "authorization", "proxy-authorization",
                   "cookie", "content-type", "content-disposition", "idempotency-key"})  # fmt: skip

SETTINGS = (
    Setting("url", "Address", "Where the other side takes files, such as https://in.example.com/files.", kind="url",
            group=WHERE),
    Setting("path", "What follows the address", "Per file, with the document's fields: /{number}.xml or "
            "?name={name}. {name} is the file name below. Fields are percent-encoded. Empty: nothing.",
            kind="template", required=False, group=WHERE),
    Setting("method", "Method", "POST adds a file, PUT lays it under exactly this address.", kind="choice",
            default="POST", choices=(("POST", "POST"), ("PUT", "PUT")), group=WHERE),
    FILE_NAME,
    OVERWRITE,
    Setting("sign_in", "Sign in with", kind="choice", default=NONE, group=CALLER, choices=(
        (NONE, "Nothing, or a client certificate only"), (BASIC, "User and password (Basic)"),
        (BEARER, "A token (Bearer)"), (API_KEY, "An API key in a header"))),
    Setting("user", "User", "For user and password.", required=False, group=CALLER, when=("sign_in", (BASIC,))),
    Setting("password", "Password", "The one that the other side gave you for this user.", kind="secret",
            required=False, group=CALLER, when=("sign_in", (BASIC,))),
    Setting("token", "Token or API key", "The other side shows it where its access for programs is set up.",
            kind="secret", required=False, group=CALLER, when=("sign_in", (BEARER, API_KEY)), decides=True),
    Setting("key_header", "Header of the API key", "Such as X-API-Key.", default="X-API-Key", required=False,
            group=CALLER, when=("sign_in", (API_KEY,))),
    Setting("certificate", "Client certificate", "In PEM, with those between it and its authority. Only where the "
            "other side asks for one.", required=False, lines=True, group=CALLER),
    Setting("key", "Its private key", "In PEM, without a password: the file that the certificate was requested with.",
            kind="secret", required=False, lines=True, stays=True, group=CALLER),
    Setting("authorities", "Trusted authorities", "In PEM, when the other side's certificate is not of a public "
            "authority. They replace the public ones.", required=False, lines=True, group=CALLER),
    Setting("body", "Body", kind="choice", default=RAW, group=BODY, choices=(
        (RAW, "The file as it is"), (FORM, "A form with the file (multipart/form-data)"),
        ("soap11", "SOAP 1.1 envelope around an XML document"), ("soap12", "SOAP 1.2 envelope around an XML document"),
    )),
    Setting("field", "Field of the form", "What the other side calls the file.", default="file", required=False,
            group=BODY, when=("body", (FORM,))),
    Setting("soap_action", "SOAP action", "As the other side's description (WSDL) names it.", required=False,
            group=BODY, when=("body", ("soap11", "soap12"))),
    Setting("headers", "Further headers", "One per line as “Name: value”. Not for secrets: they are shown.",
            required=False, lines=True, group=BODY),
    Setting("taken", "Statuses that say yes", "Such as 2xx, or 200, 202.", default="2xx", group=ANSWER),
    Setting("expected", "Text in the answer", "When it says yes only with this text in it. Empty: any.",
            required=False, group=ANSWER),
    Setting("repeats_are_harmless", "A repeat does no harm", "The other side knows a file again by its "
            "Idempotency-Key or its number: what had no answer is sent once more without asking you.", kind="bool",
            default=False, required=False, group=ANSWER),
    Setting("receiver_user", "User of the sender", "Who sends files to the hub signs in as this user. Empty: the "
            "address with its token is enough.", required=False, group=INCOMING),
    Setting("receiver_password", "Password of the sender", "You choose it, and give it to who sends.", kind="secret",
            required=False, stays=True, group=INCOMING),
    Setting("receiver_token", "Token of the sender", "Instead of user and password: you choose it, the sender shows "
            "it as Bearer.", kind="secret", required=False, stays=True, group=INCOMING),
    Setting("unwrap", "Take SOAP envelopes off", "What comes in is a SOAP envelope, and the document in it is wanted.",
            kind="bool", default=False, required=False, group=INCOMING),
)  # fmt: skip


class Settings:
    """What was filled in, read. Each method raises `ConfigError` for what cannot be."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values
        self.method = self.text("method") or "POST"
        self.body = self.text("body") or RAW
        self.is_soap = self.body in ("soap11", "soap12")
        self.is_put = self.method == "PUT"
        self.overwrites = bool(values.get("overwrite"))
        self.is_repeatable = bool(values.get("repeats_are_harmless")) or (self.is_put and self.overwrites)
        """Whether a file that had no answer may be sent again without harm."""

    def text(self, name: str) -> str:
        return str(self.values.get(name) or "")

    @property
    def tls(self) -> Tls:
        return Tls(self.text("authorities"), self.text("certificate"), self.text("key"))

    @property
    def secrets(self) -> list[str]:
        return [self.text(one.name) for one in SETTINGS if one.is_secret and self.text(one.name)]

    def url(self, facts: Mapping[str, str]) -> str:
        address, path = self.text("url"), self.text("path")
        if "{" in address:
            raise ConfigError("Expected the address without fields: they belong to what follows the address.")
        try:
            templates.check(path)
        except templates.WrongTemplate as problem:
            raise ConfigError(f"What follows the address: {problem}") from None
        if path and path[0] not in "/?":
            raise ConfigError("What follows the address: expected it to begin with / or with ?.")
        filled = templates.fill(path, {name: _encoded(value) for name, value in facts.items()})
        return (address.rstrip("/") if path.startswith("/") else address) + filled

    def credentials(self) -> dict[str, str]:
        """The header that signs in."""
        match self.text("sign_in"):
            case "basic":
                pair = f"{self._needed('user', 'User')}:{self.text('password')}".encode()
                return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
            case "bearer":
                return {"Authorization": f"Bearer {self._needed('token', 'Token')}"}
            case "api_key":
                name = self._needed("key_header", "Header of the API key")
                if not _TOKEN.fullmatch(name):
                    raise ConfigError(f"Header of the API key: expected a name such as X-API-Key, found {name[:40]!r}.")
                return {name: self._needed("token", "API key")}
        return {}

    def headers(self) -> dict[str, str]:
        """The further ones."""
        found: dict[str, str] = {}
        for number, line in enumerate(self.text("headers").splitlines(), 1):
            if not line.strip():
                continue
            name, colon, value = (part.strip() for part in line.partition(":"))
            if not colon or not _TOKEN.fullmatch(name) or not value.isprintable():
                raise ConfigError(f"Further headers, line {number}: expected “Name: value”, found {line[:60]!r}.")
            if name.lower() in _OURS:
                raise ConfigError(f"Further headers, line {number}: {name} is set by the other settings.")
            found[name] = value
        return found

    def says_yes(self) -> Callable[[int], bool]:
        """Whether a status says that a file was taken."""
        words = [word.strip().lower() for word in (self.text("taken") or "2xx").split(",")]
        if wrong := [word for word in words if not _STATUS.fullmatch(word)]:
            raise ConfigError(f"Statuses that say yes: expected such as 2xx or 200, 202, found {wrong[0][:20]!r}.")
        return lambda status: any(str(status) == word or f"{status // 100}xx" == word for word in words)

    @property
    def host(self) -> str:
        return urlsplit(self.text("url")).netloc

    def _needed(self, name: str, label: str) -> str:
        if not (found := self.text(name)):
            raise ConfigError(f"{label} is needed for this way to sign in.")
        return found


def _encoded(value: str) -> str:
    """Once. What is only points would lead to the folder above."""
    return "-" if value in (".", "..") else quote(value, safe="")


def facts_of(parcel: Parcel) -> dict[str, str]:
    """The document's fields, where the file is called as it is sent."""
    stem, point, ending = parcel.name.rpartition(".")
    named = {"name": parcel.name, "stem": stem if point else ending, "ending": ending if point else ""}
    return {**parcel.facts, **named, "identity": parcel.identity}
