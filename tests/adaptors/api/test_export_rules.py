"""Export rules by the API: what holds and who says so, own settings, activated and deactivated many at a time."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from adaptors.domain.customers import rules
from adaptors.models import Activation, ExportRule
from arhub.models import Source, Tenant
from arhub.tenancy.scope import scope
from connectors.models import Connection
from tests.adaptors.api.conftest import ROOT, Ask
from tests.adaptors.conftest import account_of, rules_of

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])


def setting(shown: dict[str, Any], name: str) -> tuple[str, str]:
    [found] = [one for one in shown["settings"] if one["name"] == name]
    return found["value"], found["level"]


def test_rule_says_what_holds_and_who_says_so(api: Client, rule: ExportRule) -> None:
    shown = api.get(f"{ROOT}export-rules/{rule.pk}/?include=settings").json()

    assert (shown["account_name"], shown["is_active"], shown["effective_format"]) == ("Customer 10042", True, "bis3")
    assert setting(shown, "supplier_bank_branch") == ("0040", "own")
    assert setting(shown, "customer_city") == ("Aarhus C", "account data")
    assert setting(shown, "language") == ("en", "default")
    assert "settings" not in api.get(f"{ROOT}export-rules/{rule.pk}/").json()


def test_own_settings_are_changed_and_reset(patch: Ask, rule: ExportRule, gateway: Connection) -> None:
    path = f"export-rules/{rule.pk}/"

    status, shown = patch(path, own={"note": "Tak", "supplier_bank_branch": ""}, format="json", destination=gateway.pk)

    assert (status, shown["own"]) == (200, {"supplier_bank_account": "0440116243", "note": "Tak"})
    assert (shown["format"], shown["destination"]) == ("json", gateway.pk)
    assert (shown["is_ready"], shown["judged_at"] is not None) == (True, True)
    assert patch(path, format="", destination=None)[1]["effective_format"] == "bis3"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"own": {"cake": "1"}}, "own.cake"),
        ({"own": {"supplier_iban": "DK00"}}, "own.supplier_iban"),
        ({"own": "none"}, "own"),
        ({"format": "papyrus"}, "format"),
        ({"destination": 999_999}, "destination"),
        ({"common": 999_999}, "common"),
    ],
)
def test_what_cannot_be_set_is_told_by_field(patch: Ask, rule: ExportRule, given: dict[str, Any], field: str) -> None:
    status, refused = patch(f"export-rules/{rule.pk}/", **given)

    assert (status, list(refused["fields"])) == (400, [field]), refused


def test_connection_of_another_company_is_no_destination(
    post: Ask, patch: Ask, rule: ExportRule, other: Tenant
) -> None:
    with scope(other.pk):
        theirs = Connection.objects.get()

    changed = patch(f"export-rules/{rule.pk}/", destination=theirs.pk)
    activated = post("export-rules/activate/", adaptor=rule.activation_id, ids=[rule.pk], destination=theirs.pk)

    for status, refused in (changed, activated):
        assert (status, refused["fields"]) == (
            400, {"destination": ["There is no such connection that carries documents of Export."]},
        )  # fmt: skip


def test_rules_are_activated_and_deactivated_together(
    tenant: Tenant, api: Client, post: Ask, source: Source, activation: Activation, rule: ExportRule
) -> None:
    with scope(tenant.pk):
        account_of(source, "10043", city="", address_line1="")
        account_of(source, "10044")
        rules.follow(activation)
        ids = list(rules_of(activation).order_by("pk").values_list("pk", flat=True))
    body = {"adaptor": activation.pk, "ids": ids}

    first, again = post("export-rules/activate/", key="a", **body), post("export-rules/activate/", key="a", **body)
    active = api.get(f"{ROOT}export-rules/?adaptor={activation.pk}&active=true").json()["results"]
    not_ready = api.get(f"{ROOT}export-rules/?ready=false").json()["results"]
    off = post("export-rules/deactivate/", **body)

    assert first[0] == 200 and again == first
    assert first[1] == {"changed": 2, "not_ready": [one["id"] for one in not_ready]}
    assert [one["id"] for one in active] == ids
    assert (off[0], off[1]["changed"]) == (200, 3)
    assert api.get(f"{ROOT}export-rules/?active=true").json()["results"] == []


def test_rule_of_another_adaptor_is_not_activated(post: Ask, tenant: Tenant, rule: ExportRule, source: Source) -> None:
    with scope(tenant.pk):
        mine = Activation.objects.create(adaptor="file_invoices", name="Second", source=source, format="bis3")
        posting = Activation.objects.create(adaptor="post_receivables", name="Posting")

    assert post("export-rules/activate/", adaptor=mine.pk, ids=[rule.pk])[1]["fields"] == {
        "ids": [f"There is no such export rule of Second: {rule.pk}."]
    }
    assert post("export-rules/activate/", adaptor=posting.pk, ids=[1])[1]["message"] == "Posting has no export rules."
    assert list(post("export-rules/deactivate/", adaptor=999_999, ids=[1])[1]["fields"]) == ["adaptor"]
    assert list(post("export-rules/activate/", adaptor=mine.pk, ids=[])[1]["fields"]) == ["ids"]


def test_page_with_settings_costs_the_same_for_one_rule_and_three(
    tenant: Tenant, api: Client, source: Source, activation: Activation, rule: ExportRule
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(database) as captured:
            assert api.get(f"{ROOT}export-rules/?include=settings").status_code == 200
        return len(captured)

    queries()
    one = queries()
    with scope(tenant.pk):
        for number in ("10043", "10044"):
            account_of(source, number)
        rules.follow(activation)

    assert queries() == one
    page = api.get(f"{ROOT}export-rules/?page_size=2").json()
    assert [len(page["results"]), len(api.get(page["next"]).json()["results"])] == [2, 1]
