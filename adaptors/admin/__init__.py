"""The pages of adaptors, and what they add to others. Importing this registers them."""

from adaptors.admin import activations, answers, lookup_tables, rules, transactions

__all__ = ["activations", "answers", "lookup_tables", "rules", "transactions"]
