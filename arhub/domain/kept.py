"""Sums over all documents of a tenant, kept until something can have changed them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache

from arhub.domain.receivables import today_of
from arhub.models import Ledger, Tenant

Found = TypeVar("Found")
LONGEST_SECONDS = 24 * 60 * 60


def kept(tenant: Tenant, name: str, work: Callable[[], Found]) -> Found:
    """What `work` finds, or found before: until a load or an undo writes to one of the tenant's ledgers, its currency
    is another, or the day is over where it is. Each process keeps its own. `work` must not find None.

    The ledgers are asked first: what is written meanwhile is found again under the next key.
    """
    ledgers = Ledger.objects.filter(tenant=tenant).order_by("pk").values_list("pk", "writes")
    state = "-".join(f"{ledger}.{writes}" for ledger, writes in ledgers)
    key = f"kept-{name}-{tenant.pk}-{tenant.currency}-{today_of(tenant)}-{state}"
    found: Found | None = cache.get(key)
    if found is None:
        found = work()
        cache.set(key, found, LONGEST_SECONDS)
    return found
