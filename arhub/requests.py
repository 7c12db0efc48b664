"""What is known of every request: its id, in its answer, in every line it logs and in what support is told; where it
comes from; and the numbers in it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

HEADER = "X-Request-Id"
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")
_current: ContextVar[str] = ContextVar("arhub_request", default="")


def request_id() -> str:
    """The id of the request at work; empty outside of any."""
    return _current.get()


def address_of(request: HttpRequest) -> str:
    """Where the request comes from: behind a proxy, what the nearest one says."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.HTTPS else ""
    return forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")


def number_of(text: str | None) -> int:
    """An id, a line or a place in a list, out of an address or a form; 0 for what is no number."""
    return int(text) if text and text.isdecimal() and len(text) < 19 else 0


class RequestId:
    """Takes the id a caller or a proxy gave, if it is one, or makes one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "")
        token = _current.set(given if _ACCEPTED.fullmatch(given) else secrets.token_hex(8))
        try:
            response = self.get_response(request)
            response.headers[HEADER] = request_id()
        finally:
            _current.reset(token)
        return response
