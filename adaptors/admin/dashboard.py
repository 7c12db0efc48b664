"""What stands above the list of transactions: deliveries and waiting times of the last days as charts, and what failed
for one reason, to be tried again together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from adaptors.domain.paused_gateways import paused_gateways
from adaptors.domain.transactions import causes, day_counts
from adaptors.domain.transactions.causes import Trouble
from adaptors.domain.transactions.day_counts import Counted
from adaptors.models import Activation, Transaction
from arhub.admin.sharing import levels, may
from arhub.domain.askers import asker_of
from arhub.domain.receivables import today_of
from arhub.domain.sharing import Level

TALL, WIDE = 100, 10
"""Of a chart and of the column of a day, in the chart's own measure."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Of a chart: `y` downwards from its top. `kind` gives its colour."""

    kind: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """A day of a chart. `told` is what it says in words."""

    x: float
    told: str
    bars: Sequence[Bar]


def shown(request: HttpRequest, activation: Activation | None) -> dict[str, Any]:
    """Of an activation, or of the company."""
    asker = asker_of(request)
    days = day_counts.by_day(activation, today_of(request.tenant), asker)  # type: ignore[attr-defined]
    found = causes.troubles(activation, asker)
    levels(request, [one.last.activation for one in found])  # asked for each of them below, found out for all at once
    return {
        "paused": [one for one in paused_gateways(activation) if may(request, one.connection, Level.VIEW)],
        "days": [(day, counted, duration(counted.average), duration(counted.longest)) for day, counted in days.items()],
        "total": day_counts.total(days),
        "average": duration(day_counts.total(days).average),
        "longest": duration(day_counts.total(days).longest),
        "deliveries": _columns(days, _deliveries, max(one.delivered + one.not_delivered for one in days.values())),
        "waiting": _columns(days, _waiting, max(one.longest for one in days.values())),
        "most": max(one.delivered + one.not_delivered for one in days.values()),
        "troubles": [(trouble, *addresses(trouble), _may_retry(request, trouble)) for trouble in found],
    }


def addresses(trouble: Trouble) -> tuple[str, str]:
    """Of the list of those transactions, and of what tries them again."""
    row = trouble.last
    query = urlencode({"activation__id__exact": str(row.activation_id), "cause": row.cause})
    retry = reverse("admin:adaptors_transaction_retry", args=[row.activation_id])
    return f"{reverse('admin:adaptors_transaction_changelist')}?{query}", f"{retry}?{urlencode({'cause': row.cause})}"


def _may_retry(request: HttpRequest, trouble: Trouble) -> bool:
    return trouble.can_retry and may(request, trouble.last.activation, Level.OPERATE)


def _columns(days: Mapping[date, Counted], bars: Callable[[Counted, int], Any], most: int) -> list[Column]:
    return [Column(place * WIDE, *bars(counted, most or 1)) for place, counted in enumerate(days.values())]


def _deliveries(day: Counted, most: int) -> tuple[str, Sequence[Bar]]:
    failed, delivered = TALL * day.not_delivered / most, TALL * day.delivered / most
    told = f"{day.delivered:,} delivered, {day.not_delivered:,} failed or rejected"
    return told, [Bar("good", TALL - failed - delivered, delivered), Bar("bad", TALL - failed, failed)]


def _waiting(day: Counted, most: int) -> tuple[str, Sequence[Bar]]:
    longest, average = TALL * day.longest / most, TALL * day.average / most
    told = (
        f"{duration(day.average)} on average, {duration(day.longest)} at most" if day.delivered else "nothing delivered"
    )
    return told, [Bar("soft", TALL - longest, longest), Bar("mid", TALL - average, average)]


def duration(seconds: int) -> str:
    """Such as “45 s”, “12 min”, “3 h 5 min” or “2 d 4 h”."""
    if seconds < 60:
        return f"{seconds} s"
    minutes, hours = seconds // 60, seconds // 3600
    if hours < 1:
        return f"{minutes} min"
    return f"{hours} h {minutes % 60} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"


def start_panels(request: HttpRequest) -> dict[str, list[dict[str, Any]]]:
    """What the Start page says of transactions: those that ask for a person, by what they ask for. What nobody knows of
    waits for whoever finds out; the rest failed."""
    found: dict[str, list[dict[str, Any]]] = {"failed": [], "waiting": []}
    for trouble in causes.troubles(None, asker_of(request)):
        is_uncertain = trouble.last.state == Transaction.State.UNCERTAIN
        found["waiting" if is_uncertain else "failed"].append(_entry(trouble))
    return found


def own_deliveries() -> Exists:
    """What goes out as a transaction is told of as one."""
    return Exists(Transaction.objects.filter(delivery__outbound=OuterRef("pk")))


def _entry(trouble: Trouble) -> dict[str, Any]:
    row = trouble.last
    several = f"{trouble.count:,}{' or more' if trouble.is_cut else ''} documents"
    what = f"Document {row.number}" if trouble.count == 1 and not trouble.is_cut else several
    state, url = str(row.get_state_display()).lower(), addresses(trouble)[0]
    if trouble.count == 1:
        url = reverse("admin:adaptors_transaction_change", args=[row.pk])
    button = "Settle" if row.state == Transaction.State.UNCERTAIN else "Open"
    return {"title": f"{what} of {row.activation}, {state}", "detail": row.said, "url": url, "button": button,
            "at": trouble.at}  # fmt: skip
