"""What every admin page of the hub has in common: roles, read-only facts, lists that never count a large table."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from django.contrib.admin import ShowFacets
from django.contrib.admin.views.main import ORDER_VAR
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin, TabularInline
from unfold.views import ChangeList

from arhub.admin import paging
from arhub.domain.expected import FEW, expected_rows
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


class UnloggedMixin:
    """Django's own log of admin actions has no tenant, so nothing of a tenant's may go there."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None: ...

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None: ...

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None: ...


class NotHere(Http404):
    """An object is not there, or not for this person: which of these it is, nobody is told. `back` is its list."""

    def __init__(self, back: str) -> None:
        super().__init__("There is no such object, or it is not for this person.")
        self.back = back


class BoundedPaginator(Paginator):
    """Counts to 10,000 and no further, for what must say how much there is: choices in a field, an export."""

    MOST = 10_000

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by()[: self.MOST + 1].count()  # type: ignore[union-attr,attr-defined]

    @property
    def is_bounded(self) -> bool:
        """Whether there are more than were counted."""
        return self.count > self.MOST


class HubChangeList(ChangeList):
    """Lets the list's admin fetch what belongs to the page's rows, all at once.

    `is_narrowed` says whether the list shows less than everything; the filters' button is lit only for those
    behind it, not for the ones that stand above the list. `page` is the page; nothing is counted beyond it.
    `is_long` says that the list is too long to be sorted by a column without an index; `unsorted_columns` are those.
    """

    show_full_result_count = can_show_all = multi_page = False
    show_admin_actions = True
    full_result_count = paginator = None
    sortable_by: Collection[str]
    unsorted_columns: Collection[str] = ()

    def get_filters(self, request: HttpRequest) -> Any:
        """Where the page is, is no filter, and stays behind when one is chosen or the order changes."""
        for name in paging.PARAMETERS:
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        return super().get_filters(request)

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        """A long list that is asked to be sorted by a column without an index keeps its own order."""
        rows = super().get_queryset(request, exclude_parameters)
        self.is_long = expected_rows(rows) > FEW
        self.are_few = not self.is_long and bool(self.query or self.get_filters_params())
        if not self.is_long:
            return rows
        self._keep_indexed_columns()
        return rows.order_by(*self.get_ordering(request, rows))

    def _keep_indexed_columns(self) -> None:
        """Take what no index sorts by out of what can be asked for, and out of what is asked for."""
        self.unsorted_columns = {
            name for name in self.sortable_by if not self.model_admin.is_indexed(name) and self.get_ordering_field(name)
        }
        self.sortable_by = [name for name in self.sortable_by if name not in self.unsorted_columns]
        barred = {str(place) for place, name in enumerate(self.list_display) if name in self.unsorted_columns}
        asked = self.params.pop(ORDER_VAR, "").split(".")
        self.filter_params.pop(ORDER_VAR, None)
        if kept := ".".join(part for part in asked if part and part.removeprefix("-") not in barred):
            self.params[ORDER_VAR] = kept
            self.filter_params[ORDER_VAR] = [kept]

    def get_results(self, request: HttpRequest) -> None:
        self.page = paging.page_of_rows(request, self.queryset, self.list_per_page, are_few=self.are_few)
        self.result_list = self.page.rows
        self.result_count = len(self.page)
        quick = {spec.parameter_name for spec in self.filter_specs if getattr(spec, "is_quick", False)}
        self.is_narrowed = bool(self.query or self.filter_params)
        self.has_active_filters = bool(self.filter_params.keys() - quick)
        self.may_upload = allows(request, Role.CLERK)
        self.model_admin.prepare_rows(request, self.result_list)


class HubAdmin(UnloggedMixin, RoleMixin, ModelAdmin):
    """A list by pages of 50 rows without a count, and a page of each record.

    `page_title` stands in the header instead of the model's name, `row_names` in the footer instead of its names for
    one and several; `empty_text` says what an empty list is for. `indexed_columns` are those that lists of any length
    are sorted by; None: all of them. `has_one_button` is for forms after which something is shown that has to be seen
    before anything else is done.
    """

    list_per_page = paging.ROWS
    show_facets = ShowFacets.NEVER  # they count the whole table, once per choice
    paginator = BoundedPaginator
    list_fullwidth = True
    list_filter_submit = True
    compressed_fields = True
    warn_unsaved_form = False
    empty_value_display = "–"
    page_title: ClassVar[str] = ""
    row_names: ClassVar[tuple[str, str] | None] = None
    empty_text: ClassVar[str] = ""
    indexed_columns: ClassVar[tuple[str, ...] | None] = None
    has_one_button: ClassVar[bool] = False

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        if self.has_one_button:
            context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().render_change_form(request, context, *args, **kwargs)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """None for what the person does not see: its page says that it is not here."""
        try:
            return list(super().get_actions_detail(request, object_id))
        except Http404:
            return []

    def offers(self, request: HttpRequest, row: Any, action: str) -> bool:
        """Whether the menu of a row has an action, by its name, where the list is drawn by the hub
        (arhub/list/list.html). The row was prepared; this asks no database."""
        return True

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> Any:
        """Django's own leads to Start, as if nothing had been asked for."""
        raise NotHere(reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist"))

    def is_indexed(self, column: str) -> bool:
        return self.indexed_columns is None or column in self.indexed_columns

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return HubChangeList

    def prepare_rows(self, request: HttpRequest, rows: list[Any]) -> None:
        """Fetch for the rows of a page what they need beyond themselves."""

    def search_condition(self, term: str) -> Q | None:
        """What a search term means here; None leaves it to `search_fields`."""
        return None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.replace("\x00", "").strip()
        condition = self.search_condition(term) if term else None
        if condition is not None:
            return queryset.filter(condition), False
        return super().get_search_results(request, queryset, term)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        title = self.page_title or str(self.opts.verbose_name_plural).capitalize()
        return super().changelist_view(request, {"title": title, **(extra_context or {})})


class HubInline(RoleMixin, TabularInline):
    extra = 0
    show_change_link = True
    tab = True
