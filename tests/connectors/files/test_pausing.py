"""A gateway is left alone when several documents fail there in succession, not when a few do again and again."""

from __future__ import annotations

import pytest
from django.utils import timezone

from arhub.domain import outbound
from arhub.models import Incident, Outbound, Pause, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import deliveries
from connectors.models import Connection
from tests.connectors.files.careless import CarelessGateway

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])


def send(tenant: Tenant, connection: Connection, number: int) -> None:
    with scope(tenant.pk):
        deliveries.send(connection, b"<Invoice/>", name=f"{number}.xml")


def fail_each(tenant: Tenant) -> bool:
    """Try all that waits, in vain; whether the gateway is paused after it."""
    with scope(tenant.pk):
        Outbound.objects.update(next_attempt_at=timezone.now())
    while claimed := outbound.claim():
        CarelessGateway.fault = "busy"
        outbound.deliver(*claimed)
    with scope(tenant.pk):
        return Pause.objects.filter(paused_at__isnull=False).exists()


def test_two_documents_that_fail_in_turn_pause_nothing_and_a_third_does(tenant: Tenant, connection: Connection) -> None:
    for number in (1, 2):
        send(tenant, connection, number)
    two = [fail_each(tenant) for _ in range(3)]
    send(tenant, connection, 3)

    assert (two, fail_each(tenant)) == ([False] * 3, True)
    with scope(tenant.pk):
        assert [str(one) for one in Incident.objects.all()] == [f"Gateway {connection}: paused"]
