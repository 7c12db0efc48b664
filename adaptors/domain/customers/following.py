"""Following what comes in: rules for new customers, and how ready those are that changed."""

from __future__ import annotations

from collections.abc import Sequence

from django_q.tasks import async_task

from adaptors.catalogue import CATALOGUE, Work
from adaptors.domain.customers import readiness, rules
from adaptors.domain.customers.chunks import all_of
from adaptors.models import Activation, ExportRule
from arhub.models import Event

EXPORTS = [kind for kind, entry in CATALOGUE.items() if entry.work is Work.EXPORT]


def loaded(events: Sequence[Event]) -> None:
    """After a load the activations of its ledger are looked at in the background."""
    ledgers = {event.data["ledger"] for event in events if event.kind == "ingestion.committed"}
    if ledgers:
        for activation in Activation.objects.filter(adaptor__in=EXPORTS, source__ledger__in=ledgers):
            look_later(activation)


def look_later(activation: Activation) -> None:
    """Safe to call too often; a call that is lost is made up for by whoever opens the page."""
    async_task("adaptors.tasks.follow", activation.tenant_id, activation.pk, cluster="arhub")


def follow(activation: Activation) -> tuple[int, int]:
    """How many rules were made, and how many judged."""
    readiness.reconsider(activation)
    return rules.follow(activation), readiness.judge(activation)


def look_at_page(activation: Activation, page: list[ExportRule]) -> None:
    """Judge at once what a person looks at, and in the background the rest, and whatever else has changed. The rules
    come with their accounts."""
    old = [rule.pk for rule in page if rule.judged_at is None or rule.judged_at < rule.account.updated_at]
    if old and readiness.judge(activation, all_of(activation).filter(pk__in=old)):
        judged = ExportRule.objects.in_bulk(old)
        for rule in page:
            if now := judged.get(rule.pk):
                rule.is_ready, rule.missing, rule.judged_at = now.is_ready, now.missing, now.judged_at
    look_later(activation)
