"""Who calls: a program by its key, or a person who is signed in and tries the API in the browser."""

from __future__ import annotations

from typing import Any

from arhub.api.errors import ApiError
from arhub.domain.api_keys import KeyRefused, authenticate
from arhub.domain.api_scopes import covers, scopes_of
from arhub.models import ApiKey
from arhub.requests import address_of

_HEADERS = ("HTTP_API_KEY", "HTTP_APIKEY", "HTTP_X_API_KEY")


def identify(request: Any) -> None:
    """Set `request.api_key`, and `request.key_refused` where a key came that does not open the hub."""
    request.api_key = request.key_refused = None
    text = _given(request)
    if not text:
        return
    try:
        request.api_key = authenticate(text, address_of(request))
    except KeyRefused as refused:
        request.key_refused = _refusal(refused)


def require(request: Any, resource: str, action: str) -> None:
    """Raise `ApiError` unless the caller may do this."""
    if request.tenant is None:
        raise request.key_refused or ApiError(401, "Send an API key in the header Api-Key, or sign in.")
    if not covers(scopes(request), resource, action):
        raise ApiError(403, f"This needs the scope {resource}:{action}.", code="scope_missing")


def scopes(request: Any) -> list[str]:
    if request.api_key is not None:
        return list(request.api_key.scopes)
    return scopes_of(request.membership) if request.membership else []


def may_write(key: ApiKey) -> bool:
    """Whether the key can write anything at all."""
    return any(scope.endswith("write") for scope in key.scopes)


def _given(request: Any) -> str:
    bearer = request.META.get("HTTP_AUTHORIZATION", "")
    if bearer.lower().startswith("bearer "):
        return bearer[7:].strip()
    return next((request.META[name] for name in _HEADERS if request.META.get(name)), "")


def _refusal(refused: KeyRefused) -> ApiError:
    if refused.retry_after:
        return ApiError(429, str(refused), headers={"Retry-After": str(refused.retry_after)})
    return ApiError(401, str(refused), code="key_refused")
