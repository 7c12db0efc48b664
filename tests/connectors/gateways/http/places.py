"""Where HTTP is tried: the simulator behind TLS, in each way to sign in and each shape of the body."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.sax.saxutils import escape

from lxml import etree
from werkzeug.formparser import parse_form_data

from connectors.gateways.http.gateway import HttpGateway
from connectors.simulators.http_receiver.simulator import HttpReceiver, Kept
from connectors.simulators.server import RunningSimulator
from tests.contracts.gateway_contract import Place
from tests.servers.https import authority, server_context

HERE = authority().give("127.0.0.1")
HUB = authority("Clients").give("hub.example")
STRANGER = authority("Strangers").give("hub.example")


class HttpPlace(Place):
    gateway = HttpGateway
    knows_taken_names = False
    asks_for_certificate = False
    limits: Mapping[str, Any] = {}
    settings: Mapping[str, Any] = {}

    @contextmanager
    def run(self, folder: Path) -> Iterator[RunningSimulator]:
        clients = authority("Clients").certificate if self.asks_for_certificate else ""
        receiver = HttpReceiver()
        receiver.configure(self.limits)
        with RunningSimulator(receiver, context=server_context(HERE, clients=clients)) as running:
            yield running

    def values(self, server: RunningSimulator) -> Mapping[str, Any]:
        return {"url": f"{server.url}/in", "authorities": authority().certificate, **self.settings}

    def stored(self, server: RunningSimulator) -> list[tuple[str, bytes]]:
        return [self.file(one) for one in server.simulator.kept]  # type: ignore[attr-defined]

    def file(self, kept: Kept) -> tuple[str, bytes]:
        way, _, name = kept.headers["content-disposition"].partition("; filename*=UTF-8''")
        assert (way, kept.headers["content-type"]) == ("attachment", "application/xml")
        return unquote(name), kept.body

    def stop(self, server: RunningSimulator) -> None:
        server.__exit__()


class PutPlace(HttpPlace):
    knows_taken_names = True
    settings: Mapping[str, Any] = {"method": "PUT", "path": "/{name}"}

    def file(self, kept: Kept) -> tuple[str, bytes]:
        return unquote(kept.path.removeprefix("/in/")), kept.body


class BasicPlace(HttpPlace):
    wrong = {"password": "wr0ng-secret"}
    limits = {"user": "hub", "password": "pässword-1"}
    settings: Mapping[str, Any] = {"sign_in": "basic", "user": "hub", "password": "pässword-1"}


class BearerPlace(HttpPlace):
    wrong = {"token": "wr0ng-secret"}
    limits = {"token": "token-1"}
    settings: Mapping[str, Any] = {"sign_in": "bearer", "token": "token-1"}


class KeyPlace(HttpPlace):
    wrong = {"token": "wr0ng-secret"}
    limits = {"key": "key-1", "key_header": "X-Key"}
    settings: Mapping[str, Any] = {"sign_in": "api_key", "token": "key-1", "key_header": "X-Key"}


class CertificatePlace(HttpPlace):
    asks_for_certificate = True
    wrong = {"key": STRANGER.key}
    settings: Mapping[str, Any] = {"certificate": HUB.certificate, "key": HUB.key}


class FormPlace(HttpPlace):
    settings: Mapping[str, Any] = {"body": "form", "field": "upload"}

    def file(self, kept: Kept) -> tuple[str, bytes]:
        """As another implementation reads it."""
        environ = {"wsgi.input": BytesIO(kept.body), "CONTENT_TYPE": kept.headers["content-type"],
                   "CONTENT_LENGTH": str(len(kept.body)), "REQUEST_METHOD": "POST"}  # fmt: skip
        _, fields, files = parse_form_data(environ)
        assert (list(files), len(fields)) == (["upload"], 0)
        return files["upload"].filename or "", files["upload"].read()


class SoapPlace(HttpPlace):
    keeps_names = False
    media_type = "text/xml; charset=utf-8"
    namespace = "http://schemas.xmlsoap.org/soap/envelope/"
    settings: Mapping[str, Any] = {"body": "soap11", "soap_action": "urn:send"}

    def content(self, content: bytes) -> bytes:
        return f"<?xml version='1.0'?>\n<a>{content.hex()}{escape('Æ€<')}\r\n</a>\n".encode()

    def file(self, kept: Kept) -> tuple[str, bytes]:
        """What stands in the body, which is well-formed."""
        envelope = etree.fromstring(kept.body)
        assert (kept.headers["content-type"], envelope.tag) == (self.media_type, f"{{{self.namespace}}}Envelope")
        found = re.fullmatch(rb".*<soap:Body>(.*)</soap:Body></soap:Envelope>", kept.body, re.DOTALL)
        assert found
        return "", b"<?xml version='1.0'?>\n" + found[1]


class Soap12Place(SoapPlace):
    media_type = 'application/soap+xml; charset=utf-8; action="urn:send"'
    namespace = "http://www.w3.org/2003/05/soap-envelope"
    settings: Mapping[str, Any] = {"body": "soap12", "soap_action": "urn:send"}
