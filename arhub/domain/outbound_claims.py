"""Taking what is due, of all tenants: each thing by one worker, counted and noted before anything is called."""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from arhub.domain import pauses
from arhub.domain.channels import channel_of
from arhub.domain.turns import in_turn
from arhub.models import Attempt, Outbound
from arhub.tenancy.scope import scope, scope_all

State = Outbound.State
AT_WORK = (State.SENDING, State.LOOKING)
RESTING = (State.WAITING, State.UNCERTAIN, State.HELD)
MOST_TOGETHER = 20


class Claim(NamedTuple):
    """What a worker has taken; `at` tells it from every other claim of the same thing."""

    tenant_id: int
    outbound_id: int
    at: datetime


def claim() -> Claim | None:
    """Take what is due first of the tenant that has the fewest at work.

    What goes to a destination that is being sent to waits: it comes in order, and one that hangs holds one worker.
    """
    return next(iter(claim_group(most=1)), None)


def claim_group(most: int = MOST_TOGETHER) -> list[Claim]:
    """The same, with what is due next at the same destination where its channel lets things go in groups."""
    with scope_all("claim the next things to send"):
        at_work = list(Outbound.objects.filter(state__in=AT_WORK).values_list("tenant_id", "channel", "destination"))
        rows = due().exclude(pauses.closed())
        for tenant in in_turn(rows, (tenant_id for tenant_id, *_ in at_work)):
            busy = [Q(channel=name, destination=to) for owner, name, to in at_work if owner == tenant.pk]
            if taken := _take(rows.filter(tenant=tenant).exclude(reduce(or_, busy, Q(pk=None))), most):
                return taken
    return []


def claim_after(before: Claim) -> list[Claim]:
    """Take what is due next at the destination of something that was just brought there; nothing when somebody else is
    there."""
    with scope(before.tenant_id):
        last = Outbound.objects.filter(pk=before.outbound_id).values("channel", "destination").first()
        if last is None:
            return []
        return _take(due().filter(**last).exclude(pauses.closed()), MOST_TOGETHER)


def due() -> QuerySet[Outbound]:
    return Outbound.objects.filter(state__in=RESTING, next_attempt_at__lte=timezone.now())


def _take(due: QuerySet[Outbound], most: int) -> list[Claim]:
    """Claim the first of a query set that nobody else is about to claim, and those that may go with it; counts the
    attempts, or the look, and notes them."""
    free = due.select_for_update(skip_locked=True).order_by("next_attempt_at", "id")
    free = free.only("id", "tenant_id", "state", "channel", "destination")
    while (row := free.first()) is not None and not (_is_ours(row) and _may_go(row)):
        free = free.exclude(tenant=row.tenant_id, channel=row.channel, destination=row.destination)
    if row is None:
        return []
    assert row.tenant_id is not None
    with scope(row.tenant_id):
        together = min(most, channel_of(row.channel).group(row.destination)) if row.state == State.WAITING else 1
    rows = [row]
    if together > 1 and not pauses.of(row).filter(tenant=row.tenant_id).exists():
        same = free.filter(tenant=row.tenant_id, channel=row.channel, destination=row.destination)
        rows += same.filter(state=State.WAITING).exclude(pk=row.pk)[: together - 1]
    now, looks = timezone.now(), row.state == State.UNCERTAIN
    counted = {"state": State.LOOKING, "looks": F("looks") + 1} if looks else _one_more_attempt()
    Outbound.objects.filter(pk__in=[one.pk for one in rows]).update(claimed_at=now, **counted)
    Attempt.objects.bulk_create(
        [Attempt(tenant_id=row.tenant_id, outbound=one, started_at=now, is_look_up=looks) for one in rows]
    )
    return [Claim(row.tenant_id, one.pk, now) for one in rows]


def _is_ours(row: Outbound) -> bool:
    """Whether nobody is at its destination, or about to go there: of two workers that looked at the same moment, one
    has the destination until its claim is stored, and is seen there from then on."""
    with connection.cursor() as cursor:
        place = f"{row.tenant_id} {row.channel} {row.destination}"
        cursor.execute("select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [place])
        is_free: bool = cursor.fetchone()[0]
    same = Outbound.objects.filter(tenant=row.tenant_id, channel=row.channel, destination=row.destination)
    return is_free and not same.filter(state__in=AT_WORK).exists()


def _may_go(row: Outbound) -> bool:
    channel = channel_of(row.channel)
    return not channel.pauses or pauses.take_probe(row, channel.lease_seconds)


def _one_more_attempt() -> dict[str, Any]:
    return {"state": State.SENDING, "attempts": F("attempts") + 1, "looks": 0, "waits_for": ""}
