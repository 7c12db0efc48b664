"""The admin site: who gets in, what Ctrl-K finds."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.module_loading import import_string
from unfold.sites import UnfoldAdminSite


class HubAdminSite(UnfoldAdminSite):
    """Members of a tenant get in; what they may do there is their role's matter (`arhub.admin.base`)."""

    index_title = "Start"

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and getattr(request, "membership", None) is not None

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """What Ctrl-K finds: each contributor of settings.SEARCHES gives results of the tenant in context.

        Nothing is cached: the theme's own search keeps results per person, not per tenant.
        """
        term = request.GET.get("s", "").strip()
        if not term:
            return HttpResponse()
        found = [result for dotted in settings.SEARCHES for result in import_string(dotted)(request, term)]
        name = "command_results" if "extended" in request.GET else "search_results"
        context = {"results": found, "page_obj": None, "page_counter": 0, "execution_time": 0}
        return TemplateResponse(request, f"unfold/helpers/{name}.html", context, headers={"HX-Trigger": "search"})
