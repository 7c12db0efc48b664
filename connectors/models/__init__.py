"""What connections hold, by what passes through them."""

from __future__ import annotations

from connectors.models.connections import Connection, ConnectionEntry, ConnectionMemory, ConnectionPace
from connectors.models.erp_cache import ErpCachePublication, PublishedItem
from connectors.models.files import Delivery, DeliveryReceipt, Inbox, InboxFile, OutboundDelivery, Receiver
from connectors.models.network import NetworkAddress, Participant
from connectors.models.records import OutboundPush, PulledPage, Push, StreamCursor, WriteBack

__all__ = [
    "Connection", "ConnectionEntry", "ConnectionMemory", "ConnectionPace", "Delivery", "DeliveryReceipt",
    "ErpCachePublication", "Inbox", "InboxFile", "NetworkAddress", "OutboundDelivery", "OutboundPush", "Participant",
    "PublishedItem", "PulledPage", "Push", "Receiver", "StreamCursor", "WriteBack",
]  # fmt: skip
