"""*Matched customers with the network*: reviewed, then activated."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from adaptors.models import Activation, ExportRule
from arhub.models import Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections, participants
from tests.adaptors.rules.test_export_rules import active, url_of, words
from tests.adaptors.rules.test_rule_settings import stored
from tests.arhub.admin.conftest import SignIn, text_of


@pytest.fixture
def network(bis3: Activation, three: list[ExportRule]) -> Activation:
    """Anna is in the directory under her register, Bo by his name, Carl under his GLN."""
    with scope(bis3.tenant_id):
        made = connections.create("network", name="Network", values={})
        Activation.objects.update(destination=made)
        for account, facts in ((three[0].account, {"registration_number": "12345674", "vat_number": ""}),
                               (three[1].account, {"registration_number": "", "vat_number": ""})):  # fmt: skip
            account.__class__.objects.filter(pk=account.pk).update(**facts)
        participants.add({"endpoint": "9930:DE1", "name": "Anna A/S", "registration_number": "12345674"})
        participants.add({"endpoint": "9930:DE2", "name": "Bo Valves"})
        participants.add({"endpoint": "0088:5790000435951", "name": "Carl"})
    return bis3


def test_table_leads_to_the_network_only_where_something_goes_there(
    client: Client, bis3: Activation, three: list[ExportRule]
) -> None:
    assert "Matched customers with the network" not in text_of(client.get(url_of(bis3)))
    assert client.get(url_of(bis3, "matched/"))["Location"] == url_of(bis3)


def test_table_offers_help(client: Client, network: Activation) -> None:
    page = text_of(client.get(url_of(network)))

    assert "Matched customers with the network" in page and "Help me activate customers automatically" in page


def test_exact_ones_are_reviewed_and_activated(client: Client, network: Activation, three: list[ExportRule]) -> None:
    page = text_of(client.get(url_of(network, "matched/")))
    digest = re.search(r'name="digest" value="(\w+)"', page)[1]  # type: ignore[index]
    client.post(url_of(network, "matched/?show=exact"), {"all": "1", "digest": digest})

    said = words(page)
    assert "Exact · 2" in said and "Likely · 1" in said
    assert "Anna A/S · 9930:DE1 the same registration number 0184:12345674 becomes 9930:DE1" in said
    assert active(network) == ["1", "3"]
    assert stored(three[0]).values == {"customer_endpoint_scheme": "9930", "customer_endpoint_id": "DE1"}


def test_ticked_and_chosen_ones_are_activated_alone(
    client: Client, network: Activation, three: list[ExportRule]
) -> None:
    client.post(url_of(network, "matched/?show=exact"), {f"rule-{three[2].pk}": "0088:5790000435951"})
    likely = words(text_of(client.get(url_of(network, "matched/?show=likely"))))
    client.post(url_of(network, "matched/?show=likely"), {f"rule-{three[1].pk}": "9930:DE2", f"rule-{three[0].pk}": ""})

    assert "Bo Valves · 9930:DE2 the same name" in likely and "None of them" in likely
    assert active(network) == ["2", "3"]


def test_what_changed_meanwhile_activates_nobody(client: Client, network: Activation, three: list[ExportRule]) -> None:
    answers = [
        client.post(url_of(network, "matched/"), sent, follow=True)
        for sent in ({"all": "1", "digest": "x"}, {f"rule-{three[0].pk}": "9930:DE2"})
    ]

    assert all("nobody was activated" in text_of(answer) for answer in answers)
    assert active(network) == []


def test_who_only_looks_activates_nobody(
    tenant: Tenant, sign_in: SignIn, network: Activation, three: list[ExportRule]
) -> None:
    client = sign_in(tenant, role="clerk")

    page = text_of(client.get(url_of(network, "matched/")))

    assert "Activate all" not in page and "Activate those" not in page
    assert client.post(url_of(network, "matched/"), {"all": "1"}).status_code == 403
    assert active(network) == []
