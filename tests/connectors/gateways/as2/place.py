"""A partner on loopback, and a hub that takes what it sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from connectors.base import Setup
from connectors.gateways.as2.gateway import As2Gateway
from connectors.gateways.base import Bytes, Incoming, Received
from connectors.simulators.as2_partner.keys import certificate_pem, key_pem, made
from connectors.simulators.as2_partner.simulator import As2PartnerSimulator
from connectors.simulators.server import Request, Response, RunningSimulator, Simulator
from tests.contracts.connector_contract import Counted, Remembered

HUB, PARTNER = made("AS2 hub"), made("AS2 partner")


def values(url: str, **given: Any) -> dict[str, Any]:
    """Settings that are right."""
    defaults = {one.name: one.default for one in As2Gateway.settings}
    right = {
        "own_id": "HUB", "partner_id": "PARTNER", "url": f"{url}/as2", "own_certificate": certificate_pem(HUB),
        "private_key": key_pem(HUB), "partner_certificate": certificate_pem(PARTNER),
    }  # fmt: skip
    return {**defaults, **right, **given}


def gateway(url: str = "http://127.0.0.1:9", store: Remembered | None = None, **given: Any) -> As2Gateway:
    return As2Gateway(Setup(values(url, **given), Remembered() if store is None else store, Counted()))


@contextmanager
def partner(**behaviour: Any) -> Iterator[RunningSimulator]:
    with RunningSimulator(As2PartnerSimulator()) as running:
        running.simulator.configure(behaviour)
        yield running


class Hub(Simulator):
    """What the hub's web address does with a request, as far as the gateway sees it."""

    kind: ClassVar[str] = "hub"

    def __init__(self, made: Callable[[], As2Gateway]) -> None:
        super().__init__()
        self.gateway = made

    def reset(self) -> None:
        self.received: list[Received] = []
        self.known: set[str] = set()

    def state(self) -> Mapping[str, Any]:
        return {"received": len(self.received)}

    def answer(self, request: Request) -> Response:
        body = Bytes(request.body)
        incoming = Incoming(request.method, request.headers, request.query, body, self.known.__contains__)
        received = self.gateway().receive(incoming)
        self.received.append(received)
        if received.files:
            self.known.add(received.message_id)
        headers = dict(received.reply.headers)
        return Response(received.reply.status, received.reply.body, headers.pop("Content-Type", ""), headers)
