"""Loads through the hub's API."""
