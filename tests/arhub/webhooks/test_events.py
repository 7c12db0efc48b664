"""Events happen with the transaction that causes them, and go to whom they concern."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from arhub.domain import events, webhook_endpoints
from arhub.domain.tenants import create_tenant
from arhub.models import Event, Outbound, Tenant, WebhookEndpoint
from arhub.tenancy.scope import NoTenant, scope, scope_all
from tests.arhub.webhooks.conftest import Happen, Receive, Subscribe, deliveries, send_all


def test_event_goes_to_each_endpoint_that_wants_it(
    tenant: Tenant, receive: Receive, subscribe: Subscribe, happen: Happen
) -> None:
    everything, some, another = receive(), receive(), receive()
    subscribe(everything)
    subscribe(some, "records.changed")
    subscribe(another, "webhook.test")

    event = happen(records=3)
    send_all()

    assert [len(server.requests) for server in (everything, some, another)] == [1, 1, 0]
    assert json.loads(everything.requests[0][3]) == {
        "type": "records.changed",
        "timestamp": event.occurred_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": {"records": 3},
    }


def test_nothing_has_happened_when_the_transaction_rolls_back(
    tenant: Tenant, receive: Receive, subscribe: Subscribe
) -> None:
    subscribe(receive())

    with pytest.raises(LookupError), scope(tenant.pk):
        events.emit("records.changed", {})
        raise LookupError

    with scope(tenant.pk):
        assert not Event.objects.exists()
        assert not Outbound.objects.exists()
    assert not OrmQ.objects.exists()


def test_event_of_a_kind_nobody_declared_is_refused(tenant: Tenant) -> None:
    with scope(tenant.pk), pytest.raises(ValueError, match=r"'records\.eaten' is no kind of event"):
        events.emit("records.eaten", {})


def test_event_needs_a_tenant(tenant: Tenant) -> None:
    with pytest.raises(NoTenant), scope_all("try"):
        events.emit("records.changed", {})


def test_other_tenants_endpoints_are_not_told_and_see_nothing(
    tenant: Tenant, receive: Receive, subscribe: Subscribe, happen: Happen
) -> None:
    other, own_server, other_server = create_tenant("other"), receive(), receive()
    subscribe(own_server)
    endpoint, _ = subscribe(other_server, of=other)

    happen(secret="ours")
    send_all()

    assert [len(server.requests) for server in (own_server, other_server)] == [1, 0]
    with scope(other.pk):
        assert list(WebhookEndpoint._base_manager.values_list("pk", flat=True)) == [endpoint.pk]
        assert not Event._base_manager.exists()
        assert not Outbound._base_manager.exists()


def test_test_event_goes_to_its_endpoint_alone(tenant: Tenant, receive: Receive, subscribe: Subscribe) -> None:
    tried, other = receive(), receive()
    endpoint, _ = subscribe(tried, "records.changed")
    subscribe(other)

    with scope(tenant.pk):
        webhook_endpoints.send_test(endpoint)
    send_all()

    assert (len(tried.requests), len(other.requests)) == (1, 0)
    assert json.loads(tried.requests[0][3])["data"] == {"endpoint": endpoint.pk, "name": "Shop"}


def test_old_events_are_forgotten(tenant: Tenant, happen: Happen) -> None:
    old, young = happen(), happen()
    with scope(tenant.pk):
        Event.objects.filter(pk=old.pk).update(occurred_at=timezone.now() - timedelta(days=31))

    assert events.forget_old() == 1

    with scope(tenant.pk):
        assert [event.pk for event in Event.objects.all()] == [young.pk]
    assert deliveries(tenant) == []
