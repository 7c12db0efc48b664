"""Destinations that fail whatever is sent there: left alone, told once, and tried with one thing before the rest.

What waits for one keeps its attempts meanwhile: nothing is given up because its destination is away.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from arhub.domain.channels import PAUSES, Answer, Channel, Outcome
from arhub.models import Outbound, Pause

MOST_FAILURES = 3
"""Different things that fail in succession before their destination is paused."""
TAKEN = frozenset({Outcome.DELIVERED, Outcome.FOUND, Outcome.NOT_FOUND, Outcome.REFUSED})
"""The outcomes that show that somebody is there."""
FAILED = frozenset({Outcome.NOT_TAKEN, Outcome.UNKNOWN})


def of(outbound: Outbound) -> QuerySet[Pause]:
    return Pause.objects.filter(channel=outbound.channel, destination=outbound.destination)


def is_paused(outbound: Outbound) -> bool:
    return of(outbound).filter(paused_at__isnull=False).exists()


def note(outbound: Outbound, channel: Channel, answer: Answer) -> None:
    """Count what an attempt says about its destination, in the transaction that stores it. A look-up that brings
    nothing says little: the other side may be at work still, or was not even asked."""
    if answer.outcome in TAKEN and not answer.may_be_there:
        _taken(outbound, channel)
    elif outbound.state == Outbound.State.LOOKING:
        return
    elif answer.outcome in FAILED and not answer.is_ours:
        _failed(outbound, channel, answer.text)
    else:  # nobody was called: the next thing is tried instead
        try_now(outbound)


def _taken(outbound: Outbound, channel: Channel) -> None:
    row = of(outbound).first()
    if row is None or not of(outbound).delete()[0]:
        return
    if row.paused_at is not None:
        same = Outbound.objects.filter(channel=outbound.channel, destination=outbound.destination)
        same.filter(state=Outbound.State.WAITING).update(next_attempt_at=timezone.now())
        channel.resumed(outbound.destination)


def _failed(outbound: Outbound, channel: Channel, text: str) -> None:
    Pause.objects.bulk_create(
        [Pause(channel=outbound.channel, destination=outbound.destination, text=text)], update_conflicts=True,
        unique_fields=["tenant", "channel", "destination"], update_fields=["text"],
    )  # fmt: skip
    row = of(outbound).get()
    if row.paused_at is not None:
        row.probes += 1
        row.probe_at = probe_after(row.probes)
    elif outbound.pk not in row.failed:
        row.failed.append(outbound.pk)
    is_new = row.paused_at is None and len(row.failed) >= MOST_FAILURES
    if is_new:
        row.paused_at, row.probe_at = timezone.now(), probe_after(0)
    row.save()
    if is_new:
        channel.paused(outbound.destination, text)


def probe_after(probes: int) -> datetime:
    """When one thing is tried, after so many were in vain."""
    return timezone.now() + timedelta(seconds=PAUSES[min(probes + 1, len(PAUSES) - 1)])


def closed() -> Q:
    """What is not to be taken now: whatever goes to a destination that is paused, until one thing is to be tried."""
    rows = Pause.objects.filter(probe_at__gt=timezone.now())
    found = Q(pk=None)
    for tenant_id, channel, destination in rows.values_list("tenant_id", "channel", "destination"):
        found |= Q(tenant=tenant_id, channel=channel, destination=destination)
    return found


def take_probe(outbound: Outbound, lease_seconds: int) -> bool:
    """Whether this one may be tried: always, unless its destination is paused and somebody else tries it."""
    paused, now = of(outbound).filter(tenant=outbound.tenant_id, paused_at__isnull=False), timezone.now()
    if not paused.exists():
        return True
    return bool(paused.filter(probe_at__lte=now).update(probe_at=now + timedelta(seconds=lease_seconds)))


def try_now(outbound: Outbound) -> None:
    """Have a paused destination tried with the next thing at once."""
    of(outbound).filter(paused_at__isnull=False).update(probe_at=timezone.now())
