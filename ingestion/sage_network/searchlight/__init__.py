"""Searchlight, the query language of the Sage Network API: filter, order, include and pages.

A filter is read into a small tree (`filters`), and becomes a condition of the database (`conditions`) by a table of
the fields it may name (`columns`).
"""

from ingestion.sage_network.searchlight.columns import Column, Holds
from ingestion.sage_network.searchlight.conditions import condition
from ingestion.sage_network.searchlight.errors import SearchlightError
from ingestion.sage_network.searchlight.filters import parse_filter
from ingestion.sage_network.searchlight.orders import order_by, parse_order
from ingestion.sage_network.searchlight.pages import PageOf, parse_include, parse_page

__all__ = [
    "Column",
    "Holds",
    "PageOf",
    "SearchlightError",
    "condition",
    "order_by",
    "parse_filter",
    "parse_include",
    "parse_order",
    "parse_page",
]
