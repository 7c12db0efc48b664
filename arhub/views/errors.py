"""What a person sees when something went wrong: a sentence, what to do next, and a reference for support."""

from __future__ import annotations

import logging
import secrets

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

logger = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 400, exception)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 403, exception)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(request, 403, None, "csrf", reason)


def other_company(request: HttpRequest) -> HttpResponse:
    return _page(request, 409, None)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 404, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    return _page(request, 500, None)


def _page(
    request: HttpRequest, status: int, exception: Exception | None, name: str = "", reason: str = ""
) -> HttpResponse:
    """Rendered without context processors: they may be what failed. The log has the reference beside the cause."""
    reference = secrets.token_hex(4)
    log = logger.error if status >= 500 else logger.info
    why = reason or str(exception or "")
    log("Reference %s: %s %r answered %s. %s", reference, request.method, request.path, status, why,
        exc_info=status >= 500)  # fmt: skip
    text = render_to_string(f"{name or status}.html", {"reference": reference})
    return HttpResponse(text, status=status)
