"""The admin site: who gets in, what Ctrl-K finds, which menus a person sees.

It stands outside `arhub.admin`, whose modules need it to register with.
"""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.module_loading import import_string
from unfold.sites import UnfoldAdminSite

from arhub.contributions import functions

MOST_RESULTS = 100


class HubAdminSite(UnfoldAdminSite):
    """Members of a tenant get in; what they may do there is their role's matter (`arhub.admin.base`)."""

    index_title = "Start"

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and getattr(request, "membership", None) is not None

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Libraries register pages too, which know neither tenants nor roles: those are left out."""
        if hasattr(admin_class, "view_role"):
            super().register(model_or_iterable, admin_class, **options)

    def extra_urls(self) -> list[URLPattern]:
        switch = import_string("arhub.admin.switch.switch")  # arhub.admin itself needs this site to register with
        return [path("switch/", self.admin_view(switch), name="switch")]

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """What Ctrl-K finds: each contributor of settings.SEARCHES gives results of the tenant in context.

        Nothing is cached: the theme's own search keeps results per person, not per tenant.
        """
        term = request.GET.get("s", "").strip()
        if not term:
            return HttpResponse()
        started = time.monotonic()
        found = [result for search in functions(settings.SEARCHES) for result in search(request, term)]
        name = "command_results" if "extended" in request.GET else "search_results"
        context = {
            "results": found,
            "page_obj": Paginator(found, MOST_RESULTS),
            "page_counter": 0,
            "execution_time": time.monotonic() - started,
            "command_show_history": False,
        }
        return TemplateResponse(request, f"unfold/helpers/{name}.html", context, headers={"HX-Trigger": "search"})

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        """Without the entries a person may not use, and without groups that are left empty."""
        groups = super().get_sidebar_list(request)
        for group in groups:
            group["items"] = [item for item in group["items"] if item["has_permission"]]
        return [group for group in groups if group["items"]]

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Packages are no places people go to."""
        return HttpResponseRedirect(reverse("admin:index"))
