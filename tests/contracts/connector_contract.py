"""What every ERP connector must do, whatever it connects to: run it against a simulator, with `Place` for its needs."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, ClassVar

import pytest

from arhub.network.errors import ConfigError, NetworkError, PermanentError, RetryableError, Uncertain
from arhub.records import RECORD_TYPES
from connectors.base import Capability, Cursor, ErpConnector, Message, Page, Result, Setup, Subject, Unsupported
from connectors.simulators.server import RunningSimulator

VALUES = (str, Decimal, date, datetime, bool, int, type(None))
LANGUAGE_OF_MACHINES = ("Traceback", "Error(", "Exception", "0x", "<html")


class Place(ABC):
    """Where a connector is tried: a running simulator, and what is known of it."""

    connector: ClassVar[type[ErpConnector]]
    wrong: ClassVar[Mapping[str, str]]
    """A secret that is not the right one, by its setting."""

    @abstractmethod
    def run(self) -> AbstractContextManager[RunningSimulator]:
        """The simulator, with some records to pull."""

    @abstractmethod
    def values(self, url: str) -> Mapping[str, Any]:
        """Settings that are right."""

    @abstractmethod
    def subjects(self) -> Mapping[str, Subject]:
        """A record that can be sent, for each type in `pushes`, in the order they must go."""

    @abstractmethod
    def count(self, running: RunningSimulator) -> int:
        """How many records there are at the other side."""

    @abstractmethod
    def change(self, running: RunningSimulator) -> None:
        """Add or change one record there, as somebody else would."""


class Remembered(dict[str, Any]):
    """A store that takes what can be stored."""

    def put(self, name: str, value: Any) -> None:
        if value is None:
            self.pop(name, None)
        else:
            self[name] = json.loads(json.dumps(value))


class Counted:
    """A pace that counts the turns taken."""

    turns = 0

    def wait(self) -> None:
        self.turns += 1


class ErpConnectorContract:
    """Subclass in a connector's test and say where it is tried."""

    place: ClassVar[Place]

    @pytest.fixture
    def running(self) -> Iterator[RunningSimulator]:
        with self.place.run() as running:
            yield running

    @pytest.fixture
    def pace(self) -> Counted:
        return Counted()

    @pytest.fixture
    def connector(self, running: RunningSimulator, pace: Counted) -> ErpConnector:
        return self.make(running, pace=pace)

    def make(self, running: RunningSimulator, *, pace: Counted | None = None, **wrong: str) -> ErpConnector:
        values = {one.name: one.default for one in self.place.connector.settings}
        values |= {**self.place.values(running.url), **wrong}
        return self.place.connector(Setup(values, Remembered(), pace or Counted()))

    def secrets(self, running: RunningSimulator) -> list[str]:
        values = self.place.values(running.url)
        names = [one.name for one in self.place.connector.settings if one.is_secret]
        return [str(values[name]) for name in names if values.get(name)] + list(self.place.wrong.values())

    # --- What it says of itself -----------------------------------------------------------------------------------

    def test_declares_what_people_need_to_choose_and_fill_in(self) -> None:
        kind = self.place.connector
        names = [one.name for one in kind.settings]

        assert kind.kind and kind.label and kind.summary.endswith(".")
        assert len(names) == len(set(names))
        assert all(one.label for one in kind.settings)
        assert all(one.help for one in kind.settings if one.is_secret)
        assert any(one.is_secret for one in kind.settings)
        assert set(kind.pushes) <= set(RECORD_TYPES)
        assert {name for stream in kind.streams for name in stream.record_types} <= set(RECORD_TYPES)
        assert kind.updates <= set(kind.pushes)

    def test_does_what_its_capabilities_say_and_refuses_the_rest(self, connector: ErpConnector) -> None:
        message = Message("none", b"", ())
        calls = {
            Capability.PULL: lambda: next(iter(connector.pull(Cursor()))),
            Capability.PUSH: lambda: connector.push(message),
            Capability.LOOK_UP: lambda: connector.look_up(message),
        }

        for capability in calls.keys() - connector.capabilities:
            with pytest.raises(Unsupported):
                calls[capability]()
        assert connector.capabilities
        assert (Capability.PUSH in connector.capabilities) == bool(connector.pushes)
        assert (Capability.PULL in connector.capabilities) == bool(connector.streams)

    # --- Test connection ------------------------------------------------------------------------------------------

    def test_checks_pass_with_the_right_settings_and_change_nothing(
        self, running: RunningSimulator, connector: ErpConnector
    ) -> None:
        before = self.place.count(running)

        said = [check.run() for check in connector.checks()]

        assert all(sentence.endswith(".") for sentence in said)
        assert said
        assert self.place.count(running) == before

    def test_checks_tell_a_wrong_secret_without_showing_it(self, running: RunningSimulator) -> None:
        connector = self.make(running, **self.place.wrong)

        with pytest.raises(ConfigError) as caught:
            for check in connector.checks():
                check.run()

        self.is_for_people(str(caught.value), running)

    def test_checks_tell_that_nobody_is_there(self, running: RunningSimulator) -> None:
        connector = self.make(running)
        running.__exit__()

        with pytest.raises(NetworkError) as caught:
            for check in connector.checks():
                check.run()

        self.is_for_people(str(caught.value), running)

    # --- Pulls ----------------------------------------------------------------------------------------------------

    def test_pull_brings_records_of_our_types(self, connector: ErpConnector) -> None:
        if Capability.PULL not in connector.capabilities:
            return
        pages = list(connector.pull(Cursor()))

        assert sum(map(len, pages)) > 0
        for page in pages:
            for record_type, rows in page.records.items():
                fields = RECORD_TYPES[record_type].by_name
                for row in rows:
                    assert row.get("erp_key"), (record_type, row)
                    assert set(row) <= {"erp_key", *fields}, (record_type, set(row) - set(fields))
                    assert all(isinstance(value, VALUES) for value in row.values()), row
        assert [bool(page.cursor.at) for page in pages] == [True] * (len(pages) - 1) + [False]

    def test_pull_goes_on_after_any_page(self, running: RunningSimulator, connector: ErpConnector) -> None:
        if Capability.PULL not in connector.capabilities:
            return
        pages = list(connector.pull(Cursor()))

        for index, page in enumerate(pages[:-1]):
            cursor = Cursor(**json.loads(json.dumps({"since": dict(page.cursor.since), "at": dict(page.cursor.at)})))
            rest = list(self.make(running).pull(cursor))
            assert _by_key([*pages[: index + 1], *rest]) == _by_key(pages)
            assert rest[-1].cursor == pages[-1].cursor
            assert sum(map(len, rest)) < sum(map(len, pages)), "It starts over."

    def test_pull_brings_what_has_changed_since(self, running: RunningSimulator, connector: ErpConnector) -> None:
        if Capability.PULL not in connector.capabilities:
            return
        first = list(connector.pull(Cursor()))
        self.place.change(running)

        second = list(self.make(running).pull(first[-1].cursor))

        new = {key: row for key, row in _by_key(second).items() if _by_key(first).get(key) != row}
        assert new
        assert len(_by_key(second)) <= len(_by_key(first)) + len(new)
        assert not second[-1].cursor.at

    def test_pull_waits_its_turn_before_every_request(
        self, running: RunningSimulator, connector: ErpConnector, pace: Counted
    ) -> None:
        if Capability.PULL not in connector.capabilities:
            return
        before = running.simulator.counts["requests"]

        list(connector.pull(Cursor()))

        assert pace.turns >= running.simulator.counts["requests"] - before > 0

    @pytest.mark.parametrize("fault", ["refuse", "drop", "garbage", "status"])
    def test_pull_that_is_disturbed_may_be_tried_again(self, running: RunningSimulator, fault: str) -> None:
        if Capability.PULL not in self.place.connector.capabilities:
            return
        whole = _by_key(self.make(running).pull(Cursor()))
        running.misbehave(fault, times=50)
        with pytest.raises((RetryableError, PermanentError)) as caught:
            list(self.make(running).pull(Cursor()))
        running.simulator.faults.clear()

        assert _by_key(self.make(running).pull(Cursor())) == whole
        self.is_for_people(str(caught.value), running)

    # --- Pushes ---------------------------------------------------------------------------------------------------

    def test_compose_makes_the_same_bytes_again(self, running: RunningSimulator) -> None:
        for subject in self.sendable(self.make(running)):
            messages = [self.make(running).compose("id-1", [subject]) for _ in range(2)]
            assert messages[0].content == messages[1].content
            assert messages[0].content
            assert not any(secret.encode() in messages[0].content for secret in self.secrets(running))

    def test_push_gives_keys_and_is_found_again(self, running: RunningSimulator) -> None:
        connector = self.make(running)
        for number, subject in enumerate(self.sendable(connector)):
            message = connector.compose(f"push-{number}", [subject])
            assert connector.look_up(message) is None

            result = connector.push(message)

            assert result.refused == {}
            assert result.keys[subject.key]
            assert result.keys[subject.key].keys() <= set(connector.key_names[subject.record_type])
            found = self.make(running).look_up(message)
            assert found is not None
            assert result.keys[subject.key].items() <= found.keys[subject.key].items()

    @pytest.mark.parametrize("fault", ["drop", "stored_status", "garbage"])
    def test_push_whose_answer_never_came_is_uncertain_and_found(self, running: RunningSimulator, fault: str) -> None:
        connector = self.make(running)
        for number, subject in enumerate(self.sendable(connector)):
            message = connector.compose(f"{fault}-{number}", [subject])
            count = self.place.count(running)
            self.disturb(running, fault, connector, message)

            with pytest.raises(Uncertain) as caught:
                connector.push(message)
            found = connector.look_up(message)

            self.is_for_people(str(caught.value), running)
            assert found is not None
            assert found.keys[subject.key]
            assert self.place.count(running) > count

    @pytest.mark.parametrize("fault", ["refuse", "status"])
    def test_push_that_did_not_happen_is_not_found(self, running: RunningSimulator, fault: str) -> None:
        connector = self.make(running)
        for number, subject in enumerate(self.sendable(connector)):
            message = connector.compose(f"{fault}-{number}", [subject])
            running.misbehave(fault, times=50)

            with pytest.raises((RetryableError, Uncertain)) as caught:
                connector.push(message)
            running.simulator.faults.clear()

            self.is_for_people(str(caught.value), running)
            assert connector.look_up(message) is None

    def test_push_waits_when_told_to(self, running: RunningSimulator) -> None:
        connector = self.make(running)
        for subject in islice(self.sendable(connector), 1):
            message = connector.compose("busy", [subject])
            running.misbehave("status", status=429, times=50, retry_after=7)

            with pytest.raises(RetryableError):
                connector.push(message)
            running.simulator.faults.clear()

            assert connector.look_up(message) is None

    # --- What the suite needs -------------------------------------------------------------------------------------

    def sendable(self, connector: ErpConnector) -> Iterator[Subject]:
        """The place's subjects, each with the keys of those before it, which are pushed meanwhile."""
        known: dict[Any, Mapping[str, str]] = {}
        for record_type, subject in self.place.subjects().items():
            assert record_type in connector.pushes
            ready = _with_keys(subject, known)
            yield ready
            found = connector.look_up(connector.compose(f"known-{record_type}", [ready]))
            result: Result = found or connector.push(connector.compose(f"known-{record_type}", [ready]))
            known |= result.keys

    def disturb(self, running: RunningSimulator, fault: str, connector: ErpConnector, message: Message) -> None:
        """Let the request that carries the record go wrong: override it where others go before it."""
        running.misbehave(fault)

    def is_for_people(self, sentence: str, running: RunningSimulator) -> None:
        assert sentence
        assert not [word for word in LANGUAGE_OF_MACHINES if word in sentence]
        assert not [secret for secret in self.secrets(running) if secret in sentence]


def _with_keys(subject: Subject, known: Mapping[Any, Mapping[str, str]]) -> Subject:
    return replace(subject, keys={**subject.keys, **known})


def _by_key(pages: Any) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Record by type and key; the last one of each counts."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for page in pages:
        assert isinstance(page, Page)
        for record_type, rows in page.records.items():
            found |= {(record_type, row["erp_key"]): row for row in rows}
    return found
