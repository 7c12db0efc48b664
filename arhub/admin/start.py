"""The Start page: what failed, what waits for me, how do we stand."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from arhub.admin.ageing_bar import bar_of
from arhub.contributions import functions
from arhub.domain import ageing
from arhub.domain.kept import kept
from arhub.models import Tenant

KEYS = ("failed", "waiting", "sources", "loads_per_day")
TALLEST = 100
"""Height of the largest bar of the chart, in percent."""


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    panels = gathered(request)
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    return {
        **context,
        **panels,
        "loads_per_day": _columns(panels["loads_per_day"]),
        "loads": sum(day["loads"] for day in panels["loads_per_day"]),
        "bars": [bar_of(row) for row in kept(tenant, "totals", lambda: ageing.totals(tenant))],
    }


def gathered(request: HttpRequest) -> dict[str, list[dict[str, Any]]]:
    """The panels of every package, one after the other; failed and waiting newest first."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for panels in functions(settings.START_PANELS):
        for key, entries in panels(request).items():
            found[key] += entries
    newest = {key: sorted(found[key], key=lambda entry: entry["at"], reverse=True) for key in ("failed", "waiting")}
    return {key: newest.get(key, found[key]) for key in KEYS}


def _columns(days: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Days with the heights of their bars, in percent of the day with the most loads."""
    most = max((day["loads"] for day in days), default=0) or 1
    return [
        {
            **day,
            "height": TALLEST * day["loads"] / most,
            "failed_share": TALLEST * day["failed"] / (day["loads"] or 1),
        }
        for day in days
    ]
