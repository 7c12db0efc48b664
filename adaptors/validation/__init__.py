"""Checking documents before they go out: schemas, the rules of EN 16931, and those that an operator has installed."""
