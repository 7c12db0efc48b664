"""Any loads, undone in any order: what an undo may touch, and what it must leave."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from arhub.domain.integrity import dangling_references
from arhub.domain.tenants import create_tenant
from arhub.models import Tenant
from arhub.tenancy.scope import scope
from ingestion.domain.undo.plan import plan
from ingestion.domain.undo.tables import relations, tables
from ingestion.models import Change, Ingestion, IngestionFile, Kept, State
from tests.ingestion.conftest import Load
from tests.ingestion.test_undo import undo, world

Rows = list[tuple[Any, ...]]
CURRENCIES = {"C1": "DKK", "C2": "EUR", "C3": "DKK"}
ACCOUNTS = st.sampled_from(sorted(CURRENCIES))
NUMBERS = st.sampled_from(["1", "2", "3"])
AMOUNTS = st.sampled_from(["", "5", "10.50", "70"])
GIVEN = st.sampled_from(["5", "10.50", "70"])
HEADERS = {
    "account": "account_id,account_name,parent_account_id",
    "contact": "erp_key,account_id,contact_name",
    "invoice": "erp_key,invoice_number,account_id,document_type,total_amount,balance_due,is_voided",
    "adjustment": "erp_key,credit_memo_number,account_id,total_amount",
    "invoice_line": "erp_key,invoice,line_number,description",
    "workflow_status": "invoice,workflow_status_id,created,notes",
    "payment": "payment_id,account_id,amount,is_voided",
    "payment_applied": "erp_key,payment,invoice,amount",
    "credit_memo_applied": "erp_key,credit_memo,invoice,amount",
    "outstanding_item": "invoice_number,total_outstanding",
    "custom_field": "table,record,label,value",
}
VOIDED = st.sampled_from(["", "yes", "no"])
ROWS = {
    "account": st.tuples(ACCOUNTS, st.sampled_from(["Alpha", "Beta"]), st.sampled_from(["", "C1", "C2"])),
    "contact": st.tuples(st.sampled_from(["K1", "K2"]), ACCOUNTS, st.sampled_from(["Holm", "Lind"])),
    "invoice": st.tuples(NUMBERS, NUMBERS, ACCOUNTS, st.just("Invoice"), AMOUNTS, AMOUNTS, VOIDED),
    "adjustment": st.tuples(st.sampled_from(["8", "9"]), st.sampled_from(["8", "9"]), ACCOUNTS, GIVEN),
    "invoice_line": st.tuples(st.sampled_from(["L1", "L2"]), NUMBERS, NUMBERS, st.sampled_from(["", "Pump"])),
    "workflow_status": st.tuples(
        NUMBERS, st.just("S1"), st.sampled_from(["", "2026-03-01"]), st.sampled_from(["", "Paid"])
    ),
    "payment": st.tuples(st.sampled_from(["P1", "P2"]), ACCOUNTS, GIVEN, VOIDED),
    "payment_applied": st.tuples(st.sampled_from(["A1", "A2"]), st.sampled_from(["P1", "P2"]), NUMBERS, GIVEN),
    "credit_memo_applied": st.tuples(st.sampled_from(["B1"]), st.sampled_from(["8", "9"]), NUMBERS, GIVEN),
    "outstanding_item": st.tuples(NUMBERS, GIVEN),
    "custom_field": st.tuples(st.sampled_from(["Invoice"]), NUMBERS, st.just("Region"), st.sampled_from(["N", "S"])),
}
FILES = st.dictionaries(st.sampled_from(sorted(ROWS)), st.integers(), min_size=1, max_size=4).flatmap(
    lambda kinds: st.fixed_dictionaries({kind: st.lists(ROWS[kind], min_size=1, max_size=3) for kind in kinds})
)


_ACCOUNTS: dict[str, Rows] = {"account": [(key, "Alpha", "") for key in CURRENCIES]}
_TRADE: dict[str, Rows] = {
    "invoice": [(number, number, f"C{number}", "Invoice", "70", "", "") for number in "123"],
    "payment": [("P1", "C1", "70", ""), ("P2", "C2", "5", "")],
    "adjustment": [("8", "8", "C1", "5")],
}
GROUNDS = [{}, _ACCOUNTS, _ACCOUNTS | _TRADE]
"""What a load brings beside its random rows, so that these have something to refer to."""


class Undoing(RuleBasedStateMachine):
    """`stack` are the committed loads that nothing was loaded or undone below, with the world before each."""

    load: Load
    names = count()

    def __init__(self) -> None:
        super().__init__()
        self.tenant: Tenant = create_tenant(f"tenant{next(self.names)}", currency="DKK")
        self.committed: list[Ingestion] = []
        self.stack: list[tuple[int, dict[str, Any]]] = []

    @rule(files=FILES, ground=st.sampled_from(GROUNDS))
    def take_in(self, files: dict[str, Rows], ground: dict[str, Rows]) -> None:
        files = ground | files
        before = world(self.tenant)
        texts = {kind: "\n".join([HEADERS[kind], *(",".join(row) for row in rows)]) for kind, rows in files.items()}
        ingestion = type(self).load(of=self.tenant, **texts)
        if ingestion.state == State.COMMITTED:
            self.committed.append(ingestion)
            self.stack.append((ingestion.pk, before))

    @precondition(lambda self: self.stack)
    @rule()
    def undo_newest(self) -> None:
        pk, before = self.stack.pop()
        ingestion = next(item for item in self.committed if item.pk == pk)

        self._undo(ingestion)

        assert world(self.tenant) == before
        assert self._kept(ingestion) == set()

    @precondition(lambda self: len(self.committed) > 1)
    @rule(which=st.integers(0, 99))
    def undo_any(self, which: int) -> None:
        ingestion = self.committed[which % len(self.committed)]
        held = self._changed_or_referred_to(ingestion)
        before = _by_id(world(self.tenant))

        self._undo(ingestion)

        after = _by_id(world(self.tenant))
        assert {key for key in held if _own(before[key]) != _own(after.get(key, {}))} == set()
        if self.stack and self.stack[-1][0] == ingestion.pk:
            self.stack.pop()
        else:
            self.stack.clear()

    @invariant()
    def every_reference_leads_somewhere(self) -> None:
        with scope(self.tenant.pk):
            assert list(dangling_references()) == []

    def _undo(self, ingestion: Ingestion) -> None:
        """Undo it; what the preview counted is what goes."""
        before = _by_id(world(self.tenant))
        with scope(self.tenant.pk), connection.cursor() as cursor:
            found = plan(cursor, ingestion)

        undo(ingestion)

        after = _by_id(world(self.tenant))
        removed = len(before) - len(after)
        assert removed == found.total("removed")
        assert set(after) <= set(before)
        if not found.touched:
            assert (ingestion.state, after) == (State.COMMITTED, before)
            return
        assert ingestion.state == State.UNDONE
        assert len(self._kept(ingestion)) == found.total("kept")
        self.committed.remove(ingestion)

    def _kept(self, ingestion: Ingestion) -> set[tuple[str, int]]:
        with scope(self.tenant.pk):
            return set(Kept.objects.filter(ingestion=ingestion).values_list("record_type", "record"))

    def _changed_or_referred_to(self, ingestion: Ingestion) -> set[tuple[str, int]]:
        """(table, id) of records that a newer load, which stands, changed, or that its own records refer to."""
        newer = [item.pk for item in self.committed if item.pk > ingestion.pk]
        by_type = {kind.name: table.name for table in tables() for kind in table.types}
        with scope(self.tenant.pk):
            changed = Change.objects.filter(ingestion_id__in=newer).values_list("record_type", "record")
            found = {(by_type[kind], record) for kind, record in changed}
            files = list(IngestionFile.objects.filter(ingestion_id__in=newer).values_list("pk", flat=True))
            for relation in relations():
                rows = relation.model._default_manager.filter(created_file__in=files)
                if relation.only:
                    rows = rows.filter(table_key="Invoice") if "'Invoice'" in relation.only else rows.none()
                ids = rows.exclude(**{relation.field: None}).values_list(relation.field, flat=True)
                found |= {(relation.parent.name, pk) for pk in ids}
        return found


def _by_id(records: dict[str, list[dict[str, Any]]]) -> dict[tuple[str, int], dict[str, Any]]:
    return {(table, row["id"]): row for table, rows in records.items() for row in rows}


def _own(row: dict[str, Any]) -> dict[str, Any]:
    """What loads write, without what is worked out from other records."""
    derived = ("outstanding_amount", "outstanding_origin", "open_amount")
    return {name: value for name, value in row.items() if name not in derived}


@pytest.fixture
def machine(load: Load) -> Iterator[type[Undoing]]:
    yield type("Machine", (Undoing,), {"load": staticmethod(load)})


def test_undo_touches_only_what_it_may(machine: type[Undoing], request: pytest.FixtureRequest) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=6,
            stateful_step_count=7,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
