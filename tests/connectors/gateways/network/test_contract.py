"""The contract of gateways, on a route that was chosen before."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from arhub.network.errors import NetworkError
from connectors.base import Setup
from connectors.gateways.network.gateway import NetworkGateway
from tests.connectors.gateways.vans.test_contract import VansPlace
from tests.contracts.connector_contract import Counted, Remembered
from tests.contracts.gateway_contract import GatewayContract, parcel


class NetworkPlace(VansPlace):
    gateway = NetworkGateway

    def values(self, server: Path) -> Mapping[str, Any]:
        return {"vans": 1}


class TestNetwork(GatewayContract):
    place = NetworkPlace()

    def test_checks_and_deliveries_tell_that_nobody_is_there(self, server: Any, tmp_path: Path) -> None:
        """Its own check asks nobody: what it rides on is tested by itself."""
        gateway = self.make(server, home=tmp_path)
        self.place.stop(server)

        with pytest.raises(NetworkError) as caught:
            gateway.deliver(parcel(folder=""))

        self.is_for_people(str(caught.value), server)

    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({}, "No route has a connection: only other companies of this hub are reached."),
            (
                {"vans": 3},
                "VANS has a connection; test it on its own page. Receivers on Peppol and NemHandel are held.",
            ),
            (
                {"vans": 3, "peppol": 1, "nemhandel": 2},
                "Peppol, NemHandel, VANS have a connection; test it on its own page.",
            ),
        ],
    )
    def test_check_says_which_routes_there_are(self, values: dict[str, int], said: str) -> None:
        [check] = NetworkGateway(Setup(values, Remembered(), Counted())).checks()

        assert check.run() == said
