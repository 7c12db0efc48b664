"""What is wrong with files that came: empty, repeated, out of order; of loads, and of what never becomes one."""

from __future__ import annotations

import threading

import pytest
import time_machine
from django.db import connections

from arhub.domain import incidents
from arhub.domain.tenants import create_tenant
from arhub.models import Incident, Tenant
from arhub.tenancy.scope import scope
from ingestion.domain import arrivals, repair, runs
from ingestion.domain.file_indexes import MOST_MISSING, index_of
from ingestion.models import ArrivalWatch, IngestionFile, InvalidRow
from tests.ingestion.arrivals.conftest import Watch, at, fresh, incidents_of, kinds, send

TEXT = "account_id,account_name\nC1,Alpha\n"
MARK = "SHOP_items_#"


def note(watch: ArrivalWatch, name: str, *, sha256: str = "ab", size: int = 9, index: int | None = None) -> None:
    with time_machine.travel(at(3, 6), tick=False), scope(watch.tenant_id):
        arrivals.noted(fresh(watch).source, name=name, sha256=sha256, size=size, index=index)


def texts(tenant: Tenant) -> list[str]:
    return [incident.text for incident in incidents_of(tenant)]


@pytest.mark.parametrize("content", ["account_id,account_name\n", " ", "\n\n"])
def test_file_without_rows_is_empty_until_one_with_rows_comes(tenant: Tenant, watch: Watch, content: str) -> None:
    watch()

    load = send(tenant, at(3, 6), "a.csv", content)
    before = kinds(tenant)
    send(tenant, at(3, 8), "b.csv")

    (found,) = incidents_of(tenant)
    assert before == [("empty", "open")]
    assert (found.text, found.url) == (
        "Expected a file with rows, found none in a.csv.",
        f"/ingestion/ingestion/{load.pk}/change/",
    )
    assert (found.state, found.by_arrival) == ("closed", True)


def test_file_that_cannot_be_read_is_not_called_empty(tenant: Tenant, watch: Watch) -> None:
    watch()

    send(tenant, at(3, 6), "a.csv", "account_id,account_name\n,Alpha\n")

    assert kinds(tenant) == []


def test_same_content_is_repeated_until_something_new_comes(tenant: Tenant, watch: Watch) -> None:
    watch()
    first = send(tenant, at(2, 8), "a.csv", TEXT)
    again = send(tenant, at(3, 6), "b.csv", TEXT)
    send(tenant, at(3, 6, 30), "c.csv", TEXT)
    before = kinds(tenant)
    send(tenant, at(4, 6), "d.csv")

    (found,) = incidents_of(tenant)
    assert before == [("repeated", "open")]
    assert (found.state, found.times) == ("closed", 2)
    assert found.text.startswith("Expected new content, found in c.csv that of b.csv, which came Tue 3 Mar 2026 06:00")
    assert str(again) in found.text and str(first) not in found.text.replace(str(again), "")


def test_same_content_is_no_repeat_where_it_is_allowed(tenant: Tenant, watch: Watch) -> None:
    watch(may_repeat=True)
    for hour in (5, 6):
        send(tenant, at(3, hour), "a.csv", TEXT)

    assert kinds(tenant) == []


def test_content_of_another_source_of_a_failed_or_an_undone_load_is_no_repeat(tenant: Tenant, watch: Watch) -> None:
    watch()
    undone = send(tenant, at(2, 8), "a.csv", TEXT)
    with time_machine.travel(at(2, 9), tick=False):
        with scope(tenant.pk):
            undone.refresh_from_db()
            runs.request_undo(undone, None)
            claimed = runs.claim()
        assert claimed is not None
        runs.work(*claimed)

    send(tenant, at(3, 6), "b.csv", TEXT)

    assert kinds(tenant) == []


