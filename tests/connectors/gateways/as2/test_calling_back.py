"""Receipts that come by a call of the partner's: after the HTTP answer, before it, or without it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from arhub.network.errors import ConfigError
from connectors.gateways.as2.gateway import As2Gateway
from connectors.gateways.base import Later, Rejected, TakesRepeats
from connectors.simulators.http_receiver.simulator import HttpReceiver
from connectors.simulators.server import RunningSimulator
from tests.connectors.gateways.as2.place import Hub, gateway, partner
from tests.contracts.connector_contract import Remembered
from tests.contracts.gateway_contract import parcel


@pytest.fixture
def store() -> Remembered:
    return Remembered()


@pytest.fixture
def there() -> Iterator[RunningSimulator]:
    with partner() as running:
        yield running


@pytest.fixture
def hub(there: RunningSimulator, store: Remembered) -> Iterator[RunningSimulator]:
    """A process of the hub that shares nothing with the one that delivers but the store."""
    with RunningSimulator(Hub(lambda: gateway(there.url, store, mdn="async", mdn_url="http://unused"))) as running:
        yield running


def sender(there: RunningSimulator, hub: RunningSimulator, store: Remembered, **given: Any) -> As2Gateway:
    return gateway(there.url, store, mdn="async", mdn_url=f"{hub.url}/as2", **given)


def received(hub: RunningSimulator) -> list[Any]:
    return hub.simulator.received  # type: ignore[attr-defined, no-any-return]


def until(happened: Callable[[], Any]) -> None:
    """Wait for what another thread does."""
    end = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < end, "It did not happen within 20 seconds."
        time.sleep(0.02)


def test_receipt_comes_after_the_answer(there: RunningSimulator, hub: RunningSimulator, store: Remembered) -> None:
    answer = sender(there, hub, store).deliver(parcel())
    until(lambda: received(hub))
    (call,) = received(hub)
    known = sender(there, hub, store).look_up(parcel())

    assert answer.awaits
    assert answer.text == f"{there.url.removeprefix('http://')} took it (status 200); its receipt (MDN) comes later."
    assert (call.receipt_of, call.is_refused, call.files, call.reply.status) == ("parcel-1", False, (), 200)
    assert call.text == call.receipt.text == "The partner took it; its signed receipt confirms the very bytes."
    assert known == call.receipt


def test_receipt_before_the_answer_settles_the_delivery(
    there: RunningSimulator, hub: RunningSimulator, store: Remembered
) -> None:
    there.simulator.configure({"mdn_first": True})

    answer = sender(there, hub, store).deliver(parcel())

    assert [call.receipt for call in received(hub)] == [answer]
    assert not answer.awaits
    assert answer.text == "The partner took it; its signed receipt confirms the very bytes."


def test_receipt_before_an_answer_that_never_came_settles_the_delivery(
    there: RunningSimulator, hub: RunningSimulator, store: Remembered
) -> None:
    there.simulator.configure({"mdn_first": True})
    there.misbehave("drop")

    answer = sender(there, hub, store).deliver(parcel())

    assert answer.text == "The partner took it; its signed receipt confirms the very bytes."


def test_refusal_before_the_answer_is_one(there: RunningSimulator, hub: RunningSimulator, store: Remembered) -> None:
    there.simulator.configure({"mdn_first": True, "receipt": "wrong mic"})

    with pytest.raises(Rejected) as caught:
        sender(there, hub, store).deliver(parcel())

    (call,) = received(hub)
    assert (call.is_refused, call.receipt_of, call.receipt) == (True, "parcel-1", caught.value.receipt)
    assert call.text.startswith("The partner took other bytes than were sent: ")


def test_receipt_that_comes_again_says_the_same(
    there: RunningSimulator, hub: RunningSimulator, store: Remembered
) -> None:
    there.simulator.configure({"mdn_first": True})
    there.misbehave("duplicate")

    sender(there, hub, store).deliver(parcel())

    first, second = received(hub)
    assert first.receipt == second.receipt


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ("unsigned", "It may have arrived. A signed receipt was asked for, and the one that came is not signed: it "
         "proves nothing."),
        ("other message", "It is for <another@partner>, which was not sent from here."),
        ("altered", "The content is not what was signed: it was changed on the way."),
    ],
)  # fmt: skip
def test_call_that_does_not_convince_changes_nothing(
    there: RunningSimulator, hub: RunningSimulator, store: Remembered, how: str, text: str
) -> None:
    there.simulator.configure({"mdn_first": True, "receipt": how})

    answer = sender(there, hub, store).deliver(parcel())

    (call,) = received(hub)
    assert answer.awaits
    assert (call.text, call.reply.status) == (f"A receipt was not believed: {text}", 400)
    assert call.is_doubted == bool(call.receipt) == (how == "unsigned")  # the others name nothing that was sent
    with pytest.raises(TakesRepeats):
        sender(there, hub, store).look_up(parcel())


def test_unsigned_refusal_by_a_call_is_not_believed(
    there: RunningSimulator, hub: RunningSimulator, store: Remembered
) -> None:
    """Anybody can call."""
    there.simulator.configure({"mdn_first": True, "receipt": "refused"})

    answer = sender(there, hub, store, mdn_signed=False).deliver(parcel())

    (call,) = received(hub)
    assert answer.awaits
    assert (call.is_doubted, call.is_refused, call.reply.status) == (True, False, 400)


def test_message_whose_receipt_never_came_is_sent_again(
    there: RunningSimulator, hub: RunningSimulator, store: Remembered
) -> None:
    there.simulator.configure({"receipt": "none"})
    waits = sender(there, hub, store).deliver(parcel())
    there.simulator.configure({"receipt": "right", "mdn_first": True})

    receipt = sender(there, hub, store).deliver(parcel())

    assert waits.awaits
    assert receipt.text == "The partner had it already; its signed receipt says so."
    assert there.simulator.state()["messages"] == 1


def test_address_to_call_back_is_asked_for_before_anything_is_sent(store: Remembered) -> None:
    with partner() as running, pytest.raises(ConfigError) as caught:
        gateway(running.url, store, mdn="async").deliver(parcel())

    assert str(caught.value) == ("Receipts are to come later: the address at which the partner calls back is missing.")


def test_password_goes_to_the_partners_own_web_server_alone() -> None:
    """The same name and port without TLS is another one: whoever listens on the way would read it there."""
    with RunningSimulator(receiver := HttpReceiver()) as there:
        later = Later(f"{there.url}/in/receipts", b"receipt", {"Content-Type": "multipart/report"})
        for url in (there.url, there.url.replace("http:", "https:"), "http://127.0.0.1:9"):
            gateway(url, user="hub", password="secret-7").call_back(later)
        kept = receiver.kept

    assert ["authorization" in one.headers for one in kept] == [True, False, False]
