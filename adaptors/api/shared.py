"""What a caller may see of adaptors, and do with them: the one place where the API asks for levels.

A program may what its key's scopes say; a person besides no more than was shared with them.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet

from adaptors.models import Activation
from arhub.api.errors import ApiError
from arhub.domain.sharing import Level, level_of
from connectors.models import Connection


def activations(request: Any) -> QuerySet[Activation]:
    """Those that the caller may see."""
    return Activation.objects.all()


def connections(request: Any, rows: QuerySet[Connection]) -> QuerySet[Connection]:
    """Those of the connections that the caller may see."""
    return rows


def narrowed(request: Any, rows: QuerySet[Any], path: str = "activation") -> QuerySet[Any]:
    """Those of the rows whose activation, at `path`, the caller may see."""
    return rows


def require(request: Any, thing: Model, needed: Level) -> None:
    """Raise `ApiError` unless the caller may do this with an adaptor."""
    if request._request.api_key is not None:
        return
    level = level_of(request._request.membership, thing)
    if level is None or not level.includes(needed):
        raise ApiError(403, f"This needs the level {needed.label} on {thing}.", code="level_missing")


def chosen(request: Any, pk: int, needed: Level, field: str = "adaptor") -> Activation:
    """The activation that a body names. Raises `ApiError`."""
    found = activations(request).select_related("source", "destination").filter(pk=pk).first()
    if found is None:
        raise wrong(field, "There is no such adaptor.")
    require(request, found, needed)
    return found


def wrong(field: str, sentence: str) -> ApiError:
    return ApiError(400, sentence, fields={field: [sentence]})
