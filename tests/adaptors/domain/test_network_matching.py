"""Customers matched with the directory of participants: sure, likely, or not at all; nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from adaptors.domain.customers import network_matching, rules
from adaptors.domain.customers.impact import ChangedMeanwhile
from adaptors.domain.customers.network_matching import Matched, Sureness, matched, review
from adaptors.models import Activation, ExportRule
from arhub.domain.tenants import create_tenant
from arhub.models import Source, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections, participants
from connectors.models import Connection
from tests.adaptors.conftest import account_of, rules_of

CVR = "25313763"
"""Of every customer of these tests, unless facts say otherwise."""


@pytest.fixture(autouse=True)
def inside(tenant: Tenant) -> Iterator[None]:
    with scope(tenant.pk):
        yield


@pytest.fixture
def network(activation: Activation) -> Connection:
    made = connections.create("network", name="Network", values={})
    activation.destination, activation.format = made, "bis3"
    activation.save()
    return made


def add(endpoint: str, name: str = "Somebody", **given: str) -> None:
    participants.add({"endpoint": endpoint, "name": name, **given})


def found(activation: Activation) -> dict[str, Matched]:
    rules.follow(activation)
    return {one.rule.account.number: one for one in matched(activation)}  # type: ignore[misc]


def told(one: Matched) -> tuple[str, list[str], list[str]]:
    return str(one.sureness), [str(each.endpoint) for each in one.candidates], [each.reason for each in one.candidates]


def test_one_who_is_known_by_an_id_is_exact(activation: Activation, source: Source, network: Connection) -> None:
    account_of(source, "endpoint", registration_number="", vat_number="", gln="5790000435951")
    account_of(source, "register", country="SE", vat_number="")
    account_of(source, "vat", registration_number="", vat_number="DK 12345674")
    account_of(source, "stranger", registration_number="87654325", vat_number="", name="Nobody")
    add("0088:5790000435951"), add("9930:DE1", registration_number=CVR), add("9930:DE2", vat_number="DK12345674")

    assert {number: told(one) for number, one in found(activation).items()} == {
        "endpoint": ("exact", ["0088:5790000435951"], ["the same endpoint"]),
        "register": ("exact", ["9930:DE1"], ["the same registration number"]),
        "vat": ("exact", ["9930:DE2"], ["the same VAT number"]),
    }


def test_a_name_or_several_are_likely(activation: Activation, source: Source, network: Connection) -> None:
    account_of(source, "name", name="Anna  A/S", registration_number="", vat_number="")
    account_of(source, "several", vat_number="")
    add("9930:DE1", "anna a/s")
    add("9930:DE2", "B", registration_number=CVR), add("9930:DE3", "A", registration_number=CVR)

    assert {number: told(one) for number, one in found(activation).items()} == {
        "name": ("likely", ["9930:DE1"], ["the same name"]),
        "several": ("likely", ["9930:DE3", "9930:DE2"], ["the same registration number"] * 2),
    }


def test_the_endpoint_that_holds_goes_before_others(
    activation: Activation, source: Source, network: Connection
) -> None:
    account_of(source, "1")
    add(f"0184:{CVR}"), add(f"0184:{CVR}", route="vans"), add("9930:DE3", "A", registration_number=CVR)

    [one] = found(activation).values()

    assert told(one) == ("exact", [f"0184:{CVR}"], ["the same endpoint"])
    assert not one.changes


def test_what_contradicts_is_not_sure(activation: Activation, source: Source, network: Connection) -> None:
    account_of(source, "other number", gln="5790000435951")
    account_of(source, "set by hand", vat_number="")
    add("0088:5790000435951", registration_number="12345674"), add("9930:DE1", registration_number=CVR)
    rules.follow(activation)
    rules_of(activation).filter(account__number="set by hand").update(
        values={"customer_endpoint_scheme": "0184", "customer_endpoint_id": "12345674"}
    )

    assert {number: (str(one.sureness), one.doubt) for number, one in found(activation).items()} == {
        "other number": ("likely", f"but with the registration number 12345674 instead of {CVR}"),
        "set by hand": ("likely", "but another endpoint is set for this customer"),
    }


def test_exact_ones_are_activated_in_one_step(activation: Activation, source: Source, network: Connection) -> None:
    for number, facts in (("same", {}), ("other", {"registration_number": "12345674", "vat_number": ""})):
        account_of(source, number, **facts)
    account_of(source, "likely", name="Likely", registration_number="", vat_number="")
    add(f"0184:{CVR}"), add("9930:DE1", registration_number="12345674"), add("9930:DE2", "Likely")
    rules.follow(activation)
    shown = review(activation, "exact")

    with pytest.raises(ChangedMeanwhile):
        network_matching.activate_exact(activation, "x")
    done = network_matching.activate_exact(activation, shown.digest)

    assert (shown.exact, shown.likely, shown.active, done) == (2, 1, 0, 2)
    active = {rule.account.number: rule.values for rule in rules_of(activation).filter(is_active=True)}
    assert active == {
        "same": {}, "other": {"customer_endpoint_scheme": "9930", "customer_endpoint_id": "DE1"},
    }  # fmt: skip
    assert not rules_of(activation).exclude(destination=None).exists()
    assert review(activation, "active").active == 2


def test_candidate_that_was_chosen_becomes_the_endpoint(
    activation: Activation, source: Source, network: Connection
) -> None:
    account_of(source, "1", vat_number="")
    add("9930:DE2", "B", registration_number=CVR), add("9930:DE3", "A", registration_number=CVR)
    rules.follow(activation)
    rule: ExportRule = rules_of(activation).get()

    with pytest.raises(ChangedMeanwhile):
        network_matching.activate_chosen(activation, {rule.pk: "9930:DE4"})
    with pytest.raises(ChangedMeanwhile):
        network_matching.activate_chosen(activation, {rule.pk + 1: "9930:DE2"})
    network_matching.activate_chosen(activation, {rule.pk: "9930:DE2"})

    rule.refresh_from_db()
    assert (rule.is_active, rule.values["customer_endpoint_id"]) == (True, "DE2")


def test_network_of_some_customers_alone_is_used(activation: Activation, source: Source, gateway: Connection) -> None:
    account_of(source, "1"), account_of(source, "2")
    add(f"0184:{CVR}")
    made = connections.create("network", name="Network", values={})
    rules.follow(activation)
    assert network_matching.network_of(activation) is None
    rules_of(activation).filter(account__number="2").update(destination=made)

    network_matching.activate_exact(activation, review(activation, "exact").digest)

    assert {rule.destination for rule in rules_of(activation)} == {made}


def test_participants_of_another_company_are_nobodys(
    activation: Activation, source: Source, network: Connection, tenant: Tenant
) -> None:
    account_of(source, "1")
    with scope(create_tenant("other", name="Other").pk):
        add(f"0184:{CVR}")

    assert found(activation) == {}


def test_many_take_as_many_queries_as_one(activation: Activation, source: Source, network: Connection) -> None:
    add(f"0184:{CVR}")
    counts = []
    for first, size in ((0, 1), (1, 40)):
        for place in range(first, first + size):
            account_of(source, str(place))
        rules.follow(activation)
        with CaptureQueriesContext(
            database,
        ) as queries:
            assert len([one for one in matched(activation) if one.sureness is Sureness.EXACT]) == first + size
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 8
