"""The page of an activation: what it lacks on top, and its tabs, of which only the open one is queried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from adaptors.admin import field_mapping, general, manual_export, notifications, schedule_settings, source
from adaptors.catalogue import Work
from adaptors.domain.health import health_of
from adaptors.domain.steps import missing, steps
from adaptors.models import Activation
from arhub.admin import cells, sharing_page
from arhub.admin.sharing import Level, may
from arhub.admin.tabs import tabs_of


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of the adaptors that do some work. `shown` gives its template, which stands in a card, what it needs;
    `page` names a page of its own instead."""

    key: str
    label: str
    works: frozenset[Work]
    template: str = ""
    shown: Callable[[HttpRequest, Activation], dict[str, Any]] = lambda request, activation: {}
    page: str = ""


ALL = frozenset(Work)
SHARING = "sharing"


def shared(request: HttpRequest, activation: Activation) -> dict[str, Any]:
    action = reverse("admin:adaptors_activation_sharing", args=[activation.pk])
    return sharing_page.shown(request, activation, action)


RULES = "export_rules"
DASHBOARD = "dashboard"
TABS: tuple[Tab, ...] = (
    Tab("general", "General", ALL, "adaptors/tab_general.html", general.shown),
    Tab("source", "Source", ALL, "adaptors/tab_source.html", source.shown),
    Tab(RULES, "Export Rules", frozenset({Work.EXPORT}), page="admin:adaptors_rules"),
    Tab(field_mapping.TAB, "Field mapping", frozenset({Work.POST}), "adaptors/tab_mapping.html", field_mapping.shown),
    Tab(notifications.TAB, "Notification settings", ALL, "adaptors/tab_notifications.html", notifications.shown),
    Tab(schedule_settings.TAB, "Schedule settings", ALL, "adaptors/schedules/tab.html", schedule_settings.shown),
    Tab(DASHBOARD, "Dashboard", frozenset({Work.EXPORT}), page="admin:adaptors_dashboard"),
    Tab(
        manual_export.TAB,
        "Manually Export Invoices",
        frozenset({Work.EXPORT}),
        "adaptors/manual/tab.html",
        manual_export.shown,
    ),
    Tab(SHARING, "Sharing", ALL, "arhub/sharing/tab.html", shared),
)
"""In their order."""


def tabs_for(activation: Activation) -> dict[str, Tab]:
    return {tab.key: tab for tab in TABS if activation.entry.work in tab.works}


def tab_of(request: HttpRequest, activation: Activation) -> Tab:
    """The tab that is open."""
    own = tabs_for(activation)
    return own.get(request.GET.get("tab", ""), own["general"])


def context(request: HttpRequest, activation: Activation) -> dict[str, Any]:
    own, tab = tabs_for(activation), tab_of(request, activation)
    health, to_do = health_of([activation])[activation.pk], steps(activation)
    return {
        "activation": activation,
        "chip": cells.chip(health.state),
        "health": health,
        "run_chip": cells.chip(health.last_run.get_state_display()) if health.last_run else "",
        "steps": [(step, step.tab if step.tab in own else "") for step in to_do] if missing(to_do) else [],
        "is_ready": not missing(to_do) and not activation.is_on,
        "tabs": tabs_of(request, *((one.key, one.label) for one in own.values())),
        "tab": tab.key,
        "tab_template": tab.template,
        "may_change": may(request, activation, Level.EDIT),
        "may_administer": may(request, activation, Level.ADMINISTER),
        **tab.shown(request, activation),
    }
