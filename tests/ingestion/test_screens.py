"""The pages of loads: what they say, who may do what, and that nothing of another tenant's comes back."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from arhub.domain.tenants import add_member, create_tenant
from arhub.models import Role, Source, Tenant
from arhub.records import RECORD_TYPES
from arhub.tenancy.scope import scope
from ingestion import tasks
from ingestion.models import Ingestion, State
from tests.ingestion.conftest import ACCOUNTS, Load, counts

LIST = "/ingestion/ingestion/"
UPLOAD = "/ingestion/ingestion/upload/"


def signed_in(tenant: Tenant, role: Role = Role.CLERK, email: str = "") -> Client:
    client = Client()
    client.force_login(
        add_member(email or f"{role}@{tenant.slug}.example", tenant, role), "django.contrib.auth.backends.ModelBackend"
    )
    return client


def _files(**contents: str) -> dict[str, Any]:
    return {name: SimpleUploadedFile(f"{name}.csv", text.encode()) for name, text in contents.items()}


def _source(tenant: Tenant) -> int:
    with scope(tenant.pk):
        return Source.objects.get().pk


def test_upload_makes_a_load_that_waits_for_review(tenant: Tenant) -> None:
    client = signed_in(tenant)

    answer = client.post(UPLOAD, {"source": _source(tenant), **_files(account=ACCOUNTS)})
    tasks.answer()

    with scope(tenant.pk):
        ingestion = Ingestion.objects.get()
    assert answer["Location"] == f"/ingestion/ingestion/{ingestion.pk}/change/"
    assert (ingestion.state, str(ingestion.created_by)) == (State.REVIEW, "clerk@acme.example")
    assert "Upload 2 rows" in client.get(answer["Location"]).content.decode()


def test_commit_and_cancel_are_posts_of_a_clerk(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=ACCOUNTS, review=True)
    commit = f"{LIST}{ingestion.pk}/commit/"

    refused = [
        signed_in(tenant, Role.VIEWER).post(commit).status_code,
        signed_in(tenant, Role.CLERK).get(commit).status_code,
        Client(enforce_csrf_checks=True).post(commit).status_code,
    ]
    allowed = signed_in(tenant, Role.CLERK).post(commit, {"rejects": "rows"})
    tasks.answer()

    assert (refused, allowed.status_code) == ([403, 403, 403], 302)
    assert counts(ingestion)["ACCOUNT"] == (2, 2, 0, 0, 0)


def test_reject_the_whole_load_writes_nothing(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=ACCOUNTS + "C3,\n", review=True)

    page = signed_in(tenant).post(f"{LIST}{ingestion.pk}/commit/", {"rejects": "file"}, follow=True)

    assert "Nothing was uploaded: the load has invalid rows" in page.content.decode()


def test_viewer_sees_loads_and_may_not_upload(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=ACCOUNTS)
    viewer = signed_in(tenant, Role.VIEWER)

    codes = [viewer.get(path).status_code for path in (LIST, f"{LIST}{ingestion.pk}/change/", UPLOAD)]

    assert codes == [200, 200, 403]


def test_every_page_of_another_tenants_load_is_not_there(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=ACCOUNTS + "C3,\n", review=True)
    other = signed_in(create_tenant("other"), Role.ADMINISTRATOR)
    at = f"{LIST}{ingestion.pk}/"

    got = [other.get(at + tail).status_code for tail in ("change/", "body/", "drawer/", "failed-rows.csv")]
    posted = [other.post(at + tail).status_code for tail in ("commit/", "cancel/")]
    search = other.get("/search/", {"s": str(ingestion.pk), "extended": "1"}).content.decode()

    assert (got, posted) == ([404] * 4, [404] * 2)
    assert "Ingestion" not in search
    assert f"/{ingestion.pk}/" not in other.get(LIST).content.decode()
    with scope(tenant.pk):
        assert Ingestion.objects.get().state == State.REVIEW


def test_upload_into_another_tenants_source_is_refused(tenant: Tenant) -> None:
    stranger = signed_in(create_tenant("other"))

    answer = stranger.post(UPLOAD, {"source": _source(tenant), **_files(account=ACCOUNTS)})

    assert answer.status_code == 400
    assert "Choose the source these files are for." in answer.content.decode()


def test_failed_rows_download_with_messages_and_guarded_formulas(tenant: Tenant, load: Load) -> None:
    ingestion = load(account="account_id,account_name,email\nC1,Alpha,x\n=1+1,,+45\n")
    client = signed_in(tenant)

    text = b"".join(client.get(f"{LIST}{ingestion.pk}/failed-rows.csv").streaming_content).decode("utf-8-sig")
    book = openpyxl.load_workbook(
        io.BytesIO(b"".join(client.get(f"{LIST}{ingestion.pk}/failed-rows.xlsx").streaming_content))
    )

    rows = list(csv.reader(io.StringIO(text)))
    message = "account_name: expected a value, found an empty cell"
    assert rows[1][:-1] == ["'=1+1", "", "'+45", "3", message]
    assert [cell.value for cell in book.active[2]][-2:] == ["3", message]


def test_list_says_what_each_load_did(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    load(account="foo\n1\n")

    page = " ".join(re.sub(r"<[^>]+>", " ", signed_in(tenant).get(LIST).content.decode()).split())

    titles = ("Id", "Failed", "Processing", "Succeeded", "State", "No. Files", "Created", "Update")
    places = [page.index(f" {title} ", page.index(" Id ")) for title in titles]
    assert places == sorted(places)
    assert re.search(r"✓ Failed 1 .* ✓ Committed 1 ", page)


def test_list_costs_the_same_for_one_and_three_loads(tenant: Tenant, load: Load) -> None:
    client = signed_in(tenant)
    load(account=ACCOUNTS)
    client.get(LIST)
    with CaptureQueriesContext(connection) as one:
        client.get(LIST)
    load(account=ACCOUNTS)
    load(account=ACCOUNTS)

    with CaptureQueriesContext(connection) as three:
        client.get(LIST)

    assert len(three) == len(one)


def test_changes_tab_shows_old_and_new(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    ingestion = load(account=ACCOUNTS.replace("Beta", "Beta Nord"))

    page = signed_in(tenant).get(f"{LIST}{ingestion.pk}/change/", {"tab": "changes"}).content.decode()

    assert '<td><span class="old">Beta</span></td><td>Beta Nord</td>' in page


def test_hostile_text_is_shown_and_not_run(tenant: Tenant, load: Load) -> None:
    ingestion = load(account='account_id,account_name,<script>x</script>\nC1,Alpha,1\n"<img src=x>",,2\n')
    client = signed_in(tenant)

    pages = [
        client.get(f"{LIST}{ingestion.pk}/{tail}").content.decode()
        for tail in ("change/?tab=invalid", "change/?tab=files", "drawer/", "body/")
    ]

    assert not any("<script>x" in page or "<img src=x" in page for page in pages)
    assert "&lt;img src=x&gt;" in pages[0]


@pytest.mark.parametrize("name", RECORD_TYPES)
def test_guide_and_template_list_every_type(tenant: Tenant, name: str, load: Load) -> None:
    client = signed_in(tenant, Role.VIEWER)

    guide = client.get(f"{LIST}guide/{name}/").content.decode()
    template = client.get(f"{LIST}guide/{name}/template.csv").content.decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{LIST}guide/{name}/template.xlsx").content))

    record_type = RECORD_TYPES[name]
    assert all(f"<code>{field.name}</code>" in guide for field in record_type.fields)
    header = next(csv.reader(io.StringIO(template)))
    assert {field.name for field in record_type.fields if field.required} <= set(header) <= set(record_type.by_name)
    assert [cell.value for cell in book["Column guide"]["A"]][1:] == [field.name for field in record_type.fields]


def test_upload_by_script_gets_json(tenant: Tenant) -> None:
    client = signed_in(tenant)

    answer = client.post(UPLOAD, {"source": _source(tenant)}, headers={"X-Requested-With": "XMLHttpRequest"})

    assert (answer.status_code, json.loads(answer.content)) == (
        400,
        {"error": "Choose at least one file: nothing was sent."},
    )
