"""Adaptors, export rules, transactions, answers and manual exports in the hub's API."""
