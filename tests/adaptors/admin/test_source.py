"""The tab Source: choosing what brings the records, pulling, and what is there."""

from __future__ import annotations

import re

from django.test import Client

from adaptors.domain import activations
from adaptors.models import Activation
from arhub.models import Run
from arhub.tenancy.scope import scope
from connectors.models import Connection
from tests.adaptors.admin.conftest import Activated
from tests.adaptors.world import customer, document
from tests.arhub.admin.conftest import SignIn, World, text_of

BOX = {"name": "Box", "setting-start": "", "setting-folder": "", "setting-file_name": "{name}"}


def test_connection_is_chosen(client: Client, acting: Activated, hidden: Activated) -> None:
    page = text_of(client.get(f"{acting.address}change/?tab=source"))

    answer = client.post(f"{acting.address}source/", {"chosen": acting.dinero.pk})

    assert "Acting Dinero" in page and "Hidden Dinero" not in page
    assert "back=%2Fadaptors%2Factivation%2F" in page
    assert answer.url == f"{acting.address}change/?tab=source"
    assert acting.stored().connection == acting.dinero
    assert "Its records are those of Acting Dinero." in text_of(client.get(answer.url))


def test_connection_of_another_kind_or_tenant_is_refused(
    client: Client, acting: Activated, hidden: Activated
) -> None:  # fmt: skip
    for wrong in (acting.gateway.pk, hidden.dinero.pk, "x", ""):
        answer = client.post(f"{acting.address}source/", {"chosen": wrong})
        assert "Choose one of those in the list." in text_of(client.get(answer.url))

    assert acting.stored().connection is None


def test_connection_can_be_tested_and_pulled_from(client: Client, acting: Activated) -> None:
    acting.finish()

    page = text_of(client.get(f"{acting.address}change/?tab=source"))
    answer = client.post(f"{acting.address}pull/")

    assert f'action="/connectors/connection/{acting.dinero.pk}/test/" data-test' in page
    assert "Pull customers now" in page
    with scope(acting.records.tenant.pk):
        run = Run.objects.get(kind="pull", subject_id=acting.dinero.pk)
    assert answer.url == f"/arhub/run/{run.pk}/change/"
    assert answer.url in text_of(client.get(f"{acting.address}change/?tab=source"))


def test_nothing_is_pulled_from_what_is_off(client: Client, acting: Activated) -> None:
    acting.finish()
    with scope(acting.records.tenant.pk):
        Connection.objects.filter(pk=acting.dinero.pk).update(is_enabled=False)

    client.post(f"{acting.address}pull/")
    page = text_of(client.get(f"{acting.address}change/?tab=source"))

    assert "Nothing is pulled" in page and "Pull customers now" not in page
    with scope(acting.records.tenant.pk):
        assert not Run.objects.filter(kind="pull").exists()


def test_what_is_there_is_counted(client: Client, acting: Activated) -> None:
    acting.finish()
    with scope(acting.records.tenant.pk):
        source = acting.stored().source
        assert source is not None
        second = customer(source, "C-2")
        customer(source, "V-1", kind="vendor")
        document(second, "I-1")

    page = text_of(client.get(f"{acting.address}change/?tab=source"))

    facts = dict(re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", page))
    assert (facts["Customers"], facts["Invoices and credit memos"], facts["Data last came"]) == (
        "2 customers", "1 document", "never",
    )  # fmt: skip


def test_files_come_from_a_source_that_no_connection_feeds(client: Client, acting: Activated, world: World) -> None:
    with scope(world.acting.tenant.pk):
        made = activations.activate("file_invoices", name="Files")
    address = f"/adaptors/activation/{made.pk}/"

    page = text_of(client.get(f"{address}change/?tab=source"))
    client.post(f"{address}source/", {"chosen": world.acting.first("source").pk})

    choices = page.partition('id="chosen"')[2].partition("</select>")[0]
    assert "Acting source" in choices and "Acting Dinero" not in choices
    with scope(world.acting.tenant.pk):
        assert Activation.objects.select_related("source").get(pk=made.pk).source == world.acting.first("source")


def test_connection_added_for_it_comes_back_chosen(client: Client, acting: Activated) -> None:
    back = f"{acting.address}change/?tab=source"
    address = f"/connectors/connection/add/?kind=folder&back={back.replace('?', '%3F').replace('=', '%3D')}"

    answer = client.post(address, BOX)

    with scope(acting.records.tenant.pk):
        added = Connection.objects.get(name="Box")
    assert answer.url == f"{back}&connection={added.pk}"


def test_way_back_leads_nowhere_else(client: Client, world: World) -> None:
    for number, back in enumerate(("//evil.example", "https://evil.example/", "/\\evil.example")):
        answer = client.post(f"/connectors/connection/add/?kind=folder&back={back}", {**BOX, "name": f"Box {number}"})

        assert answer.url.startswith("/connectors/connection/"), answer.url


def test_who_only_looks_is_offered_nothing(world: World, sign_in: SignIn, acting: Activated) -> None:
    acting.finish()

    page = text_of(sign_in(world.acting.tenant, role="viewer").get(f"{acting.address}change/?tab=source"))

    assert "Acting Dinero" in page and "1 customer" in page
    for offered in ("data-test ", "Pull customers now", 'id="chosen"', "Add a Dinero connection"):
        assert offered not in page


def test_connection_in_use_by_an_adaptor_is_not_deleted(client: Client, acting: Activated) -> None:
    acting.finish()

    for used in (acting.dinero, acting.gateway):
        dialog = text_of(client.get(f"/connectors/connection/{used.pk}/remove/"))
        client.post(f"/connectors/connection/{used.pk}/remove/", {"_form_submitted": "on"})
        assert f"The adaptor Acting invoices uses {used}: choose another one there first." in dialog

    with scope(acting.records.tenant.pk):
        assert Connection.objects.count() == 2
