"""What every admin page of the hub has in common: roles, read-only facts, lists that never count a large table."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin, TabularInline

from arhub.models import Role


def allows(request: HttpRequest, role: Role | None) -> bool:
    """Whether the person's role in the tenant at hand includes `role`; None is nobody's."""
    membership = getattr(request, "membership", None)
    return role is not None and membership is not None and membership.allows(role)


class RoleMixin:
    """Permissions by the role in the tenant, not by Django's permission tables. None: nobody."""

    view_role: ClassVar[Role | None] = Role.VIEWER
    add_role: ClassVar[Role | None] = None
    change_role: ClassVar[Role | None] = None
    delete_role: ClassVar[Role | None] = None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return allows(request, self.view_role)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allows(request, self.view_role)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allows(request, self.add_role)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allows(request, self.change_role)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allows(request, self.delete_role)


class BoundedPaginator(Paginator):
    """Counts to 10,000 and no further: an exact count of a large table costs more than the page."""

    MOST = 10_000

    @cached_property
    def count(self) -> int:
        return self.object_list[: self.MOST + 1].count()  # type: ignore[union-attr]


class HubAdmin(RoleMixin, ModelAdmin):
    """A list of 50 rows without a full count, and a page."""

    list_per_page = 50
    show_full_result_count = False
    paginator = BoundedPaginator
    list_fullwidth = True
    list_filter_submit = True
    compressed_fields = True
    warn_unsaved_form = False


class HubInline(RoleMixin, TabularInline):
    extra = 0
    show_change_link = True
    tab = True
