"""Exporting by hand through the API: three ways to find, the lists, and what of them goes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from adaptors.api import manual_exports
from adaptors.models import Activation, Transaction
from arhub.models import Account, Document, Source, Tenant
from arhub.tenancy.scope import scope
from tests.adaptors.api.conftest import JSON, ROOT, Ask, client_of, sent
from tests.adaptors.api.test_transactions import settled
from tests.adaptors.conftest import account_of, document_of

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])
PATH = "manual-exports/"


@pytest.fixture
def documents(tenant: Tenant, source: Source, activation: Activation, account: Account) -> dict[str, Document]:
    """One of each list, by number."""
    gone = sent(activation, account, "1")
    settled(gone, "delivered")
    with scope(tenant.pk):
        stranger = account_of(source, "10043")
        return {
            "1": gone.document, "2": document_of(account, "2"), "3": document_of(stranger, "3"),
            "4": document_of(account, "4", is_draft=True),
            "5": document_of(account, "5", invoice_date=date(2025, 3, 1)),
        }  # fmt: skip


def numbers(found: dict[str, Any]) -> dict[str, list[str]]:
    lists = ("not_activated", "not_exported", "already_exported", "never_exported")
    return {name: [one["number"] for one in found[name]] for name in lists}


def test_three_lists_are_told_with_their_counts(
    tenant: Tenant, post: Ask, activation: Activation, account: Account, documents: dict[str, Document]
) -> None:
    status, found = post(PATH, adaptor=activation.pk, invoices=["1", "2", "3", "4", "5"])

    assert status == 200
    assert numbers(found) == {
        "not_activated": ["3"], "not_exported": ["5", "2"], "already_exported": ["1"], "never_exported": ["4"],
    }  # fmt: skip
    assert found["counts"] == {"not_activated": 1, "not_exported": 2, "already_exported": 1, "never_exported": 1}
    assert (found["chosen"], found["exported"]) == (2, [])
    old, due = found["not_exported"]
    assert old["text"] == "It is dated before the day from which documents are exported."
    assert (due["text"], due["amount"], due["transaction"]) == ("", "1250", None)
    with scope(tenant.pk):
        assert Transaction.objects.count() == 1


def test_customers_and_days_find_too(
    post: Ask, activation: Activation, account: Account, documents: dict[str, Document]
) -> None:
    by_customer = post(PATH, adaptor=activation.pk, accounts=[account.pk])[1]
    by_day = post(PATH, adaptor=activation.pk, first="2025-01-01", last="2025-12-31")[1]

    assert numbers(by_customer)["not_activated"] == []
    assert numbers(by_day)["not_exported"] == ["5"]
    assert sum(by_day["counts"].values()) == 1


def test_what_is_chosen_goes_once_however_often_it_is_asked(
    tenant: Tenant, post: Ask, activation: Activation, documents: dict[str, Document]
) -> None:
    body = {"adaptor": activation.pk, "invoices": ["1", "2", "5"], "export": True}

    dry = post(PATH, dry_run=True, **body)
    first, again = post(PATH, key="one", **body), post(PATH, key="one", **body)

    assert (dry[0], dry[1]["chosen"], dry[1]["exported"]) == (200, 2, [])
    assert first[0] == 202 and first == again
    assert [(one["number"], one["state"]) for one in first[1]["exported"]] == [("5", "sending"), ("2", "sending")]
    assert post(PATH, **body)[1]["exported"] == []
    with scope(tenant.pk):
        assert Transaction.objects.count() == 3


def test_what_went_already_goes_once_more_only_with_a_reason(
    tenant: Tenant, post: Ask, activation: Activation, documents: dict[str, Document]
) -> None:
    body = {"adaptor": activation.pk, "invoices": ["1", "2"], "export": True, "documents": [documents["1"].pk]}

    refused = post(PATH, **body)
    status, told = post(PATH, reason="They lost it.", **body)

    assert (refused[0], refused[1]["fields"]) == (
        400, {"reason": ["1 was exported already: say why it is to go once more."]},
    )  # fmt: skip
    assert status == 202
    assert [(one["number"], one["again"]) for one in told["exported"]] == [("1", 1)]


def test_what_is_on_hold_is_made_anew_as_the_same(post: Ask, activation: Activation, account: Account) -> None:
    held = sent(activation, account, total_amount=Decimal("1250.10"))
    with scope(activation.tenant_id):
        Document.objects.filter(pk=held.document_id).update(total_amount=Decimal(1250))

    status, told = post(PATH, adaptor=activation.pk, invoices=["10482"], export=True)

    assert (status, told["counts"]["not_exported"]) == (202, 1)
    assert [(one["id"], one["state"]) for one in told["exported"]] == [(held.pk, "sending")]


def test_what_cannot_go_is_refused_and_nothing_goes(
    tenant: Tenant, post: Ask, activation: Activation, documents: dict[str, Document]
) -> None:
    body = {"adaptor": activation.pk, "invoices": ["1", "2", "3", "4"], "export": True}

    answers = [post(PATH, documents=[documents["2"].pk, documents[one].pk], **body) for one in ("3", "4", "5")]

    assert [refused["fields"]["documents"][0] for _, refused in answers] == [
        "3 cannot go. Its customer is not activated.",
        "4 cannot go. It is a draft: nothing is sent before it is booked.",
        f"Document {documents['5'].pk} is not among those that were found.",
    ]
    with scope(tenant.pk):
        assert Transaction.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "invoices"),
        ({"invoices": ["1"], "first": "2026-01-01"}, "invoices"),
        ({"invoices": []}, "invoices"),
        ({"accounts": ["x"]}, "accounts.0"),
        ({"first": "2026-02-01", "last": "2026-01-01"}, "last"),
        ({"first": "soon"}, "first"),
        ({"invoices": ["1"], "documents": [0]}, "documents.0"),
    ],
)
def test_wrong_bodies_are_told_by_field(post: Ask, activation: Activation, given: dict[str, Any], field: str) -> None:
    status, refused = post(PATH, adaptor=activation.pk, **given)

    assert (status, list(refused["fields"])) == (400, [field]), refused


def test_adaptor_has_to_be_ones_own_on_and_export_documents(
    tenant: Tenant, post: Ask, patch: Ask, other: Tenant, activation: Activation, documents: dict[str, Document]
) -> None:
    with scope(tenant.pk):
        posting = Activation.objects.create(adaptor="post_receivables", name="Posting")
    foreign = client_of(other).post(ROOT + PATH, {"adaptor": activation.pk, "invoices": ["1"]}, content_type=JSON)
    patch(f"adaptors/{activation.pk}/", is_on=False)

    assert foreign.json()["fields"] == {"adaptor": ["There is no such adaptor."]}
    assert post(PATH, adaptor=posting.pk, invoices=["1"])[1]["message"] == "Posting exports no documents."
    off = post(PATH, adaptor=activation.pk, invoices=["2"], export=True)
    assert (off[0], off[1]["message"]) == (409, "Export is switched off.")


def test_more_than_a_request_takes_is_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, post: Ask, activation: Activation, documents: dict[str, Document]
) -> None:
    monkeypatch.setattr(manual_exports, "MOST", 1)

    status, refused = post(PATH, adaptor=activation.pk, invoices=["1", "2"], export=True)

    assert (status, refused["code"], refused["message"][:56]) == (
        422, "too_many", "More than 1 documents were found: ask for fewer days, cu",
    )  # fmt: skip


def test_key_for_other_things_exports_nothing(tenant: Tenant, activation: Activation, api: Client) -> None:
    answer = client_of(tenant, "transactions:write").post(f"{ROOT}{PATH}", {"adaptor": 1}, content_type=JSON)

    assert (answer.status_code, answer.json()["message"]) == (403, "This needs the scope manual_exports:write.")
