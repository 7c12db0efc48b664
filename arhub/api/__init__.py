"""What every API of the hub has in common, and the hub's own under /api/hub/v1/."""
