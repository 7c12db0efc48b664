"""Every route of the hub's API, out of its router: what is added later is tried as well."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from adaptors.models import Transaction
from arhub.api.bodies import SAFE
from arhub.api.urls import router
from arhub.tenancy.scope import scope
from tests.arhub.admin.conftest import Records

ROOT = "/api/hub/v1/"
_GROUP = re.compile(r"\(\?P<(\w+)>[^()]*\)")


@dataclass(frozen=True)
class Route:
    """A method at an address. `pattern` has a group for each id; `handler` is the view's method."""

    method: str
    pattern: str
    view: Any
    handler: str

    @property
    def action(self) -> str:
        return "read" if self.method.upper() in SAFE or getattr(self.view, "only_reads", False) else "write"

    @property
    def has_id(self) -> bool:
        return "(?P<" in self.pattern

    def address(self, record: int = 1) -> str:
        return ROOT + _GROUP.sub(str(record), self.pattern.strip("^$"))

    def __str__(self) -> str:
        return f"{self.method} {_GROUP.sub(lambda group: '{' + group[1] + '}', self.pattern.strip('^$'))}"


def routes() -> Iterator[Route]:
    for pattern in router.urls:
        callback: Any = pattern.callback
        for method, handler in list(callback.actions.items()):  # a first request adds to them
            if method != "head":
                yield Route(method, str(pattern.pattern), callback.cls, handler)


def id_of(records: Records, route: Route) -> int:
    """The id in the route's address of a record that the tenant has: the one it leads to, or stands below of."""
    model = route.view.model
    with scope(records.tenant.pk):
        if "(?P<transaction>" in route.pattern:
            model = Transaction
        for parent in ("ingestion", "run", "inbox"):
            if f"(?P<{parent}>" in route.pattern:
                model = model._meta.get_field(parent).related_model
        found = model.objects.order_by("pk").first()
    assert found, f"Give the tenant a {model.__name__} in tests/arhub/api/records.py."
    return int(found.pk)
