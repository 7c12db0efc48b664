"""Everything that takes minutes takes a moment, in the same proportions: leases outlive calls, and what is done late is
done before anybody believes that it was not."""

from __future__ import annotations

from adaptors.domain.running import RunAdaptor
from arhub.domain import lease, outbound_states, pauses, runs
from arhub.network import http
from connectors.domain.delivery_channel import DeliveryChannel
from connectors.domain.push_channel import PushChannel
from connectors.erp.intacct import gateway
from connectors.erp.intacct.connector import IntacctConnector
from connectors.gateways.base import Gateway
from connectors.gateways.http.gateway import HttpGateway

LATE_SECONDS = 0.6
"""How long the other side takes when it is slow."""
LEASE_SECONDS = 3
PAUSE_SECONDS = 0.1


def make_haste() -> None:
    """Change the settings of this process; it is not to be used for anything else afterwards."""
    outbound_states.PAUSES = pauses.PAUSES = (PAUSE_SECONDS,) * len(pauses.PAUSES)  # type: ignore[assignment]
    runs.PAUSES = (PAUSE_SECONDS,) * len(runs.PAUSES)  # type: ignore[assignment]
    outbound_states.HELD_SECONDS = 1
    lease.BEAT_SECONDS = 0.3
    http.PAUSE_SECONDS = 0.01
    gateway.CALL_SECONDS = LATE_SECONDS / 2
    PushChannel.lease_seconds = DeliveryChannel.lease_seconds = RunAdaptor.lease_seconds = LEASE_SECONDS
    IntacctConnector.done_within_seconds = 2
    Gateway.done_within_seconds = HttpGateway.done_within_seconds = 1
