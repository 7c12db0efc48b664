"""The page of a transaction in each of its states, and what people do there, in the list, and about a cause."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from adaptors.admin.document_text import segments
from adaptors.domain.transactions import causes, ladder, steering
from adaptors.models import Activation, Answer, Expectation, Transaction, TransactionEntry
from arhub.domain.sharing import EVERYTHING
from arhub.domain.tenants import create_tenant
from arhub.models import Account, Attempt, Document, Outbound, Role, Tenant
from arhub.tenancy.scope import scope
from connectors.admin import start
from connectors.domain import settling
from connectors.models import Delivery, DeliveryReceipt
from tests.adaptors.transactions.conftest import LIST, Made, settle, signed_in

State = Transaction.State


def page_of(client: Client, row: Transaction) -> Any:
    return client.get(f"{LIST}{row.pk}/change/")


def steps(page: Any) -> list[tuple[str, str]]:
    return [(step.label, step.state) for step in page.context["steps"]]


def possible(page: Any) -> list[str]:
    return [choice.name for choice in page.context["possible"]]


def now(row: Transaction) -> Transaction:
    with scope(row.tenant_id):
        return Transaction.objects.select_related("delivery__outbound").get(pk=row.pk)


NAMES = [
    "look_up", "arrived", "did_not_arrive", "send_now", "cancel", "try_again", "resend", "send_as_new", "elsewhere",
]  # fmt: skip
REACHED = [("Selected", "reached"), ("Rendered", "reached"), ("Validated", "reached")]


@pytest.mark.parametrize(
    ("state", "ladder", "can"),
    [
        ("waiting", [("Sending", "now"), ("Delivered", "ahead"), ("Acknowledged", "ahead")],
         ["send_now", "cancel", "elsewhere"]),
        ("delivered", [("Sending", "reached"), ("Delivered", "now"), ("Acknowledged", "ahead")],
         ["resend", "send_as_new"]),
        ("failed", [("Failed", "stopped"), ("Delivered", "ahead"), ("Acknowledged", "ahead")],
         ["resend", "send_as_new", "elsewhere"]),
        ("uncertain", [("Uncertain", "doubtful"), ("Delivered", "ahead"), ("Acknowledged", "ahead")],
         ["look_up", "arrived", "did_not_arrive", "elsewhere"]),
        ("cancelled", [("Cancelled", "stopped"), ("Delivered", "ahead"), ("Acknowledged", "ahead")],
         ["resend", "send_as_new", "elsewhere"]),
    ],
)  # fmt: skip
def test_page_draws_the_ladder_and_what_can_be_done(
    client: Client, export: Made, state: str, ladder: list[tuple[str, str]], can: list[str]
) -> None:
    row = settle(export(), state, "What came of it.", "unknown", next_attempt_at=None)

    page = page_of(client, row)

    assert steps(page) == [*REACHED, *ladder]
    assert possible(page) == can
    names = [one.name for key in ("possible", "impossible") for one in page.context[key]]
    assert sorted(names) == sorted(NAMES)
    for choice in page.context["impossible"]:
        assert choice.obstacle in page.content.decode().replace("&#x27;", "'")


def test_page_of_a_held_one_stops_where_it_is_held(client: Client, export: Made) -> None:
    page = page_of(client, export(total_amount=Decimal("1250.10")))

    assert steps(page)[2:4] == [("On hold", "stopped"), ("Sending", "ahead")]
    assert possible(page) == ["try_again", "elsewhere"]
    assert "0.10 differ" in page.content.decode()


def test_page_of_an_uncertain_one_says_what_is_known(client: Client, export: Made) -> None:
    row = settle(export(), "uncertain", "No answer.", "unknown", next_attempt_at=None)
    assert row.delivery is not None

    text = " ".join(page_of(client, row).content.decode().split())

    assert "no answer said whether it was taken" in text
    assert f"message id {row.delivery.outbound.identity}" in text


def test_receipts_and_answers_stand_with_their_attempt(client: Client, tenant: Tenant, export: Made) -> None:
    row = settle(export(), "delivered", "Taken.", "delivered")
    assert row.delivery is not None
    with scope(tenant.pk):
        attempt = Attempt.objects.get()
        receipt = {"delivery": row.delivery, "content": b"raw", "file_sha256": "2"}
        DeliveryReceipt.objects.create(kind="mdn", text="MDN of it", sha256="1", attempt=attempt.pk, **receipt)
        DeliveryReceipt.objects.create(kind="report", text="Of nobody knows what", sha256="2", **receipt)
        Answer.objects.create(
            kind="mlr", verdict="rejected", text="Not ours", content=b"x", sha256="1", transaction=row,
            attempt=attempt.pk, reasons=[{"code": "BR-1", "text": "A rule"}],
        )  # fmt: skip
        Expectation.objects.create(transaction=row, kind="mlr", due_at=timezone.now() - timedelta(hours=1))
        TransactionEntry.objects.create(transaction=row, text="Somebody did something.")

    page = page_of(client, row)

    tried = page.context["tried"]
    assert [one.attempt for one in tried] == [attempt, None]
    assert [(len(one.receipts), len(one.answers)) for one in tried] == [(1, 1), (1, 0)]
    text = page.content.decode()
    for wanted in ("&lt;raw/&gt;", "MDN of it", "BR-1 A rule", "was expected by", "Somebody did something."):
        assert wanted in text
    assert page.context["steps"][-1].is_late


def test_page_takes_as_many_queries_for_fifty_attempts_as_for_one(client: Client, tenant: Tenant, export: Made) -> None:
    row, counts = settle(export(), "failed", "No.", "refused"), []
    page_of(client, row)
    for more in (0, 49):
        with scope(tenant.pk):
            Attempt.objects.bulk_create(
                Attempt(outbound=row.delivery.outbound, outcome="refused", text="No.")
                for _ in range(more)  # type: ignore[union-attr]
            )
        with CaptureQueriesContext(database) as queries:
            page = page_of(client, row)
        counts.append(len(queries))

    assert len(page.context["tried"]) == 50
    assert counts[0] == counts[1]


def test_readable_document_stands_beside_what_went_out_until_it_changes(
    client: Client, tenant: Tenant, export: Made
) -> None:
    row = export()
    text = page_of(client, row).content.decode()
    assert "Invoice 10482" in text and "Pumpe P-100" in text and "  &lt;cbc:ID&gt;10482&lt;/cbc:ID&gt;" in text
    with scope(tenant.pk):
        Document.objects.filter(pk=row.document_id).update(customer_order_number="PO-2")

    assert page_of(client, row).context["outgoing"] is None


def test_edifact_is_shown_a_segment_in_each_line() -> None:
    assert segments(b"UNA:+.? 'UNB+UNOC:3'FTX+AAI+++It?'s ??'UNZ+1'") == (
        "UNA:+.? '\nUNB+UNOC:3'\nFTX+AAI+++It?'s ??'\nUNZ+1'"
    )
    assert segments("UNB+ø'\r\nUNT'rest".encode("latin-1")) == "UNB+ø'\nUNT'\nrest"
    assert segments(b"UNA:+.  'UNB+a 'UNT'") == "UNA:+.  '\nUNB+a '\nUNT'"


def test_uncertain_one_is_settled_by_a_person(client: Client, export: Made) -> None:
    row = settle(export(), "uncertain", "No answer.", "unknown", next_attempt_at=None)
    asked = client.get(f"{LIST}{row.pk}/act/arrived/").content.decode()

    client.post(f"{LIST}{row.pk}/act/arrived/")

    assert "You have seen it there" in asked
    assert (now(row).state, now(row).asks_person) == (State.DELIVERED, False)
    assert "Nothing was done" not in page_of(client, row).content.decode()


def test_what_needs_a_reason_is_not_done_without_one(client: Client, export: Made) -> None:
    row = settle(export(), "failed", "No.", "refused")

    refused = client.post(f"{LIST}{row.pk}/act/elsewhere/", {"reason": "  "})
    assert (now(row).state, 'aria-invalid="true"' in refused.content.decode()) == (State.FAILED, True)

    client.post(f"{LIST}{row.pk}/act/elsewhere/", {"reason": "By post"})
    assert (now(row).state, now(row).said) == (State.ELSEWHERE, "By post")
    page = page_of(client, row)
    assert steps(page)[-1] == ("Sent by other means", "now")
    assert "Sent by other means: By post" in page.content.decode()


def test_what_arrived_is_resent_with_a_reason_only(client: Client, export: Made) -> None:
    row = settle(export(), "delivered", "Taken.", "delivered")

    client.post(f"{LIST}{row.pk}/act/resend/")
    assert now(row).state == State.DELIVERED

    client.post(f"{LIST}{row.pk}/act/resend/", {"reason": "They lost it"})
    assert now(row).state == State.SENDING


def test_what_an_answer_rejected_is_on_its_way_again_when_it_is_resent(tenant: Tenant, export: Made) -> None:
    row = settle(export(), "delivered", "Taken.", "delivered")
    with scope(tenant.pk):
        said = {"kind": "mlr", "verdict": "rejected", "text": "Not ours", "content": b"x", "transaction": row}
        ladder.answered(Answer.objects.create(sha256="1", **said))

        resent = steering.act(now(row), "resend", None, "They read it again.")
        again = settle(resent, "delivered", "Taken.", "delivered")
        ladder.answered(Answer.objects.create(sha256="2", **said))

        states = [resent.state, again.state, now(row).state]
    assert states == [State.SENDING, State.DELIVERED, State.REJECTED]


def test_receipt_that_came_says_nothing_of_what_is_resent(tenant: Tenant, export: Made) -> None:
    row = settle(export(), "delivered", "Taken.", "delivered")
    with scope(tenant.pk):
        Delivery.objects.update(verdict="accepted")
        before = settle(row, "delivered", "Taken.")

        resent = steering.act(before, "resend", None, "They lost it.")
        again = settle(resent, "delivered", "Taken.", "delivered")

    assert [before.state, resent.state, again.state] == [State.ACKNOWLEDGED, State.SENDING, State.DELIVERED]


def test_what_came_says_nothing_of_what_is_sent_again_from_the_page_of_its_delivery(
    tenant: Tenant, export: Made
) -> None:
    row = settle(export(), "failed", "The line broke off.", "not_taken")
    with scope(tenant.pk):
        said = {"kind": "mlr", "verdict": "rejected", "text": "Not ours", "content": b"x", "transaction": row}
        Answer.objects.create(sha256="1", **said)
        Transaction.objects.update(answered_at=timezone.now())
        Delivery.objects.update(verdict="accepted")

        assert settling.send_again(row.delivery.outbound, None)  # type: ignore[union-attr]

        again = now(row)
        delivery = Delivery.objects.select_related("outbound").get()
    assert (again.state, again.answered_at, delivery.verdict) == (State.SENDING, None, "")
    assert delivery.outbound.state == Outbound.State.WAITING


def test_send_as_new_leads_to_the_new_one(client: Client, tenant: Tenant, export: Made) -> None:
    row = settle(export(), "delivered", "Taken.", "delivered")

    answer = client.post(f"{LIST}{row.pk}/act/send_as_new/", {"reason": "A new one"})

    with scope(tenant.pk):
        new = Transaction.objects.get(again=1)
    assert answer.url == f"{LIST}{new.pk}/change/"  # type: ignore[attr-defined]


def test_what_cannot_be_done_says_why_and_does_nothing(client: Client, export: Made) -> None:
    row = export()

    page = client.post(f"{LIST}{row.pk}/act/resend/")

    assert "goes by itself" in page.content.decode()
    assert now(row).state == State.SENDING
    assert client.post(f"{LIST}{row.pk}/act/nothing/").status_code == 404


def test_viewer_may_look_and_not_act(tenant: Tenant, export: Made, activation: Activation) -> None:
    row = settle(export(), "failed", "No.", "refused")
    viewer = signed_in(tenant, Role.VIEWER)

    assert "/act/" not in page_of(viewer, row).content.decode()
    assert viewer.post(f"{LIST}{row.pk}/act/resend/").status_code == 403
    assert viewer.post(f"{LIST}act/", {"name": "retry", "ids": str(row.pk)}).status_code == 403
    assert viewer.post(f"/adaptors/activation/{activation.pk}/dashboard/retry/?cause={row.cause}").status_code == 403
    assert now(row).state == State.FAILED


def test_anothers_transaction_gives_nothing(export: Made, activation: Activation) -> None:
    row = settle(export("secret-1"), "failed", "No.", "refused")
    other = signed_in(create_tenant("other", name="Other"), Role.ADMINISTRATOR)

    of = f"/adaptors/activation/{activation.pk}/dashboard/"
    for path in (f"{LIST}{row.pk}/act/resend/", f"{LIST}{row.pk}/file/", f"{LIST}{row.pk}/page/", of,
                 f"{of}retry/?cause={row.cause}"):  # fmt: skip
        assert (path, other.get(path).status_code) == (path, 404)
    assert other.post(f"{LIST}act/", {"name": "retry", "ids": str(row.pk)}).status_code == 403
    assert b"secret-1" not in other.get(f"{LIST}{row.pk}/change/", follow=True).content
    assert now(row).state == State.FAILED


def test_ticked_ones_are_asked_about_then_tried_again(client: Client, export: Made) -> None:
    failed, sent = settle(export("1"), "failed", "No.", "refused"), export("2")
    chosen = {"action": "retry", "_selected_action": [failed.pk, sent.pk]}

    asked = client.post(f"{LIST}?show=all", chosen)
    hidden = asked.context_data["hidden"]  # type: ignore[attr-defined]
    told = client.post(f"{LIST}act/", hidden, follow=True)

    assert "Try again: 2 transactions" in asked.content.decode()
    assert told.redirect_chain[-1][0] == f"{LIST}?show=all"
    messages = [str(one) for one in told.context["messages"]]
    assert messages == ["Try again: 1 done.", "1 left alone. It is sending."]
    assert now(failed).state == State.SENDING


def test_ticked_ones_are_marked_with_a_reason(client: Client, export: Made) -> None:
    rows = [settle(export(str(number)), "failed", "No.", "refused") for number in range(2)]
    asked = {"name": "elsewhere", "ids": ",".join(str(row.pk) for row in rows), "back": "https://evil.example/"}

    assert client.post(f"{LIST}act/", asked).url == LIST  # type: ignore[attr-defined]
    assert now(rows[0]).state == State.FAILED
    client.post(f"{LIST}act/", {**asked, "reason": "By post"})

    assert [now(row).state for row in rows] == [State.ELSEWHERE] * 2


def test_all_that_failed_for_one_reason_are_retried_in_slices(
    client: Client, export: Made, activation: Activation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("domain.transactions.causes", "domain.transactions.steering", "admin.transaction_acts"):
        monkeypatch.setattr(f"adaptors.{module}.MOST_AT_ONCE", 2)
    rows = [settle(export(f"A{number}"), "failed", f"No room for A{number}.", "refused") for number in range(3)]
    other = settle(export("B"), "failed", "Something else.", "refused")
    shown = client.get(f"/adaptors/activation/{activation.pk}/dashboard/").context["troubles"]
    _, url, retry, may = shown[1]

    asked = client.get(retry).content.decode()
    first = client.post(retry)
    left = [now(row).state for row in rows]
    last = client.post(first.url)  # type: ignore[attr-defined]

    assert last.url == f"/adaptors/activation/{rows[0].activation_id}/dashboard/"  # type: ignore[attr-defined]
    assert "Nothing is left to try again" in client.get(retry).content.decode()
    assert [trouble.count for trouble, *_ in shown] == [1, 3]
    assert may and "Try 3 transactions again" in asked and "The first 2 of them now" in asked
    assert len(client.get(url).context["cl"].result_list) == 0
    assert left == [State.SENDING, State.SENDING, State.FAILED]
    assert [now(row).state for row in (*rows, other)] == [State.SENDING] * 3 + [State.FAILED]


def test_held_ones_of_a_cause_are_made_anew(
    client: Client, tenant: Tenant, export: Made, activation: Activation
) -> None:
    rows = [export(f"H-{number}", total_amount=Decimal("1250.10")) for number in range(2)]
    with scope(tenant.pk):
        Document.objects.filter(pk=rows[0].document_id).update(total_amount=Decimal(1250))
        [trouble] = causes.troubles(activation, EVERYTHING)

    client.post(f"/adaptors/activation/{activation.pk}/dashboard/retry/?cause={trouble.last.cause}")

    assert trouble.count == 2
    assert [now(row).state for row in rows] == [State.SENDING, State.HELD]


def test_start_page_tells_causes_once(client: Client, tenant: Tenant, export: Made) -> None:
    for number in range(3):
        settle(export(f"A{number}"), "failed", f"No room for A{number}.", "refused", settled_at=timezone.now())
    lost = settle(export("B"), "uncertain", "No answer.", "unknown", next_attempt_at=None, uncertain_at=timezone.now())

    context = client.get("/").context

    assert [(one["title"], one["detail"]) for one in context["failed"]] == [
        ("3 documents of Export, failed", "No room for A2.")
    ]
    assert [one["title"] for one in context["waiting"]] == ["Document B of Export, uncertain"]
    assert context["waiting"][0]["url"] == f"{LIST}{lost.pk}/change/"
    assert len(client.get(context["failed"][0]["url"]).context["cl"].result_list) == 3


def test_start_page_costs_as_much_whether_one_or_thirty_failed(client: Client, tenant: Tenant, export: Made) -> None:
    def cost() -> int:
        with CaptureQueriesContext(database) as queries:
            client.get("/")
        return len(queries)

    first = settle(export("A"), "failed", "No room.", "refused", settled_at=timezone.now())
    to = first.delivery.outbound.destination  # type: ignore[union-attr]
    cost()
    of_one = cost()
    with scope(tenant.pk):
        for number in range(30):
            Outbound.objects.create(
                channel="delivery", destination=to, identity=f"x{number}", subject=f"File {number}", state="failed",
                settled_at=timezone.now(),
            )  # fmt: skip

    assert cost() == of_one


def test_start_page_looks_among_the_newest_for_what_no_transaction_tells(
    client: Client, tenant: Tenant, export: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many transactions failed, a bounded number of them is looked at; a push is not hidden behind them."""
    first = settle(export("A"), "failed", "No room.", "refused", settled_at=timezone.now() - timedelta(hours=1))
    failed = {"destination": first.delivery.outbound.destination, "state": "failed"}  # type: ignore[union-attr]
    with scope(tenant.pk):
        for hours, channel in enumerate(("delivery", "push"), 2):
            at = timezone.now() - timedelta(hours=hours)
            Outbound.objects.create(**failed, channel=channel, identity=channel, subject=f"A {channel}", settled_at=at)

    def told() -> list[str]:
        return [one["title"] for one in client.get("/").context["failed"]]

    everything = told()
    monkeypatch.setattr(start, "MOST_LOOKED_AT", 1)
    assert everything == ["Document A of Export, failed", "A delivery, not sent", "A push, not sent"]
    assert told() == ["Document A of Export, failed", "A push, not sent"]


