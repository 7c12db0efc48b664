"""Dinero as far as receivables need it: both of its hosts on one port, and books that can be played with."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, ClassVar
from urllib.parse import parse_qs

from connectors.simulators.dinero import routes
from connectors.simulators.dinero.answers import Refusal, chosen
from connectors.simulators.dinero.organization import Organization
from connectors.simulators.dinero.seeds import API_KEYS, ORGANIZATIONS
from connectors.simulators.server import Request, Response, Simulator

TOKEN_PATH = "/dineroapi/oauth/token"
CLIENTS = {"client-1": "client-secret"}


class DineroSimulator(Simulator):
    kind: ClassVar[str] = "dinero"
    welcome: ClassVar[str] = (
        "Sign in with client id client-1, client secret client-secret and API key api-key-1 (Hansen & Co ApS). "
        "api-key-2 is of an organization without Dinero Pro, api-key-3 sees both."
    )
    requests_per_minute = 100

    def reset(self) -> None:
        self.requests_per_minute = type(self).requests_per_minute
        self.token_seconds = 3600
        self.tokens: dict[str, tuple[tuple[int, ...], float]] = {}
        self.organizations = {facts["Id"]: Organization(facts, is_empty=not facts["IsPro"]) for facts in ORGANIZATIONS}

    def configure(self, limits: Mapping[str, Any]) -> None:
        """Beside `requests_per_minute`: `token_seconds`, how long a token lives, also those given already when it is
        0; `seed_invoices`, so many booked invoices instead of the sales it starts with."""
        for name, value in limits.items():
            if name == "token_seconds":
                self.token_seconds = int(value)
                if not self.token_seconds:
                    self.tokens.clear()
            elif name == "seed_invoices":
                self.organizations[ORGANIZATIONS[0]["Id"]].seed(int(value))
            else:
                super().configure({name: value})

    def limits(self) -> Mapping[str, Any]:
        seeded = self.organizations[ORGANIZATIONS[0]["Id"]].sales.seeded.count
        return {**super().limits(), "token_seconds": self.token_seconds, "seed_invoices": seeded}

    def state(self) -> Mapping[str, Any]:
        return {
            "tokens": len(self.tokens),
            "organizations": {
                str(number): {
                    "name": one.facts["Name"],
                    "contacts": len(one.contacts),
                    "seeded_invoices": one.sales.seeded.count,
                    "made_vouchers": len(one.sales.made),
                }
                for number, one in self.organizations.items()
            },
        }

    def too_many(self) -> Response:
        text = f"API calls quota exceeded! maximum admitted {self.requests_per_minute} per 1m."
        return Response(429, text.encode(), "text/plain", {"Retry-After": "20"})

    def answer(self, request: Request) -> Response:
        try:
            if request.path == TOKEN_PATH:
                return self._sign_in(request)
            return self._serve(request)
        except Refusal as refusal:
            return refusal.response()

    def _sign_in(self, request: Request) -> Response:
        if request.method != "POST":
            return Response.of({"message": "The requested resource does not support http method 'GET'."}, 405)
        client, _, secret = _basic(request.headers.get("authorization", "")).partition(":")
        form = {name: values[0] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
        if CLIENTS.get(client) != secret:
            return _refused_grant("invalid_client")
        key = form.get("username", "")
        if form.get("grant_type") != "password" or key != form.get("password") or key not in API_KEYS:
            return _refused_grant("invalid_grant")
        token = secrets.token_urlsafe(24)
        self.tokens[token] = API_KEYS[key], time.monotonic() + self.token_seconds
        return Response.of({"access_token": token, "token_type": "Bearer", "expires_in": self.token_seconds or 3600})

    def _serve(self, request: Request) -> Response:
        allowed = self._allowed(request)
        parts = request.path.strip("/").split("/")
        query = {name.lower(): value for name, value in request.query.items()}
        if parts == ["v1", "organizations"] and request.method == "GET":
            rows = [self.organizations[number].facts for number in allowed]
            return Response.of(chosen(rows, query.get("fields") or "name,id,isPro", tuple(ORGANIZATIONS[0])))
        if len(parts) < 3:
            raise Refusal.not_found("The resource")
        version, number, rest = parts[0], parts[1], "/".join(parts[2:])
        if not number.isdecimal() or int(number) not in allowed:
            raise Refusal(401, 41, "You are not authorized to access this organization.")
        organization = self.organizations[int(number)]
        if not organization.facts["IsPro"]:
            raise Refusal(403, 90, "The organization does not have an active Dinero Pro subscription.")
        call, found = _route(request.method, version, rest)
        return call(organization, *found, query=query, body=_body(request), today=date.today())

    def _allowed(self, request: Request) -> tuple[int, ...]:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        organizations, until = self.tokens.get(token, ((), 0.0))
        if scheme.lower() != "bearer" or time.monotonic() >= until:
            raise Refusal(401, 41, "Authorization has been denied for this request.")
        return organizations


def _route(method: str, version: str, rest: str) -> tuple[Callable[..., Response], tuple[str, ...]]:
    """Raises Refusal."""
    for known, versions, pattern, call in routes.ROUTES:
        if known == method and version in versions and (match := pattern.fullmatch(rest)):
            return call, match.groups()
    raise Refusal.not_found("The resource")


def _body(request: Request) -> dict[str, Any]:
    try:
        found = request.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise Refusal.of_fields(body="Expected JSON.") from None
    return found if isinstance(found, dict) else {}


def _basic(header: str) -> str:
    scheme, _, encoded = header.partition(" ")
    try:
        return base64.b64decode(encoded, validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _refused_grant(error: str) -> Response:
    return Response.of({"message": json.dumps({"error": error})}, 400)
