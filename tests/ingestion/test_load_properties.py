"""Any loads, however they are taken in: reviewed first, with their files in another order, or by a worker that dies."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from arhub.domain import ageing
from arhub.domain.tenants import create_tenant
from arhub.models import Account, Source, Tenant
from arhub.tenancy.scope import scope
from ingestion.domain import making, reviewed, runs, staging
from ingestion.domain.loading import staged_tables
from ingestion.domain.money import restored
from ingestion.domain.undo.tables import relations
from ingestion.models import Change, Count, Ingestion, IngestionFile, Review, State
from tests.ingestion.test_undo import world
from tests.ingestion.test_undo_properties import GROUNDS, HEADERS, ROWS, Rows

Files = dict[str, Rows]
Tell = Callable[[str, int, int | None], None]

FEW = settings(
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
FILES = st.dictionaries(st.sampled_from(sorted(ROWS)), st.integers(), min_size=1, max_size=5).flatmap(
    lambda kinds: st.fixed_dictionaries({kind: st.lists(ROWS[kind], min_size=1, max_size=4) for kind in kinds})
)
LOADS = st.tuples(
    st.sampled_from(GROUNDS[1:]), st.lists(FILES, min_size=1, max_size=3), st.booleans()
).map(lambda made: [made[0] | made[1][0], *made[1][1:]] if made[2] else [made[0], *made[1]])  # fmt: skip
POLICIES = st.fixed_dictionaries(
    {
        "empty_cells": st.sampled_from(["keep", "clear"]),
        "unknown_accounts": st.sampled_from(["reject", "create"]),
        "duplicate_keys": st.sampled_from(["first", "last"]),
        "extent": st.sampled_from(["incremental", "incremental", "snapshot"]),
        "stop_above_percent": st.just(100),
    }
)
STAGES = ["Reading", "Checking", "Checked", "Reviewing", "Settling"]
names = count()


class Died(BaseException):
    """What ends a worker without a word."""


def new_tenant(policies: dict[str, Any]) -> Tenant:
    tenant = create_tenant(f"loads{next(names)}", currency="DKK")
    with scope(tenant.pk):
        Source.objects.update(**policies)
    return tenant


def queued(tenant: Tenant, files: Files, *, review: bool) -> Ingestion:
    texts = {kind: "\n".join([HEADERS[kind], *(",".join(row) for row in rows)]) for kind, rows in files.items()}
    pairs = [(kind, f"{kind}.csv", io.BytesIO(text.encode())) for kind, text in texts.items()]
    with scope(tenant.pk):
        return making.create(Source.objects.get(), pairs, review=review)


def work(ingestion: Ingestion, tell: Tell | None = None) -> Ingestion:
    with scope(ingestion.tenant_id):
        assert runs.take(Ingestion.objects.filter(pk=ingestion.pk, claimed_at=None))
    runs.work(ingestion.tenant_id, ingestion.pk, tell=tell)
    with scope(ingestion.tenant_id):
        ingestion.refresh_from_db()
    return ingestion


def committed(ingestion: Ingestion) -> Ingestion:
    request_commit(ingestion)
    return work(ingestion)


def portable(tenant: Tenant) -> dict[str, list[dict[str, Any]]]:
    """The world, with records told by their keys and without what every load gives anew."""
    found = world(tenant)
    keys = {(table, row["id"]): row["erp_key"] for table, rows in found.items() for row in rows}
    references = {
        (relation.table, relation.column): relation.parent.name for relation in relations() if not relation.only
    }
    for table, rows in found.items():
        for row in rows:
            row["missing_at"] = row["missing_at"] is not None
            for name in set(row) & _ANEW:
                del row[name]
            for name, value in row.items():
                if (table, name) in references and value is not None:
                    row[name] = keys[references[table, name], value]
        rows.sort(key=lambda row: row["erp_key"])
    return found


_ANEW = {"id", "tenant_id", "ledger_id", "created_at", "created_file", "created_line", "owner"}


def counted(ingestion: Ingestion) -> dict[tuple[str, str], tuple[int, ...]]:
    """(file, type) → lines, inserted, updated, unchanged, invalid."""
    with scope(ingestion.tenant_id):
        return {
            (row.file.name, row.type): (row.lines, row.inserted, row.updated, row.unchanged, row.invalid)
            for row in Count.objects.filter(ingestion=ingestion).select_related("file")
        }


def owed(tenant: Tenant) -> tuple[dict[str, Any], dict[tuple[str, str], Any]]:
    """What is open: per currency, and per account and currency."""
    with scope(tenant.pk):
        numbers = dict(Account.objects.values_list("pk", "number"))
        per_account = ageing.by_account(tenant, list(numbers))
        totals = {row.currency: _amounts(row) for row in ageing.totals(tenant)}
        return totals, {
            (str(numbers[pk]), row.currency): _amounts(row) for pk, rows in per_account.items() for row in rows
        }


def _amounts(row: ageing.Ageing) -> dict[str, Decimal]:
    return {name: getattr(row, name) for name in ageing.AMOUNTS}


def without_nothing(amounts: dict[Any, dict[str, Decimal]]) -> dict[Any, dict[str, Decimal]]:
    return {key: row for key, row in amounts.items() if any(row.values())}


def moved(before: dict[Any, Any], after: dict[Any, Any]) -> set[Any]:
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


def promised(ingestion: Ingestion) -> tuple[dict[Any, Any], dict[Any, Any], set[tuple[Any, ...]]]:
    """What a review says: open money afterwards per currency, per account, and the fields that change."""
    with scope(ingestion.tenant_id):
        money = Review.objects.get(ingestion=ingestion).money
        totals = {row["after"]["currency"]: _amounts(restored(row["after"])) for row in money["currencies"]}
        accounts = {
            (row["number"], row["after"]["currency"]): _amounts(restored(row["after"])) for row in money["accounts"]
        }
        changes = {
            (change.file, change.line, change.record, change.field, change.old, change.new)
            for staged in staged_tables(ingestion, list(ingestion.files.all()))
            for change in reviewed.changes(staged, most=1_000)
        }
    return totals, accounts, changes


def written(ingestion: Ingestion) -> set[tuple[Any, ...]]:
    """The fields that a load's own lines changed: not the links of waiting items, nor the marks of a snapshot."""
    fields = ("file", "line", "record", "field", "old", "new")
    with scope(ingestion.tenant_id):
        brought = IngestionFile.objects.filter(ingestion=ingestion).values_list("pk", "record_type")
        types = {pk: "invoice" if kind == "adjustment" else kind for pk, kind in brought}
        rows = Change.objects.filter(ingestion=ingestion, line__gt=0).values_list("record_type", *fields)
        return {tuple(row) for kind, *row in rows if types.get(row[0]) == kind.replace("adjustment", "invoice")}


