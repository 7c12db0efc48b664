"""The pages about undo and lineage: what they say, who may do what, and that nothing of another tenant's comes back."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from arhub.domain.tenants import add_member, create_tenant
from arhub.models import Account, Contact, Document, Payment, Role, Tenant
from arhub.tenancy.scope import scope
from ingestion import tasks
from ingestion.models import Ingestion, IngestionFile, MappingProfile, Repair, State
from tests.ingestion.conftest import ACCOUNTS, Load
from tests.ingestion.test_screens import LIST, signed_in
from tests.ingestion.test_undo import APPLIED, INVOICES, PAYMENTS, undo


def words(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def page(client: Client, ingestion: Ingestion, tab: str = "undo") -> str:
    return words(client.get(f"{LIST}{ingestion.pk}/change/", {"tab": tab}))


def test_preview_says_what_goes_what_stays_and_how_money_moves(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=ACCOUNTS, invoice=INVOICES)
    newer = load(payment=PAYMENTS, payment_applied=APPLIED)

    shown = page(signed_in(tenant, Role.MANAGER), ingestion)

    assert "Accounts 1 0 1 Invoices 1 0 1 Sum 2 0 2" in shown
    assert "Outstanding on documents EUR 99.50 0.00 -99.50" in shown
    assert "Undo 2 records Removes 2, gives 0 their old values back, keeps 2." in shown
    assert f"Account Alpha Payment P1 refers to it, from ingestion {newer.pk}." in shown


def test_manager_undoes_and_every_page_says_so(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=ACCOUNTS)
    client = signed_in(tenant, Role.MANAGER, "boss@acme.example")

    answer = client.post(f"{LIST}{ingestion.pk}/undo/")
    waiting = page(client, ingestion)
    tasks.answer()

    assert answer["Location"] == f"{LIST}{ingestion.pk}/change/"
    assert "Undoing" in waiting
    assert "This load was undone by boss@acme.example on" in page(client, ingestion)
    assert "Nothing of it is left." in page(client, ingestion)
    assert "Undone" in words(client.get(f"{LIST}{ingestion.pk}/drawer/"))
    assert "Undone" in words(client.get(LIST))
    assert "Undone by boss@acme.example: 2 accounts removed." in page(client, ingestion, "log")


def test_undo_that_waits_is_cancelled_by_a_manager_only(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=ACCOUNTS)
    boss, clerk = signed_in(tenant, Role.MANAGER, "boss@acme.example"), signed_in(tenant, Role.CLERK)
    boss.post(f"{LIST}{ingestion.pk}/undo/")

    codes = [client.post(f"{LIST}{ingestion.pk}/cancel/").status_code for client in (clerk, boss)]

    assert codes == [403, 302]
    with scope(tenant.pk):
        ingestion.refresh_from_db()
        assert (ingestion.state, ingestion.task) == (State.COMMITTED, "load")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CLERK])
def test_undo_is_a_post_of_a_manager(tenant: Tenant, load: Load, role: Role) -> None:
    ingestion = load(account=ACCOUNTS)
    client = signed_in(tenant, role)

    codes = [client.post(f"{LIST}{ingestion.pk}/undo/").status_code,
             signed_in(tenant, Role.MANAGER).get(f"{LIST}{ingestion.pk}/undo/").status_code]  # fmt: skip

    assert codes == [403, 403]
    assert "A manager can undo this load." in page(client, ingestion)
    with scope(tenant.pk):
        assert Ingestion.objects.get().state == State.COMMITTED


def test_second_undo_is_refused_in_words(tenant: Tenant, load: Load) -> None:
    done, waiting = load(account=ACCOUNTS), load(account=ACCOUNTS, review=True)
    undo(done)
    client = signed_in(tenant, Role.MANAGER)

    said = [words(client.post(f"{LIST}{item.pk}/undo/", follow=True)) for item in (done, waiting)]

    assert f"Ingestion {done.pk} is undone already." in said[0]
    assert f"Ingestion {waiting.pk} is not committed" in said[1]
    assert "Undo preview" not in said[1]


def test_what_stays_is_paged(tenant: Tenant, load: Load) -> None:
    rows = [f"C{n:03}" for n in range(60)]
    first = load(account="account_id,account_name\n" + "".join(f"{row},{row}\n" for row in rows))
    load(account="account_id,account_name\n" + "".join(f"{row},{row} Ltd\n" for row in rows[:55]))
    client = signed_in(tenant, Role.MANAGER)

    address = f"{LIST}{first.pk}/change/"
    before = [words(client.get(address, {"tab": "undo", "from": n})) for n in (0, 50, "x")]
    undo(first)
    page = client.get(address, {"tab": "undo"})
    link = re.search(r'rel="next"[^>]*href="([^"]+)"', page.content.decode())
    after = [words(page), words(client.get(address + html.unescape(link[1]))) if link else ""]

    assert [text.count("changed it later") for text in (*before, *after)] == [50, 5, 50, 50, 5]
    assert ["Next" in before[0], "Previous" in before[0], "Previous" in before[1]] == [True, False, True]


def test_history_tells_who_set_each_field(tenant: Tenant, load: Load) -> None:
    first = load(account=ACCOUNTS, invoice=INVOICES)
    second = load(invoice="invoice_number,account_id,document_type,total_amount\n100,C1,Invoice,9\n")
    with scope(tenant.pk):
        invoice = Document.objects.get(number="100")
        file = second.files.get()
        file.profile = MappingProfile.objects.create(source=second.source, name="Sage", version=3)
        file.save()
        boss = add_member("fixer@acme.example", tenant, Role.CLERK)
        Repair.objects.create(ingestion=second, file=file, line=2, cells=[], made_by=boss)
        made = IngestionFile.objects.get(pk=invoice.created_file)

    answer = signed_in(tenant).get(f"/arhub/invoice/{invoice.pk}/change/")
    shown = words(answer)

    assert (
        f"Total amount 9.00 DKK Ingestion {second.pk} invoice.csv, line 2 Sage, version 3 fixer@acme.example" in shown
    )
    assert f"Invoice number 100 Ingestion {first.pk} invoice.csv, line 2 by its headers Upload" in shown
    assert f"Total amount 1250.00 9 Ingestion {second.pk}" in shown
    assert f'href="{LIST}file/{file.pk}/line/2/"' in answer.content.decode()
    assert f'href="{LIST}file/{made.pk}/line/2/"' in answer.content.decode()


def test_history_after_an_undo_shows_the_older_origin_and_who_undid(tenant: Tenant, load: Load) -> None:
    first = load(account=ACCOUNTS)
    second = undo(load(account=ACCOUNTS.replace("Alpha", "Alfa")))
    with scope(tenant.pk):
        account = Account.objects.get(number="C1")

    shown = words(signed_in(tenant).get(f"/arhub/account/{account.pk}/change/", {"tab": "history"}))

    assert f"Account name Alpha Ingestion {first.pk}" in shown
    assert re.search(rf"Account name Alpha Alfa undone by the hub on .* Ingestion {second.pk}", shown)


@pytest.mark.parametrize(("name", "model"), [("contact", Contact), ("payment", Payment)])
def test_history_stands_on_every_kind_of_page(tenant: Tenant, load: Load, name: str, model: Any) -> None:
    ingestion = load(account=ACCOUNTS, payment=PAYMENTS, contact="account_id,contact_name\nC1,Holm\n")
    with scope(tenant.pk):
        record = model.objects.get()

    shown = words(signed_in(tenant).get(f"/arhub/{name}/{record.pk}/change/"))

    assert f"Ingestion {ingestion.pk} {name}.csv, line 2 by its headers Upload" in shown


def test_history_costs_the_same_for_one_and_three_changes(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    load(account=ACCOUNTS.replace("Alpha", "Alfa"))
    with scope(tenant.pk):
        account = Account.objects.get(number="C1")
    client, address = signed_in(tenant), f"/arhub/account/{account.pk}/change/?tab=history"
    client.get(address)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    load(account=ACCOUNTS.replace("Alpha", "Aleph"))
    load(account=ACCOUNTS.replace("Alpha", "Alif"))

    with CaptureQueriesContext(connection) as three:
        client.get(address)

    assert len(three) == len(one)


def test_line_page_shows_the_cells_under_their_headers(tenant: Tenant, load: Load) -> None:
    ingestion = load(account="account_id,account_name,Extra\nC1,Alpha,<b>x</b>\n")
    with scope(tenant.pk):
        file = ingestion.files.get()

    answer = signed_in(tenant, Role.VIEWER).get(f"{LIST}file/{file.pk}/line/2/")

    assert "account_id C1 account_id account_name Alpha account_name" in words(answer)
    assert "1 account_id,account_name,Extra 2 C1,Alpha," in words(answer)
    assert "&lt;b&gt;x&lt;/b&gt;" in answer.content.decode()


def test_line_that_is_not_there_says_so(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=ACCOUNTS)
    with scope(tenant.pk):
        file = ingestion.files.get()

    answer = signed_in(tenant).get(f"{LIST}file/{file.pk}/line/99/")

    assert answer.status_code == 404
    assert "The file has no such line." in words(answer)


def test_undo_and_lines_of_another_tenant_are_not_there(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=ACCOUNTS)
    with scope(tenant.pk):
        file = ingestion.files.get()
    stranger = signed_in(create_tenant("other"), Role.ADMINISTRATOR)

    answers = [
        stranger.get(f"{LIST}{ingestion.pk}/change/?tab=undo"),
        stranger.post(f"{LIST}{ingestion.pk}/undo/"),
        stranger.get(f"{LIST}file/{file.pk}/line/2/"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert not any("Alpha" in answer.content.decode() for answer in answers)
    with scope(tenant.pk):
        assert Ingestion.objects.get().state == State.COMMITTED
