"""The pages Connections and Pushes, and what they add to others. Importing this registers them."""

from connectors.admin import connections, pushes

__all__ = ["connections", "pushes"]
