"""Whatever goes wrong at whichever step of a push to Sage Intacct: it is there once, or a person is asked."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from arhub.domain import outbound
from arhub.domain.tenants import create_tenant
from arhub.models import Outbound
from arhub.network import http
from arhub.paths import BASE_DIR
from arhub.tenancy.scope import scope
from connectors.domain.push_channel import PushChannel
from connectors.erp.intacct import gateway
from connectors.erp.intacct.connector import IntacctConnector
from tests.connectors.faults import world as place
from tests.processes import hub_environment

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

FAULTS = {
    "refuse": {}, "drop": {}, "garbage": {}, "status": {"status": 503}, "stored_status": {"status": 502},
    "duplicate": {},
}  # fmt: skip
CREATING = {"customer": "CUSTOMER>", "invoice": "create_invoice", "payment": "ARPYMT>"}
"""What stands in the request that makes it, and in none before."""
BUSY = {"status": 429, "retry_after": 1}
ROUNDS = 12


@pytest.fixture
def world() -> place.World:
    return place.make_world(create_tenant("acme", name="Acme A/S", currency="USD"))


@pytest.fixture(autouse=True)
def nothing_is_done_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not there a moment later never will be: the simulator works on nothing after it has answered."""
    monkeypatch.setattr(IntacctConnector, "done_within_seconds", 0)
    monkeypatch.setattr(http, "PAUSE_SECONDS", 0.01)


def test_records_arrive_once_with_their_keys_on_our_side(world: place.World) -> None:
    with place.intacct() as running:
        connection = place.connect(world, running, "Intacct")
        for name in world.records:
            place.push(world, connection, name)
        states = place.deliver(world, 3)
        again = [place.push(world, connection, name) for name in world.records]
        books = running.simulator.state()

        assert states == ["delivered"] * 6
        assert place.deliver(world) == []
        assert {row.state for row in again} == {"delivered"}
        assert {name: place.there(running, name) for name in place.OBJECTS} == {
            "customer": 1, "invoice": 2, "credit note": 1, "advance": 1, "payment": 1,
        }  # fmt: skip
        documents = [one for one in books["documents"] if one["object"] != "ARPYMT"]
        assert {one["number"]: (one["total"], one["due"]) for one in documents} == {
            "10481": ("100.00", "0.00"), "10482": ("100.00", "50.00"), "90017": ("-25.00", "-25.00"),
            "A-1": ("30.00", "30.00"),
        }  # fmt: skip
        assert place.keys(world, connection, "invoice").keys() == {"recordno", "invoiceno"}
        assert place.keys(world, connection, "invoice")["invoiceno"] == "10481"
        assert place.keys(world, connection, "payment").keys() == {"RECORDNO"}


def steps_of(world: place.World, name: str) -> int:
    """How many requests a push takes when nothing goes wrong."""
    with place.intacct() as running:
        connection = place.connect(world, running, f"Counting {name}")
        place.prepare(world, connection, name)
        before = running.simulator.counts["requests"]
        place.push(world, connection, name)
        assert place.deliver(world) == ["delivered"]
        return running.simulator.counts["requests"] - before


@pytest.mark.parametrize("name", place.OBJECTS)
def test_fault_at_any_step_leaves_one_or_asks_a_person(world: place.World, name: str) -> None:
    steps = steps_of(world, name)
    ends: dict[tuple[int, str], tuple[str, int]] = {}
    for step in range(steps):
        for kind, options in {**FAULTS, "busy": BUSY}.items():
            with place.intacct() as running:
                connection = place.connect(world, running, f"{step} {kind}")
                place.prepare(world, connection, name)
                running.misbehave("status" if kind == "busy" else kind, skip=step, **options)
                row = place.push(world, connection, name)
                place.deliver(world, ROUNDS)
                with scope(world.tenant.pk):
                    ended = Outbound.objects.get(pk=row.pk)
                ends[step, kind] = str(ended.state), place.there(running, name)
                assert running.simulator.counts.total() > 0
                assert running.simulator.faults == [], (step, kind)
                if ended.state == Outbound.State.DELIVERED:
                    assert place.keys(world, connection, name), (step, kind)

    assert steps > 0
    assert {end: at for at, end in ends.items()} == {("delivered", 1): (steps - 1, "busy")}, ends


WORKER = """
import django
django.setup()
from arhub.domain import outbound
while claimed := outbound.claim():
    outbound.deliver(*claimed)
"""


def until_delivered(world: place.World) -> list[str]:
    """The states that are left on the way, for at most ten seconds."""
    states: list[str] = []
    ends_at = time.monotonic() + 10
    while "delivered" not in states and time.monotonic() < ends_at:
        states += place.deliver(world)
        time.sleep(0.5)  # it is not looked up for ever
    return states


@pytest.mark.parametrize("name", ["customer", "invoice", "payment"])
@pytest.mark.parametrize("kind", ["late", "slow"])
def test_worker_killed_before_or_after_it_was_stored(
    world: place.World, monkeypatch: pytest.MonkeyPatch, name: str, kind: str
) -> None:
    """`late` has stored it and not answered yet; `slow` will store it when the worker is long dead."""
    monkeypatch.setattr(PushChannel, "lease_seconds", 0)
    with place.intacct() as running:
        connection = place.connect(world, running, "Intacct")
        place.prepare(world, connection, name)
        running.misbehave(kind, seconds=1.5, on=CREATING[name])
        row = place.push(world, connection, name)
        worker = subprocess.Popen([sys.executable, "-c", WORKER], cwd=BASE_DIR, env=hub_environment())
        while not running.simulator.counts[f"fault {kind}"]:
            assert worker.poll() is None
            time.sleep(0.02)
        worker.kill()
        worker.wait(30)
        outbound.sweep()
        monkeypatch.setattr(IntacctConnector, "done_within_seconds", 2)

        states = until_delivered(world)

        with scope(world.tenant.pk):
            ended = Outbound.objects.get(pk=row.pk)
        assert (worker.returncode, ended.state) == (-signal.SIGKILL, "delivered"), states
        assert place.there(running, name) == 1
        assert place.keys(world, connection, name)


def test_answer_that_takes_too_long_is_looked_up(world: place.World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "CALL_SECONDS", 0.4)
    monkeypatch.setattr(IntacctConnector, "done_within_seconds", 2)
    with place.intacct() as running:
        connection = place.connect(world, running, "Intacct")
        place.prepare(world, connection, "invoice")
        running.misbehave("slow", seconds=1, on="create_invoice")
        place.push(world, connection, "invoice")

        states = until_delivered(world)

        assert states[0] == "uncertain"
        assert "waiting" not in states
        assert place.there(running, "invoice") == 1