def test_commit_does_what_its_review_said(tenant: Tenant) -> None:
    @settings(FEW, max_examples=5)
    @given(loads=LOADS, policies=POLICIES)
    def check(loads: list[Files], policies: dict[str, Any]) -> None:
        owner = new_tenant(policies)
        for files in loads:
            ingestion = work(queued(owner, files, review=True))
            if ingestion.state != State.REVIEW:
                continue
            counts, (totals, accounts, changes), before = counted(ingestion), promised(ingestion), owed(owner)

            committed(ingestion)

            after = owed(owner)
            assert ingestion.state == State.COMMITTED
            assert counted(ingestion) == counts
            for shown, was, now in zip((totals, accounts), before, after, strict=True):
                assert moved(was, now) <= shown.keys()
                assert without_nothing(shown) == {key: now[key] for key in shown if key in now}
            assert changes == written(ingestion)

    check()


def test_order_of_the_files_and_a_review_make_no_difference(tenant: Tenant) -> None:
    @settings(FEW, max_examples=4)
    @given(loads=LOADS, policies=POLICIES, turn=st.randoms(use_true_random=False))
    def check(loads: list[Files], policies: dict[str, Any], turn: Any) -> None:
        straight, turned = new_tenant(policies), new_tenant(policies)
        for files in loads:
            shuffled = dict(turn.sample(sorted(files.items()), len(files)))
            one = work(queued(straight, files, review=False))
            other = work(queued(turned, shuffled, review=True))
            other = committed(other) if other.state == State.REVIEW else other

            assert (one.state, sum_of(one)) == (other.state, sum_of(other))
            assert portable(straight) == portable(turned)

    check()


def sum_of(ingestion: Ingestion) -> list[int]:
    """The counts over all files: a created account counts with the first file that names it."""
    return [sum(numbers) for numbers in zip(*counted(ingestion).values(), strict=True)]


def test_load_that_was_resumed_is_as_one_that_was_not(tenant: Tenant) -> None:
    @settings(FEW, max_examples=3)
    @given(
        loads=LOADS,
        policies=POLICIES,
        stages=st.lists(st.sampled_from(STAGES), min_size=3, max_size=3),
        review=st.booleans(),
        crashed=st.booleans(),
    )  # fmt: skip
    def check(loads: list[Files], policies: dict[str, Any], stages: list[str], review: bool, crashed: bool) -> None:
        steady, shaky = new_tenant(policies), new_tenant(policies)
        for files, stage in zip(loads, stages * 2, strict=False):
            one = work(queued(steady, files, review=False))
            other = queued(shaky, files, review=review)
            die_and_resume(other, stage, drop=crashed)
            if other.state == State.REVIEW:
                request_commit(other)
                die_and_resume(other, stage, drop=crashed)

            assert (other.state, counted(other)) == (one.state, counted(one))
            assert portable(shaky) == portable(steady)
            assert other.pk not in staging.staged_loads()

    check()


def request_commit(ingestion: Ingestion) -> None:
    with scope(ingestion.tenant_id):
        assert runs.request_commit(ingestion, rejects="rows")


def die_and_resume(ingestion: Ingestion, stage: str, *, drop: bool) -> None:
    """Work on it until a stage, die there, and let the sweeper and another worker go on. `drop`: the database crashed
    as well, and nothing that was staged is left."""

    def die(reached: str, *_: object) -> None:
        if reached == stage:
            raise Died

    try:
        work(ingestion, tell=die)
    except Died:
        if drop:
            staging.drop(ingestion.pk)
        with scope(ingestion.tenant_id):
            long_ago = timezone.now() - timedelta(minutes=5)
            assert Ingestion.objects.filter(pk=ingestion.pk).update(heartbeat_at=long_ago)
        runs.sweep()
        work(ingestion)
