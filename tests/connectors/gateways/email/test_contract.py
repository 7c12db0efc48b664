"""The contract of gateways, on mail servers: what is sent by SMTP, and what is fetched by IMAP."""

from __future__ import annotations

from tests.connectors.gateways.email.places import EmailPlace
from tests.contracts.gateway_contract import GatewayContract


class TestEmail(GatewayContract):
    place = EmailPlace()
