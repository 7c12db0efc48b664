"""What of adaptors and connections a caller of the API sees, and may do with them; as the screens ask it."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models
from django.db.models import QuerySet
from django.http import Http404

from arhub.api.errors import ApiError
from arhub.domain import sharing
from arhub.domain.askers import asker_of
from arhub.domain.shared_work import thing_of
from arhub.domain.sharing import Level
from arhub.models import Run, Schedule

__all__ = ["Level", "require", "require_work", "visible_to"]

Rows = TypeVar("Rows", bound="QuerySet[Any]")


def visible_to(request: Any, rows: Rows, kind: str, path: str = "pk", *, as_text: bool = False) -> Rows:
    """The rows that the caller may see, whose `path` is the id of a thing of that kind; `as_text` for columns that hold
    ids as text."""
    return sharing.visible(asker_of(request), rows, kind, path, as_text=as_text)


def require(request: Any, thing: models.Model, needed: Level) -> None:
    """Raises `Http404` for what the caller may not even see, and `ApiError` 403 for what is shared with less."""
    asker = asker_of(request)
    if not sharing.may(asker, thing, Level.VIEW):
        raise Http404
    if not sharing.may(asker, thing, needed):
        raise ApiError(
            403, f"This needs the level {needed} for it: who administers it can grant it.", code="not_shared"
        )


def require_work(request: Any, work: Run | Schedule, needed: Level) -> None:
    """The same for what a run or a schedule works on, where that is shared and still there."""
    thing = thing_of(work)
    if thing is not None:
        require(request, thing, needed)
