"""The contract of gateways, on a web server that asks for this and that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.base import Unsupported
from connectors.gateways.base import TakesRepeats
from tests.connectors.gateways.http import places
from tests.contracts.connector_contract import Remembered
from tests.contracts.gateway_contract import GatewayContract


class TestPut(GatewayContract):
    """The address is the file's own, so it can be asked what lies there."""

    place = places.PutPlace()


class Posting(GatewayContract):
    def test_looks_up_what_arrived_and_what_did_not(self, server: Any, store: Remembered, tmp_path: Path) -> None:
        """Nobody can be asked, unless a repeat does no harm: then the same is sent once more."""
        sent = self.parcel(b"once")

        with self.make(server, store, home=tmp_path) as gateway, pytest.raises(Unsupported, match="cannot be asked"):
            gateway.look_up(sent)
        with self.make(server, store, home=tmp_path, repeats_are_harmless=True) as gateway, pytest.raises(TakesRepeats):
            gateway.look_up(sent)


class TestPost(Posting):
    place = places.HttpPlace()


class TestBasic(Posting):
    place = places.BasicPlace()


class TestBearer(Posting):
    place = places.BearerPlace()


class TestApiKey(Posting):
    place = places.KeyPlace()


class TestClientCertificate(Posting):
    place = places.CertificatePlace()


class TestForm(Posting):
    place = places.FormPlace()


class TestSoap(Posting):
    place = places.SoapPlace()


class TestSoap12(Posting):
    place = places.Soap12Place()
