"""Export rules: made for every customer, activated many at a time, judged before the first document fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from adaptors.domain import activations
from adaptors.domain.customers import following, rules
from adaptors.domain.customers.effective import Grounds, Level
from adaptors.domain.customers.rules import CannotChange
from adaptors.domain.transactions.selection import Reason, Wanted, due, due_count, wanted
from adaptors.fields import Group
from adaptors.models import Activation, CommonSettings, ExportRule
from arhub.models import Contact, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.models import Connection
from tests.adaptors.conftest import account_of, document_of, rules_of


@pytest.fixture(autouse=True)
def inside(tenant: Tenant) -> Iterator[None]:
    with scope(tenant.pk):
        yield


def numbers(activation: Activation) -> list[str]:
    return [document.number for document in due(activation)]


def test_every_customer_of_the_source_gets_a_rule_once(activation: Activation, source: Source) -> None:
    account_of(source, "1"), account_of(source, "2", kind=None), account_of(source, "3", kind="vendor")
    assert rules.follow(activation) == 2
    assert rules.follow(activation) == 0
    assert sorted(rule.account.number for rule in rules_of(activation)) == ["1", "2"]


def test_activating_passes_over_what_is_there(activation: Activation, source: Source, gateway: Connection) -> None:
    one, two = account_of(source, "1"), account_of(source, "2")
    document_of(one, "100"), document_of(two, "200"), document_of(one, "101", is_draft=True)
    rules.follow(activation)
    assert rules.existing(activation, rules_of(activation)).count() == 2
    assert rules.activate(activation, rules_of(activation).filter(account=one), format="bis3", destination=gateway) == 1
    assert numbers(activation) == []
    rules.activate(
        activation, rules_of(activation).filter(account=two), format="bis3", destination=gateway, takes_existing=True
    )
    assert numbers(activation) == ["200"]
    document_of(one, "102")
    one.documents.filter(number="101").update(is_draft=False)  # type: ignore[attr-defined]
    assert numbers(activation) == ["200", "101", "102"]
    assert due_count(activation, 2) == 3


def test_reasons_say_why_a_document_does_not_go_by_itself(
    activation: Activation, source: Source, gateway: Connection
) -> None:
    one, two = account_of(source, "1"), account_of(source, "2")
    document_of(one, "old")
    rules.follow(activation)
    rules.activate(activation, rules_of(activation).filter(account=one), format="bis3", destination=gateway)
    document_of(one, "new"), document_of(one, "draft", is_draft=True), document_of(one, "void", is_voided=True)
    document_of(one, "debit", document_type="debit_memo"), document_of(one, "early", invoice_date=date(2025, 12, 31))
    document_of(two, "other"), document_of(one, "payable", direction="payable")
    found = {document.number: document.reason for document in wanted(activation, Wanted(accounts=[one.pk, two.pk]))}
    assert found == {
        "old": "EXISTED", "new": "", "draft": "DRAFT", "void": "VOIDED", "debit": "TYPE", "early": "DATE",
        "other": "NOT_ACTIVATED", "payable": "PAYABLE",
    }  # fmt: skip
    assert [one.number for one in wanted(activation, Wanted(numbers=["NEW", "draft"]))] == ["new", "draft"]
    assert Reason["EXISTED"].value == "It was in the hub before, and nobody asked for it."


def test_activating_many_takes_as_many_statements_as_activating_one(
    activation: Activation, source: Source, gateway: Connection
) -> None:
    counts = []
    for first, size in ((0, 1), (1, 50)):
        for place in range(first, first + size):
            account_of(source, str(place))
        rules.follow(activation)
        with CaptureQueriesContext(
            database,
        ) as queries:
            assert rules.activate(activation, rules_of(activation), format="bis3", destination=gateway) == size
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 6


def test_format_and_gateway_are_asked_for(activation: Activation, source: Source) -> None:
    account_of(source)
    rules.follow(activation)
    activation.format, activation.destination = "", None
    with pytest.raises(CannotChange, match="Choose an output format"):
        rules.activate(activation, rules_of(activation), format="", destination=None)
    with pytest.raises(CannotChange, match="found morse"):
        rules.activate(activation, rules_of(activation), format="morse", destination=None)
    assert not rules_of(activation).filter(is_active=True).exists()


def test_the_nearest_level_wins_and_is_named(activation: Activation, source: Source) -> None:
    account = account_of(source, city="Odense")
    rules.follow(activation)
    rule = rules_of(activation).select_related("account").get()

    def city() -> tuple[str, str, str, str]:
        found = Grounds(activation, [rule]).explained(rule, Group.CUSTOMER)
        one = next(each for each in found if each.field.name == "customer_city")
        assert Grounds(activation, [rule]).of(rule)["customer_city"] == one.value
        return one.value, str(one.level), one.where, one.without_own

    assert city() == ("Odense", Level.DATA, "account data", "Odense")
    activation.customer = {"customer_city": "Vejle"}
    assert city() == ("Vejle", Level.COMMON, "", "Vejle")
    rule.common = CommonSettings.objects.create(activation=activation, name="Public", values={"customer_city": "Ribe"})
    assert city() == ("Ribe", Level.CHOSEN, "Public", "Ribe")
    rule.values = {"customer_city": "Skive"}
    assert city() == ("Skive", Level.OWN, "", "Ribe")
    assert account.city == "Odense"


def test_own_settings_are_checked_and_reset(activation: Activation, source: Source) -> None:
    account_of(source)
    rules.follow(activation)
    rule: ExportRule = rules_of(activation).get()
    with pytest.raises(CannotChange, match="found customer_shoe_size"):
        rules.set_own(rule, {"customer_shoe_size": "44"})
    with pytest.raises(CannotChange, match="Endpoint scheme: expected one of 0184"):
        rules.set_own(rule, {"customer_endpoint_scheme": "1"})
    rules.set_own(rule, {"customer_city": " Skive ", "note": "Tak"})
    rules.set_own(rules_of(activation).get(), {"note": ""})
    assert rules_of(activation).get().values == {"customer_city": "Skive"}


def test_effective_settings_of_many_take_three_more_queries_than_of_none(
    activation: Activation, source: Source
) -> None:
    for place in range(30):
        account_of(source, str(place))
    rules.follow(activation)
    found = list(rules_of(activation).select_related("account"))
    with CaptureQueriesContext(database) as queries:
        grounds = Grounds(activation, found)
        assert {grounds.of(rule)["customer_city"] for rule in found} == {"Aarhus C"}
    assert len(queries) == 4


def test_an_earlier_day_takes_nothing_that_is_here_unless_told(
    activation: Activation, source: Source, gateway: Connection
) -> None:
    account = account_of(source)
    rules.follow(activation)
    rules.activate(activation, rules_of(activation), format="bis3", destination=gateway)
    document_of(account, "due"), document_of(account, "older", invoice_date=date(2025, 12, 1))
    activations.change(activation, {"dated_from": date(2025, 11, 1)})
    assert numbers(activation) == ["due"]
    (
        document_of(account, "late", invoice_date=date(2025, 11, 15)),
        document_of(account, "debit", document_type="debit_memo"),
    )
    assert numbers(activation) == ["late", "due"]
    types = ["invoice", "credit_memo", "debit_memo"]
    activations.change(activation, {"document_types": types}, takes_existing=True)
    assert numbers(activation) == ["late", "due", "debit"]


def test_rules_are_judged_again_when_what_they_rest_on_changes(
    activation: Activation, source: Source, gateway: Connection
) -> None:
    account = account_of(source)
    following.follow(activation)

    def judged() -> int:
        """How many rules a look judges anew."""
        return following.follow(activation)[1]

    assert judged() == 0
    Contact.objects.create(ledger=source.ledger, erp_key="1", account=account, name="Ida", is_primary=True)
    assert (judged(), judged()) == (1, 0)
    Tenant.objects.filter(pk=activation.tenant_id).update(city="Ribe")
    assert (judged(), judged()) == (1, 0)
    Connection.objects.filter(pk=gateway.pk).update(is_enabled=False)
    assert (judged(), judged()) == (1, 0)
    rule = rules_of(activation).get()
    assert "Share is switched off." in [one["text"] for one in rule.missing]
    document_of(account)
    assert (judged(), judged()) == (1, 0)


def test_a_country_is_two_letters_of_the_list() -> None:
    assert rules.changed_values({}, {"customer_country": "dk"}) == {"customer_country": "DK"}
    with pytest.raises(CannotChange) as told:
        rules.changed_values({}, {"customer_country": "Germany"})
    assert (told.value.field, str(told.value)) == (
        "customer_country", "Country: expected two letters such as DK, found “Germany”."
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("supplier_iban", "DK123", "IBAN: expected an IBAN such as DK5000400440116243"),
        ("customer_email", "not an email", "found “not an email”"),
        ("language", "deutsch", "Language: expected two letters such as da"),
        ("note", "x" * 2001, "expected at most 2,000 characters, found 2,001"),
    ],
)
def test_values_of_a_wrong_shape_are_refused(
    activation: Activation, source: Source, name: str, value: str, text: str
) -> None:
    account_of(source)
    rules.follow(activation)
    with pytest.raises(CannotChange, match=re.escape(text)):
        rules.set_own(rules_of(activation).get(), {name: value})
    rules.set_own(rules_of(activation).get(), {"supplier_iban": "dk50 0040 0440 1162 43"})
    assert rules_of(activation).get().values == {"supplier_iban": "DK5000400440116243"}
