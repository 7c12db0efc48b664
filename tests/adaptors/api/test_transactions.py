"""Transactions by the API: how far each came, what is found by which filter, and what is done about them."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from adaptors.domain.transactions import ladder
from adaptors.models import Activation, Transaction
from arhub.models import Account, Document, Outbound, Tenant
from arhub.tenancy.scope import scope
from tests.adaptors.api.conftest import JSON, ROOT, Ask, client_of, sent

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

HELD = {"total_amount": Decimal("1250.10")}


def settled(row: Transaction, state: str) -> None:
    """As if its gateway had said so."""
    with scope(row.tenant_id):
        assert row.delivery is not None
        Outbound.objects.filter(pk=row.delivery.outbound_id).update(state=state, next_attempt_at=None)
        now = {"delivered": "delivered", "failed": "failed", "uncertain": "uncertain"}[state]
        Transaction.objects.filter(pk=row.pk).update(state=now)


def ids(api: Client, query: str) -> list[int]:
    return [one["id"] for one in api.get(f"{ROOT}transactions/?{query}").json()["results"]]


def test_transaction_tells_what_it_is_and_how_far(api: Client, row: Transaction) -> None:
    shown = api.get(f"{ROOT}transactions/{row.pk}/?include=log,receipts,entries").json()

    assert (shown["number"], shown["amount"], shown["currency"]) == ("10482", "1250", "DKK")
    assert (shown["state"], shown["format"], shown["attempts"]) == ("sending", "bis3", 0)
    assert (shown["digest"], shown["size"], shown["name"]) == (row.sha256, row.size, "invoice-10482.xml")
    assert shown["rendered_at"] and shown["validated_at"] and shown["delivered_at"] is None
    assert shown["checked_by"] == ["the schema of UBL 2.1", "EN 16931 1.3.16"]
    assert (shown["log"], shown["receipts"], shown["entries"]) == ([], [], [])


def test_bytes_are_for_saving_and_those_of_the_digest(
    api: Client, activation: Activation, account: Account, row: Transaction
) -> None:
    answer = api.get(f"{ROOT}transactions/{row.pk}/file/")
    content = b"".join(answer.streaming_content)  # type: ignore[arg-type]
    held = sent(activation, account, "2", invoice_date=None)

    assert answer.headers["Content-Disposition"] == 'attachment; filename="invoice-10482.xml"'
    assert hashlib.sha256(content).hexdigest() == row.sha256
    assert api.get(f"{ROOT}transactions/{held.pk}/file/").status_code == 404


def test_filters_find_what_they_say(api: Client, activation: Activation, account: Account, row: Transaction) -> None:
    held = sent(activation, account, "2", **HELD)

    assert ids(api, "") == [held.pk, row.pk]
    assert ids(api, "ordering=id") == [row.pk, held.pk]
    assert ids(api, f"adaptor={activation.pk}&number=10482") == [row.pk]
    assert ids(api, f"account_hub_id={account.pk}&state=held") == [held.pk]
    assert ids(api, f"document_hub_id={row.document_id}") == [row.pk]
    assert ids(api, "asks_person=true") == ids(api, f"cause={held.cause}") == [held.pk]
    assert ids(api, "changed=true") == ids(api, "created_since=2999-01-01T00:00:00Z") == []
    assert ids(api, "moved_since=2020-01-01T00:00:00Z&changed=false") == [held.pk, row.pk]
    assert ids(api, "created_since=0299-04-04T03:51:52%2B23:06") == [held.pk, row.pk]  # an offset no database knows
    assert api.get(f"{ROOT}transactions/?created_since=0001-01-01T00:00:00%2B23:06").status_code == 400
    refused = api.get(f"{ROOT}transactions/?state=lost").json()
    assert list(refused["fields"]) == ["state"]


def test_held_one_is_tried_again(tenant: Tenant, post: Ask, activation: Activation, account: Account) -> None:
    held = sent(activation, account, **HELD)

    still = post(f"transactions/{held.pk}/try-again/")[1]
    with scope(tenant.pk):
        Document.objects.filter(pk=held.document_id).update(total_amount=Decimal(1250))
    status, gone = post(f"transactions/{held.pk}/try-again/")

    assert (still["state"], still["asks_person"], len(still["problems"])) == ("held", True, 1)
    assert (status, gone["state"], gone["problems"]) == (202, "sending", [])


def test_what_arrived_is_sent_once_more_only_with_a_reason(tenant: Tenant, post: Ask, row: Transaction) -> None:
    settled(row, "delivered")

    refused = post(f"transactions/{row.pk}/resend/")
    status, shown = post(f"transactions/{row.pk}/resend/", reason="They lost it.")

    assert (refused[0], refused[1]["fields"]) == (400, {"reason": ["Expected a reason in a few words, found none."]})
    assert (status, shown["id"], shown["digest"]) == (202, row.pk, row.sha256)
    with scope(tenant.pk):
        assert Outbound.objects.get(channel="delivery").state == Outbound.State.WAITING


def test_sending_as_new_answers_with_the_new_one_once(tenant: Tenant, post: Ask, row: Transaction) -> None:
    settled(row, "delivered")
    path = f"transactions/{row.pk}/send-as-new/"

    assert list(post(path)[1]["fields"]) == ["reason"]
    first, again = (post(path, key="new", reason="A new order number.") for _ in range(2))

    assert first[0] == 202 and first == again
    assert (first[1]["id"] > row.pk, first[1]["again"]) == (True, 1)
    refused = post(path, reason="Once more.")
    assert (refused[0], refused[1]["message"]) == (
        409, f"It was sent as new since, as transaction {first[1]['id']}.",
    )  # fmt: skip
    with scope(tenant.pk):
        assert Transaction.objects.count() == 2


def test_uncertain_one_is_decided(post: Ask, row: Transaction) -> None:
    settled(row, "uncertain")

    looked = post(f"transactions/{row.pk}/resend/", reason="x")
    status, shown = post(f"transactions/{row.pk}/arrived/")

    assert (looked[0], looked[1]["message"]) == (409, "It may have arrived: say first whether it did.")
    assert (status, shown["state"], shown["asks_person"]) == (202, "delivered", False)
    assert post(f"transactions/{row.pk}/did-not-arrive/")[0] == 409


def test_uncertain_one_that_did_not_arrive_goes_again(api: Client, post: Ask, row: Transaction) -> None:
    settled(row, "uncertain")

    status, shown = post(f"transactions/{row.pk}/did-not-arrive/")

    assert (status, shown["state"]) == (202, "sending")
    [line] = api.get(f"{ROOT}transactions/{row.pk}/?include=entries").json()["entries"]
    assert (line["text"], line["by"]) == ("Seen not to have arrived: the same is sent again.", None)


def test_waiting_one_is_hurried_and_cancelled(post: Ask, row: Transaction) -> None:
    assert post(f"transactions/{row.pk}/send-now/")[0] == 202
    assert post(f"transactions/{row.pk}/cancel/")[1]["state"] == "cancelled"
    assert post(f"transactions/{row.pk}/cancel/")[1]["message"] == "It is cancelled."
    status, shown = post(f"transactions/{row.pk}/elsewhere/", reason="By letter.")
    assert (status, shown["state"], shown["said"]) == (202, "elsewhere", "By letter.")


def test_nobody_is_asked_who_cannot_answer(post: Ask, row: Transaction) -> None:
    status, refused = post(f"transactions/{row.pk}/look-up/")

    assert (status, refused["message"]) == (409, "It is not uncertain whether it arrived: its state is waiting.")


ACTS = ("resend", "send-as-new", "elsewhere", "send-now", "cancel")


@pytest.mark.parametrize("name", ACTS)
def test_what_moved_on_since_it_was_read_is_left_alone(
    tenant: Tenant, api: Client, post: Ask, row: Transaction, name: str
) -> None:
    read = api.get(f"{ROOT}transactions/{row.pk}/").json()["moved_at"]
    with scope(tenant.pk):
        assert row.delivery is not None
        Outbound.objects.filter(pk=row.delivery.outbound_id).update(state="failed", answer="No room.")
        ladder.followed([row.delivery.pk])

    status, refused = post(f"transactions/{row.pk}/{name}/", reason="x", seen_at=read)

    assert (status, refused["code"]) == (409, "moved_on")
    assert refused["message"] == "It moved on since it was looked at: it is failed."
    assert ids(api, "state=failed") == [row.pk]


def test_what_stands_where_it_was_read_is_acted_on(api: Client, post: Ask, row: Transaction) -> None:
    read = api.get(f"{ROOT}transactions/{row.pk}/").json()["moved_at"]

    status, shown = post(f"transactions/{row.pk}/cancel/", seen_at=read)

    assert (status, shown["state"]) == (202, "cancelled")


def test_several_that_moved_on_are_counted(api: Client, post: Ask, row: Transaction) -> None:
    read = api.get(f"{ROOT}transactions/{row.pk}/").json()["moved_at"]
    post(f"transactions/{row.pk}/cancel/")

    told = post("transactions/act/", action="elsewhere", ids=[row.pk], reason="By post.", seen_at=read)[1]

    assert told == {
        "done": 0, "not_done": [{"text": "It moved on since it was looked at: it is cancelled.", "count": 1}],
    }  # fmt: skip


def test_same_is_done_about_several(
    api: Client, post: Ask, activation: Activation, account: Account, row: Transaction
) -> None:
    held = sent(activation, account, "2", **HELD)

    status, told = post("transactions/act/", action="cancel", ids=[row.pk, held.pk])

    assert (status, told) == (200, {
        "done": 1, "not_done": [{"text": "It has not been handed to a gateway.", "count": 1}],
    })  # fmt: skip
    assert ids(api, "state=cancelled") == [row.pk]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"action": "eat"}, "action"),
        ({"action": "cancel", "ids": []}, "ids"),
        ({"action": "cancel", "ids": list(range(1, 502))}, "ids"),
        ({"action": "cancel", "ids": [999_999]}, "ids"),
        ({"action": "elsewhere"}, "reason"),
        ({"action": "cancel", "reason": "x" * 401}, "reason"),
        ({"action": "cancel", "seen_at": "lately"}, "seen_at"),
    ],
)
def test_wrong_bodies_are_told_by_field(post: Ask, row: Transaction, given: dict[str, Any], field: str) -> None:
    status, refused = post("transactions/act/", **{"ids": [row.pk], **given})

    assert (status, list(refused["fields"])) == (400, [field]), refused


def test_other_company_finds_and_touches_nothing(other: Tenant, row: Transaction) -> None:
    theirs = client_of(other)
    paths = ("", "file/", "receipts/")
    acts = ("try-again", "resend", "send-as-new", "elsewhere", "look-up", "arrived", "cancel")

    found = [theirs.get(f"{ROOT}transactions/{row.pk}/{path}").status_code for path in paths]
    done = [theirs.post(f"{ROOT}transactions/{row.pk}/{act}/").status_code for act in acts]
    bulk = theirs.post(f"{ROOT}transactions/act/", {"action": "cancel", "ids": [row.pk]}, content_type=JSON)

    assert set(found) | set(done) == {404}
    assert bulk.json()["fields"] == {"ids": [f"There is no such transaction: {row.pk}."]}
    assert theirs.get(f"{ROOT}transactions/").json()["results"] == []
    with scope(row.tenant_id):
        assert Transaction.objects.get().state == "sending"


def test_key_that_reads_does_nothing(tenant: Tenant, row: Transaction) -> None:
    reader = client_of(tenant, "transactions:read")

    answer = reader.post(f"{ROOT}transactions/{row.pk}/cancel/")

    assert reader.get(f"{ROOT}transactions/{row.pk}/").status_code == 200
    assert (answer.status_code, answer.json()["message"]) == (403, "This needs the scope transactions:write.")


def test_pages_lead_on_and_cost_the_same_for_one_and_three(
    api: Client, activation: Activation, account: Account, row: Transaction
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(database) as captured:
            answer = api.get(f"{ROOT}transactions/?include=log,receipts,entries")
        assert answer.status_code == 200
        return len(captured)

    queries()
    one = queries()
    for number in ("2", "3"):
        sent(activation, account, number)

    assert queries() == one
    first = api.get(f"{ROOT}transactions/?page_size=2").json()
    assert [one["number"] for one in first["results"]] == ["3", "2"]
    assert [one["number"] for one in api.get(first["next"]).json()["results"]] == ["10482"]
