"""Simulators are on this machine, which the hub calls only where it is allowed; and its workers, who do what waits."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import pytest
from django.utils import timezone

from arhub.domain import outbound, runs
from arhub.models import Outbound, Run, Tenant
from arhub.tenancy.scope import scope
from ingestion import tasks as loads


@pytest.fixture(autouse=True)
def loopback_is_allowed(settings: Any) -> None:
    settings.ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]


@pytest.fixture
def deliver(tenant: Tenant) -> Callable[[], list[str]]:
    """Does all that is due to be sent or looked up, whenever that is; gives the states that were left."""

    def delivered() -> list[str]:
        states: list[str] = []
        with scope(tenant.pk):
            Outbound.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=timezone.now())
        while claimed := outbound.claim():
            states.append(str(outbound.deliver(*claimed)))
        return states

    return delivered


@pytest.fixture
def work(tenant: Tenant) -> Callable[[Run], Run]:
    """Works on a run slice by slice until it is over, then on the loads it made."""

    def worked(run: Run) -> Run:
        while claimed := runs.claim():
            runs.work(*claimed)
        while loads.answer() != "nothing due":
            pass
        with scope(tenant.pk):
            return Run.objects.get(pk=run.pk)

    return worked
