"""The workbench as a clerk uses it: what it shows, what a form does, and who may."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from arhub.domain.tenants import create_tenant
from arhub.models import Account, Role, Tenant
from arhub.tenancy.scope import scope
from ingestion import tasks
from ingestion.models import Ingestion, Repair, State
from tests.ingestion.conftest import ACCOUNTS, Load, counts
from tests.ingestion.test_repair import BAD
from tests.ingestion.test_screens import LIST, signed_in


def _at(ingestion: Ingestion) -> str:
    return f"{LIST}{ingestion.pk}/repair/"


def _form(page: str) -> dict[str, Any]:
    """What a browser would send of the workbench as it stands: every field but unticked boxes and buttons."""
    form: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]*>", page.partition('<form id="repair"')[2]):
        parts = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if parts.get("type") != "checkbox" and parts["name"] != "csrfmiddlewaretoken":
            form.setdefault(parts["name"], []).append(parts["value"].replace("&quot;", '"').replace("&#x27;", "'"))
    return form


def _number(form: dict[str, Any], old: str) -> int:
    """Which of the values to replace is `old`."""
    return [json.loads(text)[4] for text in form["value"]].index(old)


def test_workbench_shows_groups_with_the_values_found(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=BAD, review=True)

    page = signed_in(tenant).get(_at(ingestion)).content.decode()

    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "3 rows: currency expected" in text
    assert "In all 2 rows with EURO put" in text
    assert "In the row with KRONER put" in text
    assert text.index("3 rows: currency") < text.index("1 row: account_name expected a value")


def test_form_with_a_group_and_a_cell_repairs_both(tenant: Tenant, load: Load) -> None:
    ingestion, client = load(account=BAD), signed_in(tenant)
    form = _form(client.get(_at(ingestion)).content.decode())
    (name,) = [name for name in form if re.fullmatch(r"cell-\d+-1", name)]

    answer = client.post(_at(ingestion), {**form, f"with-{_number(form, 'EURO')}": "EUR", name: "Zeta"}, follow=True)
    tasks.answer()

    assert "3 repaired rows on the way in." in answer.content.decode()
    assert counts(ingestion)["ACCOUNT"] == (6, 5, 0, 0, 1)
    with scope(tenant.pk):
        assert Account.objects.get(name="Zeta").erp_key == "C6"
        assert {str(item.made_by) for item in Repair.objects.all()} == {"clerk@acme.example"}


def test_form_sent_as_it_stood_changes_nothing(tenant: Tenant, load: Load) -> None:
    ingestion, client = load(account=BAD, review=True), signed_in(tenant)

    answer = client.post(_at(ingestion), _form(client.get(_at(ingestion)).content.decode()))

    assert answer.status_code == 400
    assert "Nothing was changed: correct a cell" in answer.content.decode()
    with scope(tenant.pk):
        assert (Ingestion.objects.get().state, Repair.objects.count()) == (State.REVIEW, 0)


def test_wrong_cell_is_told_at_the_cell_and_what_was_typed_stays(tenant: Tenant, load: Load) -> None:
    ingestion, client = load(account=BAD, review=True), signed_in(tenant)
    form = _form(client.get(_at(ingestion)).content.decode())
    name = next(name for name in form if re.fullmatch(r"cell-\d+-2", name))

    answer = client.post(_at(ingestion), {**form, name: "EUROS", f"with-{_number(form, 'KRONER')}": "DKK"})

    page = answer.content.decode()
    assert answer.status_code == 400
    assert re.search(rf'name="{name}" value="EUROS"[^>]* aria-invalid="true" aria-describedby="wrong-{name}"', page)
    assert re.search(rf'id="wrong-{name}">currency: expected [^<]*found &#x27;EUROS&#x27;', page)
    assert re.search(r'name="with-\d+" value="DKK"', page)


def test_value_can_be_emptied_in_a_group(tenant: Tenant, load: Load) -> None:
    ingestion, client = load(account=BAD), signed_in(tenant)
    form = _form(client.get(_at(ingestion)).content.decode())

    client.post(_at(ingestion), {**form, f"clear-{_number(form, 'EURO')}": "on"})
    tasks.answer()

    assert counts(ingestion)["ACCOUNT"] == (6, 4, 0, 0, 2)
    with scope(tenant.pk):
        assert Account.objects.get(name="Gamma").currency is None


def test_group_is_paged_by_line(tenant: Tenant, load: Load) -> None:
    rows = "".join(f"D{n},Delta,EURO\n" for n in range(120))
    ingestion, client = load(account=ACCOUNTS + rows, review=True), signed_in(tenant)
    first = client.get(_at(ingestion)).content.decode()
    whole = re.search(r'<a href="([^"]*)">All 120 rows</a>', first)

    seen, address, pages = [], whole[1] if whole else "", 0
    while address:
        page = client.get(address.replace("&amp;", "&")).content.decode()
        seen += [int(line) for line in re.findall(r'<th scope="row" class="num">(\d+)</th>', page)]
        following = re.search(r'href="([^"]*)">Next</a>', page)
        address, pages = following[1] if following else "", pages + 1
    back = re.search(r'href="([^"]*)">Previous</a>', page)
    before = client.get(back[1].replace("&amp;", "&")).content.decode() if back else ""

    assert (seen, pages) == (list(range(4, 124)), 3)
    assert re.findall(r'<th scope="row" class="num">(\d+)</th>', before) == [str(line) for line in range(54, 104)]


def test_workbench_costs_the_same_for_one_and_three_rows(tenant: Tenant, load: Load) -> None:
    one, three = load(account=ACCOUNTS + "C3,,DKK\n"), load(account=ACCOUNTS + "C3,,DKK\nC4,,DKK\nC5,,DKK\n")
    client = signed_in(tenant)
    client.get(_at(one))

    costs = []
    for ingestion in (one, three):
        with CaptureQueriesContext(connection) as queries:
            client.get(_at(ingestion))
        costs.append(len(queries))

    assert costs[0] == costs[1]


def test_load_at_work_says_that_it_cannot_be_repaired_now(tenant: Tenant, load: Load) -> None:
    ingestion, client = load(account=BAD), signed_in(tenant)
    form = _form(client.get(_at(ingestion)).content.decode())
    client.post(_at(ingestion), {**form, f"with-{_number(form, 'EURO')}": "EUR"})

    pages = [client.get(_at(ingestion)), client.post(_at(ingestion), form)]

    assert [page.status_code for page in pages] == [200, 400]
    assert all("cannot be repaired now" in page.content.decode() for page in pages)


def test_repairing_is_a_post_of_a_clerk(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=BAD, review=True)
    viewer, clerk = signed_in(tenant, Role.VIEWER), signed_in(tenant)

    codes = [
        viewer.get(_at(ingestion)).status_code,
        viewer.post(_at(ingestion)).status_code,
        viewer.post(f"{_at(ingestion)}upload/").status_code,
        clerk.get(f"{_at(ingestion)}upload/").status_code,
        Client(enforce_csrf_checks=True).post(_at(ingestion)).status_code,
    ]

    assert codes == [403] * 5
    assert "/repair/" not in viewer.get(f"{LIST}{ingestion.pk}/drawer/").content.decode()
    assert f'href="{_at(ingestion)}">Repair' in clerk.get(f"{LIST}{ingestion.pk}/drawer/").content.decode()


@pytest.mark.parametrize("tail", ["repair/", "repair/upload/"])
def test_workbench_of_another_tenant_is_not_there(tenant: Tenant, load: Load, tail: str) -> None:
    ingestion = load(account=BAD, review=True)
    other = signed_in(create_tenant("other"), Role.ADMINISTRATOR)

    codes = [
        other.get(f"{LIST}{ingestion.pk}/{tail}").status_code,
        other.post(f"{LIST}{ingestion.pk}/{tail}").status_code,
    ]

    assert codes == [404, 404]
    with scope(tenant.pk):
        assert Repair.objects.count() == 0


@pytest.mark.parametrize("said", ["", "{}", "[1]", '[1, "x", 2, 99, "y"]', '["a", "b", "c", "d", "e"]'])
def test_form_that_was_tampered_with_is_refused(tenant: Tenant, load: Load, said: str) -> None:
    ingestion, client = load(account=BAD, review=True), signed_in(tenant)

    answer = client.post(_at(ingestion), {"value": said, "with-0": "EUR"})

    assert answer.status_code == 400
    with scope(tenant.pk):
        assert (Ingestion.objects.get().state, Repair.objects.count()) == (State.REVIEW, 0)


def test_hostile_cells_are_shown_and_not_run(tenant: Tenant, load: Load) -> None:
    ingestion = load(account='account_id,account_name,currency\nC1,Alpha,DKK\nC2,"<img src=x>","<script>y"\n')

    page = signed_in(tenant).get(_at(ingestion)).content.decode()

    assert "<img src=x" not in page
    assert "<script>y" not in page
    assert "&lt;script&gt;y" in page
