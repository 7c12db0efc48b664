"""A person and the hub at the same transaction in the same moment: neither stops the other, nothing goes twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from decimal import Decimal
from threading import Event

import pytest
from django.db import connection, connections

from adaptors.domain.transactions import exporting, steering
from adaptors.models import Activation, Transaction
from arhub.models import Outbound, Tenant
from arhub.tenancy.scope import scope
from tests.adaptors.transactions.conftest import Made, settle

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])


def until_somebody_waits() -> None:
    """Until a session waits for a row that this one holds; half a minute at most."""
    ends_at = time.monotonic() + 30
    while time.monotonic() < ends_at:
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from pg_locks where not granted")
            if cursor.fetchone() != (0,):
                return
        time.sleep(0.02)


def beside(pool: ThreadPoolExecutor, work: Callable[[], None]) -> Future[None]:
    def worked() -> None:
        try:
            work()
        finally:
            connections.close_all()

    return pool.submit(worked)


def test_trying_again_waits_for_a_run_before_it_holds_anything(
    tenant: Tenant, activation: Activation, export: Made
) -> None:
    row, holds = export(total_amount=Decimal("1250.10")), Event()

    def run() -> None:
        with scope(tenant.pk):
            exporting.hold(row.pk)
            holds.set()
            until_somebody_waits()
            exporting.retry_all(activation.pk, [row.pk])

    with ThreadPoolExecutor() as pool:
        running = beside(pool, run)
        holds.wait(30)
        with scope(tenant.pk):
            tried = steering.act(row, "try_again", None)
        running.result(30)

    assert (row.state, tried.state) == (Transaction.State.HELD, Transaction.State.HELD)


def test_send_as_new_of_what_a_run_sent_as_new_meanwhile_is_refused(
    tenant: Tenant, activation: Activation, export: Made
) -> None:
    row, holds = settle(export(), "delivered", "Taken."), Event()

    def run() -> None:
        with scope(tenant.pk):
            exporting.hold(row.pk)
            holds.set()
            until_somebody_waits()
            exporting.send_again(row)

    with ThreadPoolExecutor() as pool:
        running = beside(pool, run)
        holds.wait(30)
        with scope(tenant.pk), pytest.raises(steering.CannotDo, match="It was sent as new since, as transaction"):
            steering.act(row, "send_as_new", None, "They lost it.")
        running.result(30)

    with scope(tenant.pk):
        assert Transaction.objects.count() == 2


def test_what_a_worker_settles_in_this_moment_is_left_to_it(tenant: Tenant, export: Made) -> None:
    """As with an answer that comes late to what is uncertain: the worker holds what is sent, then the transaction."""
    row = settle(export(), "uncertain", "No answer.", next_attempt_at=None)
    assert row.delivery is not None
    key, holds, over = row.delivery.outbound_id, Event(), Event()

    def settles() -> None:
        with scope(tenant.pk):
            Outbound.objects.select_for_update().get(pk=key)
            holds.set()
            over.wait(30)
            list(Transaction.objects.select_for_update())

    with ThreadPoolExecutor() as pool:
        settling = beside(pool, settles)
        holds.wait(30)
        with scope(tenant.pk), pytest.raises(steering.CannotDo, match="moved on meanwhile"):
            steering.act(row, "arrived", None)
        over.set()
        settling.result(30)
