"""Requests that nobody's browser makes: ids that are none, words that are HTML, other people's records."""

from __future__ import annotations

import pytest
from django.test import Client

from arhub.domain import api_keys
from arhub.models import Outbound, Run, Schedule
from arhub.tenancy.scope import scope
from connectors.domain import connections, pushes
from connectors.models import Connection, ConnectionEntry, Push, StreamCursor
from tests.arhub.admin.conftest import SignIn, World, text_of
from tests.connectors.admin.conftest import SENT, Linked

SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>=cmd|'/C calc'!A0{{7*7}}{%25 debug %25}"
IDS = ("abc", "-1", "0", "99999999999999999999999", "1e5", "%00", "..", "1_41_")
CONNECTION = ("change/", "test/", "pull-now/", "full-pull/", "rewind/", "switch-on/", "switch-off/", "remove/")
PUSH = ("change/", "look-up/", "arrived/", "did-not-arrive/", "send-again/", "send-now/", "cancel/")
SCHEDULE = ("change/", "run-now/", "pause/", "resume/", "delete/")
RUN = ("change/", "body/", "retry/", "cancel/")
PAGES = {
    "/connectors/connection/": CONNECTION, "/connectors/outboundpush/": PUSH, "/arhub/schedule/": SCHEDULE,
    "/arhub/run/": RUN,
}  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("given", IDS)
def test_id_that_is_none_leads_nowhere(client: Client, acting: Linked, page: str, given: str) -> None:
    for action in PAGES[page]:
        shown, done = (
            client.get(f"{page}{given}/{action}"),
            client.post(f"{page}{given}/{action}", {**SENT, "stream": "x"}),
        )

        assert shown.status_code in (302, 403, 404, 405) or "_form_submitted" in text_of(shown), action
        assert done.status_code in (302, 403, 404, 405) or "Select a valid choice" in text_of(done), action


@pytest.mark.parametrize(
    "query",
    ["page=abc", "page=-1", "page=99999999999999999999", "tab=nonsense", "tab=%00", "p=x", "q=%00", "state=nonsense",
     "after=abc", "log=x", "e=1", "o=99", "id__exact=abc", "id__exact=99999999999999999999999", "_facets=1",
     "stream=%00", "kind=%00", "kind=../../x"],
)  # fmt: skip
def test_query_that_makes_no_sense_is_survived(client: Client, acting: Linked, query: str) -> None:
    push, own = acting.push(), acting.connection
    for page in (
        "/",
        "/connectors/connection/",
        "/connectors/outboundpush/",
        "/arhub/run/",
        "/arhub/schedule/",
        f"/connectors/connection/{own.pk}/change/",
        f"/connectors/connection/{own.pk}/rewind/",
        f"/connectors/outboundpush/{push.pk}/change/",
        "/connectors/connection/add/",
        "/connectors/connection/send/",
        f"/connectors/connection/{own.pk}/change/?tab=log",
        f"/connectors/connection/{own.pk}/change/?tab=pushes",
    ):
        answer = client.get(f"{page}{'&' if '?' in page else '?'}{query}")
        assert answer.status_code in (200, 302, 400, 404), page


@pytest.mark.parametrize(
    "given",
    [{"ids": "1"}, {"record_type": "account"}, {"record_type": "own", "ids": "1"},
     {"record_type": "account", "ids": ","}, {"record_type": "account", "ids": "1,x"},
     {"record_type": "account", "ids": "9" * 30},
     {"record_type": "account", "ids": ",".join(["1"] * 1_001)}, {"record_type": "__class__", "ids": "1"},
     {"record_type": "contact", "ids": "1"}],
)  # fmt: skip
def test_sending_what_is_no_record_is_refused(client: Client, acting: Linked, given: dict[str, str]) -> None:
    for answer in (
        client.get("/connectors/connection/send/", given),
        client.post("/connectors/connection/send/", {**given, "connection": acting.connection.pk}),
    ):
        assert answer.status_code == 400
    with scope(acting.records.tenant.pk):
        assert not Push.objects.exists()


def test_records_of_another_tenant_are_not_sent(client: Client, acting: Linked, hidden: Linked) -> None:
    others = hidden.records.first("account").pk
    given = {"record_type": "account", "ids": str(others)}

    page = text_of(client.get("/connectors/connection/send/", given))
    client.post("/connectors/connection/send/", {**given, "connection": acting.connection.pk})
    own = {**given, "ids": str(acting.records.first("account").pk)}
    client.post("/connectors/connection/send/", {**own, "connection": hidden.connection.pk})

    assert "hidden0" not in page
    for linked in (acting, hidden):
        with scope(linked.records.tenant.pk):
            assert (Push.objects.count(), Outbound.objects.count()) == (0, 0)


