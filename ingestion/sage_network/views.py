"""The one view of the Sage Network API: it finds what serves a path, and tells every error as an object."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

from arhub.api.errors import ApiError
from arhub.api.errors import answer as answer_error
from arhub.network.encoding import encode
from ingestion.sage_network.routes import ROUTES, Handler
from ingestion.sage_network.searchlight import SearchlightError

Methods = dict[str, Handler]


@csrf_exempt
def dispatch(request: Any, path: str) -> HttpResponse:
    try:
        methods, ids = find(path)
        found = _handler(methods, request)(request, **ids)
        return HttpResponse(encode(found), content_type="application/json; charset=utf-8")
    except SearchlightError as error:
        return answer_error(request, ApiError(400, f"{error.name}.", fields={error.parameter: [str(error)]}))
    except ApiError as error:
        return answer_error(request, error)


def find(path: str) -> tuple[Methods, dict[str, str]]:
    """What answers at the path, by method, and the ids in it. Raises ApiError."""
    parts = path.strip("/").lower().split("/")
    for pattern, methods in _PATTERNS:
        if (ids := _match(pattern, parts)) is not None:
            return methods, ids
    raise ApiError(404, "There is nothing at this address.")


def _match(pattern: list[str], parts: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(parts):
        return None
    ids = {}
    for wanted, part in zip(pattern, parts, strict=True):
        if wanted.startswith("{"):
            ids[wanted.strip("{}")] = part
        elif wanted != part:
            return None
    return ids


def _handler(methods: Methods, request: Any) -> Handler:
    method = request.method.lower()
    handler = methods.get("get" if method == "head" else method)
    if handler is None:
        allowed = ", ".join(sorted(name.upper() for name in methods))
        raise ApiError(405, f"Expected {allowed} here, found {request.method}.", headers={"Allow": allowed})
    return handler


def _patterns() -> list[tuple[list[str], Methods]]:
    """Fixed paths first."""
    found: dict[str, Methods] = defaultdict(dict)
    for (method, path), handler in ROUTES.items():
        found[path][method] = handler
    return [(path.split("/"), found[path]) for path in sorted(found, key=lambda path: path.count("{"))]


_PATTERNS = _patterns()
