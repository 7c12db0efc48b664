"""By when files are expected: late and missing at the deadline, settled by what comes, judged once by however many."""

from __future__ import annotations

import io
import threading
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connections

from arhub.domain import incidents, schedules
from arhub.domain.tenants import add_member, create_tenant
from arhub.domain.timing import NotASchedule, in_words
from arhub.models import ClosedDay, Event, Incident, Tenant
from arhub.tenancy.scope import scope
from ingestion import tasks
from ingestion.domain import arrivals, making, runs
from ingestion.domain.arrival_history import last_arrivals
from ingestion.models import ArrivalWatch, Ingestion
from tests.ingestion.arrivals.conftest import NOON, Come, Watch, at, check, fresh, incidents_of, kinds


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"country": "DK", "zone": "Europe/Copenhagen", "at_least_rows": 100},
            "Every business day in Denmark by 07:00 Copenhagen time, at least 1 file and 100 rows",
        ),
        ({"at_least_files": 2}, "Every day by 07:00 UTC, at least 2 files"),
        (
            {"every": "weekly", "weekdays": [0, 4], "index_mark": "items_#"},
            "Every Monday and Friday by 07:00 UTC, at least 1 file; the number in items_# counts on",
        ),
        ({"every": "hourly", "minute": 15}, "Every hour by minute 15, UTC, at least 1 file"),
    ],
)
def test_sentence_reads_the_choice_back(watch: Watch, given: dict[str, Any], words: str) -> None:
    assert arrivals.sentence(watch(**given)) == words


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"zone": "Europe/Atlantis"}, "Expected a time zone"),
        ({"index_mark": "items"}, "Expected one # where the number stands, found 0 in items."),
        ({"index_mark": "#_#"}, "found 2"),
    ],
)
def test_what_makes_no_expectation_is_refused(watch: Watch, given: dict[str, Any], said: str) -> None:
    with pytest.raises(NotASchedule, match=said):
        watch(**given)


def test_nothing_came_is_missing(tenant: Tenant, watch: Watch) -> None:
    owner = add_member("ida@acme.example", tenant, "clerk", name="Ida")
    made = watch(owner=owner)

    judged = [check(at(3, 6, 59)), check(at(3, 7)), check(at(3, 7, 1))]

    (found,) = incidents_of(tenant)
    assert judged == [0, 1, 0]
    assert (found.kind, found.subject, found.owner) == ("missing", "Uploaded files", owner)
    assert found.text == "Expected at least 1 file by Tue 3 Mar 2026 07:00 (UTC+0000), found nothing."
    assert (found.opened_at, found.source_id, found.url) == (
        at(3, 7),
        made.source_id,
        f"/arhub/source/{made.source_id}/change/",
    )
    assert fresh(made).next_due_at == at(4, 7)


def test_what_came_in_time_is_no_incident(tenant: Tenant, watch: Watch, come: Come) -> None:
    watch(at_least_rows=2)
    come(at(2, 13), rows=2)

    judged = check(at(3, 7))

    assert (judged, kinds(tenant)) == (1, [])


def test_what_came_before_the_last_deadline_does_not_count(tenant: Tenant, watch: Watch, come: Come) -> None:
    come(at(2, 6))
    watch()

    check(at(3, 7))

    assert kinds(tenant) == [("missing", "open")]


def test_what_came_since_the_last_deadline_counts_although_nothing_was_expected_then(
    tenant: Tenant, watch: Watch, come: Come
) -> None:
    come(at(2, 8))
    watch()

    check(at(3, 7))

    assert kinds(tenant) == []


@pytest.mark.parametrize(
    ("given", "rows", "found"),
    [
        ({"at_least_files": 2}, 3, "Expected at least 2 files by .*, found 1 file with 3 rows."),
        ({"at_least_rows": 100}, 40, "Expected at least 1 file and 100 rows by .*, found 1 file with 40 rows."),
    ],
)
def test_too_little_is_late_and_says_what_is_there_of_what(
    tenant: Tenant, watch: Watch, come: Come, given: dict[str, Any], rows: int, found: str
) -> None:
    watch(**given)
    come(at(3, 6), rows=rows)

    check(at(3, 7))

    (incident,) = incidents_of(tenant)
    assert incident.kind == "late"
    with scope(tenant.pk):
        assert Incident.objects.filter(text__regex=f"^{found}$").count() == 1


