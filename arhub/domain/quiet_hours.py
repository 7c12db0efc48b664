"""Hours in which nothing is to come due. Knows no database.

What would come due within them comes at their end instead, once; where that is on a day that is not open, at their
end on the next one that is. Hours are wall times, from the first moment at which the clocks show their beginning to the
last one at which they show their end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from arhub.domain.due_times import first_shown, last_shown

DAY = timedelta(days=1)
MOST_CLOSED_DAYS = 366


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start`, itself quiet, to `end`, which is not; the end of the next day where that is the earlier time."""

    start: time
    end: time
    zone: ZoneInfo
    is_open: Callable[[date], bool] = lambda day: True

    def around(self, moment: datetime) -> tuple[datetime, datetime] | None:
        """Beginning and end of the quiet hours that a moment lies in, in UTC."""
        day = moment.astimezone(self.zone).date()
        for first in (day - DAY, day):
            last = first if self.start < self.end else first + DAY
            begin = first_shown(datetime.combine(first, self.start), self.zone)
            end = last_shown(datetime.combine(last, self.end), self.zone)
            if begin <= moment < end:
                return begin, end
        return None

    def moved(self, moment: datetime) -> datetime:
        """When what is due at a moment comes."""
        found = self.around(moment)
        if found is None:
            return moment
        day, end = found[1].astimezone(self.zone).date(), found[1]
        for _ in range(MOST_CLOSED_DAYS):
            if self.is_open(day):
                break
            day += DAY
            end = last_shown(datetime.combine(day, self.end), self.zone)
        return end

    def waiting_since(self, moment: datetime) -> datetime:
        """The earliest moment of which something may still wait at this one."""
        found = self.around(moment)
        begin = found[0] if found else moment
        day = opened = begin.astimezone(self.zone).date()
        for _ in range(MOST_CLOSED_DAYS):
            if self.is_open(opened):
                break
            opened -= DAY
        return begin if opened == day else first_shown(datetime.combine(opened, time.min), self.zone)

    def outside(self, moments: Callable[[datetime], Iterator[datetime]], after: datetime) -> Iterator[datetime]:
        """What comes after a moment, of all that comes due: `moments` gives that, after any moment and in order."""
        last = after
        for moment in moments(self.waiting_since(after) - timedelta(microseconds=1)):
            if (comes := self.moved(moment)) > last:
                last = comes
                yield comes
