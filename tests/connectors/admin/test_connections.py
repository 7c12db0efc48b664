"""Connections on the screens: added, changed, tested, pulled from, switched off, deleted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from arhub.models import Ledger, Run, Schedule, Source
from arhub.tenancy.scope import scope
from connectors.domain import connections
from connectors.domain.setup import secrets_of
from connectors.gateways.folder.gateway import FolderGateway
from connectors.models import Connection, ConnectionEntry, StreamCursor
from tests.arhub.admin.conftest import SignIn, World, text_of
from tests.connectors.admin.conftest import SENT, Linked, connect
from tests.connectors.sample.simulator import KEY

LIST = "/connectors/connection/"
FORM = {"name": "Notebook", "setting-url": "https://notebook.example", "setting-key": KEY}
ADD = f"{LIST}add/?kind=sample"


def page_of(linked: Linked, path: str = "change/") -> str:
    return f"{LIST}{linked.connection.pk}/{path}"


def stored(world: World) -> Connection:
    with scope(world.acting.tenant.pk):
        return Connection.objects.select_related("source__ledger").get()


def log_of(linked: Linked) -> list[str]:
    with scope(linked.records.tenant.pk):
        return list(ConnectionEntry.objects.order_by("id").values_list("text", flat=True))


def test_kind_is_chosen_first(client: Client, world: World) -> None:
    page = text_of(client.get(f"{LIST}add/"))

    assert "Keeps accounts and payments in a notebook." in page
    assert 'href="?kind=sample"' in page
    assert text_of(client.get(f"{LIST}add/?kind=nonsense")).count("Gateways, which carry files") == 1


def test_form_asks_for_what_the_connector_needs(client: Client, world: World) -> None:
    page = text_of(client.get(ADD))

    assert "On the first page of the notebook." in page
    assert "A new one, named after the connection" in page
    assert 'type="password"' in page and 'type="url"' in page and 'name="setting-requests_per_minute"' in page


def test_connection_is_added_with_a_ledger_of_its_own(client: Client, world: World) -> None:
    answer = client.post(ADD, FORM)

    made = stored(world)
    assert answer.url == f"{LIST}{made.pk}/change/"
    assert (made.name, made.kind, made.values, made.source.name, made.source.ledger.name, made.created_by) == (
        "Notebook", "sample", {"url": "https://notebook.example", "requests_per_minute": ""}, "Notebook", "Notebook",
        client.user,  # type: ignore[attr-defined]
    )  # fmt: skip
    with scope(world.acting.tenant.pk):
        assert secrets_of(made) == {"key": KEY}


def test_connection_is_added_to_a_ledger_that_is_there(client: Client, world: World) -> None:
    client.post(ADD, {**FORM, "ledger": world.acting.ledger.pk})

    assert stored(world).source.ledger == world.acting.ledger


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": ""}, "This field is required"),
        ({"setting-url": "notebook.example"}, "expected an address that begins with https://"),
        ({"setting-key": ""}, "Key is needed."),
        ({"setting-requests_per_minute": "many"}, "Enter a whole number"),
    ],
)
def test_form_that_makes_no_connection_says_why(client: Client, world: World, given: dict[str, Any], said: str) -> None:
    page = text_of(client.post(ADD, {**FORM, **given}))

    assert said in page
    assert KEY not in page
    with scope(world.acting.tenant.pk):
        assert not Connection.objects.exists()


def test_name_that_is_taken_is_refused(client: Client, acting: Linked) -> None:
    page = text_of(client.post(ADD, FORM))

    assert page.count("There is a connection called Notebook already.") == 1


def test_ledger_of_another_tenant_cannot_be_fed(client: Client, world: World) -> None:
    page = text_of(client.post(ADD, {**FORM, "ledger": world.hidden.ledger.pk}))

    assert "Select a valid choice" in page


def test_secret_left_empty_stays_and_is_never_shown(client: Client, world: World, acting: Linked) -> None:
    page = text_of(client.get(page_of(acting)))

    address = "https://notebook.example/diary"
    client.post(page_of(acting), {"name": "Diary", "setting-url": address, "setting-requests_per_minute": "0"})

    assert "Set just now." in page and "Leave empty to keep it." in page
    assert KEY not in page
    changed = stored(world)
    assert (changed.name, changed.values["url"]) == ("Diary", address)
    with scope(world.acting.tenant.pk):
        assert secrets_of(changed) == {"key": KEY}
    assert log_of(acting)[-1] == "Changed: Address."


@pytest.mark.parametrize(
    "address", ["https://mine.example", "http://notebook.example", "https://notebook.example:8443"]
)
def test_secret_goes_to_another_address_only_when_it_is_entered_again(
    client: Client, world: World, acting: Linked, address: str
) -> None:
    page = text_of(client.post(page_of(acting), {"name": "Notebook", "setting-url": address}))

    assert "Key: enter it again, as the address has changed." in page
    assert stored(world).values["url"] == "https://notebook.example"
    client.post(page_of(acting), {"name": "Notebook", "setting-url": address, "setting-key": "another-key-8"})
    assert stored(world).values["url"] == address


def test_replaced_secret_says_who_set_it(client: Client, world: World, acting: Linked) -> None:
    client.post(page_of(acting), {**FORM, "setting-key": "another-key-8"})

    with scope(world.acting.tenant.pk):
        assert secrets_of(stored(world)) == {"key": "another-key-8"}
    page = text_of(client.get(page_of(acting)))
    assert f"Set just now by {client.user}." in page.replace("&lt;", "<").replace("&gt;", ">")  # type: ignore[attr-defined]
    assert "another-key-8" not in page


@pytest.mark.parametrize("tab", ["settings", "runs", "cursor", "write_backs", "pushes", "log"])
@pytest.mark.parametrize("role", ["viewer", "manager"])
def test_tabs_open_and_show_no_secret(
    world: World, sign_in: SignIn, acting: Linked, hidden: Linked, tab: str, role: str
) -> None:
    for linked in (acting, hidden):
        linked.push()
        linked.write_back(id=f"{linked.connection.name} 17")

    page = text_of(sign_in(world.acting.tenant, role=role).get(page_of(acting, f"change/?tab={tab}")))

    assert 'aria-current="page"' in page
    assert KEY not in page
    assert "Hidden notebook" not in page


def test_write_backs_and_pushes_lead_to_their_records(client: Client, acting: Linked) -> None:
    push = acting.push("failed", answer="No room.")
    acting.write_back(id="17")

    keys = text_of(client.get(page_of(acting, "change/?tab=write_backs")))
    pushes = text_of(client.get(page_of(acting, "change/?tab=pushes")))

    assert f"/arhub/account/{acting.records.first('account').pk}/change/" in keys and "17" in keys
    assert f"/connectors/outboundpush/{push.pk}/change/" in pushes and "No room." in pushes


def test_test_makes_its_steps_one_by_one(client: Client, world: World, simulated: Linked) -> None:
    answer = client.post(page_of(simulated, "test/"), {"step": "0"}).json()

    assert answer == {
        "is_good": True, "label": "Sign in", "text": "The notebook holds 0 records.", "next": None,
        "confirms": None,
    }  # fmt: skip
    assert stored(world).state == "Working"
    assert log_of(simulated)[-1] == "Tested: 1 steps passed."


def test_test_with_a_wrong_key_says_what_to_do(client: Client, world: World, simulated: Linked) -> None:
    client.post(page_of(simulated), {"name": "Notebook", "setting-url": simulated.connection.values["url"],
                                     "setting-key": "wrong-key-4"})  # fmt: skip

    answer = client.post(page_of(simulated, "test/"), {"step": "0"}).json()

    assert (answer["is_good"], answer["next"]) == (False, None)
    assert answer["text"] == "The notebook does not know this key: take the one on its first page."
    assert stored(world).state == "Failing"
    assert "take the one on its first page" in text_of(client.get(LIST))


def test_step_out_of_turn_makes_nothing(client: Client, world: World, simulated: Linked) -> None:
    answer = client.post(page_of(simulated, "test/"), {"step": "3"}).json()

    assert (answer["is_good"], answer["text"]) == (False, "Another test began meanwhile.")
    assert stored(world).state == "Not tried"


def test_test_without_scripts_shows_all_steps(client: Client, simulated: Linked) -> None:
    page = text_of(client.post(page_of(simulated, "test/")))

    assert "The notebook holds 0 records." in page


def test_pull_is_started_and_shown(client: Client, world: World, simulated: Linked) -> None:
    answer = client.post(page_of(simulated, "full-pull/"), SENT)

    with scope(world.acting.tenant.pk):
        run = Run.objects.get(kind="full_pull")
    assert (run.kind, run.subject_id, run.created_by) == ("full_pull", simulated.connection.pk, client.user)  # type: ignore[attr-defined]
    assert answer.headers["HX-Redirect"] == f"/arhub/run/{run.pk}/change/"
    assert f"Full pull {run.pk}" in text_of(client.get(page_of(simulated, "change/?tab=runs")))


def test_cursor_is_moved_and_says_by_whom(client: Client, world: World, acting: Linked) -> None:
    dialog = text_of(client.get(page_of(acting, "rewind/?stream=records")))
    client.post(page_of(acting, "rewind/"), {**SENT, "stream": "records", "value": "5"})

    page = text_of(client.get(page_of(acting, "change/?tab=cursor")))
    with scope(world.acting.tenant.pk):
        assert StreamCursor.objects.get().value == "5"
    assert "what came since comes once more" in dialog.replace("\n", " ")
    assert f"{client.user}".replace("<", "&lt;") in page  # type: ignore[attr-defined]
    assert log_of(acting)[-1] == "Cursor of records moved from the beginning to 5."


def test_cursor_of_no_stream_stays(client: Client, world: World, acting: Linked) -> None:
    client.post(page_of(acting, "rewind/"), {**SENT, "stream": "nonsense", "value": "5"})

    with scope(world.acting.tenant.pk):
        assert not StreamCursor.objects.exists()


def test_switched_off_connection_says_so_and_pulls_nothing(client: Client, world: World, acting: Linked) -> None:
    client.post(page_of(acting, "switch-off/"), SENT)
    client.post(page_of(acting, "pull-now/"), SENT)

    page = text_of(client.get(page_of(acting)))
    with scope(world.acting.tenant.pk):
        assert (Connection.objects.get().is_enabled, Run.objects.filter(kind="pull").count()) == (False, 0)
    assert "Switched off" in page and "/switch-on/" in page and "/pull-now/" not in page


def test_setting_that_is_no_more_stands_in_nobodys_way(client: Client, world: World, acting: Linked) -> None:
    with scope(world.acting.tenant.pk):
        Connection.objects.update(values={**acting.connection.values, "of_an_older_version": "x"})

    client.post(page_of(acting), {**FORM, "name": "Diary"})

    assert stored(world).name == "Diary"


def test_unused_connection_is_deleted_with_its_ledger_and_schedules(
    client: Client, world: World, acting: Linked
) -> None:
    with scope(world.acting.tenant.pk):
        Schedule.objects.create(name="Nightly", kind="pull", subject_id=acting.connection.pk)

    client.post(page_of(acting, "remove/"), SENT)

    with scope(world.acting.tenant.pk):
        assert not Schedule.objects.filter(kind="pull").exists()
        assert not Connection.objects.exists()
        assert not Source.objects.filter(name="Notebook").exists()
        assert not Ledger.objects.filter(name="Notebook").exists()


def test_connection_that_was_used_is_not_deleted(client: Client, world: World, acting: Linked) -> None:
    acting.push()

    dialog = text_of(client.get(page_of(acting, "remove/")))
    client.post(page_of(acting, "remove/"), SENT)

    assert "Switch it off instead." in dialog
    assert stored(world) == acting.connection


@pytest.mark.parametrize(
    "path", ["pull-now/", "full-pull/", "rewind/", "switch-on/", "switch-off/", "remove/", "test/"]
)
def test_connection_of_another_tenant_is_out_of_reach(
    client: Client, acting: Linked, hidden: Linked, path: str
) -> None:
    before = log_of(hidden)

    answer = client.post(page_of(hidden, path), {**SENT, "stream": "records", "value": "1"})

    # A dialog whose form is not valid for a connection that is not there shows itself again.
    assert answer.status_code == 404 or (path == "rewind/" and "Select a valid choice" in text_of(answer))
    assert log_of(hidden) == before
    assert client.get(page_of(hidden)).status_code == 404


@pytest.mark.parametrize(("role", "may_use"), [("viewer", False), ("clerk", True)])
def test_only_managers_change_connections(
    world: World, sign_in: SignIn, acting: Linked, role: str, may_use: bool
) -> None:
    client = sign_in(world.acting.tenant, role=role)

    page = text_of(client.get(page_of(acting)))

    assert "https://notebook.example" in page and ("Test connection" in page) == may_use
    assert client.get(ADD).status_code == 403
    assert client.post(page_of(acting), FORM).status_code == 403
    for path in ("full-pull/", "rewind/", "switch-off/", "remove/"):
        assert client.post(page_of(acting, path), SENT).status_code == 403, path
    for path in ("pull-now/", "test/"):
        assert (client.post(page_of(acting, path), SENT).status_code != 403) == may_use, path
    assert "Choose" not in text_of(client.get(f"{LIST}add/"))


def test_list_takes_the_same_queries_for_one_and_three(client: Client, world: World, acting: Linked) -> None:
    client.get(LIST)
    with CaptureQueriesContext(
        database,
    ) as one:
        client.get(LIST)
    for number in (2, 3):
        connect(world.acting.tenant, "https://notebook.example", f"Notebook {number}")
    with CaptureQueriesContext(database) as three:
        page = text_of(client.get(LIST))

    assert len(three) == len(one)
    assert page.count('class="ar-letter"') == 3


def test_failing_connection_stands_on_start(client: Client, world: World, acting: Linked, hidden: Linked) -> None:
    for linked in (acting, hidden):
        with scope(linked.records.tenant.pk):
            connections.health(linked.connection, f"{linked.connection.name} is closed.")

    page = text_of(client.get("/"))

    assert "Connection Notebook, failing" in page and "Notebook is closed." in page
    assert "Hidden notebook" not in page


def test_search_finds_connections_pushes_and_records_by_their_key_there(
    client: Client, acting: Linked, hidden: Linked
) -> None:
    push = acting.push()
    for linked in (acting, hidden):
        linked.write_back(RECORDNO="4711")

    assert "Notebook" in text_of(client.get("/search/?extended=1&s=note"))
    assert f"/connectors/outboundpush/{push.pk}/change/" in text_of(
        client.get(f"/search/?extended=1&s={push.identity}")
    )
    found = text_of(client.get("/search/?extended=1&s=4711"))
    assert "acting0 Pumps" in found and "RECORDNO 4711 in Notebook" in found
    assert "Hidden notebook" not in found and "hidden0" not in found


def test_folder_that_is_missing_is_told_as_it_is_saved(
    client: Client, world: World, settings: Any, tmp_path: Path
) -> None:
    settings.FOLDERS = tmp_path
    (tmp_path / world.acting.tenant.slug / "out").mkdir(parents=True)
    defaults = {f"setting-{one.name}": one.default for one in FolderGateway.settings}
    form = {**defaults, "name": "Share", "setting-start": "exprot"}

    added = text_of(client.post(f"{LIST}add/?kind=folder", form, follow=True))
    mended = text_of(client.post(f"{LIST}{stored(world).pk}/change/", form | {"setting-start": "out"}, follow=True))

    said = "There is no folder exprot in your company&#x27;s folder on the hub&#x27;s machine. Nothing goes out"
    assert (said in added, "There is no folder" in mended) == (True, False)
