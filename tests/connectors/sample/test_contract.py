"""The sample connector keeps the contract, and the suite refuses connectors that do not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import pytest

from arhub.network.errors import RetryableError, Uncertain
from connectors.base import Check, Cursor, Message, Page, Result, Subject
from connectors.simulators.server import RunningSimulator
from tests.connectors.sample.connector import SampleConnector
from tests.connectors.sample.simulator import KEY, SampleSimulator
from tests.contracts.connector_contract import Counted, ErpConnectorContract, Place


class SamplePlace(Place):
    connector = SampleConnector
    wrong: ClassVar = {"key": "wrong-key-9Zt"}

    @contextmanager
    def run(self) -> Iterator[RunningSimulator]:
        simulator = SampleSimulator()
        simulator.rows = [{"id": number, "name": f"Customer {number}", "reference": ""} for number in range(1, 9)]
        with RunningSimulator(simulator) as running:
            yield running

    def values(self, url: str) -> Mapping[str, Any]:
        return {"url": url, "key": KEY}

    def subjects(self) -> Mapping[str, Subject]:
        account = {"erp_key": "C-1", "account_id": "C-1", "account_name": "Nordic Pumps"}
        return {
            "account": Subject("account", account),
            "payment": Subject("payment", {"erp_key": "P-1", "payment_id": "P-1"}, account=account),
        }

    def count(self, running: RunningSimulator) -> int:
        return int(running.simulator.state()["records"])

    def change(self, running: RunningSimulator) -> None:
        running.simulator.rows.append({"id": self.count(running) + 1, "name": "New", "reference": ""})  # type: ignore[attr-defined]


class TestSample(ErpConnectorContract):
    place = SamplePlace()


class ShowsItsKey(SampleConnector):
    def checks(self) -> Sequence[Check]:
        return [Check("Sign in", self._tell)]

    def _tell(self) -> str:
        try:
            return self._sign_in()
        except Exception as error:
            raise type(error)(f"The key {self.setup.values['key']} does not work.") from error


class BringsFloats(SampleConnector):
    def _record(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {**super()._record(row), "credit_limit": 0.1}


class LosesItsPlace(SampleConnector):
    def pull(self, cursor: Cursor) -> Iterator[Page]:
        for page in super().pull(Cursor(cursor.since)):
            yield Page(page.records, Cursor(page.cursor.since, page.cursor.at and {"page": 0}), page.total)


class NeverEnds(SampleConnector):
    def pull(self, cursor: Cursor) -> Iterator[Page]:
        for page in super().pull(cursor):
            yield Page(page.records, Cursor(page.cursor.since, {"after": 0}), page.total)


class TakesNoTurns(SampleConnector):
    def __init__(self, setup: Any) -> None:
        super().__init__(type(setup)(setup.values, setup.store, Counted()))


class SaysItFailed(SampleConnector):
    """What was stored although its answer was lost is sent again by whoever believes this."""

    def push(self, message: Message) -> Result:
        try:
            return super().push(message)
        except Uncertain as error:
            raise RetryableError(str(error)) from error


class MakesOtherBytes(SampleConnector):
    made = 0

    def compose(self, identity: str, subjects: Sequence[Subject]) -> Message:
        MakesOtherBytes.made += 1
        message = super().compose(identity, subjects)
        row = {**json.loads(message.content), "made": self.made}
        return Message(identity, json.dumps(row).encode(), subjects)


class FindsNothing(SampleConnector):
    def look_up(self, message: Message) -> Result | None:
        return None


BROKEN: list[tuple[type[SampleConnector], str, tuple[Any, ...]]] = [
    (ShowsItsKey, "test_checks_tell_a_wrong_secret_without_showing_it", ()),
    (BringsFloats, "test_pull_brings_records_of_our_types", ()),
    (LosesItsPlace, "test_pull_goes_on_after_any_page", ()),
    (NeverEnds, "test_pull_brings_records_of_our_types", ()),
    (TakesNoTurns, "test_pull_waits_its_turn_before_every_request", ()),
    (SaysItFailed, "test_push_whose_answer_never_came_is_uncertain_and_found", ("drop",)),
    (MakesOtherBytes, "test_compose_makes_the_same_bytes_again", ()),
    (FindsNothing, "test_push_gives_keys_and_is_found_again", ()),
]


@pytest.mark.parametrize(("broken", "test", "given"), BROKEN, ids=[one.__name__ for one, *_ in BROKEN])
def test_suite_refuses_a_broken_connector(broken: type[SampleConnector], test: str, given: tuple[Any, ...]) -> None:
    class BrokenPlace(SamplePlace):
        connector = broken

    suite = ErpConnectorContract()
    suite.place = BrokenPlace()  # type: ignore[misc]
    with suite.place.run() as running:
        pace = Counted()
        needs = {"running": running, "pace": pace, "connector": suite.make(running, pace=pace)}
        method: Callable[..., None] = getattr(suite, test)
        wanted = method.__code__.co_varnames[1 : method.__code__.co_argcount]
        given_names = {name: needs[name] for name in wanted if name in needs}
        with pytest.raises((AssertionError, RetryableError)):
            method(**given_names, **dict(zip(["fault"], given, strict=False)))
