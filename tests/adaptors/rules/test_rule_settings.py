"""The settings of one customer: what holds, where it comes from, own values, reset; and those common to many."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from adaptors.domain.customers import common
from adaptors.models import Activation, CommonSettings, ExportRule
from arhub.models import Account
from arhub.tenancy.scope import scope
from connectors.models import Connection
from tests.adaptors.conftest import rules_of
from tests.adaptors.rules.test_export_rules import url_of, words
from tests.arhub.admin.conftest import text_of


def stored(rule: ExportRule) -> ExportRule:
    with scope(rule.tenant_id):
        return ExportRule.objects.select_related("activation").get(pk=rule.pk)


def settings_url(rule: ExportRule) -> str:
    return f"/adaptors/activation/{rule.activation_id}/rules/{rule.pk}/"


def field(page: str, name: str) -> str:
    """What stands in the row of a field, without the choices of a select."""
    row = (
        page.partition(f'id="field-{name}"')[2]
        .partition('<div class="ar-setting')[0]
        .partition("<h3>")[0]
        .partition("</section>")[0]
    )
    return words(re.sub(r"<option.*?</option>", "", row, flags=re.S)).removeprefix(">").strip()


def common_of(activation: Activation) -> dict[str, Any]:
    with scope(activation.tenant_id):
        found: Any = Activation.objects.get(pk=activation.pk)
        return {**found.general, **found.supplier, **found.customer}


def test_each_field_tells_where_its_value_comes_from(client: Client, bis3: Activation, three: list[ExportRule]) -> None:
    with scope(bis3.tenant_id):
        chosen = CommonSettings.objects.create(activation=bis3, name="Public", values={"customer_region": "Jylland"})
        rules_of(bis3).filter(pk=three[0].pk).update(common=chosen, values={"customer_city": "Skive"})

    page = text_of(client.get(settings_url(three[0])))

    assert field(page, "customer_city").endswith("Without it: Aarhus C (account data) own Reset to common")
    assert field(page, "customer_name").endswith("account data")
    assert field(page, "customer_region").endswith("common “Public”")
    assert field(page, "customer_buyer_reference").endswith("common")
    assert field(page, "supplier_name").endswith("company data")
    assert field(page, "when_changed").endswith("default")
    assert field(page, "customer_mandate").endswith("not set")
    assert 'placeholder="Purchasing"' in page and 'value="Skive"' in page


def test_what_is_missing_leads_to_its_field(client: Client, three: list[ExportRule]) -> None:
    page = text_of(client.get(settings_url(three[1])))

    links = re.findall(r'<li><a href="#field-(\w+)">', page)
    assert "customer_country" in links
    assert all(f'id="field-{name}"' in page for name in links)


def test_own_settings_are_saved_and_judged_at_once(client: Client, three: list[ExportRule]) -> None:
    with scope(three[1].tenant_id):
        Account.objects.filter(number="2").update(city="Vejle")
    own = {"customer_country": "DK", "customer_endpoint_scheme": "0184", "customer_endpoint_id": "25313763"}

    before = stored(three[1]).is_ready
    client.post(settings_url(three[1]), {**own, "customer_name": "", "customer_gln": " "})

    rule = stored(three[1])
    assert rule.values == own
    assert (before, rule.is_ready) == (None, True)


def test_a_field_is_reset_and_the_rest_is_saved(client: Client, three: list[ExportRule]) -> None:
    with scope(three[0].tenant_id):
        ExportRule.objects.filter(pk=three[0].pk).update(values={"customer_city": "Skive", "note": "Tak"})

    client.post(settings_url(three[0]), {"customer_city": "Skive", "note": "Hej", "reset": "customer_city"})

    assert stored(three[0]).values == {"note": "Hej"}


def test_format_options_and_gateway_are_own_or_as_in_general(
    client: Client, three: list[ExportRule], gateway: Connection
) -> None:
    url = settings_url(three[0])
    client.post(url, {"format": "oioubl", "destination": gateway.pk})
    chosen = stored(three[0])
    client.post(url, {"format": "oioubl", "destination": gateway.pk, "reset": "format"})
    back = stored(three[0])
    client.post(url, {"destination": gateway.pk, "reset": "destination"})

    assert (chosen.format, chosen.destination_id) == ("oioubl", gateway.pk)
    assert (back.format, back.destination_id) == ("", gateway.pk)
    assert stored(three[0]).destination_id is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"customer_endpoint_scheme": "1"}, "Select a valid choice"),
        ({"customer_country": "DNK"}, "expected two letters such as DK, found “DNK”"),
        ({"format": "morse"}, "Select a valid choice"),
        ({"destination": "4711"}, "Select a valid choice"),
        ({"common": "4711"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_saved(
    client: Client, three: list[ExportRule], given: dict[str, str], said: str
) -> None:
    page = text_of(client.post(settings_url(three[0]), {"note": "Tak", **given}))

    assert said in page and "Nothing was saved" in page
    assert stored(three[0]).values == {}


def packed(page: str) -> dict[str, str]:
    return {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("packed", "digest")}  # type: ignore[index]


def test_change_of_common_settings_shows_whom_it_changes_before_it_is_saved(
    client: Client, bis3: Activation, three: list[ExportRule]
) -> None:
    with scope(bis3.tenant_id):
        rules_of(bis3).filter(pk=three[2].pk).update(values={"customer_country": "SE"})
    url = url_of(bis3, "common/customer/")

    page = text_of(client.post(url, {"customer_country": "DK", "customer_buyer_reference": "Purchasing"}))
    before = common_of(bis3)
    client.post(url, {**packed(page), "confirm": "1"})

    said = words(page)
    assert "Changes 1 of 3 customers" in said
    assert "Bo Valves 2 Country – DK" in said
    assert before == {"customer_buyer_reference": "Purchasing"}
    assert common_of(bis3) == {"customer_country": "DK", "customer_buyer_reference": "Purchasing"}


def test_change_that_is_another_one_by_now_is_shown_again(
    client: Client, bis3: Activation, three: list[ExportRule]
) -> None:
    url = url_of(bis3, "common/customer/")
    page = text_of(client.post(url, {"customer_region": "Jylland", "customer_buyer_reference": "Purchasing"}))
    with scope(bis3.tenant_id):
        rules_of(bis3).filter(pk=three[0].pk).update(values={"customer_region": "Fyn"})

    again = text_of(client.post(url, {**packed(page), "confirm": "1"}))

    assert "Changes 3 of 3" in words(page) and "Changes 2 of 3" in words(again)
    assert "changed meanwhile" in again
    assert common_of(bis3) == {"customer_buyer_reference": "Purchasing"}


def test_what_changes_is_searched(client: Client, bis3: Activation, three: list[ExportRule]) -> None:
    url = url_of(bis3, "common/general/")
    page = text_of(client.post(url, {"note": "Tak"}))

    found = words(text_of(client.post(url, {**packed(page), "search": "BO"})))

    assert "Changes 3 of 3 customers" in found
    assert "Bo Valves 2 Note" in found and "Anna Pumps 1" not in found


def test_altered_proposal_is_refused(client: Client, bis3: Activation, three: list[ExportRule]) -> None:
    page = text_of(client.post(url_of(bis3, "common/general/"), {"note": "Tak"}))

    answers = [
        client.post(url_of(bis3, "common/general/"), {**packed(page), "packed": "x", "confirm": "1"}).status_code,
    ]

    assert answers == [400]
    assert "note" not in common_of(bis3)


def test_set_is_made_filled_renamed_and_deleted(client: Client, bis3: Activation, three: list[ExportRule]) -> None:
    made = client.post(url_of(bis3, "sets/"), {"name": "Public sector"})["Location"]
    with scope(bis3.tenant_id):
        rules_of(bis3).filter(pk=three[0].pk).update(common=CommonSettings.objects.get())

    page = text_of(client.post(made, {"customer_region": "Jylland"}))
    client.post(made, {**packed(page), "confirm": "1"})
    with scope(bis3.tenant_id):
        filled = CommonSettings.objects.get().values
    client.post(f"{made}rename/", {"name": "State"})
    listed = words(text_of(client.get(url_of(bis3, "sets/"))))
    asked = words(text_of(client.get(f"{made}delete/")))
    client.post(f"{made}delete/")

    assert "Changes 1 of 3 customers" in words(page)
    assert filled == {"customer_region": "Jylland"}
    assert "State 1 1" in listed
    assert "1 customer goes back to the common settings for all customers" in asked
    with scope(bis3.tenant_id):
        assert not CommonSettings.objects.exists()
        assert not rules_of(bis3).exclude(common=None).exists()


@pytest.mark.parametrize("name", ["", "Public sector", "x" * 121])
def test_name_that_cannot_be_makes_no_set(client: Client, bis3: Activation, three: list[ExportRule], name: str) -> None:
    with scope(bis3.tenant_id):
        common.create(bis3, "Public sector")

    client.post(url_of(bis3, "sets/"), {"name": name})

    with scope(bis3.tenant_id):
        assert CommonSettings.objects.count() == 1


def test_anothers_set_is_not_there(client: Client, bis3: Activation, hidden: ExportRule) -> None:
    with scope(hidden.tenant_id):
        others = common.create(hidden.activation, "Theirs")

    assert client.get(url_of(bis3, f"sets/{others.pk}/")).status_code == 404
    assert client.post(url_of(bis3, f"sets/{others.pk}/delete/")).status_code == 404


def test_account_tells_what_each_adaptor_does_for_it(client: Client, bis3: Activation, three: list[ExportRule]) -> None:
    with scope(bis3.tenant_id):
        rules_of(bis3).filter(pk=three[0].pk).update(format="oioubl", is_active=True)

    page = text_of(client.get(f"/arhub/account/{three[0].account_id}/change/"))

    assert "Export Active OIOUBL 2.1 own Share General" in words(page)
    assert settings_url(three[0]) in page
