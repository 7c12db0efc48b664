"""My Adaptors and the page of an activation: the list, its check list, its buttons."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from adaptors.domain import activations
from adaptors.domain.transactions import ladder
from adaptors.models import Activation, Transaction
from arhub.models import Account, Outbound, Run, Schedule
from arhub.tenancy.scope import scope
from connectors.models import Delivery
from tests.adaptors.admin.conftest import Activated
from tests.adaptors.world import document, transaction
from tests.arhub.admin.conftest import SignIn, World, text_of

LIST = "/adaptors/activation/"
SENT = {"_form_submitted": "on"}


def cells_of(page: str, name: str) -> list[str]:
    """What the cells of a column say, without their tags."""
    found = re.findall(rf'<t[dh] class="field-{name} [^>]*>(.*?)</t[dh]>', page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", " ", cell).split()) for cell in found]


def test_empty_list_leads_to_the_catalogue(client: Client, world: World) -> None:
    page = text_of(client.get(LIST))

    assert "Nothing is activated yet" in page
    assert 'href="/adaptors/activation/catalogue/"' in page


def test_list_says_how_each_does(client: Client, acting: Activated) -> None:
    acting.switch_on()
    with scope(acting.records.tenant.pk):
        activations.activate("sync_upload", name="Sync")
        run = Run.objects.create(title="x", kind="adaptor", subject_id=acting.activation.pk, state=Run.State.FAILED)
        due = timezone.now() + timedelta(days=1)
        Schedule.objects.create(name="Daily", kind="adaptor", subject_id=acting.activation.pk, next_due_at=due)
        Schedule.objects.create(name="Paused", kind="adaptor", subject_id=acting.activation.pk, is_paused=True,
                                next_due_at=timezone.now())  # fmt: skip
        _send(acting, "held")
        _send(acting, "delivered")
        _send(acting, "delivered", verdict=Delivery.Verdict.REFUSED)
        _send(acting, "failed")
        _send(acting, "waiting")
        Transaction.objects.filter(pk=_send(acting, "held").pk).update(created_at=timezone.now() - timedelta(days=8))

    page = text_of(client.get(LIST))

    assert cells_of(page, "name_") == ["Acting invoices", "Sync"]
    assert cells_of(page, "state_") == ["On", "Not finished Source chosen: not yet"]
    assert cells_of(page, "last_run") == ["Failed just now", "–"]
    assert f"/arhub/run/{run.pk}/change/" in page
    assert cells_of(page, "next_run")[0].startswith(f"{due.day} {due:%b %Y}")
    assert cells_of(page, "week") == ["1 delivered 1 held 2 failed", "nothing"]


def _send(acting: Activated, state: str, verdict: str = "") -> Transaction:
    number = Transaction.objects.count()
    sent = document(Account.objects.get(erp_key="C-1"), f"S-{number}")
    if state == "held":
        return transaction(acting.activation, sent)
    outbound = Outbound.objects.create(
        channel="delivery", destination=str(acting.gateway.pk), identity=f"i-{number}", state=state, content=b"",
        subject="x", digest="0" * 64,
    )  # fmt: skip
    delivery = Delivery.objects.create(
        connection=acting.gateway, outbound=outbound, name="x", size=0, sha256="", media_type="", verdict=verdict
    )
    row = transaction(acting.activation, sent, state=Transaction.State.SENDING, delivery=delivery)
    ladder.followed([delivery.pk])
    return row


def test_list_asks_as_many_queries_for_three_rows_as_for_one(client: Client, acting: Activated) -> None:
    client.get(LIST)
    with CaptureQueriesContext(database) as one:
        client.get(LIST)

    with scope(acting.records.tenant.pk):
        for number in range(2):
            activations.activate("dinero_invoices", name=f"More {number}", destination=acting.gateway)
    with CaptureQueriesContext(database) as three:
        page = client.get(LIST)

    assert len(page.context["cl"].result_list) == 3
    assert len(three) == len(one)


@pytest.mark.parametrize(
    ("show", "found"),
    [("all", ["Acting invoices", "Broken", "Sync"]), ("on", ["Acting invoices"]), ("off", ["Broken", "Sync"]),
     ("failed", ["Broken"])],
)  # fmt: skip
def test_quick_filters(client: Client, acting: Activated, show: str, found: list[str]) -> None:
    acting.switch_on()
    with scope(acting.records.tenant.pk):
        activations.activate("sync_upload", name="Sync")
        broken = activations.activate("sync_upload", name="Broken")
        for state in (Run.State.SUCCEEDED, Run.State.FAILED):
            Run.objects.create(title="x", kind="adaptor", subject_id=broken.pk, state=state)
        for state in (Run.State.FAILED, Run.State.SUCCEEDED):
            Run.objects.create(title="x", kind="adaptor", subject_id=acting.activation.pk, state=state)

    assert [row.name for row in client.get(f"{LIST}?show={show}").context["cl"].result_list] == found


def test_page_says_what_is_missing_until_nothing_is(client: Client, acting: Activated) -> None:
    page = text_of(client.get(f"{acting.address}change/"))
    acting.finish()
    finished = text_of(client.get(f"{acting.address}change/"))

    assert "Choose a connection of the kind Dinero, or add one." in page
    assert '<a class="ar-link" href="?tab=source">' in page
    assert "Before it can run" not in finished
    assert "It has everything it needs: switch it on." in finished


def test_switching_on_says_what_is_missing(client: Client, acting: Activated) -> None:
    answer = client.post(f"{acting.address}switch-on/", SENT)

    assert answer["HX-Redirect"] == f"{acting.address}change/?tab=general"
    assert "It stays off. Source connected: not yet." in text_of(client.get(answer["HX-Redirect"]))
    assert not acting.stored().is_on


def test_buttons_switch_run_rename_and_remove(client: Client, acting: Activated) -> None:
    acting.finish()

    client.post(f"{acting.address}switch-on/", SENT)
    answer = client.post(f"{acting.address}run-now/", SENT)
    client.post(f"{acting.address}rename/", {**SENT, "name": "Faktura"})

    assert (acting.stored().is_on, acting.stored().name) == (True, "Faktura")
    with scope(acting.records.tenant.pk):
        run = Run.objects.get(kind="adaptor")
    assert answer["HX-Redirect"] == f"/arhub/run/{run.pk}/change/"
    client.post(f"{acting.address}switch-off/", SENT)
    assert not acting.stored().is_on
    assert client.post(f"{acting.address}remove/", SENT)["HX-Redirect"] == f"{acting.address}change/?tab=general"
    with scope(acting.records.tenant.pk):
        Run.objects.all().delete()
    assert client.post(f"{acting.address}remove/", SENT)["HX-Redirect"] == LIST
    with scope(acting.records.tenant.pk):
        assert not Activation.objects.exists()


def test_dialogs_say_what_they_do(client: Client, acting: Activated) -> None:
    acting.finish()
    with scope(acting.records.tenant.pk):
        for number in range(2):
            document(Account.objects.get(erp_key="C-1"), f"I-{number}")
    run, remove, rename = (
        text_of(client.get(f"{acting.address}{name}/")) for name in ("run-now", "remove", "rename")
    )  # fmt: skip

    assert "This is its first run. It takes 2 documents, and sends what nothing holds back." in run
    assert "Nothing was sent through it." in remove
    assert 'value="Acting invoices"' in rename


def test_what_is_off_does_not_run(client: Client, acting: Activated) -> None:
    answer = client.post(f"{acting.address}run-now/", SENT)

    assert "Nothing was started." in text_of(client.get(answer["HX-Redirect"]))


@pytest.mark.parametrize(("role", "status", "runs"), [("viewer", 403, 403), ("clerk", 403, 200), ("manager", 200, 200)])
def test_managers_alone_change_and_clerks_run(
    world: World, sign_in: SignIn, acting: Activated, role: str, status: int, runs: int
) -> None:  # fmt: skip
    client = sign_in(world.acting.tenant, role=role)

    assert client.get(LIST).status_code == 200
    assert client.get(f"{acting.address}change/").status_code == 200
    assert client.get(f"{acting.address}change/?tab=source").status_code == 200
    assert client.get(f"{LIST}catalogue/").status_code == 200
    assert client.get(f"{LIST}catalogue/dinero_invoices/").status_code == status
    assert client.get(f"{acting.address}run-now/").status_code == runs
    for name in ("switch-on", "rename", "remove"):
        assert client.get(f"{acting.address}{name}/").status_code == status, name
        if status == 403:
            assert client.post(f"{acting.address}{name}/", {**SENT, "name": "x"}).status_code == 403
    if status == 403:
        for name in ("change", "source"):
            assert client.post(f"{acting.address}{name}/", {"name": "x"}).status_code == 403, name
        assert client.post(f"{LIST}catalogue/dinero_invoices/", {"name": "x"}).status_code == 403
    assert acting.stored().name == "Acting invoices"


def test_another_tenants_activation_is_out_of_reach(client: Client, acting: Activated, hidden: Activated) -> None:
    page = text_of(client.get(LIST))

    assert "Acting invoices" in page and "Hidden invoices" not in page
    assert "Hidden" not in text_of(client.get(f"{LIST}catalogue/"))
    assert client.get(f"{hidden.address}change/").status_code == 404
    for name in ("switch-on", "switch-off", "run-now", "rename", "remove"):
        assert client.post(f"{hidden.address}{name}/", {**SENT, "name": "Mine"}).status_code == 404, name
    for name in ("source", "pull"):
        assert client.post(f"{hidden.address}{name}/", {"chosen": hidden.dinero.pk}).status_code == 404, name
    assert hidden.stored().name == "Hidden invoices"


def test_search_finds_beginnings_of_own_names(client: Client, acting: Activated, hidden: Activated) -> None:
    assert f"{acting.address}change/" in text_of(client.get("/search/?extended=1&s=acting inv"))
    assert "No results" in text_of(client.get("/search/?extended=1&s=hidden inv"))
