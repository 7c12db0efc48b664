"""Errors as the Sage Network API tells them: RFC 7807, always an object."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse

from arhub.api.errors import ApiError


def as_problem(request: HttpRequest, error: ApiError) -> HttpResponse:
    """The text stands in `detail`, too, where fields are named: the Python client shows nothing else."""
    told = " ".join([error.message, *(f"{name}: {' '.join(texts)}" for name, texts in error.fields.items())])
    problem = {
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": told,
        "instance": request.path,
    }
    if error.fields:
        problem["errors"] = error.fields
    return JsonResponse(problem, status=error.status, content_type="application/problem+json")