def test_late_arrival_closes_it_and_says_when_it_came(tenant: Tenant, watch: Watch, come: Come) -> None:
    watch(at_least_files=2)
    come(at(3, 6), rows=3)
    check(at(3, 7))

    come(at(3, 9, 30), rows=4)

    (found,) = incidents_of(tenant)
    assert (found.state, found.by_arrival, found.closed_at) == ("closed", True, at(3, 9, 30))
    assert found.reason == "Came by Tue 3 Mar 2026 09:30 (UTC+0000): 2 files with 7 rows."


def test_late_arrival_does_not_count_for_the_next_deadline(tenant: Tenant, watch: Watch, come: Come) -> None:
    watch()
    check(at(3, 7))
    come(at(3, 9))

    check(at(4, 7))

    assert kinds(tenant) == [("missing", "closed"), ("missing", "open")]


def test_arrival_nearer_to_the_next_deadline_counts_for_that_too(tenant: Tenant, watch: Watch, come: Come) -> None:
    watch()
    check(at(3, 7))
    come(at(4, 6))

    check(at(4, 7))

    assert kinds(tenant) == [("missing", "closed")]


def test_arrival_between_the_deadline_and_the_look_is_late_and_settled(
    tenant: Tenant, watch: Watch, come: Come
) -> None:
    watch()
    come(at(3, 7, 1))

    check(at(3, 7, 2))

    (found,) = incidents_of(tenant)
    assert (found.kind, found.state, found.by_arrival) == ("missing", "closed", True)
    with scope(tenant.pk):
        (arrival,) = last_arrivals(fresh(watch_of(tenant)).source)
    assert arrival.is_late


def watch_of(tenant: Tenant) -> ArrivalWatch:
    with scope(tenant.pk):
        return ArrivalWatch.objects.get()


def test_missing_day_after_day_is_one_incident_until_something_comes(tenant: Tenant, watch: Watch, come: Come) -> None:
    watch()
    for day in (3, 4, 5):
        check(at(day, 7))
    (before,) = incidents_of(tenant)
    come(at(5, 9))

    (after,) = incidents_of(tenant)
    assert (before.times, before.opened_at, before.last_seen_at) == (3, at(3, 7), at(5, 7))
    assert (after.state, after.by_arrival) == ("closed", True)


def test_person_closes_it_and_what_comes_later_is_for_the_next_deadline(
    tenant: Tenant, watch: Watch, come: Come
) -> None:
    watch()
    check(at(3, 7))
    with scope(tenant.pk):
        incidents.close(Incident.objects.get(), None, "The ERP is down until noon.")
    come(at(3, 9))

    check(at(4, 7))

    assert kinds(tenant) == [("missing", "closed")]


def test_failed_and_cancelled_loads_do_not_count(tenant: Tenant, watch: Watch, come: Come) -> None:
    watch()
    come(at(3, 5), review=True)
    with scope(tenant.pk):
        runs.cancel(Ingestion.objects.get())
    with time_machine.travel(at(3, 6), tick=False), scope(tenant.pk):
        failed = come(at(3, 6), rows=0)

    check(at(3, 7))

    found = incidents_of(tenant)[-1]
    assert (failed.state, found.kind) == ("failed", "missing")
    assert found.text.endswith("found nothing. 1 file came and failed.")


def test_load_that_waits_for_review_has_come(tenant: Tenant, watch: Watch, come: Come) -> None:
    watch(at_least_rows=2)
    come(at(3, 6), rows=2, review=True)

    check(at(3, 7))

    assert kinds(tenant) == []


def test_deadline_waits_for_the_rows_of_a_load_at_work(tenant: Tenant, watch: Watch, come: Come) -> None:
    made = watch(at_least_rows=1)
    with time_machine.travel(at(3, 6), tick=False), scope(tenant.pk):
        content = io.BytesIO(b"account_id,account_name\nC1,Alpha\n")
        load = making.create(fresh(made).source, [("account", "a.csv", content)], review=False)

    waited = check(at(3, 7))
    with time_machine.travel(at(3, 7, 1), tick=False):
        tasks.answer()
    judged = check(at(3, 7, 2))

    assert (waited, judged, kinds(tenant)) == (0, 1, [])
    with scope(tenant.pk):
        assert Ingestion.objects.get(pk=load.pk).state == "committed"


