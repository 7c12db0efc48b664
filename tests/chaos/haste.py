"""Everything that takes minutes takes a moment, in the same proportions: leases outlive calls, and what is done late is
done before anybody believes that it was not."""

from __future__ import annotations

from arhub.domain import outbound, pauses
from arhub.network import http
from connectors.domain.push_channel import PushChannel
from connectors.erp.intacct import gateway
from connectors.erp.intacct.connector import IntacctConnector

LATE_SECONDS = 0.6
"""How long the other side takes when it is slow."""
LEASE_SECONDS = 4


def make_haste() -> None:
    """Change the settings of this process; it is not to be used for anything else afterwards."""
    outbound.PAUSES = pauses.PAUSES = (0.1,) * len(outbound.PAUSES)  # type: ignore[assignment]
    outbound.HELD_SECONDS = 1
    http.PAUSE_SECONDS = 0.01
    gateway.CALL_SECONDS = LATE_SECONDS / 2
    PushChannel.lease_seconds = LEASE_SECONDS
    IntacctConnector.done_within_seconds = 2
