"""What the pages of customers and documents say of adaptors: in which format and over which gateway each sends to a
customer, and what was sent."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from adaptors.models import ExportRule, Transaction
from adaptors.registry import label_of
from arhub.admin import cells
from arhub.admin.sharing import visible
from arhub.contributions import Panel
from arhub.models import Account, Document, SourceRecord

LAST = 10
"""Transactions that a panel shows."""


def export_rules(request: HttpRequest, record: SourceRecord) -> Panel | None:
    """None for what is no customer of an adaptor."""
    if not isinstance(record, Account):
        return None
    seen = visible(request, ExportRule.objects.all(), "activation", "activation")
    rules = seen.filter(account=record).order_by("activation__name")
    rows = [_row(rule) for rule in rules.select_related("activation__destination", "destination")]
    return Panel("Export rules", "adaptors/rules/panel.html", {"rows": rows}) if rows else None


def transactions(request: HttpRequest, record: SourceRecord) -> Panel | None:
    """The last ten of a customer or a document; None where nothing was sent."""
    if not isinstance(record, Account | Document):
        return None
    name = "account" if isinstance(record, Account) else "document"
    seen = visible(request, Transaction.objects.all(), "activation", "activation")
    rows = seen.filter(**{name: record}).select_related("activation", "connection")
    shown = [
        (row, cells.chip(str(row.get_state_display())), cells.money(row.amount, row.currency))
        for row in rows.order_by("-pk")[:LAST]
    ]
    url = f"{reverse('admin:adaptors_transaction_changelist')}?{name}__id__exact={record.pk}"
    return Panel("Transactions", "adaptors/transaction/panel.html", {"rows": shown, "url": url}) if shown else None


def _row(rule: ExportRule) -> dict[str, object]:
    return {
        "rule": rule,
        "url": reverse("admin:adaptors_rule", args=[rule.activation_id, rule.pk]),
        "format": label_of(rule.format or rule.activation.format),
        "destination": rule.destination or rule.activation.destination,
        "chip": cells.chip("Active" if rule.is_active else "Not active"),
    }
