"""What the pages of an activation's export rules have in common: whose they are, who may change, where they lie."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from adaptors.admin.activation_page import RULES, tabs_for
from adaptors.catalogue import Work
from adaptors.domain.chunks import all_of
from adaptors.models import Activation, ExportRule
from arhub.admin.base import allows
from arhub.models import Role

PARTS = (
    ("adaptors_rules", "Customers"),
    ("adaptors_common_general", "General"),
    ("adaptors_common_supplier", "Supplier/Sender"),
    ("adaptors_common_customer", "Customer/Receiver"),
    ("adaptors_sets", "For chosen customers"),
)
"""All but the first are common settings."""


def activation_of(pk: int) -> Activation:
    """Raises `Http404` for one that is not here, or has no customers."""
    found = Activation.objects.select_related("source", "destination", "connection").filter(pk=pk).first()
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


def require_manager(request: HttpRequest) -> None:
    if not allows(request, Role.MANAGER):
        raise PermissionDenied("Changing export rules needs the role Manager.")


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
        "may_change": allows(request, Role.MANAGER),
        **shown,
    }


def at(name: str, activation: Activation, *args: Any, **query: Any) -> str:
    address = reverse(f"admin:{name}", args=[activation.pk, *args])
    return f"{address}?{urlencode(query)}" if query else address
