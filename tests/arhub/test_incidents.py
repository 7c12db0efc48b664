"""Incidents: one for each key, however often and by however many it is found; closed by arrival or with a reason."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connections, transaction

from arhub.domain import incidents, webhook_endpoints
from arhub.domain.tenants import add_member, create_tenant
from arhub.models import Event, Incident, Outbound, Source, Tenant, User
from arhub.tenancy.scope import scope

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    return create_tenant("acme", name="Acme A/S", currency="DKK")


@pytest.fixture
def ida(tenant: Tenant) -> User:
    return add_member("ida@acme.example", tenant, "clerk", name="Ida")


def missing(tenant: Tenant, text: str = "Nothing came.", key: str = "nightly", **given: Any) -> Incident:
    with scope(tenant.pk):
        return incidents.report(key, kind="missing", subject="ERP files", text=text, **given)


def stored(tenant: Tenant) -> list[Incident]:
    with scope(tenant.pk):
        return list(Incident.objects.select_related("owner", "closed_by").order_by("pk"))


def told(tenant: Tenant) -> list[str]:
    with scope(tenant.pk):
        return list(Event.objects.order_by("id").values_list("kind", flat=True))


def test_what_is_reported_opens_an_incident(tenant: Tenant, ida: User) -> None:
    with scope(tenant.pk):
        source = Source.objects.get()

    with time_machine.travel(NOON, tick=False):
        missing(tenant, owner=ida, source=source, url="/there/")

    (found,) = stored(tenant)
    assert (found.kind, found.subject, found.text, found.url) == ("missing", "ERP files", "Nothing came.", "/there/")
    assert (found.owner, found.source_id, found.times, found.is_open) == (ida, source.pk, 1, True)
    assert (found.opened_at, found.last_seen_at) == (NOON, NOON)
    assert str(found) == "ERP files: missing"


def test_same_key_counts_while_it_is_open(tenant: Tenant, ida: User) -> None:
    with time_machine.travel(NOON, tick=False):
        missing(tenant, owner=ida)
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        missing(tenant, "Nothing came since Monday.")
    missing(tenant, key="another")

    first, _ = stored(tenant)
    assert (first.times, first.text, first.owner) == (2, "Nothing came since Monday.", ida)
    assert (first.opened_at, first.last_seen_at) == (NOON, NOON + timedelta(days=1))
    assert told(tenant) == ["incident.opened", "incident.opened"]


def test_arrival_closes_it_once(tenant: Tenant) -> None:
    missing(tenant)

    with scope(tenant.pk):
        settled = [incidents.settle("nightly", "It came at 09:00."), incidents.settle("nightly", "Again.")]

    (found,) = stored(tenant)
    assert settled == [True, False]
    assert (found.state, found.by_arrival, found.closed_by, found.reason) == ("closed", True, None, "It came at 09:00.")
    assert told(tenant) == ["incident.opened", "incident.closed"]


def test_person_closes_it_with_a_reason_and_the_next_one_is_new(tenant: Tenant, ida: User) -> None:
    first = missing(tenant)

    with scope(tenant.pk):
        closed = [incidents.close(first, ida, " The ERP was down. "), incidents.close(first, ida, "Again.")]
    missing(tenant)

    before, after = stored(tenant)
    assert closed == [True, False]
    assert (before.closed_by, before.by_arrival, before.reason) == (ida, False, "The ERP was down.")
    assert (after.is_open, after.times) == (True, 1)


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_close_without_a_reason_is_refused(tenant: Tenant, ida: User, reason: str) -> None:
    incident = missing(tenant)

    with scope(tenant.pk), pytest.raises(incidents.NoReason, match="Expected a reason"):
        incidents.close(incident, ida, reason)

    assert stored(tenant)[0].is_open


def test_owner_is_a_member_and_stays_when_it_is_found_again(tenant: Tenant, ida: User) -> None:
    stranger = add_member("olaf@other.example", create_tenant("other"), "clerk")
    incident = missing(tenant, owner=None)

    with scope(tenant.pk):
        handed = incidents.hand_over(incident, ida)
        with pytest.raises(incidents.NotAMember):
            incidents.hand_over(incident, stranger)
    missing(tenant, owner=None)

    assert (handed, stored(tenant)[0].owner) == (True, ida)


def test_closed_incident_is_handed_over_to_nobody(tenant: Tenant, ida: User) -> None:
    incident = missing(tenant)

    with scope(tenant.pk):
        incidents.settle("nightly", "It came.")
        handed = incidents.hand_over(incident, ida)

    assert (handed, stored(tenant)[0].owner) == (False, None)


def test_webhooks_are_told_what_it_is_about(tenant: Tenant) -> None:
    with scope(tenant.pk):
        webhook_endpoints.make("Shop", "https://shop.example/", kinds=["incident.opened"])

    incident = missing(tenant)

    with scope(tenant.pk):
        data = Event.objects.get().data
        assert Outbound.objects.count() == 1
    assert (data["incident"], data["kind"], data["text"]) == (incident.pk, "missing", "Nothing came.")
    assert data["page"] == f"/arhub/incident/{incident.pk}/change/"


def test_report_is_undone_with_the_transaction_that_made_it(tenant: Tenant) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        missing(tenant)
        raise RuntimeError

    assert (stored(tenant), told(tenant)) == ([], [])


def test_two_that_find_it_at_the_same_moment_open_one(tenant: Tenant) -> None:
    begin = threading.Barrier(6)

    def find() -> None:
        begin.wait()
        missing(tenant)
        connections.close_all()

    threads = [threading.Thread(target=find) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (found,) = stored(tenant)
    assert (found.times, told(tenant)) == (6, ["incident.opened"])


def test_two_that_close_it_at_the_same_moment_close_it_once(tenant: Tenant, ida: User) -> None:
    incident, begin, closed = missing(tenant), threading.Barrier(2), []

    def by_person() -> None:
        begin.wait()
        with scope(tenant.pk):
            closed.append(incidents.close(incident, ida, "Seen to."))
        connections.close_all()

    def by_arrival() -> None:
        begin.wait()
        with scope(tenant.pk):
            closed.append(incidents.settle("nightly", "It came."))
        connections.close_all()

    threads = [threading.Thread(target=work) for work in (by_person, by_arrival)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(closed) == [False, True]
    assert told(tenant) == ["incident.opened", "incident.closed"]


def test_same_key_of_two_tenants_is_two_incidents(tenant: Tenant) -> None:
    other = create_tenant("other")

    missing(tenant)
    missing(other)
    with scope(other.pk):
        incidents.settle("nightly", "It came.")

    assert ([found.is_open for found in stored(tenant)], [found.is_open for found in stored(other)]) == (
        [True],
        [False],
    )
    with scope(other.pk):
        assert Incident._base_manager.count() == 1
