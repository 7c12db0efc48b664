"""Export Rules: the customers of an activation, what each gets, and what is missing. Who may see or
change an activation, may do so with them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from unfold.decorators import display
from unfold.views import ChangeList

from adaptors.admin import columns, common_settings, network, rule_activation, rule_export, rule_import, rule_settings
from adaptors.admin.rule_filters import ChangedSinceFilter, RuleFilter, of_customers
from adaptors.admin.rule_pages import activation_of, at, page
from adaptors.domain.customers import following, rules
from adaptors.domain.customers.chunks import all_of
from adaptors.domain.customers.network_matching import network_of
from adaptors.models import Activation, CommonSettings, ExportRule, Transaction
from adaptors.registry import label_of
from arhub.admin import cells, paging
from arhub.admin.base import HubAdmin, HubChangeList
from arhub.admin.sharing import Level, SharedMixin, may
from arhub.models import Role


class RuleList(HubChangeList):
    """Customers lead to their settings."""

    def get_filters(self, request: HttpRequest) -> Any:
        """Which rows were ticked is no filter."""
        for name in rule_activation.PARAMETERS:
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        return super().get_filters(request)

    def url_for_result(self, result: Any) -> str:
        return reverse("admin:adaptors_rule", args=[result.activation_id, result.pk])


@admin.register(ExportRule)
class ExportRuleAdmin(SharedMixin, HubAdmin):
    shared, shared_by = "activation", "activation"
    view_role = Role.VIEWER
    change_role = Role.MANAGER
    list_display = (
        "customer_", "number_", "active_", "ready_", "format_", "destination_", "common_", "sent_", "buttons_",
    )  # fmt: skip
    list_display_links = ("customer_",)
    list_filter = (RuleFilter, ChangedSinceFilter)
    list_select_related = ("account", "destination", "common")
    indexed_columns = ()
    ordering = ("account__name", "pk")
    search_fields = ("account__name",)
    search_help_text = "Beginning of a name, a number or any id"
    row_names = ("customer", "customers")
    actions = ("activate", "deactivate", "use_common", "export_selected")
    change_list_template = "adaptors/rules/list.html"
    empty_text = "Customers come with the records of the source. Connect it, and pull or upload its customers."

    def get_urls(self) -> list[URLPattern]:
        """There is no list over all activations, and a rule has no pages but those of its own."""
        view = self.admin_site.admin_view(self.changelist_view)
        return [path("", view, name="adaptors_exportrule_changelist")]

    def urls_of_activation(self) -> list[URLPattern]:
        """Those of the pages under an activation."""

        def at(route: str, view: Any, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"adaptors_{name}")

        return [
            at("", self.rules_view, "rules"),
            at("activate/", self.activate_view, "rules_activate"),
            at("deactivate/", self.deactivate_view, "rules_deactivate"),
            at("use-common/", self.use_common_view, "rules_use_common"),
            at("export/", self.export_view, "rules_export"),
            at("import/", rule_import.view, "rules_import"),
            at("matched/", network.view, "matched"),
            *(at(f"common/{key}/", view, f"common_{key}") for key, view in common_settings.VIEWS.items()),
            at("sets/", common_settings.sets, "sets"),
            at("sets/<int:pk>/", common_settings.of_set, "set"),
            at("sets/<int:pk>/rename/", common_settings.rename, "set_rename"),
            at("sets/<int:pk>/delete/", common_settings.delete, "set_delete"),
            at("columns/", columns.of_activation, "columns"),
            at("<int:pk>/", rule_settings.view, "rule"),
            at("<int:pk>/columns/", columns.of_rule, "rule_columns"),
        ]

    def get_list_display(self, request: Any) -> Any:
        """Common settings for chosen customers take no room where there are none."""
        if not hasattr(request, "has_sets"):  # it is asked twice for a page
            sets = CommonSettings.objects.filter(activation=getattr(request, "activation", None))
            request.has_sets = sets.exists()
        shown = self.list_display
        return shown if request.has_sets else tuple(name for name in shown if name != "common_")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:index"))

    def rules_view(self, request: HttpRequest, activation: int) -> Any:
        found = self._of(request, activation)
        rules.follow(found)
        network = network_of(found)
        context = page(
            request, found, f"Export Rules of {found}", "adaptors_rules",
            matched_url=at("adaptors_matched", found) if network else "",
            helps=network is not None and network == found.destination,
        )  # fmt: skip
        return super().changelist_view(request, context)

    def activate_view(self, request: HttpRequest, activation: int) -> HttpResponse:
        found = self._of(request, activation)
        return rule_activation.activate(request, found, self._chosen(request, found))

    def deactivate_view(self, request: HttpRequest, activation: int) -> HttpResponse:
        found = self._of(request, activation)
        return rule_activation.deactivate(request, found, self._chosen(request, found))

    def use_common_view(self, request: HttpRequest, activation: int) -> HttpResponse:
        found = self._of(request, activation)
        return rule_activation.use_common(request, found, self._chosen(request, found))

    def export_view(self, request: HttpRequest, activation: int) -> Any:
        found = self._of(request, activation)
        is_chosen = rule_activation.IDS in request.GET
        return rule_export.view(found, self._chosen(request, found) if is_chosen else self._listed(request))

    def _of(self, request: Any, pk: int) -> Activation:
        """The activation that the address names; the list shows its rules alone."""
        request.activation = activation_of(request, pk)
        found: Activation = request.activation
        return found

    def _chosen(self, request: HttpRequest, activation: Activation) -> QuerySet[ExportRule]:
        """The rules that were ticked, or all that the list shows by its filters."""
        ids = rule_activation.chosen_ids(request)
        return self._listed(request) if ids is None else all_of(activation).filter(pk__in=ids)

    def _listed(self, request: HttpRequest) -> QuerySet[ExportRule]:
        found: QuerySet[ExportRule] = self.get_changelist_instance(request).queryset
        return found

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RuleList

    def get_queryset(self, request: Any) -> QuerySet[ExportRule]:
        activation = getattr(request, "activation", None)
        found = super().get_queryset(request)
        return found.filter(activation=activation) if activation else found.none()

    def search_condition(self, term: str) -> Q:
        return of_customers(term)

    def prepare_rows(self, request: Any, rows: list[Any]) -> None:
        """Judge those that changed, and find out when each customer was last sent something: one query each."""
        following.look_at_page(request.activation, rows)
        sent = Transaction.objects.exclude(state=Transaction.State.HELD).filter(
            activation=request.activation, account__in=[row.account_id for row in rows]
        )
        last = dict(sent.order_by().values_list("account_id").annotate(Max("created_at")))
        filters = paging.without_place(request.GET).urlencode()
        may_change = may(request, request.activation, Level.EDIT)
        for row in rows:
            row.filters = filters
            row.activation, row.last_sent = request.activation, last.get(row.account_id)
            row.may_change = may_change

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Of the activation that the address names, where none of its rules is asked about."""
        activation = getattr(request, "activation", None)
        if obj is None and activation is not None:
            return may(request, activation, Level.EDIT)
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description="Activate…", permissions=["change"])
    def activate(self, request: Any, queryset: QuerySet[Any]) -> HttpResponse:
        return self._hand_over(request, queryset, "adaptors_rules_activate")

    @admin.action(description="Deactivate…", permissions=["change"])
    def deactivate(self, request: Any, queryset: QuerySet[Any]) -> HttpResponse:
        return self._hand_over(request, queryset, "adaptors_rules_deactivate")

    @admin.action(description="Use common settings…", permissions=["change"])
    def use_common(self, request: Any, queryset: QuerySet[Any]) -> HttpResponse:
        return self._hand_over(request, queryset, "adaptors_rules_use_common")

    @admin.action(description="Export to XLSX")
    def export_selected(self, request: Any, queryset: QuerySet[Any]) -> HttpResponse:
        return self._hand_over(request, queryset, "adaptors_rules_export")

    def _hand_over(self, request: Any, queryset: QuerySet[Any], name: str) -> HttpResponse:
        """To the page that asks, with the choice in its address: ids, or all rows by the list's filters."""
        query = rule_activation.query_of(request, queryset)
        return HttpResponseRedirect(at(name, request.activation, **query))

    @display(description="Customer", ordering="account__name")
    def customer_(self, rule: ExportRule) -> str:
        return str(rule.account)

    @display(description="Number", ordering="account__number_lower")
    def number_(self, rule: ExportRule) -> str:
        return cells.clipped(rule.account.number)

    @display(description="Active", ordering="is_active")
    def active_(self, rule: ExportRule) -> str:
        return cells.chip("Active" if rule.is_active else "Not active")

    @display(description="Ready", ordering="is_ready")
    def ready_(self, rule: Any) -> str:
        return _cell("ready", rule=rule, chip=cells.chip("Ready") if rule.is_ready else "", more=len(rule.missing) - 1)

    @display(description="Output format", ordering="format")
    def format_(self, rule: Any) -> str:
        kind = rule.format or rule.activation.format
        return _cell("inherited", text=label_of(kind), is_own=bool(rule.format))

    @display(description="Destination gateway", ordering="destination__name")
    def destination_(self, rule: Any) -> str:
        is_own = rule.destination_id is not None
        return _cell("inherited", text=rule.destination if is_own else rule.activation.destination, is_own=is_own)

    @display(description="Common settings", ordering="common__name")
    def common_(self, rule: ExportRule) -> str:
        return str(rule.common or "")

    @display(description="Last sent")
    def sent_(self, rule: Any) -> str:
        return cells.day(rule.last_sent.date() if rule.last_sent else None)

    @display(description="")
    def buttons_(self, rule: Any) -> str:
        return _cell("buttons", rule=rule, may_change=rule.may_change)


def _cell(name: str, **context: Any) -> str:
    return render_to_string(f"adaptors/rules/cell_{name}.html", context)
