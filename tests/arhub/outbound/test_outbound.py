"""What must reach someone else: claimed once, repeated or not, given up, taken back, replayed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django_q.models import OrmQ

from arhub import tasks
from arhub.domain import outbound, outbound_by_hand
from arhub.domain.channels import MOST_ATTEMPTS, PAUSES, Answer, Outcome
from arhub.domain.tenants import create_tenant
from arhub.models import Attempt, Outbound, Tenant
from arhub.tenancy.scope import scope
from tests.arhub.outbound import channels
from tests.arhub.outbound.conftest import Put

State = Outbound.State
BUSY = Answer(Outcome.NOT_TAKEN, "Busy.", 503, "come back later")
SILENT = Answer(Outcome.UNKNOWN, "No answer came.")


def fresh(row: Outbound) -> Outbound:
    with scope(row.tenant_id):
        return Outbound.objects.get(pk=row.pk)


def outcomes(row: Outbound) -> list[str]:
    with scope(row.tenant_id):
        return list(Attempt.objects.filter(outbound=row).values_list("outcome", flat=True))


def due_again(row: Outbound) -> None:
    with scope(row.tenant_id):
        Outbound.objects.filter(pk=row.pk).update(next_attempt_at=timezone.now())


def test_put_stores_the_exact_bytes_and_rings(tenant: Tenant, put: Put) -> None:
    row = put("one")

    assert (bytes(row.content), row.state, row.attempts) == (b"<one>", State.WAITING, 0)
    assert row.digest == "45bf613970f24c124e2acae7d6530a9a9e592e41e77090a7cfbfcd2f954a741a"
    assert OrmQ.objects.filter(key="arhub").count() == 1


def test_put_of_the_same_identity_changes_nothing(tenant: Tenant, put: Put) -> None:
    first = put("one")
    with scope(tenant.pk):
        outbound.put("again", "a", identity="one", subject="another", content=b"other bytes")

        assert list(Outbound.objects.values_list("subject", "content")) == [("one", first.content)]


def test_same_identity_goes_to_each_destination(tenant: Tenant, put: Put) -> None:
    assert put("one", to="a").pk != put("one", to="b").pk


def test_nothing_is_stored_when_the_transaction_rolls_back(tenant: Tenant) -> None:
    with pytest.raises(LookupError), scope(tenant.pk):
        outbound.put("again", "a", identity="one", subject="one", content=b"1")
        raise LookupError

    with scope(tenant.pk):
        assert not Outbound.objects.exists()
    assert not OrmQ.objects.exists()


def test_task_delivers_what_is_due_and_then_nothing(tenant: Tenant, put: Put) -> None:
    row = put("one")

    said = [tasks.answer_outbound(), tasks.answer_outbound()]

    assert said == ["1 sent", "nothing due"]
    assert channels.SENT == ["one to a: <one>"]
    assert channels.SETTLED == ["one delivered"]
    assert (fresh(row).state, fresh(row).attempts, outcomes(row)) == (State.DELIVERED, 1, ["delivered"])


def test_claim_counts_the_attempt_before_anything_is_sent(tenant: Tenant, put: Put) -> None:
    row = put("one")

    claimed = outbound.claim()

    assert claimed is not None
    assert claimed[:2] == (tenant.pk, row.pk)
    assert (fresh(row).state, fresh(row).attempts, outcomes(row)) == (State.SENDING, 1, ["at_work"])
    assert outbound.claim() is None


def test_claim_prefers_the_tenant_with_fewest_at_work(tenant: Tenant, put: Put) -> None:
    other = create_tenant("other")
    for number in range(3):
        put(f"mine-{number}", to=f"place-{number}")
    late = put("late", of=other)

    claimed = [outbound.claim() for _ in range(2)]

    assert claimed[1] is not None
    assert claimed[1][:2] == (other.pk, late.pk)


def test_claim_leaves_a_destination_alone_that_is_being_sent_to(tenant: Tenant, put: Put) -> None:
    first, second, elsewhere = put("1", to="a"), put("2", to="a"), put("3", to="b")

    claimed = [outbound.claim(), outbound.claim(), outbound.claim()]
    assert claimed[0] is not None
    outbound.deliver(*claimed[0])
    claimed.append(outbound.claim())

    assert [taken and taken.outbound_id for taken in claimed] == [first.pk, elsewhere.pk, None, second.pk]


def test_two_workers_that_claim_at_once_go_to_different_destinations(tenant: Tenant, put: Put) -> None:
    for identity, to in (("x", "a"), ("y", "a"), ("z", "b")):
        put(identity, to=to)
    claims: list[Any] = []

    def other_claims() -> None:
        claims.append(outbound.claim())
        connection.close()

    with transaction.atomic():  # which is not over when the other one looks
        claims.append(outbound.claim())
        other = Thread(target=other_claims)
        other.start()
        other.join()

    with scope(tenant.pk):
        assert [Outbound.objects.get(pk=one.outbound_id).identity for one in claims] == ["x", "z"]


@pytest.mark.parametrize("together", [1, 3])
def test_what_was_sent_is_stored_though_the_database_broke_that_off_once(
    tenant: Tenant, put: Put, together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(together):
        put(f"x{number}")
    monkeypatch.setattr(channels.Repeated, "group", lambda channel, destination: together)
    channels.BREAKS.append(OperationalError("deadlock detected"))

    outbound.work()

    with scope(tenant.pk):
        assert set(Outbound.objects.values_list("state", "attempts")) == {("delivered", 1)}
        assert set(Attempt.objects.values_list("outcome", flat=True)) == {"delivered"}
    assert (len(channels.SENT), len(channels.SETTLED), channels.BREAKS) == (together, together, [])


def test_what_is_not_taken_comes_again_after_growing_pauses_and_is_given_up(tenant: Tenant, put: Put) -> None:
    row, pauses = put("one"), []
    channels.ANSWERS += [BUSY] * MOST_ATTEMPTS

    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        due_again(row)
        while tasks.answer_outbound() != "nothing due" and fresh(row).state == State.WAITING:
            pauses.append((fresh(row).next_attempt_at - timezone.now()).total_seconds())
            clock.shift(timedelta(seconds=pauses[-1] - 0.01))
            assert tasks.answer_outbound() == "nothing due"
            clock.shift(timedelta(seconds=0.02))

    assert len(channels.SENT) == MOST_ATTEMPTS
    assert set(channels.SENT) == {"one to a: <one>"}
    assert [least <= pause <= least * 1.2 for least, pause in zip(PAUSES, pauses, strict=True)] == [True] * 8
    assert (fresh(row).state, fresh(row).answer) == (State.FAILED, "Busy.")


def test_wait_that_was_asked_for_is_kept(tenant: Tenant, put: Put) -> None:
    row = put("one")
    channels.ANSWERS.append(Answer(Outcome.NOT_TAKEN, "Busy.", 429, retry_after=900))

    tasks.answer_outbound()

    assert 890 < (fresh(row).next_attempt_at - timezone.now()).total_seconds() <= 900


@pytest.mark.parametrize(
    ("channel", "answer", "state"),
    [
        ("again", SILENT, State.WAITING),
        ("once", SILENT, State.UNCERTAIN),
        ("again", BUSY, State.WAITING),
        ("once", BUSY, State.WAITING),
        ("again", Answer(Outcome.REFUSED, "Never."), State.FAILED),
        ("once", Answer(Outcome.REFUSED, "Never."), State.FAILED),
    ],
)
def test_answer_decides_by_the_rules_of_the_channel(
    tenant: Tenant, put: Put, channel: str, answer: Answer, state: str
) -> None:
    row = put("one", channel=channel)
    channels.ANSWERS.append(answer)

    tasks.answer_outbound()

    assert (fresh(row).state, outcomes(row)) == (state, [answer.outcome])


def test_thing_nobody_wants_any_more_is_cancelled_unsent(tenant: Tenant, put: Put) -> None:
    row = put("one", to="closed")

    tasks.answer_outbound()

    assert (fresh(row).state, fresh(row).answer, channels.SENT) == (State.CANCELLED, "It is closed.", [])


@pytest.mark.parametrize(("channel", "state"), [("again", State.WAITING), ("once", State.UNCERTAIN)])
def test_mistake_of_ours_is_stored_and_raised(tenant: Tenant, put: Put, channel: str, state: str) -> None:
    row = put("one", channel=channel)
    channels.ANSWERS.append(LookupError("broken"))

    with pytest.raises(LookupError):
        tasks.answer_outbound()

    assert (fresh(row).state, fresh(row).answer) == (state, outbound.MISTAKE)


def lost(row: Outbound) -> None:
    """As if its worker had died a while ago."""
    before = timezone.now() - timedelta(minutes=1)
    with scope(row.tenant_id):
        Outbound.objects.filter(pk=row.pk).update(claimed_at=before)
        Attempt.objects.filter(outbound=row, outcome="at_work").update(started_at=before)


def test_sweep_repeats_what_may_be_repeated_and_stops_in_the_end(tenant: Tenant, put: Put) -> None:
    row, states = put("one"), []

    for _ in range(MOST_ATTEMPTS):
        due_again(row)
        outbound.claim()
        lost(row)
        outbound.sweep()
        states.append(fresh(row).state)

    assert states == [State.WAITING] * 8 + [State.FAILED]
    assert outcomes(row) == ["stopped"] * 9


def test_sweep_leaves_what_must_not_be_repeated_uncertain(tenant: Tenant, put: Put) -> None:
    row = put("one", channel="once")
    outbound.claim()
    lost(row)

    due = outbound.sweep()

    assert (due, fresh(row).state, outcomes(row)) == (0, State.UNCERTAIN, ["stopped"])
    assert outbound.claim() is None


def test_sweep_leaves_a_worker_its_time(tenant: Tenant, put: Put) -> None:
    row, late = put("one"), put("two", to="b")
    outbound.claim()

    due = outbound.sweep()

    assert (due, fresh(row).state, fresh(late).state) == (1, State.SENDING, State.WAITING)


def test_sweep_goes_on_after_one_that_cannot_be_taken_back(
    tenant: Tenant, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd, usual = put("odd"), put("usual", to="b")
    for row in (odd, usual):
        outbound.claim()
        lost(row)

    def moved(self: channels.Once, ids: Sequence[int]) -> None:
        if odd.pk in ids:
            raise RuntimeError("A listener of ours breaks.")

    monkeypatch.setattr(channels.Once, "moved", moved)
    with pytest.raises(RuntimeError, match="A listener of ours breaks"):
        outbound.sweep()

    assert (fresh(odd).state, fresh(usual).state) == (State.SENDING, State.WAITING)


def test_late_answer_of_a_worker_given_up_settles_what_is_uncertain(
    tenant: Tenant, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, swept = put("one", channel="once"), []

    def send_late(self: channels.Once, sent: Outbound, destination: str) -> Answer:
        outbound.sweep()
        swept.append(fresh(row).state)
        return channels.TAKEN

    monkeypatch.setattr(channels.Once, "lease_seconds", 0)
    monkeypatch.setattr(channels.Once, "send", send_late)
    tasks.answer_outbound()

    assert (swept, fresh(row).state, outcomes(row)) == ([State.UNCERTAIN], State.DELIVERED, ["delivered"])


@pytest.mark.parametrize("channel", ["once", "again"])
def test_worker_that_wakes_up_after_it_was_given_up_sends_nothing(
    tenant: Tenant, put: Put, monkeypatch: pytest.MonkeyPatch, channel: str
) -> None:
    row = put("one", channel=channel)
    asleep = outbound.claim()
    monkeypatch.setattr(channels.Once, "lease_seconds", 0)
    outbound.sweep()
    with scope(tenant.pk):
        Outbound.objects.filter(pk=row.pk).update(state=State.WAITING, next_attempt_at=timezone.now())
    taken = [outbound.claim()]

    assert asleep is not None
    states = [outbound.deliver(*asleep), *(outbound.deliver(*one) for one in taken if one), outbound.deliver(*asleep)]

    assert states == [State.SENDING, State.DELIVERED, State.DELIVERED]
    assert len(channels.SENT) == 1


def test_worker_whose_claim_is_over_changes_nothing(tenant: Tenant, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    row = put("one")

    def send_late(self: channels.Repeated, sent: Outbound, destination: str) -> Answer:
        lost(row)
        outbound.sweep()
        return channels.TAKEN

    monkeypatch.setattr(channels.Repeated, "send", send_late)
    tasks.answer_outbound()

    assert fresh(row).state == State.WAITING


@pytest.mark.parametrize(
    ("channel", "replayed"),
    [
        ("again", [State.DELIVERED, State.FAILED, State.CANCELLED]),
        ("once", [State.FAILED, State.CANCELLED]),
    ],
)
def test_replay_sends_again_what_may_be_sent_again(tenant: Tenant, put: Put, channel: str, replayed: list[str]) -> None:
    rows = {state: put(state, channel=channel, to=state) for state in State}
    with scope(tenant.pk):
        for state, row in rows.items():
            Outbound.objects.filter(pk=row.pk).update(state=state, attempts=4, claimed_at=None)

        count = outbound_by_hand.replay(channel, Outbound.objects.all())

        waiting = Outbound.objects.filter(state=State.WAITING, attempts=0).values_list("identity", flat=True)
        assert (count, sorted(waiting)) == (len(replayed), sorted(replayed))


def test_what_is_settled_is_forgotten_where_the_channel_says_so(tenant: Tenant, put: Put) -> None:
    old, young, kept = put("old"), put("young", to="b"), put("kept", channel="once")
    while tasks.answer_outbound() != "nothing due":
        pass
    with scope(tenant.pk):
        long_ago = timezone.now() - timedelta(days=31)
        Outbound.objects.filter(pk__in=[old.pk, kept.pk]).update(settled_at=long_ago)

    assert tasks.forget_delivered() == "1 deliveries and 0 events forgotten"

    with scope(tenant.pk):
        assert set(Outbound.objects.values_list("pk", flat=True)) == {young.pk, kept.pk}
        assert Attempt.objects.count() == 2


def test_sweep_task_rings_only_while_something_is_due(tenant: Tenant, put: Put) -> None:
    put("one")
    OrmQ.objects.all().delete()

    said, rung = tasks.sweep_outbound(), OrmQ.objects.count()
    tasks.answer_outbound()
    OrmQ.objects.all().delete()

    assert (said, rung) == ("1 due", 1)
    assert (tasks.sweep_outbound(), OrmQ.objects.count()) == ("0 due", 0)


def test_other_tenants_see_nothing(tenant: Tenant, put: Put) -> None:
    put("one")
    tasks.answer_outbound()

    with scope(create_tenant("other").pk):
        assert not Outbound._base_manager.exists()
        assert not Attempt._base_manager.exists()
        assert outbound_by_hand.replay("again", Outbound._base_manager.all()) == 0


def test_what_may_be_there_by_an_attempt_is_not_told_as_failed(tenant: Tenant, put: Put) -> None:
    row = put("one", channel="once")
    channels.ANSWERS += [Answer(Outcome.NOT_TAKEN, "No answer came.", may_be_there=True)]
    channels.ANSWERS += [BUSY] * (MOST_ATTEMPTS - 1)

    for _ in range(MOST_ATTEMPTS):
        due_again(row)
        tasks.answer_outbound()

    assert (fresh(row).state, fresh(row).next_attempt_at, len(channels.SENT)) == (State.UNCERTAIN, None, MOST_ATTEMPTS)


def test_what_may_be_there_is_not_cancelled(tenant: Tenant, put: Put) -> None:
    row = put("one", channel="once")
    channels.ANSWERS.append(Answer(Outcome.NOT_TAKEN, "No answer came.", may_be_there=True))
    tasks.answer_outbound()

    with scope(tenant.pk):
        assert outbound_by_hand.cancel("once", Outbound.objects.all(), "Not wanted.") == 0
    assert fresh(row).state == State.WAITING


@pytest.mark.parametrize("last", [Outcome.REFUSED, Outcome.NOT_WANTED])
def test_what_may_be_there_stays_uncertain_when_a_repeat_is_refused(tenant: Tenant, put: Put, last: Outcome) -> None:
    row = put("one", channel="once")
    channels.ANSWERS += [Answer(Outcome.NOT_TAKEN, "No answer came.", may_be_there=True), Answer(last, "No.")]

    for _ in range(2):
        due_again(row)
        tasks.answer_outbound()

    assert (fresh(row).state, fresh(row).next_attempt_at, len(channels.SENT)) == (State.UNCERTAIN, None, 2)
