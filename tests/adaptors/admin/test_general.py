"""The tab General: its form for each kind of adaptor, and what it stores."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from adaptors.domain import activations
from adaptors.models import Activation
from arhub.tenancy.scope import scope
from tests.adaptors.admin.conftest import Activated
from tests.adaptors.world import customer, document
from tests.arhub.admin.conftest import SignIn, World, text_of

FORM: dict[str, Any] = {
    "name": "Acting invoices", "owner": "", "dated_from": "2026-03-01", "document_types": ["invoice"],
    "statuses": "Booked, Paid", "destination": "", "file_name": "{number}.{ending}", "format": "csv",
    "general-when_changed": "again", "general-no_vat_category": "AE", "general-exemption_reason": "Reverse charge",
    "format_values-csv-sign": ",",
}  # fmt: skip


def test_general_stores_what_is_given(client: Client, acting: Activated) -> None:
    given = {**FORM, "owner": client.user.pk, "destination": acting.gateway.pk}  # type: ignore[attr-defined]

    answer = client.post(f"{acting.address}change/", given)

    assert answer.url == f"{acting.address}change/?tab=general"
    made = acting.stored()
    assert (made.owner, made.destination, str(made.dated_from)) == (client.user, acting.gateway, "2026-03-01")  # type: ignore[attr-defined]
    assert (made.document_types, made.statuses, made.file_name) == (
        ["invoice"],
        ["Booked", "Paid"],
        "{number}.{ending}",
    )
    assert (made.format, made.format_values) == ("csv", {"columns": "", "headings": False, "sign": ","})
    assert made.general == {
        "when_changed": "again", "no_vat_category": "AE", "exemption_reason": "Reverse charge",
    }  # fmt: skip


def test_form_shows_what_is_stored(client: Client, acting: Activated) -> None:
    client.post(f"{acting.address}change/", FORM)

    page = text_of(client.get(f"{acting.address}change/"))

    assert 'value="Booked, Paid"' in page
    assert '<option value="csv" selected' in page and '<option value="AE" selected' in page
    assert 'data-when="format" data-values="csv"' in page
    assert "format_values-csv-columns" not in page
    assert "Fields for names, folders and texts" in page


def test_columns_that_were_designed_stay(client: Client, acting: Activated) -> None:
    with scope(acting.records.tenant.pk):
        Activation.objects.filter(pk=acting.activation.pk).update(format="csv", format_values={"columns": ["number"]})

    client.post(f"{acting.address}change/", FORM)

    assert acting.stored().format_values["columns"] == ["number"]


def test_statuses_of_the_source_are_offered(client: Client, acting: Activated) -> None:
    acting.finish()
    with scope(acting.records.tenant.pk):
        source = acting.stored().source
        assert source is not None
        document(customer(source, "C-2"), "I-1", status="Booked")

    page = text_of(client.get(f"{acting.address}change/"))
    client.post(f"{acting.address}change/", {**FORM, "statuses": ["Booked"]})

    assert 'name="statuses" value="Booked"' in page
    assert acting.stored().statuses == ["Booked"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "Other"}, "There is an adaptor called Other already."),
        ({"file_name": "{numbr}"}, "Expected a field such as {number} or {date}, found {numbr}."),
        ({"document_types": []}, "This field is required"),
        ({"format": "docx"}, "Select a valid choice"),
        ({"format_values-csv-sign": "!"}, "Select a valid choice"),
        ({"dated_from": "soon"}, "Enter a valid date"),
    ],
)
def test_form_says_what_is_wrong(client: Client, acting: Activated, given: dict[str, Any], said: str) -> None:
    with scope(acting.records.tenant.pk):
        activations.activate("dinero_invoices", name="Other")

    page = text_of(client.post(f"{acting.address}change/", {**FORM, **given}))

    assert said in page.replace("&#x27;", "'")
    assert acting.stored().statuses == []


def test_another_tenants_people_and_connections_are_not_offered(
    client: Client, acting: Activated, hidden: Activated, sign_in: SignIn
) -> None:
    stranger = sign_in(hidden.records.tenant).user  # type: ignore[attr-defined]

    page = text_of(client.get(f"{acting.address}change/"))
    given = {**FORM, "owner": stranger.pk, "destination": hidden.gateway.pk}
    refused = text_of(client.post(f"{acting.address}change/", given))

    assert "Hidden" not in page
    assert refused.count("Select a valid choice") == 2


def test_publishing_asks_for_its_shop(client: Client, world: World) -> None:
    with scope(world.acting.tenant.pk):
        made = activations.activate("publish_outstanding", name="Shop")
    address = f"/adaptors/activation/{made.pk}/change/"

    page = text_of(client.get(address))
    refused = text_of(client.post(address, {"name": "Shop", "owner": "", "destination": "", "values-shop": ""}))
    staging = text_of(
        client.post(address, {"name": "Shop", "owner": "", "destination": "", "values-shop": "x-Staging"})
    )
    client.post(address, {"name": "Shop", "owner": "", "destination": "", "values-shop": "nordic"})

    assert "The name that the other side has issued" in page and 'name="format"' not in page
    assert "This field is required" in refused
    assert "Expected the name of a shop, as the other side has issued it, found “x-Staging”." in staging
    with scope(world.acting.tenant.pk):
        assert Activation.objects.get().values == {"shop": "nordic", "is_staging": False}


@pytest.mark.parametrize("kind", ["post_receivables", "sync_upload"])
def test_what_has_no_formats_asks_for_none(client: Client, world: World, kind: str) -> None:
    with scope(world.acting.tenant.pk):
        made = activations.activate(kind)

    page = text_of(client.get(f"/adaptors/activation/{made.pk}/change/"))

    assert 'name="format"' not in page and 'name="file_name"' not in page
    assert ('name="document_types"' in page) is (kind == "post_receivables")


def test_who_only_looks_sees_the_facts(world: World, sign_in: SignIn, acting: Activated, client: Client) -> None:
    client.post(f"{acting.address}change/", {**FORM, "destination": acting.gateway.pk})

    page = text_of(sign_in(world.acting.tenant, role="viewer").get(f"{acting.address}change/"))

    for said in ("Acting server", "Send it again", "Booked, Paid", "Invoice", "CSV", "Comma", "Managers change these."):
        assert said in page, said
    assert f"<dt>Default destination</dt><dd>{acting.gateway.name}</dd>" in page
    assert "<dt>Document types</dt>" in page and "<dt>None</dt>" not in page and "<dd>1 Mar 2026</dd>" in page
    assert "<input" not in page.partition("Managers change these.")[0].partition('id="content"')[2]


def test_status_with_a_nul_is_refused(client: Client, acting: Activated) -> None:
    answer = client.post(f"{acting.address}change/", {**FORM, "statuses": "Boo\x00ked"})

    assert "found a NUL character" in text_of(answer)
    assert acting.stored().statuses == []
