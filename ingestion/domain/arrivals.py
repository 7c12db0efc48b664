"""What is expected of sources and by when: looked at when it is due and when a load moves, and told as incidents.

What was expected and is not there is one incident per source. It is settled by what comes later, which then does not
count for the next deadline as well, unless it came nearer to that one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count as CountRows
from django.db.models import Max, Q, Sum
from django.utils import timezone

from arhub.domain import incidents
from arhub.domain.each import each_in_scope
from arhub.domain.timing import TIMING, check_timing, in_words, last_times, times_after, timing_in_words
from arhub.models import Event, Source
from arhub.tenancy.scope import scope_all
from ingestion.domain import file_indexes
from ingestion.domain.arrival_incidents import Kind, key_of, report, settle
from ingestion.domain.arrived_files import LOST, look_at, look_at_empty, note
from ingestion.models import ArrivalWatch, Count, Ingestion, IngestionFile, State, Task

COMMITTED, FAILED = "ingestion.committed", "ingestion.failed"
HEARD = (COMMITTED, FAILED, "ingestion.needs_review", "ingestion.needs_mapping")
LOOK_BACK = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came in a span of time. The rows of `unread` files are not known: their loads are still at work."""

    files: int
    rows: int
    failed: int
    unread: int
    last_at: datetime | None

    def has_files(self, watch: ArrivalWatch) -> bool:
        return self.files >= watch.at_least_files

    def meets(self, watch: ArrivalWatch) -> bool:
        return self.has_files(watch) and self.rows >= watch.at_least_rows


def sentence(watch: ArrivalWatch) -> str:
    """The choice in words, such as “Every day by 07:00 UTC, at least 1 file and 100 rows”."""
    order = f"; the number in {watch.index_mark} counts on" if watch.index_mark else ""
    return f"{timing_in_words(watch, 'by')}, at least {_wanted(watch)}{order}"


def arrived(watch: ArrivalWatch, after: datetime, until: datetime) -> Arrived:
    """What came of the source after one moment and until another."""
    files = IngestionFile.objects.filter(
        ingestion__source=watch.source_id, ingestion__created_at__gt=after, ingestion__created_at__lte=until
    )
    counted = ~Q(ingestion__state__in=LOST)
    found = files.aggregate(
        files=CountRows("id", filter=counted),
        failed=CountRows("id", filter=Q(ingestion__state=State.FAILED)),
        unread=CountRows("id", filter=Q(ingestion__state__in=Ingestion.PROCESSING)),
        last_at=Max("ingestion__created_at", filter=counted),
    )
    rows = Count.objects.filter(file__in=files.filter(counted)).aggregate(rows=Sum("lines"))["rows"]
    return Arrived(**found, rows=int(rows or 0))


@transaction.atomic
def save(watch: ArrivalWatch) -> ArrivalWatch:
    """Store what is expected. When its times change, or it is switched on, it is due anew, from now on. Raises
    `NotASchedule` for times that make none, and for a mark in file names that is none."""
    check_timing(watch)
    file_indexes.check_mark(watch.index_mark)
    stored = ArrivalWatch.objects.select_for_update().filter(pk=watch.pk).first() if watch.pk else None
    now = timezone.now()
    if stored:
        for name in ("counts_from", "last_due_at", "next_due_at", "last_index", "missing_indexes"):
            setattr(watch, name, getattr(stored, name))
    if not (stored and stored.is_enabled):
        watch.last_due_at = None
        watch.counts_from = (last_times(watch, now - LOOK_BACK, now, 1) or [now])[0]
    if stored is None or any(getattr(stored, name) != getattr(watch, name) for name in (*TIMING, "is_enabled")):
        watch.next_due_at = _next_after(watch, now)
    watch.save()
    return watch


@transaction.atomic
def closed_days_changed() -> None:
    """Look again by when something is expected on business days."""
    now = timezone.now()
    for watch in ArrivalWatch.objects.select_for_update().filter(is_enabled=True).exclude(country=""):
        if watch.next_due_at is None or watch.next_due_at > now:
            watch.next_due_at = _next_after(watch, now)
            watch.save(update_fields=["next_due_at"])


def _next_after(watch: ArrivalWatch, now: datetime) -> datetime | None:
    return next(times_after(watch, now), None) if watch.is_enabled else None


def check_due(now: datetime | None = None) -> int:
    """Look at what is expected by now, of all tenants; returns how many deadlines were judged."""
    at = now or timezone.now()
    with scope_all("find sources whose files are expected by now"):
        due = ArrivalWatch.objects.filter(is_enabled=True, next_due_at__lte=at).order_by("next_due_at", "id")
        found = list(due.values_list("tenant_id", "pk"))
    return each_in_scope(found, lambda pk: _check(pk, at), "Expected arrival")


