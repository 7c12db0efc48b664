"""What the pages of an activation's export rules have in common: whose they are, who may change, where they lie."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from adaptors.admin.activation_page import RULES, tabs_for
from adaptors.catalogue import Work
from adaptors.domain.customers.chunks import all_of
from adaptors.models import Activation, ExportRule
from arhub.admin.sharing import Level, may, require, visible

PARTS = (
    ("adaptors_rules", "Customers"),
    ("adaptors_common_general", "General"),
    ("adaptors_common_supplier", "Supplier/Sender"),
    ("adaptors_common_customer", "Customer/Receiver"),
    ("adaptors_sets", "For chosen customers"),
)
"""All but the first are common settings."""


def activation_of(request: HttpRequest, pk: int) -> Activation:
    """Raises `Http404` for one that is not here, that the person does not see, or that has no customers."""
    seen = visible(request, Activation.objects.select_related("source", "destination", "connection"), "activation")
    found = seen.filter(pk=pk).first()
    if found is None or found.entry.work is not Work.EXPORT:
        raise Http404("No such adaptor with export rules here.")
    return found


def rule_of(activation: Activation, pk: int) -> ExportRule:
    found: ExportRule | None = (
        all_of(activation).select_related("account", "destination", "common").filter(pk=pk).first()
    )
    if found is None:
        raise Http404("No such customer in this adaptor.")
    found.activation = activation
    return found


def require_edit(request: HttpRequest, activation: Activation) -> None:
    require(request, activation, Level.EDIT)


def page(request: HttpRequest, activation: Activation, title: str, open_part: str = "", **shown: Any) -> dict[str, Any]:
    """The context of a page. `open_part` is the name of the part of Export Rules that it belongs to."""
    parts = [(label, at(name, activation), name == open_part) for name, label in PARTS]
    return {
        **admin.site.each_context(request),
        "title": title,
        "activation": activation,
        "parts": parts,
        "rules_url": at("adaptors_rules", activation),
        "page_url": reverse("admin:adaptors_activation_change", args=[activation.pk]),
        "tabs": [(tab.key, tab.label, tab.key == RULES) for tab in tabs_for(activation).values()],
        "may_change": may(request, activation, Level.EDIT),
        **shown,
    }


def at(name: str, activation: Activation, *args: Any, **query: Any) -> str:
    address = reverse(f"admin:{name}", args=[activation.pk, *args])
    return f"{address}?{urlencode(query)}" if query else address
