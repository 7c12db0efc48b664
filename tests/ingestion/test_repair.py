"""Failed rows repaired, in review and after the commit: what goes in, and that nothing does twice."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
import xlsxwriter
from django.db import connections
from django.utils import timezone

from arhub.domain.tenants import create_tenant
from arhub.models import Account, Document, Source, Tenant
from arhub.tenancy.scope import scope
from ingestion import tasks
from ingestion.domain import loading, making, repaired, runs
from ingestion.domain.faults import faults_of, held_by
from ingestion.domain.progress import Progress
from ingestion.domain.repair import Edits, Refused, Replacement, repair
from ingestion.models import Change, Ingestion, Repair, State
from tests.ingestion.conftest import ACCOUNTS, COMMITTED, FAILED, REVIEW, Load, counts, problems

BAD = ACCOUNTS + "C3,Gamma,EURO\nC4,Delta,EURO\nC5,Eta,KRONER\nC6,,DKK\n"
"""Lines 4 to 6 have no currency, line 7 has no name."""


def mend(ingestion: Ingestion, *groups: Replacement, edits: dict[int, dict[int, str]] | None = None) -> State:
    """Repair by group and by line (line → position → text) and let a worker take it in."""
    with scope(ingestion.tenant_id):
        repair(ingestion, user=None, replacements=groups, edits=_by_row(ingestion, edits or {}))
    tasks.answer()
    with scope(ingestion.tenant_id):
        ingestion.refresh_from_db()
    return State(ingestion.state)


def _by_row(ingestion: Ingestion, edits: dict[int, dict[int, str]]) -> Edits:
    rows = {row.line: row.pk for row in ingestion.invalid_rows.all()}
    return {rows[line]: cells for line, cells in edits.items()}


def group(ingestion: Ingestion, old: str, new: str) -> Replacement:
    """`old` by `new` in the group that has it."""
    with scope(ingestion.tenant_id):
        for fault in faults_of(ingestion):
            for held in held_by(fault, 10):
                if held.text == old:
                    return Replacement(fault.file.pk, fault.cause, held.rows, fault.position, old, new)
    raise AssertionError(f"No row holds {old}")


def names(tenant: Tenant) -> list[str]:
    with scope(tenant.pk):
        return sorted(Account.objects.values_list("name", flat=True))


def test_faults_are_grouped_by_cause_and_by_what_the_cell_holds(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=BAD, review=True)

    with scope(tenant.pk):
        found = [
            (fault.rows, fault.column, fault.position, [(held.text, held.rows) for held in held_by(fault, 10)])
            for fault in faults_of(ingestion)
        ]

    assert found == [(3, "currency", 2, [("EURO", 2), ("KRONER", 1)]), (1, "account_name", 1, [("", 1)])]


def test_group_repaired_in_review_is_read_again_and_shown(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=BAD, review=True)

    state = mend(ingestion, group(ingestion, "EURO", "EUR"))

    assert state == REVIEW
    assert counts(ingestion)["ACCOUNT"] == (6, 4, 0, 0, 2)
    assert [line for line, _ in problems(ingestion)] == [6, 7]
    assert names(tenant) == []


def test_file_repaired_in_review_keeps_where_its_lines_begin(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=BAD, review=True)

    mend(ingestion, group(ingestion, "EURO", "EUR"))

    with scope(tenant.pk):
        assert bytes(ingestion.files.get().offsets or b"") == bytes(8)


def test_commit_after_a_repair_takes_the_repaired_rows_in_once(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=BAD, review=True)
    mend(ingestion, group(ingestion, "EURO", "EUR"), edits={7: {1: "Zeta"}})

    with scope(tenant.pk):
        runs.request_commit(ingestion, rejects="rows")
    tasks.answer()

    assert counts(ingestion)["ACCOUNT"] == (6, 5, 0, 0, 1)
    assert names(tenant) == ["Alpha", "Beta", "Delta", "Gamma", "Zeta"]
    with scope(tenant.pk):
        assert Repair.objects.filter(taken_in_at=None).count() == 0
        assert Account.objects.get(name="Zeta").created_line == 7


def test_repair_after_the_commit_adjusts_the_counts(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=BAD)

    state = mend(ingestion, group(ingestion, "EURO", "EUR"), edits={7: {1: "Zeta"}})

    assert state == COMMITTED
    assert counts(ingestion)["ACCOUNT"] == (6, 5, 0, 0, 1)
    assert [line for line, _ in problems(ingestion)] == [6]
    with scope(tenant.pk):
        assert Account.objects.get(name="Gamma").currency == "EUR"
        assert list(ingestion.log.values_list("text", flat=True))[-2:][0] == "3 rows repaired by the hub."


def test_repair_after_the_commit_leaves_what_others_wrote_since(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=BAD)
    load(account="account_id,account_name\nC1,Alpha Nord\n")

    mend(ingestion, group(ingestion, "KRONER", "DKK"))

    assert names(tenant) == ["Alpha Nord", "Beta", "Eta"]


def test_repaired_row_of_a_known_record_updates_it_with_its_history(load: Load, tenant: Tenant) -> None:
    load(account="account_id,account_name,currency\nC3,Old,DKK\n")
    ingestion = load(account=BAD)

    mend(ingestion, group(ingestion, "EURO", "EUR"))

    assert counts(ingestion)["ACCOUNT"] == (6, 3, 1, 0, 2)
    with scope(tenant.pk):
        changes = Change.objects.filter(ingestion=ingestion, field="name").values_list("line", "old", "new")
        assert list(changes) == [(4, "Old", "Gamma")]


def test_row_that_fails_again_stays_with_its_new_reason_and_cells(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=ACCOUNTS, invoice="invoice_number,account_id,total_amount\n1,C9,10\n2,C1,10\n")

    mend(ingestion, edits={2: {1: "C8"}})

    assert counts(ingestion)["INVOICE"] == (2, 1, 0, 0, 1)
    assert [(line, text.partition("found ")[2]) for line, text in problems(ingestion)] == [
        (2, "'C8', which no account has")
    ]
    with scope(tenant.pk):
        assert ingestion.invalid_rows.get().cells == ["1", "C8", "10"]
        assert Repair.objects.get().taken_in_at is None


def test_rows_tried_again_find_what_has_arrived_since(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=ACCOUNTS, invoice="invoice_number,account_id,total_amount\n1,C9,10\n2,C1,10\n")
    load(account="account_id,account_name\nC9,Late\n")

    with scope(tenant.pk):
        (fault,) = faults_of(ingestion)
    mend(ingestion, Replacement(fault.file.pk, fault.cause, fault.regular))

    assert counts(ingestion)["INVOICE"] == (2, 2, 0, 0, 0)
    with scope(tenant.pk):
        assert Document.objects.get(number="1").account.name == "Late"


def test_load_of_which_nothing_went_in_can_be_repaired(load: Load, tenant: Tenant) -> None:
    ingestion = load(account="account_id,account_name,currency\nC1,Alpha,EURO\nC2,Beta,EURO\n", review=True)
    assert ingestion.state == FAILED

    state = mend(ingestion, group(ingestion, "EURO", "EUR"))

    assert (state, ingestion.reason, counts(ingestion)["ACCOUNT"]) == (REVIEW, "", (2, 2, 0, 0, 0))


def test_file_that_could_not_be_read_and_was_repaired_no_longer_says_so(
    load: Load, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.domain.reading.MOST_INVALID", 2)
    ingestion = load(account="account_id,account_name,currency\nC1,Alpha,EURO\nC2,Beta,EURO\n", review=True)
    before = _told_of_file(ingestion)

    state = mend(ingestion, group(ingestion, "EURO", "EUR"))

    assert before.startswith("Reading stopped at 2 invalid rows of 2")
    assert (state, _told_of_file(ingestion)) == (REVIEW, "")


def _told_of_file(ingestion: Ingestion) -> str:
    with scope(ingestion.tenant_id):
        return ingestion.files.get().error


def test_line_with_too_many_cells_is_repaired_in_its_place(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=ACCOUNTS + "C3,Hansen, Sons,DKK\n", review=True)
    with scope(tenant.pk), pytest.raises(Refused, match="Line 4 has 4 cells for 3 columns"):
        repair(ingestion, user=None, replacements=[], edits=_by_row(ingestion, {4: {1: "Hansen & Sons"}}))

    mend(ingestion, edits={4: {1: "Hansen & Sons", 2: "DKK", 3: ""}})

    assert counts(ingestion)["ACCOUNT"] == (3, 3, 0, 0, 0)
    assert problems(ingestion) == []


def test_forms_are_read_as_the_whole_file_decided(load: Load, tenant: Tenant) -> None:
    """1.234 is a thousand and more because of 1.250,50, and 01-03 is March because of 31-01."""
    ingestion = load(
        account=ACCOUNTS,
        invoice="invoice_number;account_id;total_amount;invoice_date\n"
        "1;C1;1.250,50;31-01-2026\n2;C9;5,00;02-01-2026\n3;C1;x;02-01-2026\n",
    )

    mend(ingestion, edits={3: {1: "C1", 2: "1.234", 3: "01-03-2026"}, 4: {2: "2.500"}})

    assert problems(ingestion) == []
    with scope(tenant.pk):
        found = Document.objects.order_by("number").values_list("total_amount", "invoice_date__month")
        assert list(found) == [(Decimal("1250.50"), 1), (Decimal("1234"), 3), (Decimal("2500"), 1)]


def test_still_wrong_value_is_told_at_once_and_nothing_is_stored(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=BAD, review=True)
    wanted = group(ingestion, "EURO", "EUROS")

    with scope(tenant.pk):
        with pytest.raises(Refused, match=r"currency: expected .*, found 'EUROS'"):
            repair(ingestion, user=None, replacements=[wanted], edits={})
        row = ingestion.invalid_rows.get(line=6)
        with pytest.raises(Refused) as refusal:
            repair(ingestion, user=None, replacements=[], edits={row.pk: {2: "KR"}})
        assert list(refusal.value.cells) == [(row.pk, 2)]
        assert (Repair.objects.count(), Ingestion.objects.get().state) == (0, REVIEW)


def test_same_repair_twice_is_refused(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=BAD)
    wanted = group(ingestion, "EURO", "EUR")
    mend(ingestion, wanted)

    with scope(tenant.pk), pytest.raises(Refused, match="These rows have changed"):
        repair(ingestion, user=None, replacements=[wanted], edits={})

    assert _state(ingestion) == COMMITTED
    assert counts(ingestion)["ACCOUNT"] == (6, 4, 0, 0, 2)


def test_repair_of_a_load_at_work_is_refused(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=BAD)
    first, second = group(ingestion, "EURO", "EUR"), group(ingestion, "KRONER", "DKK")
    with scope(tenant.pk):
        repair(ingestion, user=None, replacements=[first], edits={})

        with pytest.raises(Refused, match="is at work"):
            repair(ingestion, user=None, replacements=[second], edits={})


def test_two_clerks_at_once_are_one_repair_and_one_refusal(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=BAD)
    wanted = group(ingestion, "EURO", "EUR")
    said: list[str] = []

    def clerk() -> None:
        try:
            with scope(tenant.pk):
                said.append(str(repair(ingestion, user=None, replacements=[wanted], edits={})))
        except Refused:
            said.append("refused")
        finally:
            connections.close_all()

    clerks = [threading.Thread(target=clerk) for _ in range(2)]
    for one in clerks:
        one.start()
    for one in clerks:
        one.join(timeout=30)
    tasks.answer()

    assert sorted(said) == ["2", "refused"]
    assert counts(ingestion)["ACCOUNT"] == (6, 4, 0, 0, 2)


def test_row_that_repeats_one_that_went_in_is_refused(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=BAD)

    mend(ingestion, edits={6: {0: "C1", 2: "DKK"}})

    sentence = "expected a record that no other line of this load has, found the key 'C1', which is on line 2"
    assert dict(problems(ingestion))[6] == f": {sentence}"
    assert names(tenant) == ["Alpha", "Beta"]


def test_last_line_wins_over_an_earlier_one_that_is_repaired_later(load: Load, tenant: Tenant) -> None:
    with scope(tenant.pk):
        Source.objects.update(duplicate_keys=Source.DuplicateKeys.LAST)
    header = "account_id,account_name,currency\n"
    ingestion = load(account=header + "C1,First,EURO\nC1,Second,DKK\nC1,Third,KR\n")

    mend(ingestion, edits={2: {2: "EUR"}})
    first = (counts(ingestion)["ACCOUNT"], names(tenant))
    mend(ingestion, edits={4: {2: "EUR"}})

    assert first == ((3, 1, 0, 1, 1), ["Second"])
    assert (counts(ingestion)["ACCOUNT"], names(tenant)) == ((3, 1, 1, 1, 0), ["Third"])


def test_repair_of_a_snapshot_marks_nothing_as_missing(load: Load, tenant: Tenant) -> None:
    with scope(tenant.pk):
        Source.objects.update(extent=Source.Extent.SNAPSHOT, stop_above_percent=100)
    ingestion = load(account=BAD)

    mend(ingestion, group(ingestion, "EURO", "EUR"), group(ingestion, "KRONER", "DKK"), edits={7: {1: "Zeta"}})

    assert counts(ingestion)["ACCOUNT"] == (6, 6, 0, 0, 0)
    with scope(tenant.pk):
        assert Account.objects.filter(missing_at=None).count() == 6


def test_rows_repaired_into_each_other_are_refused_once(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=BAD)

    mend(ingestion, edits={4: {0: "C7", 2: "EUR"}, 5: {0: "C7", 2: "EUR"}})

    assert names(tenant) == ["Alpha", "Beta", "Gamma"]
    assert counts(ingestion)["ACCOUNT"] == (6, 3, 0, 0, 3)


def test_rows_not_chosen_again_are_not_tried_again(load: Load, tenant: Tenant) -> None:
    """The number on the button is the number of rows that are tried."""
    ingestion = load(account=ACCOUNTS, invoice="invoice_number,account_id,total_amount\n1,C9,10\n2,C9,x\n3,C1,5\n")
    mend(ingestion, edits={2: {1: "C8"}})
    load(account="account_id,account_name\nC8,Late\nC9,Later\n")

    mend(ingestion, edits={3: {2: "7"}})

    assert counts(ingestion)["INVOICE"] == (3, 2, 0, 0, 1)
    assert [line for line, _ in problems(ingestion)] == [2]


@pytest.mark.parametrize("stage", ["before the work", "after reading"])
def test_worker_that_dies_over_a_repair_leaves_it_to_the_next(
    load: Load, tenant: Tenant, stage: str, killed: Callable[[Ingestion, str], None]
) -> None:
    ingestion = load(account=BAD)
    with scope(tenant.pk):
        repair(ingestion, user=None, replacements=[group(ingestion, "EURO", "EUR")], edits={})
        runs.take(Ingestion.objects.filter(pk=ingestion.pk))
    killed(ingestion, stage)

    runs.sweep()
    tasks.answer()

    assert _state(ingestion) == COMMITTED
    assert counts(ingestion)["ACCOUNT"] == (6, 4, 0, 0, 2)
    assert names(tenant) == ["Alpha", "Beta", "Delta", "Gamma"]


@pytest.fixture
def killed(tenant: Tenant) -> Callable[[Ingestion, str], None]:
    """What a worker that died leaves: the run claimed, perhaps rows staged, and no heartbeat."""

    def die(ingestion: Ingestion, stage: str) -> None:
        with scope(tenant.pk):
            run = Ingestion.objects.select_related("source").get(pk=ingestion.pk)
            files = repaired.files_of(run)
        if stage == "after reading":
            with Progress(run) as progress:
                loading.read(run, files, progress)
        with scope(tenant.pk):
            Ingestion.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=5))

    return die


def test_repair_given_up_leaves_the_load_committed(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=BAD)
    with scope(tenant.pk):
        repair(ingestion, user=None, replacements=[group(ingestion, "EURO", "EUR")], edits={})
        runs.take(Ingestion.objects.filter(pk=ingestion.pk))
        Ingestion.objects.filter(pk=ingestion.pk).update(
            attempts=runs.MOST_ATTEMPTS, heartbeat_at=timezone.now() - timedelta(minutes=5)
        )

    runs.sweep()

    assert _state(ingestion) == COMMITTED
    assert "the repaired rows did not go in and the rest of the load is as it was" in ingestion.reason
    assert counts(ingestion)["ACCOUNT"] == (6, 2, 0, 0, 4)


def test_repair_cancelled_leaves_the_load_committed_and_can_be_made_again(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=BAD)
    with scope(tenant.pk):
        repair(ingestion, user=None, replacements=[group(ingestion, "EURO", "EUR")], edits={})
        runs.cancel(Ingestion.objects.get(pk=ingestion.pk))
    assert _state(ingestion) == COMMITTED

    mend(ingestion, group(ingestion, "KRONER", "DKK"))

    assert counts(ingestion)["ACCOUNT"] == (6, 3, 0, 0, 3)


def test_time_of_a_repair_cancelled_at_work_is_added_when_its_worker_leaves(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=BAD)
    with scope(tenant.pk):
        repair(ingestion, user=None, replacements=[group(ingestion, "EURO", "EUR")], edits={})
        run = Ingestion.objects.filter(pk=ingestion.pk)
        runs.take(run)
        run.update(claimed_at=timezone.now() - timedelta(hours=1), worked_seconds=0)

    def cancel(stage: str, *_: int | None) -> None:
        if stage == "Reading":
            with scope(tenant.pk):
                runs.cancel(run.get())

    runs.work(tenant.pk, ingestion.pk, tell=cancel)

    with scope(tenant.pk):
        ingestion.refresh_from_db()
    assert (ingestion.state, ingestion.claimed_at, ingestion.worked_seconds // 60) == (COMMITTED, None, 60)
    assert counts(ingestion)["ACCOUNT"] == (6, 2, 0, 0, 4)


def test_repair_of_one_file_leaves_the_counts_of_the_other(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=BAD, contact="account_id,contact_name,email\nC1,Anna,a@a.example\nC9,Bo,b@b.example\n")

    mend(ingestion, group(ingestion, "EURO", "EUR"))

    assert counts(ingestion) == {"ACCOUNT": (6, 4, 0, 0, 2), "CONTACT": (2, 1, 0, 0, 1)}


def test_rows_of_another_load_cannot_be_repaired_through_this_one(load: Load, tenant: Tenant) -> None:
    own, other = load(account=BAD), load(account=BAD.replace("C", "D"))
    with scope(tenant.pk):
        foreign = other.invalid_rows.get(line=6)

        with pytest.raises(Refused):
            repair(own, user=None, replacements=[group(other, "EURO", "EUR")], edits={})
        with pytest.raises(Refused):
            repair(own, user=None, replacements=[], edits={foreign.pk: {2: "DKK"}})

    assert counts(other)["ACCOUNT"] == (6, 2, 0, 0, 4)


def test_typed_cells_of_a_sheet_keep_their_type(tenant: Tenant, load: Load) -> None:
    """1.234 in a sheet's number is not a thousand, also when the row goes round by a repair."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate([["invoice_number", "account_id", "total_amount"], ["1", "C9", 1.234]]):
            for column, value in enumerate(cells):
                sheet.write(row, column, value)
    load(account=ACCOUNTS)
    with scope(tenant.pk):
        ingestion = making.create(Source.objects.get(), [("invoice", "i.xlsx", io.BytesIO(out.getvalue()))])
    tasks.answer()

    mend(ingestion, edits={2: {1: "C1"}})
    with scope(tenant.pk):
        runs.request_commit(ingestion, rejects="rows")
    tasks.answer()

    with scope(tenant.pk):
        assert Document.objects.get().total_amount == Decimal("1.234")


def test_another_tenant_cannot_repair(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=BAD)
    wanted = group(ingestion, "EURO", "EUR")
    other = create_tenant("other")

    with scope(other.pk), pytest.raises(Refused):
        repair(ingestion, user=None, replacements=[wanted], edits={})

    assert counts(ingestion)["ACCOUNT"] == (6, 2, 0, 0, 4)


def _state(ingestion: Ingestion) -> str:
    with scope(ingestion.tenant_id):
        ingestion.refresh_from_db()
    return ingestion.state