def test_weekend_and_holidays_and_closed_days_expect_nothing(tenant: Tenant, watch: Watch) -> None:
    made = watch(country="DK", zone="Europe/Copenhagen", now=datetime(2026, 4, 1, 12, tzinfo=UTC))
    due = [fresh(made).next_due_at]

    with time_machine.travel(datetime(2026, 4, 1, 12, tzinfo=UTC), tick=False), scope(tenant.pk):
        closed = ClosedDay.objects.create(date=datetime(2026, 4, 7).date(), name="Outing")
        schedules.closed_days_changed()
        due.append(fresh(made).next_due_at)
        closed.delete()
        schedules.closed_days_changed()
        due.append(fresh(made).next_due_at)

    # Maundy Thursday to Easter Monday are holidays; summer time began on 29 March
    assert [moment and f"{moment:%d/%m %H:%M}" for moment in due] == ["07/04 05:00", "08/04 05:00", "07/04 05:00"]


def test_clock_change_moves_the_moment_not_the_time(tenant: Tenant, watch: Watch) -> None:
    made = watch(zone="Europe/Copenhagen", at=time(2, 30), now=datetime(2026, 3, 28, 12, tzinfo=UTC))
    due = []
    for _ in range(2):
        moment = fresh(made).next_due_at
        assert moment is not None
        due.append(in_words(moment, made))
        check(moment)

    assert due == ["Sun 29 Mar 2026 03:00 (UTC+0200)", "Mon 30 Mar 2026 02:30 (UTC+0200)"]
    assert incidents_of(tenant)[0].times == 2


def test_hub_that_was_down_judges_the_last_deadline_once(tenant: Tenant, watch: Watch, come: Come) -> None:
    made = watch()
    come(at(4, 6))

    judged = check(at(9, 12))

    (found,) = incidents_of(tenant)
    assert (judged, found.times, found.opened_at, fresh(made).next_due_at) == (1, 1, at(9, 7), at(10, 7))


def test_two_schedulers_at_once_open_one_incident(tenant: Tenant, watch: Watch) -> None:
    watch()
    begin, judged = threading.Barrier(4), []

    def look() -> None:
        begin.wait()
        judged.append(arrivals.check_due(at(3, 7)))
        connections.close_all()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (found,) = incidents_of(tenant)
    assert (sum(judged), found.times) == (1, 1)
    with scope(tenant.pk):
        assert Event.objects.filter(kind="incident.opened").count() == 1


def test_switched_off_expects_nothing_and_on_again_from_then_on(tenant: Tenant, watch: Watch) -> None:
    made = watch()
    with time_machine.travel(at(2, 13), tick=False), scope(tenant.pk):
        made.is_enabled = False
        arrivals.save(made)
    off = (fresh(made).next_due_at, check(at(3, 7)))
    with time_machine.travel(at(5, 13), tick=False), scope(tenant.pk):
        made.is_enabled = True
        arrivals.save(made)

    assert (off, kinds(tenant)) == ((None, 0), [])
    assert (fresh(made).next_due_at, fresh(made).counts_from) == (at(6, 7), at(5, 7))


def test_change_of_what_is_expected_leaves_the_deadline_and_a_change_of_times_moves_it(watch: Watch) -> None:
    made = watch()
    with time_machine.travel(at(3, 6), tick=False), scope(made.tenant_id):
        made.at_least_rows = 5
        arrivals.save(made)
        kept = fresh(made).next_due_at
        made.at = time(9)
        arrivals.save(made)

    assert (kept, fresh(made).next_due_at) == (at(3, 7), at(3, 9))


def test_task_looks_at_what_is_due(tenant: Tenant, watch: Watch) -> None:
    watch()

    with time_machine.travel(at(3, 7, 5), tick=False):
        assert [tasks.check_arrivals(), tasks.check_arrivals()] == ["1 checked", "0 checked"]


def test_other_tenants_see_nothing_and_are_judged_as_themselves(tenant: Tenant, watch: Watch, come: Come) -> None:
    other = create_tenant("other")
    watch()
    watch(of=other)
    come(at(3, 6), of=other)

    judged = check(at(3, 7))

    assert (judged, kinds(tenant), kinds(other)) == (2, [("missing", "open")], [])
    with scope(other.pk):
        assert not Incident._base_manager.exists()
        assert ArrivalWatch._base_manager.count() == 1


def test_history_marks_what_came_late(tenant: Tenant, watch: Watch, come: Come) -> None:
    made = watch()
    come(at(3, 6))
    check(at(3, 7))
    check(at(4, 7))
    come(at(4, 9), rows=3)

    with scope(tenant.pk):
        found = last_arrivals(fresh(made).source)

    assert [(arrival.files, arrival.rows, arrival.is_late) for arrival in found] == [(1, 3, True), (1, 1, False)]
    assert NOON < found[1].load.created_at < found[0].load.created_at <= at(4, 9) + timedelta(seconds=1)
