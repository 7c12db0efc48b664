"""The admin site. One module per thing; importing them registers their pages."""

from arhub.admin import (
    accounts,
    api_keys,
    applications,
    company,
    contacts,
    custom_fields,
    deliveries,
    documents,
    lines,
    members,
    outstanding_items,
    payments,
    sources,
    webhooks,
    workflow,
)

__all__ = [
    "accounts",
    "api_keys",
    "applications",
    "company",
    "contacts",
    "custom_fields",
    "deliveries",
    "documents",
    "lines",
    "members",
    "outstanding_items",
    "payments",
    "sources",
    "webhooks",
    "workflow",
]
