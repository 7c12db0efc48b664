"""What goes wrong in an API is told in its own way: the hub's as {code, message, fields}, another by its function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.module_loading import import_string

CODES = {
    400: "invalid",
    401: "not_authenticated",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    422: "not_usable",
    429: "rate_limited",
    500: "our_mistake",
    503: "busy",
}


class ApiError(Exception):
    """An answer of 400 and above. `fields` says what is wrong with each of them: name → sentences."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str = "",
        fields: Mapping[str, list[str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message = status, message
        self.code = code or CODES.get(status, "error")
        self.fields = dict(fields or {})
        self.headers = dict(headers or {})

    def to_dict(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "fields": self.fields}


def is_api(path: str) -> bool:
    return path.lower().startswith("/api/")


def answer(request: HttpRequest, error: ApiError) -> HttpResponse:
    """The error as the API that the request is for tells it."""
    path = request.path.lower()
    function = next(function for root, function in settings.API_ERRORS.items() if path.startswith(root))
    response: HttpResponse = import_string(function)(request, error)
    for name, value in error.headers.items():
        response[name] = value
    return response


def as_object(request: HttpRequest, error: ApiError) -> HttpResponse:
    """The hub's own way."""
    return JsonResponse(error.to_dict(), status=error.status)
