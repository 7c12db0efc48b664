"""Tabs of a record's page: links, so that an address says which one is open and only that one is read."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    label: str
    is_open: bool


def tabs_of(request: HttpRequest, *choices: tuple[str, str]) -> list[Tab]:
    """(name, label) of each tab; the first is open unless the address names another one."""
    names = [name for name, _ in choices]
    wanted = request.GET.get("tab")
    chosen = wanted if wanted in names else names[0]
    return [Tab(name, label, name == chosen) for name, label in choices]


def open_tab(tabs: list[Tab]) -> str:
    return next(tab.name for tab in tabs if tab.is_open)
