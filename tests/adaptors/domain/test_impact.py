"""What a change of common settings comes to, before it is stored."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adaptors.domain.customers import chunks, common, rules
from adaptors.domain.customers.impact import SHOWN, ChangedMeanwhile, Proposal, apply, impact
from adaptors.domain.customers.rules import CannotChange
from adaptors.models import Activation, ExportRule
from arhub.models import Source, Tenant
from arhub.tenancy.scope import scope
from tests.adaptors.conftest import account_of, rules_of


@pytest.fixture(autouse=True)
def inside(tenant: Tenant) -> Iterator[None]:
    with scope(tenant.pk):
        yield


@pytest.fixture
def four(activation: Activation, source: Source) -> Activation:
    """Customers 1 to 4, of which 1 has a city of its own and 2 common settings for chosen customers."""
    activation.format = "bis3"
    activation.save()
    for number in "1234":
        account_of(source, number, city="" if number == "4" else "Aarhus C", country="" if number == "4" else "DK")
    rules.follow(activation)
    rules_of(activation).filter(account__number="1").update(values={"customer_city": "Skive"})
    chosen = common.create(activation, "Public")
    chosen.values = {"customer_city": "Ribe"}
    chosen.save()
    rules_of(activation).filter(account__number="2").update(common=chosen)
    return activation


def changes(activation: Activation, proposal: Proposal) -> dict[str, tuple[str, str]]:
    found = impact(activation, proposal)
    return {one.rule.account.number: (one.before, one.after) for one in found.shown}  # type: ignore[misc]


def test_only_whose_result_is_another_one_counts(four: Activation) -> None:
    proposal = Proposal({"customer_city": "Aarhus C"})

    found = impact(four, proposal)

    assert changes(four, proposal) == {"4": ("", "Aarhus C")}
    assert (found.total, found.customers, found.better, found.worse) == (4, 1, 0, 0)


def test_set_for_chosen_customers_changes_those_alone(four: Activation) -> None:
    chosen = four.common_settings.get()

    assert changes(four, Proposal({"customer_city": ""}, chosen)) == {"2": ("Ribe", "Aarhus C")}
    assert changes(four, Proposal({"customer_region": "Jylland"}, chosen)) == {"2": ("", "Jylland")}


def test_who_becomes_ready_or_is_it_no_more_is_counted(four: Activation) -> None:
    ready = impact(four, Proposal({"customer_buyer_reference": "Purchasing"}))
    apply(four, Proposal({"customer_buyer_reference": "Purchasing"}), ready.digest)
    four.refresh_from_db()
    not_ready = impact(four, Proposal({"customer_buyer_reference": ""}))

    assert (ready.customers, ready.better, ready.worse) == (4, 3, 0)
    assert (not_ready.customers, not_ready.better, not_ready.worse) == (4, 0, 3)


def test_what_is_saved_is_what_was_shown_or_nothing(four: Activation) -> None:
    proposal = Proposal({"customer_region": "Jylland", "note": "Tak", "supplier_city": "Esbjerg N"})
    shown = impact(four, proposal)
    rules_of(four).filter(account__number="3").update(values={"note": "Hej"})

    with pytest.raises(ChangedMeanwhile):
        apply(four, proposal, shown.digest)
    four.refresh_from_db()
    before = (four.general, four.supplier, four.customer)
    apply(four, proposal, impact(four, proposal).digest)
    four.refresh_from_db()

    assert before == ({}, {}, {})
    assert (four.general, four.supplier, four.customer) == (
        {"note": "Tak"}, {"supplier_city": "Esbjerg N"}, {"customer_region": "Jylland"},
    )  # fmt: skip
    assert not rules_of(four).exclude(judged_at=None).exists()


def test_another_common_value_meanwhile_is_noticed_where_nobody_changes(four: Activation) -> None:
    ExportRule.objects.update(values={"note": "Own"})
    shown = impact(four, Proposal({"note": "Tak"}))
    four.general = {"language": "da"}
    four.save()

    assert shown.customers == 0
    with pytest.raises(ChangedMeanwhile):
        apply(four, Proposal({"note": "Tak"}), shown.digest)


def test_search_and_pages_go_through_all(four: Activation, source: Source) -> None:
    for place in range(100, 100 + SHOWN):
        account_of(source, str(place), name=f"Later {place}")
    rules.follow(four)
    proposal = Proposal({"note": "Tak"})

    second = impact(four, proposal, first=SHOWN)
    searched = impact(four, proposal, search=" LATER 12")

    assert (second.customers, second.found, len(second.shown)) == (SHOWN + 4, SHOWN + 4, 4)
    assert [one.rule.account.name for one in searched.shown] == [f"Later {place}" for place in range(120, 130)]
    assert searched.digest == second.digest


def test_chunks_make_no_difference(four: Activation, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = impact(four, Proposal({"note": "Tak"}))
    monkeypatch.setattr(chunks, "SIZE", 1)

    assert impact(four, Proposal({"note": "Tak"})) == whole


def test_values_that_cannot_be_are_refused(four: Activation) -> None:
    with pytest.raises(CannotChange, match="expected one of 0184"):
        impact(four, Proposal({"customer_endpoint_scheme": "1"}))
