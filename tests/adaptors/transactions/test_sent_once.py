"""Nothing goes twice, whichever page it is sent from; and people who act never wait for workers in a circle."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from adaptors.domain.transactions import exporting, ladder, steering
from adaptors.models import Activation, Transaction
from arhub.domain import outbound
from arhub.domain.tenants import create_tenant
from arhub.models import Attempt, Outbound, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import settling
from tests.adaptors.conftest import COMPANY
from tests.adaptors.transactions.conftest import Made, signed_in
from tests.ingestion.conftest import keeping_files

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])
State = Transaction.State


@pytest.fixture
def tenant(transactional_db: None, tmp_path: Path, folders: Path) -> Iterator[Tenant]:
    with keeping_files(tmp_path / "media"):
        yield create_tenant("acme", name="Acme", **COMPANY)


def put(row: Transaction, state: Outbound.State) -> Outbound:
    """Have the delivery come to a state as a worker does."""
    with scope(row.tenant_id):
        found = Outbound.objects.get(delivery=row.delivery_id)
        Outbound.objects.filter(pk=found.pk).update(state=state, next_attempt_at=None)
        ladder.followed([row.delivery_id or 0])
        found.refresh_from_db()
        return found


def there(folders: Path) -> list[str]:
    return sorted(one.name for one in folders.rglob("*.xml"))


def act(row: Transaction, name: str, reason: str = "") -> Transaction:
    with scope(row.tenant_id):
        return steering.act(row, name, None, reason)


def test_what_was_sent_as_new_does_not_go_from_the_page_of_its_delivery(export: Made, folders: Path) -> None:
    row = export()
    delivery = put(row, Outbound.State.FAILED)
    act(row, "send_as_new", "Lost.")
    with scope(row.tenant_id):
        assert settling.send_again(delivery, None)

    outbound.work()

    with scope(row.tenant_id):
        assert list(Outbound.objects.order_by("pk").values_list("state", flat=True)) == ["cancelled", "delivered"]
        delivery.refresh_from_db()
        assert delivery.answer == "It was sent as new since."
    assert len(there(folders)) == 1


def test_what_was_sent_by_other_means_does_not_go_from_the_page_of_its_delivery(export: Made, folders: Path) -> None:
    row = export()
    act(row, "elsewhere", "By post.")
    with scope(row.tenant_id):
        delivery = Outbound.objects.get()
        assert settling.send_again(delivery, None)

    outbound.work()

    with scope(row.tenant_id):
        delivery.refresh_from_db()
    assert (delivery.state, delivery.answer, there(folders)) == ("cancelled", "It was sent by other means.", [])


def test_a_newer_one_that_is_on_hold_keeps_nothing_back(export: Made, folders: Path) -> None:
    row = export()
    delivery = put(row, Outbound.State.FAILED)
    made = act(row, "send_as_new", "Lost.")
    with scope(row.tenant_id):
        Transaction.objects.filter(pk=made.pk).update(state=State.HELD, delivery=None)
        Outbound.objects.exclude(pk=delivery.pk).delete()
        settling.send_again(delivery, None)

    outbound.work()

    assert len(there(folders)) == 1


def test_bulk_action_that_is_posted_twice_sends_once(export: Made, folders: Path, tenant: Tenant) -> None:
    row = export()
    put(row, Outbound.State.FAILED)
    client = signed_in(tenant)
    given = {"name": "resend", "ids": str(row.pk), "reason": "Again.", "seen_at": timezone.now().isoformat()}

    for _ in range(2):
        answer = client.post("/adaptors/transaction/act/", given, follow=True)
        outbound.work()

    assert [str(one) for one in answer.context["messages"]] == [
        "1 left alone. It moved on since it was looked at: it is delivered."
    ]
    with scope(tenant.pk):
        assert Attempt.objects.filter(outcome="delivered").count() == 1


def test_what_is_looked_at_anew_is_resent(export: Made, folders: Path, tenant: Tenant) -> None:
    row = export()
    outbound.work()
    given = {"name": "resend", "ids": str(row.pk), "reason": "Again.", "seen_at": timezone.now().isoformat()}

    signed_in(tenant).post("/adaptors/transaction/act/", given)
    outbound.work()

    with scope(tenant.pk):
        assert Attempt.objects.filter(is_look_up=False).count() == 2


def in_the_way(tenant: Tenant, first: Callable[[], Any], then: Callable[[], Any], other: Callable[[], Any]) -> Any:
    """Do `first`, start the other's work on a connection of its own, do `then` once that waits; what the other came
    to."""

    def work() -> Any:
        try:
            return other()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with scope(tenant.pk):
            first()
            found: Future[Any] = pool.submit(work)
            while not is_waiting() and not found.done():
                time.sleep(0.02)
            then()
        return found.result(timeout=30)


def is_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_locks where not granted")
        return bool(cursor.fetchone()[0])


def test_who_tries_again_and_a_run_do_not_wait_for_each_other(
    export: Made, tenant: Tenant, activation: Activation
) -> None:
    row = export(total_amount=1)
    assert row.state == State.HELD

    done = in_the_way(
        tenant, lambda: exporting.working(activation.pk), lambda: exporting.retry_all(activation.pk, [row.pk]),
        lambda: act(row, "try_again"),
    )  # fmt: skip

    assert done.state == State.HELD


def test_two_who_press_at_once_make_one(export: Made, tenant: Tenant) -> None:
    row = export()
    put(row, Outbound.State.FAILED)

    def again() -> str:
        try:
            act(row, "send_as_new", "Lost.")
        except steering.CannotDo as obstacle:
            return str(obstacle)
        finally:
            connections.close_all()
        return ""

    with ThreadPoolExecutor(2) as pool:
        said = sorted(one.result() for one in [pool.submit(again), pool.submit(again)])

    assert said[0] == ""
    assert said[1].startswith("It was sent as new since")
