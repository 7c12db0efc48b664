"""The contract of gateways, on an AS2 partner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connectors.gateways.as2.gateway import As2Gateway
from connectors.simulators.as2_partner.keys import key_pem, made
from connectors.simulators.server import RunningSimulator
from tests.connectors.gateways.as2.place import partner, values
from tests.contracts.gateway_contract import GatewayContract, Place


class PartnerPlace(Place):
    gateway = As2Gateway
    wrong = {"private_key": key_pem(made("Somebody else"))}
    knows_taken_names = False

    def __init__(self, **given: Any) -> None:
        self.given = given

    @contextmanager
    def run(self, folder: Path) -> Iterator[RunningSimulator]:
        with partner() as running:
            yield running

    def values(self, server: RunningSimulator) -> Mapping[str, Any]:
        return values(server.url, **self.given)

    def stored(self, server: RunningSimulator) -> list[tuple[str, bytes]]:
        return list(server.simulator.messages.values())  # type: ignore[attr-defined]

    def stop(self, server: RunningSimulator) -> None:
        server.__exit__()


class TestSignedAndEncrypted(GatewayContract):
    place = PartnerPlace()


class TestCompressed(GatewayContract):
    place = PartnerPlace(compress="before")


class TestPlain(GatewayContract):
    place = PartnerPlace(sign="none", encrypt="none")
