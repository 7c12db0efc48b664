"""Destinations that fail whatever is sent there: left alone after three, tried with one, and back when it goes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from arhub.domain import outbound
from arhub.domain import outbound_by_hand as by_hand
from arhub.domain.channels import Answer, Held, Outcome
from arhub.models import Outbound, Pause, Tenant
from arhub.tenancy.scope import scope
from tests.arhub.outbound import channels
from tests.arhub.outbound.conftest import Put

State = Outbound.State
DOWN = Answer(Outcome.NOT_TAKEN, "It is down.")
TOLD: list[str] = []
LOOKS: list[Answer] = []


class Watched(channels.Once):
    """Its destinations are paused; what is uncertain can be looked up."""

    pauses = True
    looks_up = True

    def prepare(self, outbound: Outbound) -> str:
        if outbound.identity.startswith("held"):
            raise Held("Not now.")
        return super().prepare(outbound)

    def look_up(self, outbound: Outbound, destination: Any) -> Answer:
        return LOOKS.pop(0)

    def paused(self, destination: str, text: str) -> None:
        TOLD.append(f"{destination} is paused: {text}")

    def resumed(self, destination: str) -> None:
        TOLD.append(f"{destination} is back")


@pytest.fixture(autouse=True)
def ways(settings: Any) -> Iterator[None]:
    settings.OUTBOUND_CHANNELS = {"watched": f"{__name__}.Watched"}
    yield
    for noted in (channels.SENT, channels.SETTLED, channels.ANSWERS, TOLD, LOOKS):
        noted.clear()


def try_each(*answers: Answer) -> int:
    """Do what is due until nothing is, with these answers in turn."""
    channels.ANSWERS.extend(answers)
    return outbound.work()


def probe_is_due(tenant: Tenant) -> None:
    with scope(tenant.pk):
        Pause.objects.update(probe_at=timezone.now())
        Outbound.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=timezone.now())


def test_destination_is_paused_after_three_and_told_once(tenant: Tenant, put: Put) -> None:
    for name in "abcde":
        put(name, channel="watched")

    done = [try_each(*[DOWN] * 5), try_each()]

    assert (done, TOLD) == ([3, 0], ["a is paused: It is down."])


def test_one_thing_is_tried_then_the_rest_goes(tenant: Tenant, put: Put) -> None:
    for name in "abcd":
        put(name, channel="watched")
    try_each(*[DOWN] * 3)
    probe_is_due(tenant)

    done = [try_each(DOWN)]
    probe_is_due(tenant)
    done.append(try_each())

    assert (done, TOLD[1:]) == ([1, 4], ["a is back"])
    with scope(tenant.pk):
        assert set(Outbound.objects.values_list("state", flat=True)) == {State.DELIVERED}
        assert not Pause.objects.exists()


def test_the_same_thing_that_fails_again_and_again_pauses_nothing(tenant: Tenant, put: Put) -> None:
    put("a", channel="watched")
    for _ in range(4):
        try_each(DOWN)
        probe_is_due(tenant)
    assert TOLD == []


def test_probe_that_was_never_made_is_made_by_the_next(tenant: Tenant, put: Put) -> None:
    for name in "abc":
        put(name, channel="watched")
    try_each(*[DOWN] * 3)
    put("held", channel="watched")
    with scope(tenant.pk):
        Pause.objects.update(probe_at=timezone.now())
        Outbound.objects.exclude(identity="held").update(next_attempt_at=timezone.now() + timedelta(seconds=-1))
        Outbound.objects.filter(identity="held").update(next_attempt_at=timezone.now() - timedelta(minutes=1))

    done = try_each()

    assert (done, TOLD[1:]) == (4, ["a is back"])


@pytest.mark.parametrize(
    "said",
    [
        Answer(Outcome.UNKNOWN, "Not there yet.", retry_after=60),
        Answer(Outcome.UNKNOWN, "Nobody can be asked.", ask_again=False),
    ],
)
def test_look_up_that_finds_nothing_out_is_no_failure(tenant: Tenant, put: Put, said: Answer) -> None:
    for name in "abcd":
        put(name, channel="watched")
    with scope(tenant.pk):
        Outbound.objects.update(state=State.UNCERTAIN, uncertain_at=timezone.now())
    LOOKS.extend([said] * 4)

    done = try_each()

    assert (done, TOLD) == (4, [])


def test_send_now_does_not_wait_for_a_paused_destination(tenant: Tenant, put: Put) -> None:
    rows = [put(name, channel="watched") for name in "abc"]
    try_each(*[DOWN] * 3)

    with scope(tenant.pk):
        assert by_hand.send_now(rows[0])

    assert (try_each(), TOLD[1:]) == (3, ["a is back"])
