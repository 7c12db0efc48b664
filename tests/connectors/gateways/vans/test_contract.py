"""The contract of gateways, on a mailbox that a folder carries for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from arhub.network.errors import ConfigError, PermanentError
from connectors.base import Setup
from connectors.gateways.base import Gateway
from connectors.gateways.folder.gateway import FolderGateway
from connectors.gateways.vans.gateway import VansGateway
from connectors.gateways.vans.interchange import Envelope, envelope_of
from tests.connectors.gateways.folder.test_contract import FolderPlace
from tests.contracts.connector_contract import Counted, Remembered
from tests.contracts.gateway_contract import GatewayContract, parcel

INVOIC = b"UNA:+.? 'UNB+UNOC:3+5790000000012:14+5798000000124:14+261123:1015+1'UNH+1+INVOIC:D:96A:UN:EAN008'"


class VansPlace(FolderPlace):
    gateway = VansGateway
    knows_taken_names = False  # the carrier's own contract has it

    def values(self, server: Path) -> Mapping[str, Any]:
        return {"carrier": 1, "mailbox": "5790000000012"}

    def carrier(self, server: Path, home: Path) -> Gateway:
        values = {one.name: one.default for one in FolderGateway.settings} | {"start": "start"}
        return FolderGateway(Setup(values, Remembered(), Counted(), home))


class TestVans(GatewayContract):
    place = VansPlace()

    def test_interchange_of_another_sender_is_not_sent(self, server: Path, gateway: Gateway) -> None:
        gateway.deliver(parcel(INVOIC, name="ours.edi", identity="ours"))

        with pytest.raises(PermanentError) as caught:
            gateway.deliver(parcel(INVOIC.replace(b"5790000000012", b"5790000000029"), name="theirs.edi"))

        assert str(caught.value) == (
            "Expected an interchange from 5790000000012, found one from 5790000000029 in theirs.edi."
        )
        assert self.arrived(server) == {"ours.edi": INVOIC}

    def test_carrier_that_is_gone_is_told(self, server: Path) -> None:
        gateway = VansGateway(Setup(self.place.values(server), Remembered(), Counted()))

        with pytest.raises(ConfigError, match="choose another"):
            gateway.checks()


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (INVOIC, Envelope("5790000000012", "5798000000124")),
        (b"UNB+UNOC:3+A?+B:14+C:14+1:1+1'", Envelope("A+B", "C")),
        (b"\r\nUNB+UNOC:3+A+C'", Envelope("A", "C")),
        (b"UNA|*.? ~UNB*UNOC|3*A|14*C*1~", Envelope("A", "C")),
        (b"<Invoice/>", None),
        (b"UNB+UNOC:3'", None),
        (b"", None),
        (b"UNA", None),
    ],
)
def test_envelope_of_an_interchange(head: bytes, found: Envelope | None) -> None:
    assert envelope_of(head) == found
