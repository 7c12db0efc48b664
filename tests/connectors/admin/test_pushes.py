"""Pushes on the screens: what became of each, and settling what nobody knows."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from arhub.models import Outbound
from arhub.tenancy.scope import scope
from connectors.domain import settling, write_backs
from connectors.models import ConnectionEntry, OutboundPush, Push
from tests.arhub.admin.conftest import SignIn, World, fill, text_of
from tests.connectors.admin.conftest import SENT, Linked
from tests.connectors.sample.simulator import KEY

LIST = "/connectors/outboundpush/"
State = Outbound.State
PATHS = ("look-up", "arrived", "did-not-arrive", "send-again", "send-now", "cancel")


def act(client: Client, push: Outbound, path: str, **given: str) -> Any:
    return client.post(f"{LIST}{push.pk}/{path}/", {**SENT, **given})


def now(push: Outbound) -> OutboundPush:
    with scope(push.tenant_id):
        return OutboundPush.objects.get(pk=push.pk)


def keys(linked: Linked) -> dict[str, str]:
    with scope(linked.records.tenant.pk):
        return {row.name: row.value for row in write_backs.of_record(linked.records.first("account"))}


@pytest.mark.parametrize(
    ("show", "states"),
    [
        ("all", ["waiting", "uncertain", "failed", "delivered"]),
        ("person", ["uncertain"]),
        ("waiting", ["waiting"]),
        ("failed", ["failed"]),
        ("delivered", ["delivered"]),
        ("nonsense", []),
    ],
)
def test_list_shows_what_its_buttons_say(
    client: Client, world: World, acting: Linked, show: str, states: list[str]
) -> None:
    push = acting.push()
    with scope(push.tenant_id):
        for state in ("uncertain", "failed", "delivered"):
            Outbound.objects.create(channel="push", destination=push.destination, identity=state, subject=state,
                                    state=state)  # fmt: skip
        Outbound.objects.create(channel="webhook", destination="1", identity="hook", subject="hook")

    rows = client.get(f"{LIST}?show={show}").context["cl"].result_list

    assert sorted(row.state for row in rows) == sorted(states)


def test_page_shows_attempts_records_and_content_without_credentials(client: Client, acting: Linked) -> None:
    push = acting.push("uncertain", content=f'{{"key": "{KEY}", "name": "Æ"}}'.encode(), digest="abc123",
                       uncertain_at=timezone.now(), next_attempt_at=None)  # fmt: skip
    with scope(push.tenant_id):
        push.log.create(outcome="unknown", text="No answer came.", status=None, duration_ms=9)
        push.log.create(outcome="unknown", text="Nobody to ask.", is_look_up=True)

    page = text_of(client.get(f"{LIST}{push.pk}/change/"))

    assert "No answer came." in page and "Looked up" in page and "abc123" in page
    assert "acting0 Pumps" in page and f"/arhub/account/{acting.records.first('account').pk}/change/" in page
    assert "&quot;name&quot;: &quot;Æ&quot;" in page
    assert KEY not in page
    assert "The hub cannot find out by itself" in page


def test_held_push_links_to_what_it_waits_for(client: Client, world: World, acting: Linked) -> None:
    first = acting.push("failed")
    with scope(first.tenant_id):
        held = Outbound.objects.create(
            channel="push", destination=first.destination, identity="held", subject="Payment", state="held",
            waits_for=first.identity,
        )  # fmt: skip

    page = text_of(client.get(f"{LIST}{held.pk}/change/"))

    assert f'href="{LIST}{first.pk}/change/">{first.subject}</a>, failed' in page


@pytest.mark.parametrize(
    ("state", "possible"),
    [
        ("waiting", {"send-now", "cancel"}),
        ("held", {"send-now", "cancel"}),
        ("sending", set()),
        ("looking", set()),
        ("uncertain", {"look-up", "arrived", "did-not-arrive"}),
        ("failed", {"send-again"}),
        ("cancelled", {"send-again"}),
        ("delivered", set()),
    ],
)
def test_page_offers_what_can_be_done_and_says_why_not_the_rest(
    client: Client, acting: Linked, state: str, possible: set[str]
) -> None:
    push = acting.push(state)

    page = client.get(f"{LIST}{push.pk}/change/")

    offered = {path for path in PATHS if f"{LIST}{push.pk}/{path}/" in text_of(page)}
    assert offered == possible
    assert {choice.name.replace("_", "-") for choice in page.context["possible"]} == possible
    assert len(page.context["impossible"]) == len(PATHS) - len(possible)


def test_look_up_is_due_at_once(client: Client, acting: Linked) -> None:
    push = acting.push("uncertain", next_attempt_at=None, looks=9)

    act(client, push, "look-up")

    assert (now(push).state, now(push).looks) == ("uncertain", 0)
    assert now(push).next_attempt_at is not None


def test_what_arrived_is_delivered_with_the_key_seen_there(client: Client, acting: Linked) -> None:
    push = acting.push("uncertain")

    dialog = text_of(client.get(f"{LIST}{push.pk}/arrived/"))
    act(client, push, "arrived", id="N-17")

    assert "Its id there" in dialog
    assert (now(push).state, keys(acting)) == ("delivered", {"id": "N-17"})
    assert f"{client.user} has seen that it arrived." == now(push).answer  # type: ignore[attr-defined]


def test_what_did_not_arrive_is_sent_again(client: Client, acting: Linked) -> None:
    push = acting.push("uncertain", content=b"{}", digest="d")

    act(client, push, "did-not-arrive")

    assert (now(push).state, bytes(now(push).content), now(push).attempts) == ("waiting", b"{}", 0)


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_what_was_given_up_is_made_anew(client: Client, acting: Linked, state: str) -> None:
    push = acting.push(state, content=b"{}", digest="d")

    act(client, push, "send-again")

    assert (now(push).state, bytes(now(push).content), now(push).digest) == ("waiting", b"", "")


def test_what_waits_is_sent_now_or_cancelled(client: Client, acting: Linked) -> None:
    later = timezone.now() + timezone.timedelta(hours=8)
    push = acting.push("held", next_attempt_at=later)

    act(client, push, "send-now")
    tried_at = now(push).next_attempt_at
    act(client, push, "cancel")

    assert tried_at is not None and tried_at < later
    assert (now(push).state, now(push).answer) == ("cancelled", f"Cancelled by {client.user}.")  # type: ignore[attr-defined]
    with scope(push.tenant_id):
        entries = ConnectionEntry.objects.order_by("-id").values_list("text", "user")
        assert entries[0] == (f"{push.subject}: cancelled.", client.user.pk)  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", PATHS)
def test_settled_push_stays_as_it_is(client: Client, acting: Linked, path: str) -> None:
    push = acting.push("delivered")

    act(client, push, path)

    assert now(push).state == "delivered"
    assert settling.choices_of(push)[0].obstacle == "It is not uncertain whether it arrived: its state is delivered."


@pytest.mark.parametrize("path", PATHS)
def test_push_of_another_tenant_is_out_of_reach(client: Client, acting: Linked, hidden: Linked, path: str) -> None:
    push = hidden.push("uncertain")

    assert act(client, push, path).status_code == 404
    assert now(push).state == "uncertain"
    assert client.get(f"{LIST}{push.pk}/change/").status_code == 404
    assert "hidden0" not in text_of(client.get(LIST))


@pytest.mark.parametrize("path", PATHS)
def test_viewers_settle_nothing(world: World, sign_in: SignIn, acting: Linked, path: str) -> None:
    push = acting.push("uncertain")
    client = sign_in(world.acting.tenant, role="viewer")

    assert act(client, push, path).status_code == 403
    assert "This needs the level Operate" in text_of(client.get(f"{LIST}{push.pk}/change/"))


def test_record_page_shows_keys_and_pushes(client: Client, acting: Linked, hidden: Linked) -> None:
    push = acting.push("failed", answer="No room.")
    acting.write_back(id="N-17")
    account = acting.records.first("account")

    page = text_of(client.get(f"/arhub/account/{account.pk}/change/"))

    assert "Other systems" in page and "N-17" in page and "No room." in page
    assert f"{LIST}{push.pk}/change/" in page
    assert f"/connectors/connection/send/?record_type=account&amp;ids={account.pk}" in page


@pytest.mark.parametrize("name", ["account", "invoice", "creditmemo", "payment"])
def test_record_pages_say_that_nobody_has_them_yet(client: Client, acting: Linked, name: str) -> None:
    page = text_of(client.get(f"/arhub/{name}/{acting.records.first(name).pk}/change/"))

    assert "No other system has given it a key, and it was sent to none." in page
    assert ("Send to a connection" in page) is (name in ("account", "payment"))


def test_record_is_sent_from_its_page(client: Client, acting: Linked) -> None:
    account = acting.records.first("account")

    asked = text_of(client.get(f"/connectors/connection/send/?record_type=account&ids={account.pk}"))
    answer = client.post(
        "/connectors/connection/send/",
        {"record_type": "account", "ids": str(account.pk), "connection": acting.connection.pk},
    )

    assert "Send 1 account" in asked and "Sample: Note" in asked
    assert answer.url == f"/arhub/account/{account.pk}/change/"
    with scope(account.tenant_id):
        assert list(Push.objects.values_list("record_type", "record_id")) == [("account", account.pk)]


def test_ticked_records_are_sent_together(client: Client, world: World, acting: Linked) -> None:
    fill(world.acting, "acting", sets=2)
    ids = [account.pk for account in world.acting.made["account"]]

    asked = client.post("/arhub/account/", {"action": "send_selected", "_selected_action": ids, "index": "0"})
    client.post("/connectors/connection/send/", {
        "record_type": "account", "ids": asked.context_data["ids"], "connection": acting.connection.pk,
    })  # fmt: skip

    assert "Send 3 accounts" in text_of(asked)
    with scope(world.acting.tenant.pk):
        assert sorted(Push.objects.values_list("record_id", flat=True)) == ids


def test_more_than_go_at_once_are_not_sent(
    client: Client, world: World, acting: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.admin.sending.MOST", 1)
    fill(world.acting, "acting")
    ids = [account.pk for account in world.acting.made["account"]]

    page = client.post(
        "/arhub/account/", {"action": "send_selected", "_selected_action": ids, "index": "0"}, follow=True
    )

    assert "Nothing was sent: at most 1 go at once. Narrow the list down." in text_of(page)


def test_records_of_another_tenant_are_not_sent(client: Client, acting: Linked, hidden: Linked) -> None:
    strange = hidden.records.first("account").pk
    data = {"record_type": "account", "ids": str(strange), "connection": acting.connection.pk}

    asked = text_of(client.get(f"/connectors/connection/send/?record_type=account&ids={strange}"))
    client.post("/connectors/connection/send/", data)
    client.post("/connectors/connection/send/", {**data, "ids": str(acting.records.first("account").pk),
                                                 "connection": hidden.connection.pk})  # fmt: skip

    assert "None of these can be sent" in asked
    for linked in (acting, hidden):
        with scope(linked.records.tenant.pk):
            assert not Push.objects.exists()


@pytest.mark.parametrize("query", ["", "record_type=contact&ids=1", "record_type=account&ids=x", "record_type=account"])
def test_address_that_sends_nothing_is_told(client: Client, acting: Linked, query: str) -> None:
    assert client.get(f"/connectors/connection/send/?{query}").status_code == 400


def test_only_managers_send(world: World, sign_in: SignIn, acting: Linked) -> None:
    client = sign_in(world.acting.tenant, role="clerk")
    account = acting.records.first("account")

    assert client.get(f"/connectors/connection/send/?record_type=account&ids={account.pk}").status_code == 403
    assert "Send to a connection" not in text_of(client.get(f"/arhub/account/{account.pk}/change/"))
    assert "send_selected" not in text_of(client.get("/arhub/account/"))


def test_list_takes_the_same_queries_for_one_and_three(client: Client, world: World, acting: Linked) -> None:
    push = acting.push()
    client.get(LIST)
    with CaptureQueriesContext(database) as one:
        client.get(LIST)
    with scope(push.tenant_id):
        for number in (2, 3):
            Outbound.objects.create(channel="push", destination=push.destination, identity=str(number), subject="More")
    with CaptureQueriesContext(database) as three:
        rows = client.get(LIST).context["cl"].result_list

    assert (len(rows), len(three)) == (3, len(one))


def test_record_page_takes_the_same_queries_for_one_and_three(client: Client, world: World, acting: Linked) -> None:
    push = acting.push()
    address = f"/arhub/account/{acting.records.first('account').pk}/change/"
    client.get(address)
    with CaptureQueriesContext(database) as one:
        client.get(address)
    acting.write_back(id="1", number="2", name="3")
    with scope(push.tenant_id):
        row = Push.objects.get()
        for version in ("b", "c"):
            row.pk, row.version = None, version
            row.save(force_insert=True)
    with CaptureQueriesContext(database) as three:
        client.get(address)

    assert len(three) == len(one)


def test_start_asks_for_whom_nobody_knows(client: Client, acting: Linked, hidden: Linked) -> None:
    push = acting.push("uncertain", answer="No answer came.", uncertain_at=timezone.now())
    hidden.push("uncertain")

    page = text_of(client.get("/"))

    assert f"{push.subject}, may have arrived" in page and "No answer came." in page
    assert "hidden0" not in page


def test_failed_push_stands_on_start(client: Client, acting: Linked) -> None:
    acting.push("failed", answer="No room.", settled_at=timezone.now())

    page = text_of(client.get("/"))

    assert "acting0 Pumps, not sent" in page and "No room." in page
