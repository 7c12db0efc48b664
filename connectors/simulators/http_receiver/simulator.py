"""A web server that takes files: whatever is posted or put, at any address."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from connectors.simulators.server import Request, Response, Simulator

LIMITS: Mapping[str, Any] = {
    "user": "", "password": "", "token": "", "key_header": "X-API-Key", "key": "", "refuses_taken": True,
    "knows_keys": False, "status": 201, "answer": "", "soap_fault": "",
}  # fmt: skip
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
SECRETS = frozenset({"authorization", "cookie"})


@dataclass(frozen=True, slots=True)
class Kept:
    """A body as it came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def told(self) -> dict[str, Any]:
        shown = {name: value for name, value in self.headers.items() if name not in SECRETS}
        return {"method": self.method, "path": self.path, "query": dict(self.query), "headers": shown,
                "size": len(self.body), "sha256": hashlib.sha256(self.body).hexdigest()}  # fmt: skip


class HttpReceiver(Simulator):
    kind: ClassVar[str] = "http-receiver"
    path: ClassVar[str] = "/in"
    welcome: ClassVar[str] = "It takes any POST and PUT, and asks for no credentials until it is told to."

    def reset(self) -> None:
        self.limited = dict(LIMITS)
        self.kept: list[Kept] = []
        self.known: set[str] = set()

    def configure(self, limits: Mapping[str, Any]) -> None:
        """Which credentials it asks for (`user` and `password`, `token`, `key` in `key_header`); whether a PUT on a
        name that is taken is refused where the sender asks for that (`refuses_taken`), and whether it knows an
        Idempotency-Key again (`knows_keys`); `status` and `answer` for what it takes, and a `soap_fault` instead."""
        for name, value in limits.items():
            if name not in LIMITS:
                super().configure({name: value})
            else:
                self.limited[name] = type(LIMITS[name])(value)

    def limits(self) -> Mapping[str, Any]:
        return {**super().limits(), **self.limited}

    def state(self) -> Mapping[str, Any]:
        paths: dict[str, int] = {}
        for one in self.kept:
            paths[one.path] = paths.get(one.path, 0) + 1
        return {"files": len(self.kept), "paths": paths, "latest": [one.told() for one in self.kept[-20:]]}

    def answer(self, request: Request) -> Response:
        if not self._is_known_caller(request):
            return Response.of({"message": "Who are you?"}, 401)
        if request.method in ("GET", "HEAD"):
            return self._give(request)
        if request.method not in ("POST", "PUT"):
            return Response.of({"message": "Only GET, HEAD, POST and PUT."}, 405)
        return self._take(request)

    def _is_known_caller(self, request: Request) -> bool:
        wanted = self.limited
        shown = request.headers.get("authorization", "")
        if wanted["user"]:
            pair = f"{wanted['user']}:{wanted['password']}".encode()
            return shown == f"Basic {base64.b64encode(pair).decode()}"
        if wanted["token"]:
            return bool(shown == f"Bearer {wanted['token']}")
        if wanted["key"]:
            return bool(request.headers.get(wanted["key_header"].lower()) == wanted["key"])
        return True

    def _give(self, request: Request) -> Response:
        found = [one for one in self.kept if one.method == "PUT" and one.path == request.path]
        return Response(200, found[-1].body, "application/octet-stream") if found else Response.of(None, 404)

    def _take(self, request: Request) -> Response:
        key = request.headers.get("idempotency-key", "")
        if self.limited["knows_keys"] and key and key in self.known:
            return self._taken(request, 200)
        if request.method == "PUT":
            same = [one for one in self.kept if one.method == "PUT" and one.path == request.path]
            if same and self.limited["refuses_taken"] and request.headers.get("if-none-match") == "*":
                return Response.of({"message": "There is something here already."}, 412)
            self.kept = [one for one in self.kept if one not in same]
        if self.limited["soap_fault"]:
            return self._enveloped(f"<s:Fault><faultcode>s:Client</faultcode><faultstring>{self.limited['soap_fault']}"
                                   "</faultstring></s:Fault>", 500)  # fmt: skip
        self.known.add(key)
        self.kept.append(Kept(request.method, request.path, request.query, request.headers, request.body))
        return self._taken(request, self.limited["status"])

    def _taken(self, request: Request, status: int) -> Response:
        if self.limited["answer"]:
            return Response(status, str(self.limited["answer"]).encode(), "text/plain")
        digest = hashlib.sha256(request.body).hexdigest()
        if request.headers.get("content-type", "").startswith(("text/xml", "application/soap+xml")):
            return self._enveloped(f"<taken>{digest}</taken>", 200)
        return Response.of({"size": len(request.body), "sha256": digest}, status)

    def _enveloped(self, body: str, status: int) -> Response:
        envelope = f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{body}</s:Body></s:Envelope>'
        return Response(status, envelope.encode(), "text/xml; charset=utf-8")
