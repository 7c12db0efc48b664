"""Sage Network, formerly Lockstep: records sent as syncs, and pulled by query."""
