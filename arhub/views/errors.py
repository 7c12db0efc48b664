"""What a person sees when something went wrong: a sentence, what to do next, and a reference for support."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from arhub.api.errors import ApiError, answer, is_api
from arhub.requests import request_id

logger = logging.getLogger(__name__)

_SENTENCES = {
    400: "The request cannot be read. Is its address or its body broken?",
    403: "The form's token is missing or old. Programs send an API key instead.",
    404: "There is nothing at this address.",
    500: "The hub made a mistake, and nothing was changed. Tell support the reference {}.",
}
"""What a program is told where a person sees a page."""


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
    """Rendered without context processors: they may be what failed. The reference is the request's id, which the log
    has beside the cause."""
    log = logger.error if status >= 500 else logger.info
    why = reason or str(exception or "")
    log("%s %r answered %s. %s", request.method, request.path, status, why, exc_info=status >= 500)
    if is_api(request.path):
        return answer(request, ApiError(status, _SENTENCES.get(status, "").format(request_id()) or why))
    told = {"reference": request_id(), "back": getattr(exception, "back", "")}
    text = render_to_string(f"{name or status}.html", told)
    return HttpResponse(text, status=status)
