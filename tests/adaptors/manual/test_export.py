"""Exporting what was chosen: each once, whatever becomes of the worker; once more only for a reason."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adaptors.domain.transactions import exporting, manual_export
from adaptors.domain.transactions.manual_export import KIND, CannotExport, begin, export_chunk
from adaptors.domain.transactions.manual_search import List
from adaptors.domain.transactions.steering import NoReason
from adaptors.models import Activation, ManualExportItem, Transaction, TransactionEntry
from arhub.domain import runs
from arhub.domain.tenants import add_member
from arhub.models import Document, Run, RunEntry, Tenant, User
from arhub.tenancy.scope import scope
from tests.adaptors.manual.conftest import Find, deliver_all, deliveries, sent

Books = dict[str, Document]


@pytest.fixture(autouse=True)
def side(side_joins_default: None) -> Iterator[None]:
    yield


@pytest.fixture
def clerk(tenant: Tenant) -> User:
    return add_member("kim@example.com", tenant, "clerk", name="Kim")


def work(tenant: Tenant) -> Run:
    """Let a worker do the run that waits."""
    claimed = runs.claim()
    assert claimed is not None
    runs.work(*claimed)
    with scope(tenant.pk):
        return Run.objects.get(pk=claimed.run_id)


def outcomes(tenant: Tenant) -> dict[str, str]:
    with scope(tenant.pk):
        return dict(ManualExportItem.objects.values_list("document__number", "outcome"))


def test_what_was_ticked_goes_and_the_run_tells(tenant: Tenant, find: Find, books: Books, clerk: User) -> None:
    with scope(tenant.pk):
        begin(find("1000-1005"), List.NOT_EXPORTED, {books["1000"].pk, books["1001"].pk, books["2000"].pk}, clerk)

    run = work(tenant)

    assert (run.kind, run.state, run.counts, run.total, run.done) == (KIND, "succeeded", {"Handed over": 2}, 2, 2)
    assert (run.title, run.created_by) == ("2 invoices by hand: Export", clerk)
    assert [link["label"] for link in run.links] == ["Transactions"]
    assert sent(tenant) == [
        ("1000", 0, "sending"), ("1001", 0, "sending"), ("1002", 0, "sending"), ("1003", 0, "held"),
    ]  # fmt: skip
    with scope(tenant.pk):
        assert set(Transaction.objects.filter(run=run.pk).values_list("number", flat=True)) == {"1000", "1001"}


def test_whole_list_takes_what_is_on_hold_with_it(tenant: Tenant, find: Find, books: Books, clerk: User) -> None:
    with scope(tenant.pk):
        begin(find("1000-1005"), List.NOT_EXPORTED, None, clerk)
        Document.objects.filter(pk=books["1003"].pk).update(total_amount=1250)

    run = work(tenant)

    assert run.counts == {"Handed over": 3}
    assert [state for *_, state in sent(tenant)] == ["sending"] * 4


def test_what_stays_on_hold_is_counted_so(tenant: Tenant, find: Find, books: Books, clerk: User) -> None:
    with scope(tenant.pk):
        begin(find("1003"), List.NOT_EXPORTED, None, clerk)

    assert work(tenant).counts == {"Held": 1}


def test_once_more_needs_a_reason(tenant: Tenant, find: Find, books: Books, clerk: User) -> None:
    with scope(tenant.pk), pytest.raises(NoReason):
        begin(find("1002"), List.EXPORTED, None, clerk, "  ")

    with scope(tenant.pk):
        assert not Run.objects.exists() and not ManualExportItem.objects.exists()


def test_once_more_is_a_new_one_that_says_why(tenant: Tenant, find: Find, books: Books, clerk: User) -> None:
    deliver_all()
    with scope(tenant.pk):
        begin(find("1002"), List.EXPORTED, None, clerk, "Their server lost it")

    run = work(tenant)

    assert run.counts == {"Handed over": 1}
    assert [row for row in sent(tenant) if row[0] == "1002"] == [("1002", 0, "delivered"), ("1002", 1, "sending")]
    with scope(tenant.pk):
        notes = TransactionEntry.objects.filter(text__contains="Their server lost it")
        assert list(notes.values_list("transaction__again", "user")) == [(0, clerk.pk), (1, clerk.pk)]


def test_what_cannot_be_sent_again_is_left_and_told(tenant: Tenant, find: Find, books: Books, clerk: User) -> None:
    """It is on its way still."""
    with scope(tenant.pk):
        begin(find("1002"), List.EXPORTED, None, clerk, "Lost")

    run = work(tenant)

    assert run.counts == {"Not exported": 1}
    with scope(tenant.pk):
        told = list(RunEntry.objects.filter(run=run, level="warning").values_list("text", flat=True))
    assert told == ["1 not exported. It is on its way: cancel it first."]


def test_two_people_who_choose_the_same_send_it_once(tenant: Tenant, find: Find, books: Books, clerk: User) -> None:
    deliver_all()
    with scope(tenant.pk):
        for _ in range(2):
            begin(find("1002"), List.EXPORTED, None, clerk, "Lost")
            begin(find("1000, 1001"), List.NOT_EXPORTED, None, clerk)

    done = []
    for _ in range(4):
        done.append(work(tenant).counts)
        deliver_all()

    assert done == [{"Handed over": 1}, {"Handed over": 2}, {"Not exported": 1}, {"Not exported": 2}]
    assert [row[:2] for row in sent(tenant)] == [("1000", 0), ("1001", 0), ("1002", 0), ("1002", 1), ("1003", 0)]


def test_drafted_since_is_left(tenant: Tenant, find: Find, books: Books, clerk: User) -> None:
    with scope(tenant.pk):
        begin(find("1001"), List.NOT_EXPORTED, None, clerk)
        Document.objects.filter(pk=books["1001"].pk).update(is_draft=True)

    run = work(tenant)

    assert (run.counts, outcomes(tenant)) == ({"Not exported": 1}, {"1001": "left"})


def test_switched_off_it_refuses_and_a_run_fails(
    tenant: Tenant, activation: Activation, find: Find, books: Books, clerk: User
) -> None:
    search = find("1001")
    with scope(tenant.pk):
        begin(search, List.NOT_EXPORTED, None, clerk)
        Activation.objects.update(is_on=False)
        activation.is_on = False
        with pytest.raises(CannotExport, match="switched off"):
            begin(search, List.NOT_EXPORTED, None, clerk)

    run = work(tenant)
    assert (run.state, run.reason) == ("failed", "Export is switched off.")

    with scope(tenant.pk):
        Activation.objects.update(is_on=True)
        runs.retry(run)
    assert (work(tenant).counts, outcomes(tenant)) == ({"Handed over": 1}, {"1001": "sent"})


def test_not_activated_or_elsewhere_is_refused(tenant: Tenant, find: Find, books: Books, clerk: User) -> None:
    with scope(tenant.pk), pytest.raises(CannotExport, match="activate these first"):
        begin(find("2000"), List.NOT_ACTIVATED, None, clerk)
    with scope(tenant.pk), pytest.raises(CannotExport, match="None of what was ticked"):
        begin(find("1001"), List.NOT_EXPORTED, {books["2000"].pk}, clerk)


def test_chunk_that_is_repeated_changes_nothing(
    tenant: Tenant, find: Find, books: Books, clerk: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver_all()
    monkeypatch.setattr(manual_export, "CHUNK", 1)
    with scope(tenant.pk):
        again = begin(find("1002"), List.EXPORTED, None, clerk, "Lost").subject_id
        fresh = begin(find("1000, 1001"), List.NOT_EXPORTED, None, clerk).subject_id
        left = [export_chunk(pk) for pk in (again, fresh, again, fresh, again, fresh, again)]

    assert left == [True, True, False, True, False, False, False]
    assert [row[:2] for row in sent(tenant)] == [("1000", 0), ("1001", 0), ("1002", 0), ("1002", 1), ("1003", 0)]
    assert deliveries(tenant) == 4


def test_scheduled_run_in_between_takes_nothing_twice(
    tenant: Tenant, activation: Activation, find: Find, books: Books, clerk: User
) -> None:
    with scope(tenant.pk):
        begin(find("1000, 1001"), List.NOT_EXPORTED, None, clerk)
        exporting.export(activation, [books["1001"].pk])

    run = work(tenant)

    assert run.counts == {"Handed over": 1, "Not exported": 1}
    assert [row[:2] for row in sent(tenant)] == [("1000", 0), ("1001", 0), ("1002", 0), ("1003", 0)]