@pytest.mark.parametrize("action", PUSH[1:])
def test_push_of_another_tenant_is_out_of_reach(client: Client, hidden: Linked, action: str) -> None:
    for state in ("waiting", "uncertain", "failed"):
        push = hidden.push(state)

        answer = client.post(f"/connectors/outboundpush/{push.pk}/{action}", {**SENT, "id": "17"})

        assert answer.status_code in (403, 404)
        with scope(hidden.records.tenant.pk):
            assert Outbound.objects.get(pk=push.pk).state == state


def test_viewers_settle_send_and_schedule_nothing(world: World, sign_in: SignIn, acting: Linked) -> None:
    client = sign_in(world.acting.tenant, role="viewer")
    account = acting.records.first("account").pk
    schedule = world.acting.first("schedule").pk
    for state in ("waiting", "uncertain", "failed"):
        push = acting.push(state)
        for action in PUSH[1:]:
            answer = client.post(f"/connectors/outboundpush/{push.pk}/{action}", SENT)
            assert answer.status_code == 403, (action, answer.status_code)
        with scope(acting.records.tenant.pk):
            assert Outbound.objects.get(pk=push.pk).state == state
    given = {"record_type": "account", "ids": str(account), "connection": acting.connection.pk}
    assert client.post("/connectors/connection/send/", given).status_code == 403
    assert client.get("/connectors/connection/send/", given).status_code == 403
    for action in ("run-now/", "pause/", "resume/", "delete/"):
        assert client.post(f"/arhub/schedule/{schedule}/{action}", SENT).status_code == 403, action
    assert client.post("/arhub/schedule/add/", {"name": "x"}).status_code == 403
    for action in ("retry/", "cancel/"):
        assert client.post(f"/arhub/run/{world.acting.first('run').pk}/{action}", SENT).status_code == 403, action


def test_clerks_send_and_schedule_nothing(world: World, sign_in: SignIn, acting: Linked) -> None:
    client, schedule = sign_in(world.acting.tenant, role="clerk"), world.acting.first("schedule").pk
    given = {
        "record_type": "account", "ids": str(acting.records.first("account").pk), "connection": acting.connection.pk,
    }  # fmt: skip

    assert client.post("/connectors/connection/send/", given).status_code == 403
    for action in ("pause/", "resume/", "delete/"):
        assert client.post(f"/arhub/schedule/{schedule}/{action}", SENT).status_code == 403, action
    assert client.post("/arhub/schedule/add/", {"name": "x"}).status_code == 403


def test_reading_a_dialog_changes_nothing(client: Client, acting: Linked, world: World) -> None:
    push, own = acting.push(), acting.connection
    with scope(acting.records.tenant.pk):
        before = (ConnectionEntry.objects.count(), Run.objects.count(), Schedule.objects.count())

    query = "?_form_submitted=on&stream=records&value=5&step=0&id=1"
    ids = (own.pk, push.pk, world.acting.first("schedule").pk, world.acting.first("run").pk)
    for (page, actions), pk in zip(PAGES.items(), ids, strict=True):
        for action in actions:
            client.get(f"{page}{pk}/{action}{query}")

    with scope(acting.records.tenant.pk):
        assert (ConnectionEntry.objects.count(), Run.objects.count(), Schedule.objects.count()) == before
        assert (Connection.objects.get().is_enabled, StreamCursor.objects.count()) == (True, 0)
        assert Outbound.objects.get(pk=push.pk).state == "waiting"
        assert not Schedule.objects.filter(is_paused=True).exists()


def test_posts_without_the_token_are_refused(client: Client, acting: Linked) -> None:
    push = acting.push("uncertain")
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = client.cookies
    own = acting.connection.pk

    for address in (
        *(f"/connectors/connection/{own}/{action}" for action in CONNECTION),
        *(f"/connectors/outboundpush/{push.pk}/{action}" for action in PUSH[1:]),
        "/connectors/connection/send/", "/connectors/connection/add/?kind=sample", "/arhub/schedule/add/",
    ):  # fmt: skip
        assert careful.post(address, SENT).status_code == 403, address


