"""Sync requests: loads as the Sage Network API asks for them and tells of them."""
