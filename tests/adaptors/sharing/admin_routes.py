"""Every page and action of the admin with an id in its address, out of its router: what is added later is tried too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import get_resolver

from tests.adaptors.sharing.conftest import Shared

SHARED_PLACES = ("adaptors/", "connectors/", "arhub/run/", "arhub/schedule/", "arhub/incident/")
FREE = ("connectors/participant/", "adaptors/lookuptable/", "adaptors/activation/catalogue/")
"""Hang on nothing that is shared: the tenant's directory, its lookup tables, the catalogue."""
_ID = re.compile(r"<\w+:(\w+)>")
_NESTED = {"rules/sets/": "set", "rules/": "rule"}
"""Below an activation: what `pk` is there."""
WORDS = {"level": "document", "tone": "negative", "name": "pause"}
OWN_WORDS = {"adaptors_transaction_act": "resend"}
"""Routes whose `name` is another word."""
OWN_IDS = {"connectors_delivery_download": "delivery"}
"""Routes whose id is not of the model under which they stand."""


@dataclass(frozen=True)
class AdminRoute:
    route: str
    name: str

    def address(self, shared: Shared) -> str:
        """With the ids of rows that hang on what is shared. A KeyError says that the test's world lacks such a row."""
        return "/" + _ID.sub(lambda found: str(self._id(found[1], shared)), self.route) + f"?ids={shared.ids['rule']}"

    def _id(self, name: str, shared: Shared) -> int | str:
        if name in WORDS:
            return OWN_WORDS.get(self.name, WORDS[name])
        if name == "schedule":
            return shared.rows["arhub/schedule"]
        if name in ("activation", "account", "search"):
            return shared.ids[name]
        if self.name in OWN_IDS:
            return shared.ids[OWN_IDS[self.name]]
        if "<int:activation>/" in self.route:
            return next(shared.ids[what] for part, what in _NESTED.items() if part in self.route)
        return shared.rows["/".join(self.route.partition("<")[0].strip("/").split("/"))]

    def __str__(self) -> str:
        return self.name


def admin_routes() -> list[AdminRoute]:
    found = {
        AdminRoute(route, name)
        for route, name in _walk(get_resolver().url_patterns)
        if "<" in route and name and route.startswith(SHARED_PLACES) and not route.startswith(FREE)
    }
    return sorted(found, key=str)


def _walk(patterns: Any, before: str = "") -> Iterator[tuple[str, str]]:
    for one in patterns:
        route = before + str(one.pattern)
        if hasattr(one, "url_patterns"):
            yield from _walk(one.url_patterns, route)
        else:
            yield route, one.name
