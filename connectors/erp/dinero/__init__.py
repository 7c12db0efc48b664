"""Dinero, an accounting system of small Danish companies."""
