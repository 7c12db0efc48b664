"""The admin site. One module per thing; importing them registers their pages."""

from arhub.admin import (
    accounts,
    applications,
    company,
    contacts,
    custom_fields,
    documents,
    lines,
    members,
    outstanding_items,
    payments,
    sources,
    workflow,
)

__all__ = [
    "accounts",
    "applications",
    "company",
    "contacts",
    "custom_fields",
    "documents",
    "lines",
    "members",
    "outstanding_items",
    "payments",
    "sources",
    "workflow",
]