def test_schedule_for_the_connection_of_another_tenant_is_not_made(
    client: Client, hidden: Linked, acting: Linked
) -> None:
    form = {
        "name": "Nightly", "every": "daily", "minute": "0", "at": "07:00", "cron": "", "zone": "UTC", "country": "",
        "subdivision": "", "missed": "once",
    }  # fmt: skip
    with scope(acting.records.tenant.pk):
        before = Schedule.objects.count()

    page = text_of(client.post("/arhub/schedule/add/", {**form, "work": f"pull:{hidden.connection.pk}"}))
    for work in ("pull:", "pull", ":", "nonsense:1", "pull:abc", f"pull:{'9' * 40}", f"pull:{acting.connection.pk}:1"):
        assert client.post("/arhub/schedule/add/", {**form, "work": work}).status_code == 200, work

    assert "Select a valid choice" in page and "Hidden" not in page
    with scope(acting.records.tenant.pk):
        assert Schedule.objects.count() == before


def test_words_are_shown_as_words(client: Client, acting: Linked, world: World) -> None:
    with scope(acting.records.tenant.pk):
        own = connections.create("sample", name=SCRIPT[:120], values={"url": "https://x.example", "key": "k"})
        connections.health(own, SCRIPT)
        connections.note(own, SCRIPT)
        account = acting.records.first("account")
        type(account).objects.filter(pk=account.pk).update(name=SCRIPT)
        pushes.push(own, "account", [account.pk])
        Outbound.objects.update(state="uncertain", answer=SCRIPT, content=SCRIPT.encode())
        Push.objects.update(refusal=SCRIPT)
        push = Outbound.objects.get()
        run = Run.objects.create(kind="pull", subject_id=own.pk, title=SCRIPT, reason=SCRIPT, state="failed",
                                 counts={SCRIPT: 1}, links=[{"label": SCRIPT, "url": "/"}])  # fmt: skip
        run.log.create(text=SCRIPT, level="error")
        Schedule.objects.update(name=SCRIPT[:120], kind="pull", subject_id=own.pk)
        StreamCursor.objects.create(connection=own, stream="records", value=SCRIPT[:120])
    acting.write_back(id=SCRIPT[:200])

    told = [
        text_of(client.post(f"/connectors/connection/{own.pk}/{action}", SENT))
        for action in ("switch-off/", "switch-on/")
    ]
    shown = [
        text_of(client.get(address))
        for address in (
            "/", "/connectors/connection/", "/connectors/outboundpush/", "/arhub/run/", "/arhub/schedule/",
            *(f"/connectors/connection/{own.pk}/change/?tab={tab}"
              for tab in ("settings", "runs", "cursor", "write_backs", "pushes", "log")),
            *(f"/connectors/connection/{own.pk}/{action}" for action in CONNECTION if action != "test/"),
            *(f"/connectors/outboundpush/{push.pk}/{action}" for action in PUSH),
            f"/arhub/run/{run.pk}/change/", f"/arhub/run/{run.pk}/body/", f"/arhub/account/{account.pk}/change/",
            "/search/?extended=1&s=%3Cscript%3E",
            f"/connectors/connection/send/?record_type=account&ids={account.pk}",
            f"/arhub/schedule/{world.acting.first('schedule').pk}/change/", "/arhub/schedule/add/",
        )
    ]  # fmt: skip

    assert not [page for page in told + shown if "<script>alert" in page]
    assert not [page for page in shown if "<img src=x" in page]
    assert sum("&lt;script&gt;alert" in page for page in shown) > 15
    assert not [page for page in shown if "!A049" in page]


def test_schedule_for_the_connection_of_another_tenant_is_not_made_by_a_program(
    acting: Linked, hidden: Linked, side_joins_default: None
) -> None:
    with scope(acting.records.tenant.pk):
        key = api_keys.make("Shop", ["read", "write"])[1]
        before = Schedule.objects.count()
    api = Client(headers={"Api-Key": key})
    given = {"name": "Nightly", "kind": "pull", "every": "daily", "at": "07:00"}

    for subject in (hidden.connection.pk, 0, -1, 2**63, 10**40, None, 1.5, "x"):
        answer = api.post("/api/hub/v1/schedules/", {**given, "subject_id": subject}, "application/json")
        assert answer.status_code == 400, subject
    made = api.post("/api/hub/v1/schedules/", {**given, "subject_id": acting.connection.pk}, "application/json").json()
    changed = api.patch(
        f"/api/hub/v1/schedules/{made['id']}/", {"subject_id": hidden.connection.pk}, "application/json"
    )

    assert changed.status_code == 400
    with scope(acting.records.tenant.pk):
        assert list(Schedule.objects.values_list("subject_id", flat=True)[before:]) == [acting.connection.pk]
