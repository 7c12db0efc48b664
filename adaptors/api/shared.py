"""What a caller may see of adaptors, and which of them and of the connections they may name in a body."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from adaptors.models import Activation
from arhub.api.errors import ApiError
from arhub.api.sharing import Level, require, visible_to
from arhub.domain.askers import asker_of
from arhub.domain.sharing import reachable
from connectors.models import Connection


def activations(request: Any) -> QuerySet[Activation]:
    """Those that the caller may see."""
    return visible_to(request, Activation.objects.all(), "activation")


def usable(request: Any, rows: QuerySet[Connection]) -> QuerySet[Connection]:
    """Those of the connections that the caller may have documents carried by."""
    return reachable(asker_of(request), rows, Level.OPERATE)


def narrowed(request: Any, rows: QuerySet[Any], path: str = "activation") -> QuerySet[Any]:
    """Those of the rows whose activation, at `path`, the caller may see."""
    return visible_to(request, rows, "activation", path)


def chosen(request: Any, pk: int, needed: Level, field: str = "adaptor") -> Activation:
    """The activation that a body names. Raises `ApiError`."""
    found = activations(request).select_related("source", "destination").filter(pk=pk).first()
    if found is None:
        raise wrong(field, "There is no such adaptor.")
    require(request, found, needed)
    return found


def wrong(field: str, sentence: str) -> ApiError:
    return ApiError(400, sentence, fields={field: [sentence]})
