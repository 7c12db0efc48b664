"""From a manual search to the dialog that activates the customers of what it found, and back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from adaptors.admin import rule_activation
from adaptors.admin.manual_export import address, required, ticked
from adaptors.admin.rule_pages import at
from adaptors.domain.customers import rules
from adaptors.domain.transactions.manual_search import List, on_list
from adaptors.models import Activation, ExportRule

MOST = 300
"""Customers activated at once from here: their ids stand in an address."""


def activate(request: HttpRequest, activation: Activation, pk: int) -> HttpResponse:
    """To the dialog that activates the customers of what was ticked, and from there back to the search."""
    asked, ids = required(activation, pk), ticked(request)
    rows = on_list(asked, List.NOT_ACTIVATED)
    chosen = rows if ids is None else rows.filter(pk__in=ids)
    rules.follow(activation)
    wanted = ExportRule.objects.filter(activation=activation, account__in=chosen.order_by().values("account_id"))
    keys = list(wanted.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    if not keys:
        messages.warning(request, "Tick documents first: their customers are activated.")
        return HttpResponseRedirect(address(activation, search=asked.pk, list=List.NOT_ACTIVATED.value))
    if len(keys) > MOST:
        messages.info(request, f"These are the first {MOST} customers: activate the others after them.")
    query = {rule_activation.IDS: ",".join(map(str, keys[:MOST])), rule_activation.SEARCH: asked.pk}
    return HttpResponseRedirect(at("adaptors_rules_activate", activation, **query))
