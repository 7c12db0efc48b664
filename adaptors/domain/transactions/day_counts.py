"""What became of documents on each of the last days, from the daily summary alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max, Sum

from adaptors.models import Activation, DayCount
from arhub.domain.sharing import Actor, visible

DAYS = 30
SUMMED = ("delivered", "acknowledged", "rejected", "failed", "waited")


@dataclass(frozen=True, slots=True)
class Counted:
    """Documents of a day, or of several. `waited` are the seconds from their selection to their delivery, of all
    together; `longest` those of the one that took longest."""

    delivered: int = 0
    acknowledged: int = 0
    rejected: int = 0
    failed: int = 0
    waited: int = 0
    longest: int = 0

    @property
    def not_delivered(self) -> int:
        return self.failed + self.rejected

    @property
    def average(self) -> int:
        """Seconds from selection to delivery, in the middle."""
        return self.waited // self.delivered if self.delivered else 0


def by_day(activation: Activation | None, today: date, actor: Actor) -> dict[date, Counted]:
    """The last 30 days up to today, those without documents included: of an activation, or of all that an actor
    sees."""
    first = today - timedelta(days=DAYS - 1)
    rows = DayCount.objects.filter(day__gte=first, day__lte=today)
    rows = rows.filter(activation=activation) if activation else visible(actor, rows, "activation", "activation")
    sums = {name: Sum(name) for name in SUMMED}
    found = {
        row.pop("day"): Counted(**row)
        for row in rows.order_by().values("day").annotate(**sums, longest=Max("longest"))
    }  # fmt: skip
    return {day: found.get(day, Counted()) for day in (first + timedelta(days=n) for n in range(DAYS))}


def total(days: dict[date, Counted]) -> Counted:
    sums = {name: sum(getattr(day, name) for day in days.values()) for name in SUMMED}
    return Counted(**sums, longest=max((day.longest for day in days.values()), default=0))
