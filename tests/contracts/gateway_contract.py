"""What every gateway must do, wherever it leads: run it against a real server, with `Place` for its needs."""

from __future__ import annotations

import inspect
import io
import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from arhub.network.errors import ConfigError, NetworkError
from connectors.base import Capability, Setup, Unsupported
from connectors.gateways.base import Bytes, Gateway, Gone, Incoming, Listed, NameTaken, Parcel, Receipt
from connectors.gateways.templates import EXAMPLE, check
from tests.contracts.connector_contract import LANGUAGE_OF_MACHINES, Counted, Remembered

ODD_NAMES = (
    "plain.xml", "with blank.csv", "Æbler og pærer.xml", "naïve café.txt", "日本語.xml", "two..points.xml", "no ending",
    "-dash.xml", "#hash%20percent.xml", "it's & co; (1) [2] {3}.xml", "UPPER.XML", "~tilde~", "emoji 🧾.json",
    "x" * 180 + ".xml", "comma,semi;colon=.csv", "plus+sign@at!.xml", "$dollar `tick`.xml",
)  # fmt: skip
ODD_CONTENTS = (
    b"", b"\n", b"\r\n", b"a\nb\r\nc\rd", b".\r\n.\r\n..", b"\x00", bytes(range(256)), b"\xff\xfe\x00",
    b"From here\n.\n",
    b"<?xml version='1.0'?>\n<a/>\n", b"x" * 998 + b"\n" + b"y" * 2_000, b"--boundary--\r\n", b"\x1a\x04\x11\x13",
    "Æøå €\n".encode(),
)  # fmt: skip


class Place(ABC):
    """Where a gateway is tried: a running server, and what is known of it."""

    gateway: ClassVar[type[Gateway]]
    wrong: ClassVar[Mapping[str, str]] = {}
    """A secret that is not the right one, by its setting; empty where there is none."""
    keeps_names: ClassVar[bool] = True
    """Whether the name of a file arrives."""
    knows_taken_names: ClassVar[bool] = True
    """Whether a second file of the same name is refused there."""

    def content(self, content: bytes) -> bytes:
        """What these bytes become where not any file may be sent, such as a document that holds them."""
        return content

    @abstractmethod
    def run(self, folder: Path) -> AbstractContextManager[Any]:
        """The server; it may keep what it needs in the folder. What it gives is handed to the other methods."""

    @abstractmethod
    def values(self, server: Any) -> Mapping[str, Any]:
        """Settings that are right."""

    @abstractmethod
    def stored(self, server: Any) -> list[tuple[str, bytes]]:
        """What the other side has: (name with its folder, content), whatever is no complete file among it."""

    def put(self, server: Any, name: str, content: bytes) -> None:
        """Lay a file where the gateway lists."""
        raise NotImplementedError

    def carrier(self, server: Any, home: Path) -> Gateway | None:
        """What it rides on, where it does."""
        return None

    def stop(self, server: Any) -> None:
        """Let nobody be there any more."""
        raise NotImplementedError


