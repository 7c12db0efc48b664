"""What the page of a customer says of adaptors: in which format and over which gateway each sends documents to it."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from adaptors.models import ExportRule
from adaptors.registry import label_of
from arhub.admin import cells
from arhub.contributions import Panel
from arhub.models import Account, SourceRecord


def export_rules(request: HttpRequest, record: SourceRecord) -> Panel | None:
    """None for what is no customer of an adaptor."""
    if not isinstance(record, Account):
        return None
    rules = ExportRule.objects.filter(account=record).order_by("activation__name")
    rows = [_row(rule) for rule in rules.select_related("activation__destination", "destination")]
    return Panel("Export rules", "adaptors/rules/panel.html", {"rows": rows}) if rows else None


def _row(rule: ExportRule) -> dict[str, object]:
    return {
        "rule": rule,
        "url": reverse("admin:adaptors_rule", args=[rule.activation_id, rule.pk]),
        "format": label_of(rule.format or rule.activation.format),
        "destination": rule.destination or rule.activation.destination,
        "chip": cells.chip("Active" if rule.is_active else "Not active"),
    }