@pytest.mark.parametrize(
    ("name", "mark", "index"),
    [
        ("SHOP_ErpCache_OutstandingItem_17.zip", "SHOP_ErpCache_OutstandingItem_#", 17),
        ("shop_erpcache_outstandingitem_17_2.xml", "OutstandingItem_#", 17),
        ("items-007.csv", "items-#.csv", 7),
        ("items-7.txt", "items-#.csv", None),
        ("4711.csv", "#", 4711),
        ("v2_8.csv", "v2_#", 8),
        ("items.csv", "items_#", None),
        ("items_1234567890123456789.csv", "items_#", None),
        ("a(b)_3", "(b)_#", 3),
        ("anything_9.csv", "", None),
    ],
)
def test_number_stands_where_the_mark_says(name: str, mark: str, index: int | None) -> None:
    assert index_of(name, mark) == index


def test_numbers_that_count_on_are_in_order(tenant: Tenant, watch: Watch) -> None:
    made = watch(index_mark=MARK)
    for name in ("SHOP_items_7.csv", "SHOP_items_8_1.csv", "SHOP_items_8_2.csv", "SHOP_items_9.csv", "other.csv"):
        send(tenant, at(3, 6), name)

    assert (kinds(tenant), fresh(made).last_index) == ([], 9)


def test_gap_is_out_of_order_until_all_of_it_came(tenant: Tenant, watch: Watch) -> None:
    made = watch(index_mark=MARK)
    for number in (7, 10, 9):
        send(tenant, at(3, 6), f"SHOP_items_{number}.csv")
    before = kinds(tenant), fresh(made).missing_indexes
    send(tenant, at(3, 7), "SHOP_items_8.csv")

    (found,) = incidents_of(tenant)
    assert before == ([("out_of_order", "open")], [8])
    assert found.text == "Expected 8 after 7, found 10 in SHOP_items_10.csv. 8 to 9 did not come."
    assert (found.state, found.reason) == ("closed", "All that was missing has come, SHOP_items_8.csv as the last.")
    assert fresh(made).last_index == 10


def test_gap_that_a_person_closed_is_no_longer_waited_for(tenant: Tenant, watch: Watch) -> None:
    made = watch(index_mark=MARK)
    for number in (7, 9):
        send(tenant, at(3, 6), f"SHOP_items_{number}.csv")
    with scope(tenant.pk):
        incidents.close(Incident.objects.get(), None, "8 was never made.")
    for number in (11, 10):
        send(tenant, at(3, 7), f"SHOP_items_{number}.csv")

    assert (kinds(tenant), fresh(made).missing_indexes) == ([("out_of_order", "closed")] * 2, [])
    assert [incident.by_arrival for incident in incidents_of(tenant)] == [False, True]


def test_lower_number_is_out_of_order_and_stays_so(tenant: Tenant, watch: Watch) -> None:
    watch(index_mark=MARK)
    for number in (7, 5, 8):
        send(tenant, at(3, 6), f"SHOP_items_{number}.csv")

    (found,) = incidents_of(tenant)
    assert (found.kind, found.state) == ("out_of_order", "open")
    assert found.text == "Expected 8 after 7, found 5 in SHOP_items_5.csv."


def test_gap_too_wide_to_wait_for_is_told_all_the_same(tenant: Tenant, watch: Watch) -> None:
    made = watch(index_mark=MARK)
    for number in (1, MOST_MISSING + 3):
        send(tenant, at(3, 6), f"SHOP_items_{number}.csv")

    assert (kinds(tenant), fresh(made).missing_indexes) == ([("out_of_order", "open")], [])


def test_count_begins_anew_when_a_person_says_so(tenant: Tenant, watch: Watch) -> None:
    made = watch(index_mark=MARK)
    for number in (7, 9):
        send(tenant, at(3, 6), f"SHOP_items_{number}.csv")
    with scope(tenant.pk):
        arrivals.count_anew(made)

    send(tenant, at(3, 7), "SHOP_items_1.csv")

    assert (kinds(tenant), fresh(made).last_index) == ([("out_of_order", "closed")], 1)