def _check(pk: int, now: datetime) -> int:
    """Judge the last deadline of a watch and move it on, unless somebody else has it or did so. While files are there
    whose rows are still being read, it waits."""
    due = _held(skip_locked=True).filter(pk=pk, is_enabled=True, next_due_at__lte=now)
    watch = due.first()
    if watch is None or watch.next_due_at is None:
        return 0
    if deadlines := last_times(watch, watch.next_due_at, now, 2):  # none when its days were closed meanwhile
        due_at = deadlines.pop()
        begin = max(filter(None, [watch.counts_from, watch.last_due_at, *deadlines]))
        found = arrived(watch, begin, due_at)
        if found.unread and found.has_files(watch) and not found.meets(watch):
            return 0
        _judge(watch, found, begin, due_at)
    watch.next_due_at = _next_after(watch, now)
    _settle_late(watch, now)
    watch.save(update_fields=["counts_from", "last_due_at", "next_due_at"])
    return 1


def _judge(watch: ArrivalWatch, found: Arrived, begin: datetime, due_at: datetime) -> None:
    watch.last_due_at, watch.counts_from = due_at, begin
    if found.meets(watch):
        watch.counts_from = due_at
        settle(watch, f"Came by {in_words(due_at, watch)}: {_told(found)}.")
        return
    failed = f" {_many(found.failed, 'file')} came and failed." if found.failed else ""
    text = f"Expected at least {_wanted(watch)} by {in_words(due_at, watch)}, found {_told(found)}.{failed}"
    report(watch, Kind.LATE if found.files else Kind.MISSING, "expected", text, at=due_at)


def _settle_late(watch: ArrivalWatch, now: datetime) -> None:
    """Close what is open about the last deadline, when what was expected is there now. What is nearer to the next one
    counts for that as well."""
    if watch.last_due_at is None or not incidents.is_open(key_of(watch.source_id)):
        return
    found = arrived(watch, watch.counts_from, now)
    if not found.meets(watch) or found.last_at is None:
        return
    settle(watch, f"Came by {in_words(found.last_at, watch)}: {_told(found)}.")
    following = watch.next_due_at
    is_nearer = following is not None and following - found.last_at < found.last_at - watch.last_due_at
    watch.counts_from = watch.last_due_at if is_nearer else found.last_at


def heard(events: Sequence[Event]) -> None:
    """Look at loads that have moved, in the transaction that moves them."""
    for event in events:
        _heard(event)


def _heard(event: Event) -> None:
    if event.kind not in HEARD:
        return
    watch = _held().filter(source=event.data["source"]["id"], is_enabled=True).first()
    if watch is None:
        return
    if event.kind == FAILED:
        if event.data.get("is_empty"):
            look_at_empty(watch, event.data["ingestion"], event.data["page"])
        return
    if event.kind == COMMITTED and event.data["task"] == Task.LOAD:
        look_at(watch, event.data["ingestion"], event.data["page"])
    _settle_late(watch, event.occurred_at)
    watch.save(update_fields=["counts_from", "last_index", "missing_indexes"])


@transaction.atomic
def noted(source: Source, *, name: str, sha256: str, size: int, index: int | None = None) -> None:
    """Look at a file that came for a source and never becomes a load. It does not count as an arrival, but its number
    in the order of files is taken. `index` is that number, when the name does not tell it."""
    if watch := _held().filter(source=source, is_enabled=True).first():
        note(watch, name=name, sha256=sha256, size=size, index=index)
        watch.save(update_fields=["last_index", "missing_indexes"])


@transaction.atomic
def count_anew(watch: ArrivalWatch) -> None:
    """Take whatever number the next file has as the first one."""
    ArrivalWatch.objects.filter(pk=watch.pk).update(last_index=None, missing_indexes=[])
    settle(watch, "The numbers of files count anew.", "gap")


def _held(*, skip_locked: bool = False) -> Any:
    locked = ArrivalWatch.objects.select_for_update(skip_locked=skip_locked, of=("self",))
    return locked.select_related("source", "owner")


def _wanted(watch: ArrivalWatch) -> str:
    rows = f" and {_many(watch.at_least_rows, 'row')}" if watch.at_least_rows else ""
    return f"{_many(watch.at_least_files, 'file')}{rows}"


def _told(found: Arrived) -> str:
    return f"{_many(found.files, 'file')} with {_many(found.rows, 'row')}" if found.files else "nothing"


def _many(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"
