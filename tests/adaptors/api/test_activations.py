"""Adaptors by the API: activated, connected, changed, switched and run; what is wrong is told by field."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from adaptors.catalogue import CATALOGUE
from adaptors.domain.running import KIND
from adaptors.models import Activation
from arhub.models import Account, Run, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.models import Connection
from tests.adaptors.api.conftest import JSON, ROOT, Ask, client_of
from tests.adaptors.conftest import document_of

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])


def stored(activation: Activation) -> Activation:
    with scope(activation.tenant_id):
        return Activation.objects.get(pk=activation.pk)


def test_catalogue_is_told_whole_and_knows_no_parameters(api: Client) -> None:
    page = api.get(f"{ROOT}adaptors/catalogue/").json()

    assert (page["next"], page["previous"]) == (None, None)
    assert [entry["adaptor"] for entry in page["results"]] == list(CATALOGUE)
    assert page["results"][0]["source_kind"] == "dinero" and "bis3" in page["results"][0]["formats"]
    assert api.get(f"{ROOT}adaptors/catalogue/?cursor=x").json()["fields"] == {
        "cursor": ["There is no parameter “cursor” here."]
    }


def test_adaptor_is_activated_connected_and_switched_on(
    tenant: Tenant, api: Client, post: Ask, patch: Ask, source: Source, gateway: Connection
) -> None:
    status, made = post("adaptors/", adaptor="file_invoices", name="Invoices", destination=gateway.pk)
    address = f"adaptors/{made['id']}/"

    assert (status, made["is_on"], made["lacking"]) == (
        201, False, "Source chosen: Choose the source whose records it takes.",
    )  # fmt: skip
    assert patch(address, source=source.pk)[1]["source"] == source.pk
    status, refused = patch(address, is_on=True)
    assert (status, refused["message"][:24]) == (409, "Customers activated: not")
    assert api.delete(ROOT + address).status_code == 204
    assert api.get(ROOT + address).status_code == 404


def test_settings_are_changed_as_on_the_screen(patch: Ask, activation: Activation) -> None:
    status, shown = patch(
        f"adaptors/{activation.pk}/", name="Invoices", dated_from="2026-02-01", document_types=["invoice"],
        file_name="{number}.{ending}", general={"when_changed": "again"}, format="json",
    )  # fmt: skip

    assert status == 200, shown
    assert (shown["name"], shown["dated_from"], shown["document_types"]) == ("Invoices", "2026-02-01", ["invoice"])
    assert (shown["format"], shown["general"]) == ("json", {"when_changed": "again"})
    assert stored(activation).file_name == "{number}.{ending}"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"dated_from": "soon"}, "dated_from"),
        ({"document_types": ["cake"]}, "document_types"),
        ({"document_types": []}, "document_types"),
        ({"format": "papyrus"}, "format"),
        ({"file_name": "{nothing"}, "file_name"),
        ({"general": {"when_changed": "never"}}, "general.when_changed"),
        ({"general": {"supplier_iban": "DK5000400440116243"}}, "general.supplier_iban"),
        ({"values": {"shop": "x"}}, "values.shop"),
        ({"destination": 999_999}, "destination"),
        ({"source": 999_999}, "source"),
        ({"connection": 999_999}, "connection"),
        ({"is_on": "perhaps"}, "is_on"),
    ],
)
def test_what_cannot_be_set_is_told_by_field(
    patch: Ask, activation: Activation, given: dict[str, Any], field: str
) -> None:
    status, refused = patch(f"adaptors/{activation.pk}/", **given)

    assert (status, list(refused["fields"])) == (400, [field]), refused
    assert refused["fields"][field][0].endswith(".")


def test_connection_of_another_company_is_no_destination(
    patch: Ask, post: Ask, activation: Activation, other: Tenant
) -> None:
    with scope(other.pk):
        theirs, source = Connection.objects.get(), Source.objects.first()
    assert source is not None

    asked = [
        patch(f"adaptors/{activation.pk}/", destination=theirs.pk),
        patch(f"adaptors/{activation.pk}/", connection=theirs.pk),
        patch(f"adaptors/{activation.pk}/", source=source.pk),
        post("adaptors/", adaptor="file_invoices", destination=theirs.pk),
    ]

    assert [(status, list(said["fields"])) for status, said in asked] == [
        (400, ["destination"]), (400, ["connection"]), (400, ["source"]), (400, ["destination"]),
    ]  # fmt: skip


def test_adaptor_that_nobody_knows_is_not_activated(post: Ask) -> None:
    status, refused = post("adaptors/", adaptor="cake")

    assert (status, refused["fields"]["adaptor"][0][:29]) == (400, "Expected one of dinero_invoic")


def test_run_of_many_documents_has_to_be_meant(
    tenant: Tenant, post: Ask, activation: Activation, account: Account
) -> None:
    with scope(tenant.pk):
        for number in range(101):
            document_of(account, str(number), 0)
    path = f"adaptors/{activation.pk}/run-now/"

    refused, started = post(path), post(path, all=True)

    assert (refused[0], refused[1]["message"]) == (
        409, 'The first run would send 101 documents: say {"all": true} if that is meant.',
    )  # fmt: skip
    assert (started[0], started[1]["kind"]) == (202, KIND)


def test_same_run_is_asked_for_once(tenant: Tenant, post: Ask, activation: Activation) -> None:
    first, second = (post(f"adaptors/{activation.pk}/run-now/", key="once")[1]["id"] for _ in range(2))

    assert first == second
    with scope(tenant.pk):
        assert Run.objects.filter(kind=KIND).count() == 1


def test_adaptor_that_is_off_does_not_run(post: Ask, patch: Ask, activation: Activation) -> None:
    assert patch(f"adaptors/{activation.pk}/", is_on=False)[1]["is_on"] is False

    assert post(f"adaptors/{activation.pk}/run-now/")[0] == 409


def test_list_is_narrowed_and_key_for_reading_changes_nothing(
    tenant: Tenant, api: Client, activation: Activation
) -> None:
    reader = client_of(tenant, "adaptors:read")

    assert [one["id"] for one in api.get(f"{ROOT}adaptors/?on=true&search=exp").json()["results"]] == [activation.pk]
    assert api.get(f"{ROOT}adaptors/?on=false").json()["results"] == []
    answer = reader.patch(f"{ROOT}adaptors/{activation.pk}/", {"name": "Mine"}, content_type=JSON)
    assert (answer.status_code, answer.json()["code"], stored(activation).name) == (403, "scope_missing", "Export")