def test_repaired_rows_of_an_earlier_load_are_no_new_arrival(tenant: Tenant, watch: Watch) -> None:
    made = watch(index_mark=MARK)
    bad = send(tenant, at(3, 5), "SHOP_items_7.csv", "account_id,account_name,credit_limit\nC1,A,1\nC2,B,x\n")
    send(tenant, at(3, 6), "SHOP_items_8.csv")
    with time_machine.travel(at(3, 7), tick=False), scope(tenant.pk):
        bad.refresh_from_db()
        repair.repair(bad, user=None, replacements=[], edits={InvalidRow.objects.get(ingestion=bad).pk: {2: "5"}})
        claimed = runs.claim()
    assert claimed is not None
    with time_machine.travel(at(3, 7), tick=False):
        state = runs.work(*claimed)

    assert (state, kinds(tenant), fresh(made).last_index) == ("committed", [], 8)


def test_file_that_never_becomes_a_load_takes_its_number(tenant: Tenant, watch: Watch) -> None:
    made = watch(index_mark=MARK)
    send(tenant, at(3, 5), "SHOP_items_7.csv")
    note(made, "SHOP_items_8.csv")
    note(made, "no number", index=9)
    send(tenant, at(3, 7), "SHOP_items_10.csv")

    assert (kinds(tenant), fresh(made).last_index) == ([], 10)


def test_file_that_never_becomes_a_load_does_not_count_as_an_arrival(tenant: Tenant, watch: Watch) -> None:
    made = watch()
    note(made, "a.csv")

    arrivals.check_due(at(3, 7))

    assert kinds(tenant) == [("missing", "open")]


def test_file_set_aside_is_empty_repeated_or_out_of_order(tenant: Tenant, watch: Watch) -> None:
    made = watch(index_mark=MARK)
    send(tenant, at(3, 5), "SHOP_items_7.csv", TEXT)
    with scope(tenant.pk):
        digest = IngestionFile.objects.get().sha256

    note(made, "SHOP_items_7.csv", sha256=digest)
    note(made, "SHOP_items_8.csv", size=0)
    note(made, "SHOP_items_3.csv\x00\n")

    assert [kind for kind, _ in kinds(tenant)] == ["repeated", "empty", "out_of_order"]
    assert {incident.url for incident in incidents_of(tenant)} == {f"/arhub/source/{made.source_id}/change/"}


def test_source_of_which_nothing_is_expected_tells_nothing(tenant: Tenant, watch: Watch) -> None:
    made = watch(is_enabled=False, index_mark=MARK)
    for number in (9, 5):
        send(tenant, at(3, 6), f"SHOP_items_{number}.csv", TEXT)
    note(made, "a.csv", size=0)

    assert kinds(tenant) == []


def test_incidents_about_a_source_are_its_own(tenant: Tenant, watch: Watch) -> None:
    other = create_tenant("other")
    watch(of=other)
    made = watch()
    send(other, at(3, 5), "a.csv", TEXT)

    send(tenant, at(3, 6), "a.csv", TEXT)
    note(made, "b.csv", size=0)

    assert (kinds(other), [kind for kind, _ in kinds(tenant)]) == ([], ["empty"])


def test_two_files_noted_at_once_take_both_numbers(tenant: Tenant, watch: Watch) -> None:
    made = watch(index_mark=MARK)
    note(made, "SHOP_items_7.csv")
    begin = threading.Barrier(4)

    def take(number: int) -> None:
        begin.wait()
        with scope(tenant.pk):
            arrivals.noted(made.source, name=f"SHOP_items_{number}.csv", sha256=str(number), size=1)
        connections.close_all()

    threads = [threading.Thread(target=take, args=(number,)) for number in (8, 9, 10, 11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (fresh(made).last_index, fresh(made).missing_indexes) == (11, [])
    assert {state for _, state in kinds(tenant)} <= {"closed"}


def test_incident_that_a_person_closed_opens_anew_with_the_next_repeat(tenant: Tenant, watch: Watch) -> None:
    watch()
    for name in ("a.csv", "b.csv"):
        send(tenant, at(3, 6), name, TEXT)
    with scope(tenant.pk):
        incidents.close(Incident.objects.get(), None, "They sent it twice.")
    send(tenant, at(3, 7), "c.csv", TEXT)

    assert kinds(tenant) == [("repeated", "closed"), ("repeated", "open")]