def test_pages_of_customer_and_document_lead_to_their_transactions(
    client: Client, account: Account, make: Made
) -> None:
    rows = [make(f"T-{number}") for number in range(12)]

    customer = client.get(f"/arhub/account/{account.pk}/change/")
    document = client.get(f"/arhub/invoice/{rows[0].document_id}/change/")

    [shown] = [one.shown for one in customer.context["panels"] if one.title == "Transactions"]
    assert [row.number for row, *_ in shown["rows"]] == [f"T-{number}" for number in range(11, 1, -1)]
    assert len(client.get(shown["url"]).context["cl"].result_list) == 12
    [own] = [one.shown for one in document.context["panels"] if one.title == "Transactions"]
    assert [row.number for row in client.get(own["url"]).context["cl"].result_list] == ["T-0"]


def test_search_of_the_hub_finds_a_transaction(client: Client, make: Made) -> None:
    row = make("INV-4711")
    assert f"{LIST}{row.pk}/change/" in client.get("/search/?s=inv-47").content.decode()


def test_resend_that_arrived_meanwhile_is_left_alone(tenant: Tenant, export: Made) -> None:
    row = settle(export(), "failed", "No.", "refused")
    with scope(tenant.pk):
        stale = Transaction.objects.get(pk=row.pk)
        Outbound.objects.update(state="delivered")
        Transaction.objects.update(state=State.DELIVERED)
        assert causes.retry_all([stale], None) == {str(steering.NoReason()): 1}
