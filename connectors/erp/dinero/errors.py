"""Dinero's refusals as errors that say what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arhub.network.answer import Answer
from arhub.network.errors import BadAnswer, ConfigError, NetworkError, PermanentError, RetryableError

NO_PRO = frozenset({48, 90})
GONE = frozenset({40, 65})  # not found, deleted
BROWNOUT = 480
LONGEST = 300


class Gone(PermanentError):
    """Dinero does not have it, or not any more."""


class NotSignedIn(ConfigError):
    """Dinero does not take the token."""


def error_of(answer: Answer) -> NetworkError:
    """What an answer above 299 means. Its text holds what Dinero said; the caller takes credentials out of it."""
    body = _body(answer)
    code = body.get("code")
    said = f" Dinero said: “{_said(body)}”" if _said(body) else ""
    if answer.status == 429:
        return RetryableError(f"Dinero takes no more requests for now (429).{_after(answer)}")
    if answer.status == BROWNOUT:
        return RetryableError(
            "Dinero switched this part of its API off for a while (480), as it does before it removes it. "
            "It will be tried again; the hub has to be updated before Dinero removes it for good."
        )
    if answer.status >= 500 or code == 50:
        return RetryableError(f"Dinero has a problem of its own (status {answer.status}).{_after(answer)}")
    if answer.status == 403 and code in NO_PRO:
        return ConfigError("The organization has no Dinero Pro subscription, which Dinero's API needs.")
    if answer.status == 401 or code == 41:
        return NotSignedIn(f"Dinero does not let the API key read this.{said}")
    if answer.status == 403:
        return ConfigError(f"Dinero does not let the API key do this.{said}")
    if answer.status == 404 or code in GONE:
        return Gone(f"Dinero does not have what was asked for.{said}")
    return PermanentError(f"Dinero refused the request (status {answer.status}, code {code}).{said}")


def refused_sign_in(answer: Answer) -> NetworkError:
    """Why there is no token. OAuth's words tell the client from the key (RFC 6749, 5.2)."""
    if answer.status == 429 or answer.status >= 500 or answer.status == BROWNOUT:
        return error_of(answer)
    words = answer.content.decode("utf-8", "replace")
    if "invalid_client" in words or "unauthorized_client" in words:
        return ConfigError("Dinero does not know the client id with this client secret.")
    if "invalid_grant" in words:
        return ConfigError("Dinero does not take the API key: copy it again from Dinero, or make a new one there.")
    if answer.status in (400, 401, 403):
        return ConfigError("Dinero refused the sign-in: check client id, client secret and API key.")
    return ConfigError(f"The sign-in's address answered with status {answer.status}: it does not look like Dinero.")


def _body(answer: Answer) -> Mapping[str, Any]:
    try:
        found = answer.json()
    except BadAnswer:
        return {}
    return {name.lower(): value for name, value in found.items()} if isinstance(found, dict) else {}


def _said(body: Mapping[str, Any]) -> str:
    found = [str(body.get("message") or "")]
    fields = body.get("validationerrors")
    if isinstance(fields, dict):
        found += [f"{name}: {text}" for name, text in fields.items()]
    return " ".join(filter(None, found))[:LONGEST]


def _after(answer: Answer) -> str:
    return f" It asks to wait {answer.retry_after:.0f} seconds." if answer.retry_after else ""
