"""Whether the person at hand may do something with an adaptor or a connection, and which of them they see."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from arhub.domain import sharing
from arhub.domain.askers import asker_of
from arhub.domain.sharing import Level
from arhub.requests import number_of

__all__ = ["Level", "SharedMixin", "may", "require", "visible"]

Rows = TypeVar("Rows", bound="QuerySet[Any]")


def may(request: HttpRequest, thing: models.Model, needed: Level) -> bool:
    return sharing.may(asker_of(request), thing, needed)


def visible(request: HttpRequest, rows: Rows, kind: str, path: str = "pk", *, as_text: bool = False) -> Rows:
    """The rows that the person may see; see `arhub.domain.sharing.visible`."""
    return sharing.visible(asker_of(request), rows, kind, path, as_text=as_text)


def require(request: HttpRequest, thing: models.Model, needed: Level) -> None:
    """Raises `Http404` for what the person may not even see, `PermissionDenied` for what is shared with less."""
    if not may(request, thing, Level.VIEW):
        raise Http404("There is nothing of that number here.")
    if not may(request, thing, needed):
        raise PermissionDenied(f"This needs the level {needed.label} for {thing}: who administers it can grant it.")


class SharedMixin:
    """For the admin of things that are shared, or of what hangs on them. `shared` is their kind, `shared_by` how a row
    leads to its thing: the path of ids for a query, by which an attribute is found too; "pk" for the things themselves.

    Actions name the level that they need as their permission: operate, change or administer. What the person does not
    see is not found.
    """

    shared: ClassVar[str]
    shared_by: ClassVar[str] = "pk"
    delete_level: ClassVar[Level] = Level.ADMINISTER

    def seen(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the rows that the person may see."""
        return visible(request, rows, self.shared, self.shared_by)

    def thing_of(self, row: Any) -> models.Model | None:
        """The thing that a row hangs on; None for a row that hangs on none."""
        if self.shared_by == "pk":
            found: models.Model | None = row
            return found
        for name in self.shared_by.split("__"):
            row = getattr(row, name, None)
        return row

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.seen(request, super().get_queryset(request))  # type: ignore[misc]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request) and self.reaches(request, obj, Level.VIEW)  # type: ignore[misc]

    def has_operate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.reaches(request, obj, Level.OPERATE)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request) and self.reaches(request, obj, Level.EDIT)  # type: ignore[misc]

    def has_administer_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.reaches(request, obj, Level.ADMINISTER)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request) and self.reaches(request, obj, self.delete_level)  # type: ignore[misc]

    def reaches(self, request: HttpRequest, obj: Any, needed: Level) -> bool:
        """Whether the person may do so much with a row, given itself or by its id as actions give it; without one,
        whether their role reaches to it at all. Raises `Http404` for what they do not see."""
        asker = asker_of(request)
        if asker.most is None or not asker.most.includes(needed):
            return False
        if obj is None or not asker.is_narrowed:
            return True
        thing = self.thing_of(obj if isinstance(obj, models.Model) else self._row(request, obj))
        return thing is None or may(request, thing, needed)

    def _row(self, request: HttpRequest, object_id: Any) -> Any:
        row = self.get_queryset(request).filter(pk=number_of(str(object_id))).first()
        if row is None:
            raise Http404("There is nothing of that number here.")
        return row


def levels(request: HttpRequest, things: Collection[models.Model]) -> dict[int, Level | None]:
    """By id, what the person may do with each."""
    return sharing.levels_of(asker_of(request), things)
