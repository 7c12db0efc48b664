"""Views that belong to no record."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from arhub.api.errors import ApiError, answer


def nothing_here(request: HttpRequest) -> HttpResponse:
    return answer(request, ApiError(404, "There is nothing at this address. See /api/hub/v1/docs/."))


nothing_here.csrf_exempt = True  # type: ignore[attr-defined]
