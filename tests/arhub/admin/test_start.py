"""The Start page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from arhub.admin import start
from tests.arhub.admin.conftest import SignIn, World, text_of

NOW = timezone.now()


def first(request: Any) -> dict[str, list[dict[str, Any]]]:
    entry = {"title": "Older", "detail": "d", "url": "/x/", "button": "Open", "at": NOW - timedelta(days=1)}
    return {
        "failed": [entry],
        "waiting": [],
        "sources": [],
        "loads_per_day": [{"day": NOW.date(), "loads": 4, "failed": 1}],
    }


def second(request: Any) -> dict[str, list[dict[str, Any]]]:
    return {"failed": [{"title": "Newer", "detail": "d", "url": "/y/", "button": "Retry", "at": NOW}]}


def test_panels_of_packages_are_merged_newest_first(settings: Any, rf: Any) -> None:
    settings.START_PANELS = [f"{__name__}.first", f"{__name__}.second"]

    panels = start.gathered(rf.get("/"))

    assert [entry["title"] for entry in panels["failed"]] == ["Newer", "Older"]
    assert panels["waiting"] == []
    assert [day["loads"] for day in panels["loads_per_day"]] == [4]


def test_start_shows_where_the_tenant_stands(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.acting.tenant).get("/")

    (bar,) = page.context["bars"]
    assert (bar.outstanding, bar.overdue, bar.balance) == ("850.00", "1,150.00", "800.00")
    assert "How do we stand?" in text_of(page)


def test_start_of_an_empty_tenant(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.empty.tenant).get("/")

    assert page.context["bars"] == []
    assert "Nothing is outstanding." in text_of(page)
