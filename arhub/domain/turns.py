"""Whose turn it is when work of many tenants waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from arhub.models import Tenant


def in_turn(due: QuerySet[Any], at_work: Iterable[int]) -> list[Tenant]:
    """The tenants that have rows among those due, in scope_all: first who has the fewest at work, then who has waited
    longest. `at_work` are tenant ids, one for each row that a worker has."""
    running = Counter(at_work)
    first = due.filter(tenant=OuterRef("pk")).order_by("next_attempt_at", "id").values("next_attempt_at")[:1]
    waiting: Any = Tenant.objects.annotate(due_at=Subquery(first)).filter(due_at__isnull=False)
    return sorted(waiting, key=lambda tenant: (running[tenant.pk], tenant.due_at))