class GatewayContract:
    """Subclass in a gateway's test and say where it is tried."""

    place: ClassVar[Place]

    @pytest.fixture
    def server(self, tmp_path: Path) -> Iterator[Any]:
        with self.place.run(tmp_path) as server:
            yield server

    @pytest.fixture
    def store(self) -> Remembered:
        return Remembered()

    @pytest.fixture
    def gateway(self, server: Any, store: Remembered, tmp_path: Path) -> Iterator[Gateway]:
        with self.make(server, store, home=tmp_path) as gateway:
            yield gateway

    def make(self, server: Any, store: Remembered | None = None, *, home: Path | None = None, **wrong: Any) -> Gateway:
        values = {one.name: one.default for one in self.place.gateway.settings}
        values |= {**self.place.values(server), **wrong}
        home = home or Path("/nonexistent")
        carrier = self.place.carrier(server, home)
        setup = Setup(values, Remembered() if store is None else store, Counted(), home, carrier)
        return self.place.gateway(setup)

    def secrets(self, server: Any) -> list[str]:
        values = self.place.values(server)
        names = [one.name for one in self.place.gateway.settings if one.is_secret]
        return [str(values[name]) for name in names if values.get(name)] + list(self.place.wrong.values())

    def can(self, *capabilities: Capability) -> bool:
        return set(capabilities) <= self.place.gateway.capabilities

    # --- What it says of itself -----------------------------------------------------------------------------------

    def test_declares_what_people_need_to_choose_and_fill_in(self) -> None:
        kind = self.place.gateway
        names = [one.name for one in kind.settings]

        assert kind.kind and kind.label and kind.summary.endswith(".")
        assert len(names) == len(set(names))
        assert all(one.label for one in kind.settings)
        assert all(one.help for one in kind.settings if one.is_secret)
        assert kind.capabilities
        for setting in kind.settings:
            if setting.kind == "template":
                check(str(setting.default))

    def test_has_a_readme(self) -> None:
        readme = Path(inspect.getfile(self.place.gateway)).parent / "README.md"

        assert len(readme.read_text().split()) > 60

    def test_refuses_what_it_does_not_do(self, gateway: Gateway) -> None:
        listed = Listed("none")
        calls: dict[Capability, Callable[[], Any]] = {
            Capability.DELIVER: lambda: gateway.deliver(self.parcel()),
            Capability.LIST: lambda: next(iter(gateway.list("")), None),
            Capability.FETCH: lambda: gateway.fetch(listed, io.BytesIO()),
            Capability.RECEIVE: lambda: gateway.receive(Incoming("POST", {}, {}, Bytes(b""), lambda known: False)),
        }

        for capability in calls.keys() - gateway.capabilities:
            with pytest.raises(Unsupported):
                calls[capability]()

    # --- Test connection ------------------------------------------------------------------------------------------

    def test_checks_pass_with_the_right_settings_and_leave_nothing(self, server: Any, gateway: Gateway) -> None:
        before = self.place.stored(server)

        said = [check.run() for check in gateway.checks()]

        assert said
        assert all(sentence.endswith(".") for sentence in said), said
        assert self.place.stored(server) == before

    def test_each_check_passes_on_a_line_of_its_own(self, server: Any, tmp_path: Path) -> None:
        """The screen makes each step in a request of its own."""
        with self.make(server, home=tmp_path) as gateway:
            count = len(gateway.checks())

        for number in range(count):
            with self.make(server, home=tmp_path) as gateway:
                assert gateway.checks()[number].run()

    def test_checks_tell_a_wrong_secret_without_showing_it(self, server: Any, tmp_path: Path) -> None:
        if not self.place.wrong:
            return
        with self.make(server, home=tmp_path, **self.place.wrong) as gateway, pytest.raises(ConfigError) as caught:
            for check in gateway.checks():
                check.run()

        self.is_for_people(str(caught.value), server)

    def test_checks_and_deliveries_tell_that_nobody_is_there(self, server: Any, tmp_path: Path) -> None:
        values = self.secrets(server)
        gateway = self.make(server, home=tmp_path)
        self.place.stop(server)

        with pytest.raises(NetworkError) as caught:
            for check in gateway.checks():
                check.run()
        said = [str(caught.value)]
        if self.can(Capability.DELIVER):
            with pytest.raises(NetworkError) as failed:
                gateway.deliver(self.parcel())
            said.append(str(failed.value))

        for sentence in said:
            assert not [word for word in LANGUAGE_OF_MACHINES if word in sentence]
            assert not [secret for secret in values if secret in sentence]

    # --- Deliveries -----------------------------------------------------------------------------------------------

    def test_delivered_file_arrives_byte_for_byte(self, server: Any, gateway: Gateway) -> None:
        if not self.can(Capability.DELIVER):
            return
        sent = self.parcel(b"<Invoice>\n\xc3\xa6\r\n</Invoice>\n", name="INV-1.xml")

        receipt = gateway.deliver(sent)

        self.is_receipt(receipt, server)
        assert self.arrived(server) == self.expected([sent])

    def test_same_file_of_another_identity_is_another_file(self, server: Any, gateway: Gateway) -> None:
        if not self.can(Capability.DELIVER):
            return
        first, second = (self.parcel(b"same", name=f"{name}.xml", identity=name) for name in ("one", "two"))

        gateway.deliver(first)
        gateway.deliver(second)

        assert self.arrived(server) == self.expected([first, second])

    def test_odd_names_and_contents_arrive_byte_for_byte(self, server: Any, gateway: Gateway) -> None:
        if not self.can(Capability.DELIVER):
            return
        sent = self.odd_parcels(20)

        for one in sent:
            gateway.deliver(one)

        assert self.arrived(server) == self.expected(sent)

    def test_name_that_is_taken_is_refused_and_what_lies_there_stays(self, server: Any, gateway: Gateway) -> None:
        if not self.can(Capability.DELIVER) or not self.place.knows_taken_names:
            return
        first = self.parcel(b"first", name="same.xml", identity="first")
        gateway.deliver(first)

        with pytest.raises(NameTaken) as caught:
            gateway.deliver(self.parcel(b"second", name="same.xml", identity="second"))

        self.is_for_people(str(caught.value), server)
        assert self.arrived(server) == self.expected([first])

    def test_name_that_is_taken_is_replaced_when_the_connection_says_so(self, server: Any, tmp_path: Path) -> None:
        if not self.can(Capability.DELIVER) or not self.place.knows_taken_names:
            return
        second = self.parcel(b"the second", name="same.xml", identity="second")
        with self.make(server, home=tmp_path, overwrite=True) as gateway:
            gateway.deliver(self.parcel(b"first", name="same.xml", identity="first"))
            gateway.deliver(second)

        assert self.arrived(server) == self.expected([second])

    def test_looks_up_what_arrived_and_what_did_not(self, server: Any, store: Remembered, tmp_path: Path) -> None:
        if not self.can(Capability.DELIVER, Capability.LOOK_UP):
            return
        sent = self.parcel(b"once", name="looked-up.xml", identity="looked-up")
        with self.make(server, store, home=tmp_path) as before:
            assert before.look_up(sent) is None
            before.deliver(sent)

        with self.make(server, store, home=tmp_path) as after:
            receipt = after.look_up(sent)

        assert receipt is not None
        self.is_receipt(receipt, server)
        assert self.arrived(server) == self.expected([sent])

    def test_gateway_may_be_used_again_after_it_was_closed(self, server: Any, gateway: Gateway) -> None:
        if not self.can(Capability.DELIVER):
            return
        sent = [self.parcel(name.encode(), name=f"{name}.xml", identity=name) for name in ("before", "after")]

        gateway.deliver(sent[0])
        gateway.close()
        gateway.deliver(sent[1])

        assert self.arrived(server) == self.expected(sent)

    # --- Fetching -------------------------------------------------------------------------------------------------

    def test_lists_and_fetches_byte_for_byte(self, server: Any, gateway: Gateway) -> None:
        if not self.can(Capability.LIST, Capability.FETCH):
            return
        files = {f"{number} {one.name}"[:150]: read(one) for number, one in enumerate(odd_parcels(20))}
        for name, content in files.items():
            self.place.put(server, name, content)

        listed = list(gateway.list(""))
        found = {one.name: fetched(gateway, one) for one in listed}

        assert found == files
        assert all(one.size in (None, len(files[one.name])) for one in listed)
        assert all(one.modified_at is None or one.modified_at.tzinfo for one in listed)

    def test_empty_folder_lists_nothing(self, gateway: Gateway) -> None:
        if not self.can(Capability.LIST):
            return
        assert list(gateway.list("")) == []

    def test_moved_file_is_listed_where_it_went_and_keeps_its_bytes(self, server: Any, gateway: Gateway) -> None:
        if not self.can(Capability.LIST):
            return
        for content in (b"first", b"second"):
            self.place.put(server, "taken.csv", content)
            listed = next(iter(gateway.list("")))
            gateway.move(listed, "done")

        assert list(gateway.list("")) == []
        assert sorted(fetched(gateway, one) for one in gateway.list("done")) == [b"first", b"second"]

    def test_file_that_has_gone_is_told_so(self, server: Any, gateway: Gateway) -> None:
        if not self.can(Capability.LIST, Capability.FETCH):
            return
        self.place.put(server, "gone.csv", b"soon gone")
        listed = next(iter(gateway.list("")))
        gateway.move(listed, "elsewhere")

        with pytest.raises(Gone) as caught:
            gateway.fetch(listed, io.BytesIO())

        self.is_for_people(str(caught.value), server)

    # --- What the suite needs -------------------------------------------------------------------------------------

    def parcel(self, content: bytes = b"<a/>", **given: Any) -> Parcel:
        return parcel(self.place.content(content), **given)

    def odd_parcels(self, number: int) -> list[Parcel]:
        return [replace(one, content=Bytes(self.place.content(read(one)))) for one in odd_parcels(number)]

    def arrived(self, server: Any) -> Any:
        stored = self.place.stored(server)
        return dict(stored) if self.place.keeps_names and len(dict(stored)) == len(stored) else sorted(stored)

    def expected(self, parcels: list[Parcel]) -> Any:
        stored = [(one.name if self.place.keeps_names else "", read(one)) for one in parcels]
        return dict(stored) if self.place.keeps_names else sorted(stored)

    def is_receipt(self, receipt: Receipt, server: Any) -> None:
        assert receipt.kind in ("answer", "mdn", "report")
        self.is_for_people(receipt.text, server)

    def is_for_people(self, sentence: str, server: Any) -> None:
        assert sentence
        assert not [word for word in LANGUAGE_OF_MACHINES if word in sentence]
        assert not [secret for secret in self.secrets(server) if secret in sentence]


def parcel(content: bytes = b"<a/>", *, name: str = "a.xml", identity: str = "parcel-1", **given: Any) -> Parcel:
    facts = {**EXAMPLE, "name": name, "identity": identity}
    return Parcel(identity, name, Bytes(content), **{"media_type": "application/xml", "facts": facts, **given})


def odd_parcels(number: int) -> list[Parcel]:
    """Parcels of odd names and contents, the same every time; each name once."""
    dice, found = random.Random(number), []
    for index in range(number):
        name = ODD_NAMES[index] if index < len(ODD_NAMES) else f"{index} {ODD_NAMES[index % len(ODD_NAMES)][-150:]}"
        content = ODD_CONTENTS[index] if index < len(ODD_CONTENTS) else dice.randbytes(dice.randrange(20_000))
        found.append(parcel(content, name=name, identity=f"odd-{index}"))
    return found


def read(one: Parcel) -> bytes:
    with one.content.open() as source:
        return source.read()


def fetched(gateway: Gateway, listed: Listed) -> bytes:
    into = io.BytesIO()
    gateway.fetch(listed, into)
    return into.getvalue()
