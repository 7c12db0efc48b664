"""The pages of connections, and what they add to others. Importing this registers them."""

from connectors.admin import connections, deliveries, inboxes, participants, pushes

__all__ = ["connections", "deliveries", "inboxes", "participants", "pushes"]
