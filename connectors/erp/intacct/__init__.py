"""Sage Intacct by its XML gateway: receivables are written there and read back."""
