"""My Adaptors: the activations of a tenant and the page of each. Each is shared with whom it is for."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, include, path, reverse
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm

from adaptors.admin import (
    activation_page,
    catalogue,
    field_mapping,
    manual_activation,
    manual_export,
    notifications,
    preview,
    schedule_settings,
    source,
)
from adaptors.admin.activation_dialogs import NameForm, RemoveDialog, RunDialog
from adaptors.admin.general_form import fieldsets, form_of
from adaptors.catalogue import Work
from adaptors.domain import activations
from adaptors.domain.health import health_of
from adaptors.domain.running import KIND
from adaptors.domain.transactions.exporting import confirm_first_run
from adaptors.models import Activation, ExportRule, Transaction
from arhub.admin import cells, sharing_page
from arhub.admin.base import HubAdmin, allows
from arhub.admin.dialogs import go_to
from arhub.admin.filters import QuickFilter
from arhub.admin.sharing import Level, SharedMixin, levels, may, require, visible
from arhub.domain import shares
from arhub.domain.askers import asker_of
from arhub.models import Role, Run

LIST = "admin:adaptors_activation_changelist"


class StateFilter(QuickFilter):
    options = (("all", "All"), ("on", "On"), ("off", "Off"), ("failed", "Last run failed"))

    def narrow(self, request: HttpRequest, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value in ("on", "off"):
            return queryset.filter(is_on=value == "on")
        runs = Run.objects.filter(kind=KIND, subject_id=OuterRef("pk")).order_by("-id")
        last = Subquery(runs.values("state")[:1])
        return queryset.alias(last=last).filter(last=Run.State.FAILED) if value == "failed" else queryset


@admin.register(Activation)
class ActivationAdmin(SharedMixin, HubAdmin):
    shared = "activation"
    view_role = Role.VIEWER
    change_role = Role.MANAGER
    has_one_button = True
    page_title = "My Adaptors"
    row_names = ("adaptor", "adaptors")
    list_display = ("name_", "adaptor_", "state_", "last_run", "next_run", "week", "owner_", "shared_")
    list_filter = (StateFilter,)
    list_select_related = ("owner", "connection", "destination", "source")
    search_fields = ("name__istartswith",)
    search_help_text = "Name"
    ordering = ("name", "id")
    actions = None
    actions_row = ("run_now", "switch_on", "switch_off")
    actions_detail = ("switch_on", "switch_off", "run_now", {"title": "More", "items": ["rename", "remove"]})
    change_list_template = "adaptors/activations.html"
    change_form_template = "adaptors/activation.html"
    empty_text = (
        "An adaptor takes your records to others: invoices to customers, each in the format and over the gateway that "
        "this customer wants, or receivables into another system. Choose one in the catalogue and activate it."
    )

    def get_urls(self) -> list[URLPattern]:
        def at(route: str, view: Any, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"adaptors_{name}")

        return [
            at("catalogue/", self.catalogue, "catalogue"),
            at("catalogue/<slug:kind>/", self.activate, "activate"),
            at("<int:pk>/source/", self.choose_source, "activation_source"),
            at("<int:pk>/sharing/", self.share, "activation_sharing"),
            at("<int:pk>/pull/", self.pull, "activation_pull"),
            at("manual-export/", self.manual_export, "manual_export_choose"),
            at("<int:pk>/manual-export/", self.find, "manual_find"),
            at("<int:pk>/manual-export/customers/", self.find_customers, "manual_customers"),
            at("<int:pk>/manual-export/<int:search>/", self.export_found, "manual_export"),
            at("<int:pk>/manual-export/<int:search>/activate/", self.activate_found, "manual_activate"),
            at("<int:pk>/schedules/add/", self.edit_schedule, "schedule_add"),
            at("<int:pk>/schedules/preview/", self.preview_schedule, "schedule_preview"),
            at("<int:pk>/schedules/<int:schedule>/", self.edit_schedule, "schedule"),
            at("<int:pk>/schedules/<int:schedule>/<slug:name>/", self.act_on_schedule, "schedule_act"),
            at("<int:pk>/preview/<int:account>/", self.preview, "preview"),
            at("<int:pk>/field-mapping/", self.map_fields, "activation_mapping"),
            at("<int:pk>/notifications/<slug:level>/<slug:tone>/", self.notifications, "notifications"),
            path("<int:activation>/rules/", include(self._urls_of(ExportRule))),
            path("<int:activation>/dashboard/", include(self._urls_of(Transaction))),
            *super().get_urls(),
        ]

    def _urls_of(self, model: type[Model]) -> list[URLPattern]:
        """Of the pages under an activation that show rows of another model."""
        own: Any = self.admin_site.get_model_admin(model)
        found: list[URLPattern] = own.urls_of_activation()
        return found

    def get_queryset(self, request: HttpRequest) -> QuerySet[Activation]:
        """What is posted to one waits for what else is posted to it, and finds it gone where that was its removal."""
        found: QuerySet[Activation] = super().get_queryset(request).select_related(*self.list_select_related)
        return found.select_for_update(of=("self",)) if request.method == "POST" else found

    def offers(self, request: HttpRequest, row: Any, action: str) -> bool:
        needed = Level.OPERATE if action == "run_now" else Level.ADMINISTER
        return action not in _senseless(row) and may(request, row, needed)

    def prepare_rows(self, request: HttpRequest, rows: list[Any]) -> None:
        levels(request, rows)  # asked for each of them in `offers`, found out for all at once
        health, shared = health_of(rows), shares.labels_of(rows)
        for row in rows:
            row.health, row.share = health[row.pk], shared.get(row.pk)

    @display(description="Name", ordering="name")
    def name_(self, activation: Any) -> str:
        return str(activation.name)

    @display(description="Adaptor")
    def adaptor_(self, activation: Any) -> str:
        return str(activation.entry.label)

    @display(description="State")
    def state_(self, activation: Any) -> str:
        health = activation.health
        return _cell("state", chip=cells.chip(health.state), lacking=health.lacking)

    @display(description="Last run")
    def last_run(self, activation: Any) -> str:
        run = activation.health.last_run
        return _cell("run", run=run, chip=cells.chip(run.get_state_display())) if run else "–"

    @display(description="Next run")
    def next_run(self, activation: Any) -> Any:
        return activation.health.next_at

    @display(description="In 7 days")
    def week(self, activation: Any) -> str:
        return _cell("week", week=activation.health.week)

    @display(description="Owner", ordering="owner__name")
    def owner_(self, activation: Any) -> str:
        return str(activation.owner or "–")

    @display(description="Shared with")
    def shared_(self, activation: Any) -> str:
        return sharing_page.mark(activation, activation.share)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = {"form": form_of(obj, asker_of(request))} if self._is_general(request, obj) else {}
        return super().get_form(request, obj, change, **form, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return fieldsets(obj, asker_of(request)) if self._is_general(request, obj) else [(None, {"fields": ("name",)})]

    def _is_general(self, request: HttpRequest, activation: Activation | None) -> bool:
        """Whether the form of General is shown or sent: on no other tab is it made."""
        if activation is None or not self.has_change_permission(request, activation):
            return False
        return request.method == "POST" or activation_page.tab_of(request, activation).key == "general"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        activation = self.get_object(request, object_id)
        if activation and (page := activation_page.tab_of(request, activation).page):
            return HttpResponseRedirect(reverse(page, args=[activation.pk]))
        shown = activation_page.context(request, activation) if activation else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        user: Any = request.user
        takes = form.cleaned_data.get("takes_existing", False)
        activations.change(obj, form.values(), user, takes_existing=takes)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        messages.success(request, f"{obj} was changed.")
        return HttpResponseRedirect(source.page(obj, "general"))

    def catalogue(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied("Looking at adaptors needs the role Viewer.")
        return catalogue.view(request, self.admin_site.each_context(request))

    def activate(self, request: HttpRequest, kind: str) -> HttpResponse:
        if not allows(request, Role.MANAGER):
            raise PermissionDenied("Activating adaptors needs the role Manager.")
        return catalogue.activate(request, kind, self.admin_site.each_context(request))

    def choose_source(self, request: HttpRequest, pk: int) -> HttpResponse:
        return source.choose(request, self._posted(request, pk, Level.EDIT))

    def share(self, request: HttpRequest, pk: int) -> HttpResponse:
        activation = self._wanted(request, str(pk))
        return sharing_page.change(request, activation, source.page(activation, activation_page.SHARING), reverse(LIST))

    def pull(self, request: HttpRequest, pk: int) -> HttpResponse:
        return source.pull(request, self._posted(request, pk, Level.OPERATE))

    def manual_export(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied("Looking at documents needs the role Viewer.")
        return manual_export.choose(request, self.admin_site.each_context(request))

    def find_customers(self, request: HttpRequest, pk: int) -> HttpResponse:
        return manual_export.customers(request, self._exporting(request, pk, "GET", Level.VIEW))

    def find(self, request: HttpRequest, pk: int) -> HttpResponse:
        return manual_export.find(request, self._exporting(request, pk, "POST", Level.VIEW))

    def export_found(self, request: HttpRequest, pk: int, search: int) -> HttpResponse:
        return manual_export.export(request, self._exporting(request, pk, "POST", Level.OPERATE), search)

    def activate_found(self, request: HttpRequest, pk: int, search: int) -> HttpResponse:
        return manual_activation.activate(request, self._exporting(request, pk, "POST", Level.EDIT), search)

    def _exporting(self, request: HttpRequest, pk: int, method: str, needed: Level) -> Activation:
        """An activation that exports documents, for a page that is asked for by this method."""
        activation = self._wanted(request, str(pk))
        if activation.entry.work is not Work.EXPORT:
            raise Http404("No such adaptor that exports documents here.")
        require(request, activation, needed)
        if request.method != method:
            raise PermissionDenied(f"Expected a {method}.")
        return activation

    def edit_schedule(self, request: HttpRequest, pk: int, schedule: int = 0) -> HttpResponse:
        activation = self._wanted(request, str(pk))
        own = activation_page.tabs_for(activation).values()
        tabs = [(tab.key, tab.label, tab.key == schedule_settings.TAB) for tab in own]
        context = {**self.admin_site.each_context(request), "tabs": tabs}
        return schedule_settings.edit(request, activation, schedule, context)

    def preview_schedule(self, request: HttpRequest, pk: int) -> HttpResponse:
        return schedule_settings.preview(request, self._wanted(request, str(pk)))

    def act_on_schedule(self, request: HttpRequest, pk: int, schedule: int, name: str) -> HttpResponse:
        return schedule_settings.act(request, self._wanted(request, str(pk)), schedule, name)

    def preview(self, request: HttpRequest, pk: int, account: int) -> HttpResponse:
        return preview.view(request, self._wanted(request, str(pk)), account, self.admin_site.each_context(request))

    def map_fields(self, request: HttpRequest, pk: int) -> HttpResponse:
        return field_mapping.save_view(
            request, self._posted(request, pk, Level.EDIT), self.admin_site.each_context(request)
        )

    def notifications(self, request: HttpRequest, pk: int, level: str, tone: str) -> HttpResponse:
        """Read without its lock: a test message may take a minute, and runs wait for nobody's mail server."""
        activation = get_object_or_404(visible(request, Activation.objects.all(), "activation"), pk=pk)
        return notifications.view(request, activation, level, tone, self.admin_site.each_context(request))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Those that make sense for this activation."""
        activation = self.get_object(request, object_id)
        senseless = set() if activation is None else _senseless(activation)
        prefix = f"{self.opts.app_label}_{self.opts.model_name}_"
        found = super().get_actions_detail(request, object_id)
        return [one for one in found if one.action_name.removeprefix(prefix) not in senseless]

    @action(
        description="Run now",
        url_path="run-now",
        icon="play_arrow",
        permissions=["operate"],
        dialog={"title": "Run now", "form_class": RunDialog, "form_submit_text": "Run now"},
    )
    def run_now(self, request: HttpRequest, form: RunDialog, object_id: str) -> HttpResponse:
        activation = self._wanted(request, object_id)
        if form.cleaned_data.get("all"):
            confirm_first_run(activation)
        try:
            run = activations.run_now(activation, request.user)  # type: ignore[arg-type]
        except activations.Refused as problem:
            messages.warning(request, f"Nothing was started. {problem}")
            return go_to(source.page(activation, "general"))
        return go_to(reverse("admin:arhub_run_change", args=[run.pk]))

    @action(
        description="Switch on",
        url_path="switch-on",
        icon="toggle_on",
        permissions=["administer"],
        dialog={
            "title": "Switch this adaptor on",
            "description": "From now on its schedules run it, and people can. What is due goes out with the first run.",
            "form_class": None,
            "form_submit_text": "Switch on",
        },
    )
    def switch_on(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._switch(request, object_id, on=True)

    @action(
        description="Switch off",
        url_path="switch-off",
        icon="toggle_off",
        permissions=["administer"],
        dialog={
            "title": "Switch this adaptor off",
            "description": "Nothing goes out through it until it is on again. What was handed over stays on its way.",
            "form_class": None,
            "form_submit_text": "Switch off",
        },
    )
    def switch_off(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._switch(request, object_id, on=False)

    @action(
        description="Rename",
        url_path="rename",
        icon="edit",
        permissions=["change"],
        dialog={"title": "Rename this adaptor", "form_class": NameForm, "form_submit_text": "Rename"},
    )
    def rename(self, request: HttpRequest, form: NameForm, object_id: str) -> HttpResponse:
        activation = self._wanted(request, object_id)
        try:
            activations.change(activation, {"name": form.cleaned_data["name"]}, request.user)  # type: ignore[arg-type]
        except activations.WrongSettings as problem:
            messages.warning(request, f"Nothing was changed. {problem}")
        return go_to(source.page(activation, "general"))

    @action(
        description="Remove",
        url_path="remove",
        icon="delete",
        permissions=["administer"],
        dialog={"title": "Remove this adaptor", "form_class": RemoveDialog, "form_submit_text": "Remove adaptor"},
    )
    def remove(self, request: HttpRequest, form: RemoveDialog, object_id: str) -> HttpResponse:
        activation = self._wanted(request, object_id)
        try:
            activations.remove(activation, request.user)  # type: ignore[arg-type]
        except activations.InUse as problem:
            messages.warning(request, f"Nothing was removed. {problem}")
            return go_to(source.page(activation, "general"))
        messages.success(request, f"{activation} was removed.")
        return go_to(reverse(LIST))

    def _switch(self, request: HttpRequest, object_id: str, *, on: bool) -> HttpResponse:
        activation = self._wanted(request, object_id)
        try:
            activations.switch(activation, on=on, user=request.user)  # type: ignore[arg-type]
        except activations.Refused as problem:
            messages.warning(request, f"It stays off. {problem}")
        else:
            messages.success(request, f"{activation} is {'on' if on else 'switched off'}.")
        return go_to(source.page(activation, "general"))

    def _posted(self, request: HttpRequest, pk: int, needed: Level) -> Activation:
        """The activation of a page that only does something when it is posted to."""
        activation = self._wanted(request, str(pk))
        require(request, activation, needed)
        if request.method != "POST":
            raise PermissionDenied("Expected a POST.")
        return activation

    def _wanted(self, request: HttpRequest, object_id: str) -> Activation:
        activation: Activation | None = self.get_object(request, object_id)
        if activation is None:
            raise Http404("No such adaptor here.")
        return activation


def _senseless(activation: Activation) -> set[str]:
    return {"switch_on"} if activation.is_on else {"switch_off", "run_now"}


def _cell(name: str, **shown: Any) -> str:
    return render_to_string(f"adaptors/cell_{name}.html", shown)
