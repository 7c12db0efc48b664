"""The catalogue, and activating from it."""

from __future__ import annotations

import re

from django.test import Client

from adaptors.catalogue import CATALOGUE
from adaptors.models import Activation
from arhub.tenancy.scope import scope
from tests.adaptors.admin.conftest import Activated
from tests.arhub.admin.conftest import SignIn, World, text_of

PAGE = "/adaptors/activation/catalogue/"


def test_catalogue_shows_every_entry_and_what_is_active(client: Client, acting: Activated) -> None:
    page = text_of(client.get(PAGE))

    assert [entry.label in page for entry in CATALOGUE.values()] == [True] * len(CATALOGUE)
    assert page.count("✓ Active:") == 1
    assert f'href="{acting.address}change/"' in page
    assert "Peppol BIS Billing 3.0, OIOUBL 2.1" in page and "Peppol / NemHandel access point" in page


def test_who_only_looks_is_offered_nothing(world: World, sign_in: SignIn) -> None:
    page = text_of(sign_in(world.acting.tenant, role="clerk").get(PAGE))

    assert f"{PAGE}dinero_invoices/" not in page
    assert "Managers activate adaptors." in page


def test_activating_asks_for_the_destination_and_leads_to_general(
    client: Client, acting: Activated, hidden: Activated
) -> None:
    form = text_of(client.get(f"{PAGE}dinero_invoices/"))

    answer = client.post(f"{PAGE}dinero_invoices/", {"name": "Faktura", "destination": acting.gateway.pk})

    assert "Acting server (SFTP)" in form and "Decide later" in form and "Hidden server" not in form
    assert 'value="Dinero: Export Customer Invoices"' in form
    with scope(acting.records.tenant.pk):
        made = Activation.objects.select_related("destination", "owner").get(name="Faktura")
    assert answer.url == f"/adaptors/activation/{made.pk}/change/"
    assert (made.destination, made.owner, made.is_on) == (acting.gateway, client.user, False)  # type: ignore[attr-defined]
    assert 'aria-current="page">General' in text_of(client.get(answer.url))


def test_destination_can_wait(client: Client, world: World) -> None:
    client.post(f"{PAGE}sync_upload/", {"name": "Sync", "destination": ""})

    with scope(world.acting.tenant.pk):
        assert Activation.objects.get().destination is None


def test_another_tenants_connection_is_no_destination(client: Client, acting: Activated, hidden: Activated) -> None:
    page = text_of(client.post(f"{PAGE}dinero_invoices/", {"name": "Faktura", "destination": hidden.gateway.pk}))

    assert "Select a valid choice" in page


def test_name_that_is_taken_is_refused(client: Client, acting: Activated) -> None:
    page = text_of(client.post(f"{PAGE}dinero_invoices/", {"name": "Acting invoices", "destination": ""}))

    assert "There is an adaptor called Acting invoices already." in page


def test_connection_that_was_added_for_it_is_chosen(client: Client, acting: Activated) -> None:
    form = text_of(client.get(f"{PAGE}dinero_invoices/?connection={acting.gateway.pk}"))

    assert re.search(rf'<input[^>]*value="{acting.gateway.pk}"[^>]*checked', form)
    assert "/connectors/connection/add/?kind=sftp&amp;back=%2Fadaptors%2Factivation%2Fcatalogue%2Fdinero" in form


def test_entry_that_nobody_knows_is_not_there(client: Client, world: World) -> None:
    assert client.get(f"{PAGE}nonsense/").status_code == 404
