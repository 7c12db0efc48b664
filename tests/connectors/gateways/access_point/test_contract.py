"""The contract of gateways, on an access point of either shape, with the envelope of either side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Unsupported
from connectors.gateways.access_point.gateway import AccessPointGateway
from connectors.simulators.access_point.simulator import AccessPointSimulator, Transmission
from connectors.simulators.server import RunningSimulator
from tests.connectors.gateways.access_point.conftest import transmissions
from tests.connectors.gateways.access_point.documents import invoice
from tests.contracts.connector_contract import Remembered
from tests.contracts.gateway_contract import GatewayContract, Place


class AccessPointPlace(Place):
    gateway = AccessPointGateway
    wrong = {"token": "wr0ng-secret"}
    keeps_names = False
    knows_taken_names = False
    settings: Mapping[str, Any] = {}

    def content(self, content: bytes) -> bytes:
        return invoice(note=content.hex())

    @contextmanager
    def run(self, folder: Path) -> Iterator[RunningSimulator]:
        with RunningSimulator(AccessPointSimulator()) as running:
            yield running

    def values(self, server: RunningSimulator) -> Mapping[str, Any]:
        return {"url": server.url, "token": "token-1", **self.settings}

    def stored(self, server: RunningSimulator) -> list[tuple[str, bytes]]:
        return [("", document(one)) for one in transmissions(server)]

    def stop(self, server: RunningSimulator) -> None:
        server.__exit__()


def document(one: Transmission) -> bytes:
    """What the receiver's access point hands on."""
    if not one.is_enveloped:
        return one.body
    end = rb".*</sh:StandardBusinessDocumentHeader>(.*)</sh:StandardBusinessDocument>"
    found = re.fullmatch(end, one.body, re.DOTALL)
    assert found
    return b"<?xml version='1.0'?>\n" + found[1]


class PhossPlace(AccessPointPlace):
    settings = {"shape": "phoss"}


class PhossOwnEnvelopePlace(AccessPointPlace):
    settings = {"shape": "phoss", "builds": "hub"}


class StandalonePlace(AccessPointPlace):
    settings = {"shape": "phase4"}


class StandaloneOwnEnvelopePlace(AccessPointPlace):
    settings = {"shape": "phase4", "builds": "hub"}


class Standalone(GatewayContract):
    def test_looks_up_what_arrived_and_what_did_not(self, server: Any, store: Remembered, tmp_path: Path) -> None:
        with self.make(server, store, home=tmp_path) as gateway, pytest.raises(Unsupported, match="cannot be asked"):
            gateway.look_up(self.parcel())


class TestPhoss(GatewayContract):
    place = PhossPlace()


class TestPhossOwnEnvelope(GatewayContract):
    place = PhossOwnEnvelopePlace()


class TestStandalone(Standalone):
    place = StandalonePlace()


class TestStandaloneOwnEnvelope(Standalone):
    place = StandaloneOwnEnvelopePlace()
