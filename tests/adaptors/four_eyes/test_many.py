"""A thousand documents: as many statements for what decides where they go as for a hundred, and none without a
policy."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from adaptors.domain.approvals.four_eyes import FourEyes
from adaptors.domain.customers import rules
from adaptors.domain.documents.producing import Produced, Producer
from adaptors.models import Activation, ExportRule, Transaction
from arhub.models import Account, Approval, ApprovalPolicy, Source
from tests.adaptors.conftest import account_of, document_of, rules_of
from tests.adaptors.four_eyes.conftest import OTHER

MANY = 1_000


@pytest.fixture
def many(activation: Activation, source: Source, account: Account) -> list[Produced]:
    customers = [account_of(source, f"c{number}") for number in range(MANY // 10)]
    rules.follow(activation)
    rules.activate(activation, rules_of(activation), format="", destination=None)
    ids = [document_of(one, f"{one.number}-{number}").pk for one in customers for number in range(10)]
    return list(Producer(activation).produce(ids))


def handed_over(activation: Activation, produced: Sequence[Produced]) -> list[Transaction]:
    """The documents as they would stand once their gateway has them."""
    return [
        Transaction(
            activation=activation, document_id=one.composed.document_id, state="held" if one.is_held else "sending",
            waits_for=list(one.waits_for),
        )
        for one in produced
    ]  # fmt: skip


def statements(activation: Activation, produced: Sequence[Produced]) -> list[str]:
    with CaptureQueriesContext(database) as queries:
        eyes = FourEyes(activation)
        eyes.remember(handed_over(activation, eyes.looked_at(produced)))
    return [one["sql"] for one in queries.captured_queries if "SAVEPOINT" not in one["sql"]]


def fresh(activation: Activation, produced: Sequence[Produced]) -> list[Produced]:
    return list(Producer(activation).produce([one.composed.document_id for one in produced]))


def test_without_a_policy_it_costs_the_policy_and_what_is_new(activation: Activation, many: list[Produced]) -> None:
    first = statements(activation, many)

    assert "arhub_approvalpolicy" in first[0]
    assert len([sql for sql in first if sql.startswith("UPDATE")]) == 1
    assert ExportRule.objects.exclude(trusted={}).count() == MANY // 10
    again = statements(activation, fresh(activation, many))
    assert [sql.split()[0] for sql in again] == ["SELECT"] * len(again)
    assert len(again) <= 2


def test_a_thousand_take_as_many_statements_as_ten(activation: Activation, many: list[Produced]) -> None:
    statements(activation, many)
    ApprovalPolicy.objects.create(kinds=["bank", "endpoint", "email", "gateway", "address", "first"], amount=Decimal(1))
    ten, thousand = fresh(activation, many[:10]), fresh(activation, many)

    few, all_of_them = statements(activation, ten), statements(activation, thousand)

    assert len(all_of_them) == len(few)
    assert len(few) <= 8
    assert Approval.objects.count() == 0


def test_a_common_change_is_one_request_for_a_thousand(activation: Activation, many: list[Produced]) -> None:
    statements(activation, many)
    ApprovalPolicy.objects.create(kinds=["bank"])
    Activation.objects.update(supplier=OTHER)
    activation.refresh_from_db()

    held = FourEyes(activation).looked_at(fresh(activation, many))

    assert {tuple(one.waits_for) for one in held} == {(Approval.objects.get().pk,)}
    assert all(one.is_held for one in held)
