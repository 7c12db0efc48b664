"""The table of export rules: what it shows, finds and filters; activating one, several and all."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from adaptors.models import Activation, CommonSettings, ExportRule, Transaction
from arhub.models import Account, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.models import Connection
from tests.adaptors.conftest import account_of, document_of, rules_of
from tests.arhub.admin.conftest import SignIn, text_of


def url_of(activation: Activation, rest: str = "") -> str:
    return f"/adaptors/activation/{activation.pk}/rules/{rest}"


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def names(client: Client, activation: Activation, query: str = "") -> list[str]:
    rows = client.get(url_of(activation, query)).context["cl"].result_list
    return [rule.account.name for rule in rows]


def active(activation: Activation) -> list[str]:
    with scope(activation.tenant_id):
        return sorted(rules_of(activation).filter(is_active=True).values_list("account__number", flat=True))


def test_table_says_what_each_customer_gets_and_what_is_missing(
    client: Client, bis3: Activation, three: list[ExportRule], hidden: ExportRule
) -> None:
    with scope(bis3.tenant_id):
        chosen = CommonSettings.objects.create(activation=bis3, name="Public sector")
        rules_of(bis3).filter(pk=three[0].pk).update(common=chosen, format="oioubl", is_active=True)

    page = words(text_of(client.get(url_of(bis3))).partition('id="result_list"')[2])

    assert "Anna Pumps 1 Active ✓ Ready OIOUBL 2.1 own Share General Public sector – Settings Deactivate" in page
    assert "Bo Valves 2 Not active" in page and "Peppol BIS Billing 3.0 General" in page
    assert "more" in page
    assert "Stranger" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=anna", ["Anna Pumps"]), ("?q=valves", ["Bo Valves"]), ("?q=3", ["Carl Pipes"]),
        ("?q=57900", ["Carl Pipes"]),
        ("?q=nna", []), ("?show=active", ["Carl Pipes"]), ("?show=inactive", ["Anna Pumps", "Bo Valves"]),
        ("?show=not_ready", ["Bo Valves"]), ("?show=new", ["Anna Pumps", "Bo Valves"]), ("?q=0815", ["Anna Pumps"]),
        ("?since=2999-01-01", []), ("?since=2020-01-01", ["Anna Pumps", "Bo Valves", "Carl Pipes"]),
        ("?since=x", ["Anna Pumps", "Bo Valves", "Carl Pipes"]),
    ],
)  # fmt: skip
def test_table_is_searched_and_filtered(
    client: Client, bis3: Activation, three: list[ExportRule], query: str, found: list[str]
) -> None:
    with scope(bis3.tenant_id):
        client.get(url_of(bis3))
        rules_of(bis3).filter(account__number="3").update(is_active=True)
        rules_of(bis3).filter(account__number="1").update(values={"customer_endpoint_id": "0815"})
        Account.objects.filter(number="3").update(created_at="2020-05-05T00:00Z")

    assert names(client, bis3, query) == found


def test_new_customers_get_a_rule_when_the_table_is_opened(client: Client, bis3: Activation, source: Source) -> None:
    with scope(bis3.tenant_id):
        account_of(source, "4711", name="New one")

    assert names(client, bis3) == ["New one"]


def test_table_takes_the_same_queries_for_one_and_three(client: Client, bis3: Activation, source: Source) -> None:
    counts = []
    for numbers in (["1"], ["2", "3"]):
        with scope(bis3.tenant_id):
            for number in numbers:
                account_of(source, number)
        client.get(url_of(bis3))
        with CaptureQueriesContext(
            database,
        ) as queries:
            client.get(url_of(bis3))
        counts.append(len(queries))

    assert counts[0] == counts[1] < 20


def test_one_is_activated_with_format_and_gateway(
    client: Client, bis3: Activation, three: list[ExportRule], gateway: Connection
) -> None:
    with scope(bis3.tenant_id):
        document_of(three[0].account, "100")
    address = url_of(bis3, f"activate/?ids={three[0].pk}")

    asked = words(text_of(client.get(address)))
    client.post(address, {"format": "oioubl", "destination": gateway.pk, "existing": "leave"})

    assert "Activate 1 customer" in asked and "In the hub already: 1 document" in asked
    with scope(bis3.tenant_id):
        rule = rules_of(bis3).get(is_active=True)
    assert (rule.pk, rule.format, rule.destination_id) == (three[0].pk, "oioubl", gateway.pk)
    assert rule.activated_by == client.user  # type: ignore[attr-defined]


def test_ticked_ones_are_handed_to_one_dialog(client: Client, bis3: Activation, three: list[ExportRule]) -> None:
    ticked = [three[0].pk, three[1].pk]

    answer = client.post(url_of(bis3), {"action": "activate", "_selected_action": ticked, "index": "0"})
    client.post(answer["Location"], {"existing": "leave"})

    assert active(bis3) == ["1", "2"]


def test_all_that_match_the_filter_are_activated(client: Client, bis3: Activation, three: list[ExportRule]) -> None:
    sent = {"action": "activate", "_selected_action": [three[0].pk], "select_across": "1", "index": "0"}

    answer = client.post(url_of(bis3, "?q=anna"), sent)
    dialog = words(text_of(client.get(answer["Location"])))
    done = client.post(answer["Location"], {"existing": "leave"})

    assert "Activate 1 customer" in dialog
    assert active(bis3) == ["1"]
    assert done["Location"] == url_of(bis3, "?q=anna")


def test_activating_says_how_many_are_not_ready(client: Client, bis3: Activation, three: list[ExportRule]) -> None:
    ids = ",".join(str(rule.pk) for rule in three)

    done = client.post(url_of(bis3, f"activate/?ids={ids}"), {"existing": "leave"}, follow=True)

    page = text_of(done)
    assert "3 customers activated. 1 is not ready:" in words(page)
    assert f'href="{url_of(bis3)}?show=not_ready"' in page


def test_documents_that_are_here_are_exported_too_when_asked(
    client: Client, bis3: Activation, three: list[ExportRule]
) -> None:
    from adaptors.domain.transactions.selection import due

    with scope(bis3.tenant_id):
        document_of(three[0].account, "100"), document_of(three[2].account, "300")
    client.post(url_of(bis3, f"activate/?ids={three[0].pk}"), {"existing": "export"})
    client.post(url_of(bis3, f"activate/?ids={three[2].pk}"), {"existing": "leave"})

    with scope(bis3.tenant_id):
        assert [document.number for document in due(bis3)] == ["100"]


def test_without_a_format_nobody_is_activated(client: Client, bis3: Activation, three: list[ExportRule]) -> None:
    with scope(bis3.tenant_id):
        Activation.objects.update(format="")

    page = text_of(client.post(url_of(bis3, f"activate/?ids={three[0].pk}"), {"existing": "leave"}))

    assert "Choose an output format." in page
    assert active(bis3) == []


def test_deactivated_customers_keep_their_settings(client: Client, bis3: Activation, three: list[ExportRule]) -> None:
    with scope(bis3.tenant_id):
        rules_of(bis3).update(is_active=True, format="oioubl")

    client.post(url_of(bis3, f"deactivate/?ids={three[0].pk},{three[1].pk}"))

    assert active(bis3) == ["3"]
    with scope(bis3.tenant_id):
        assert set(rules_of(bis3).values_list("format", flat=True)) == {"oioubl"}


def test_common_settings_are_chosen_for_ticked_customers(
    client: Client, bis3: Activation, three: list[ExportRule]
) -> None:
    with scope(bis3.tenant_id):
        chosen = CommonSettings.objects.create(activation=bis3, name="Public sector")

    client.post(url_of(bis3, f"use-common/?ids={three[0].pk}"), {"common": chosen.pk})

    with scope(bis3.tenant_id):
        assert [rule.pk for rule in chosen.rules.all()] == [three[0].pk]


def test_last_sent_is_the_newest_of_each_customer(
    client: Client, bis3: Activation, three: list[ExportRule], tenant: Tenant
) -> None:
    with scope(bis3.tenant_id):
        account = three[0].account
        for number, state in (("1", "delivered"), ("2", "delivered"), ("3", "held")):
            Transaction.objects.create(
                activation=bis3, account=account, document=document_of(account, number), version="v", state=state,
                number=number, format="bis3",
            )  # fmt: skip
        newest: Any = Transaction.objects.get(number="2")

    rows = client.get(url_of(bis3)).context["cl"].result_list

    assert [row.last_sent for row in rows] == [newest.created_at, None, None]
    assert newest.created_at < timezone.now()


@pytest.mark.parametrize(
    "rest", ["", "activate/?ids={}", "{}/", "export/?ids={}", "import/", "sets/", "common/supplier/"]
)
def test_anothers_adaptor_is_not_there(client: Client, three: list[ExportRule], hidden: ExportRule, rest: str) -> None:
    assert client.get(f"/adaptors/activation/{hidden.activation_id}/rules/{rest.format(hidden.pk)}").status_code == 404


def test_anothers_customers_are_not_touched(client: Client, bis3: Activation, hidden: ExportRule) -> None:
    client.post(url_of(bis3, f"activate/?ids={hidden.pk}"), {"existing": "leave"})
    page = client.get(url_of(bis3, f"{hidden.pk}/"))

    assert page.status_code == 404
    with scope(hidden.tenant_id):
        assert not ExportRule.objects.get().is_active


@pytest.mark.parametrize("role", ["viewer", "clerk"])
def test_who_only_looks_changes_nothing(
    tenant: Tenant, sign_in: SignIn, bis3: Activation, three: list[ExportRule], role: str
) -> None:
    client = sign_in(tenant, role=role)
    pages = {rest: client.get(url_of(bis3, rest)).status_code for rest in ("", f"{three[0].pk}/", "common/supplier/")}

    posts = {
        rest: client.post(url_of(bis3, rest), {"existing": "leave", "name": "x"}).status_code
        for rest in (f"activate/?ids={three[0].pk}", f"deactivate/?ids={three[0].pk}", f"{three[0].pk}/", "sets/",
                     "common/supplier/", "import/", f"use-common/?ids={three[0].pk}")
    }  # fmt: skip

    assert set(pages.values()) == {200}
    assert set(posts.values()) == {403}
    assert active(bis3) == []


@pytest.mark.parametrize("ids", ["", "x", "1,x", "-1"])
def test_ids_that_are_none_are_refused(client: Client, bis3: Activation, three: list[ExportRule], ids: str) -> None:
    assert client.get(url_of(bis3, f"activate/?ids={ids}")).status_code == 400


def test_tab_of_the_activation_leads_to_the_table(client: Client, bis3: Activation, three: list[ExportRule]) -> None:
    page = text_of(client.get(f"/adaptors/activation/{bis3.pk}/change/"))
    answer = client.get(f"/adaptors/activation/{bis3.pk}/change/?tab=export_rules")

    assert ">Export Rules</a>" in page
    assert answer["Location"] == url_of(bis3)
