"""Connections, pushes and write-backs in the hub's API."""
