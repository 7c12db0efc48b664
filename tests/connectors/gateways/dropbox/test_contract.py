"""The contract of gateways, on the simulator of Dropbox."""

from __future__ import annotations

from tests.connectors.gateways.dropbox.places import DropboxPlace
from tests.contracts.gateway_contract import GatewayContract


class TestDropbox(GatewayContract):
    place = DropboxPlace()
