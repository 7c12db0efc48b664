"""Another tenant's records under every address: nothing comes back."""

from __future__ import annotations

import io
import re
from typing import Any

import openpyxl
import pytest
from django.test import Client

from arhub.exports.formats import FORMATS, CsvFormat, JsonFormat, XlsxFormat
from arhub.models import Membership
from tests.arhub.admin.conftest import LISTS, SETTINGS_LISTS, SignIn, World, text_of


@pytest.fixture
def client(world: World, sign_in: SignIn) -> Client:
    return sign_in(world.acting.tenant)


@pytest.mark.parametrize("name", LISTS + SETTINGS_LISTS)
def test_list_shows_own_records_alone(client: Client, world: World, name: str) -> None:
    page = text_of(client.get(f"/arhub/{name}/"))

    assert "acting" in page.lower()
    assert "hidden" not in _without_layout(page)


@pytest.mark.parametrize("name", LISTS + SETTINGS_LISTS)
def test_page_of_anothers_record_does_not_exist(client: Client, world: World, name: str) -> None:
    own = client.get(f"/arhub/{name}/{world.acting.first(name).pk}/change/")
    anothers = client.get(f"/arhub/{name}/{world.hidden.first(name).pk}/change/")

    assert own.status_code == 200
    assert anothers.status_code == 404
    assert "Not here, or not shared with you" in text_of(anothers)
    assert f'href="/arhub/{name}/"' in text_of(anothers)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("form", [CsvFormat, XlsxFormat, JsonFormat])
def test_export_of_anothers_ids_has_own_records_alone(client: Client, world: World, name: str, form: Any) -> None:
    ids = f"{world.acting.first(name).pk},{world.hidden.first(name).pk}"
    sent = {"format": str(FORMATS.index(form)), "resource": "0"}

    content = b"".join(client.post(f"/arhub/{name}/export/?pk__in={ids}", sent).streaming_content)
    text = _text_of_sheet(content) if form is XlsxFormat else content.decode()

    assert "acting" in text
    assert "hidden" not in text


@pytest.mark.parametrize("name", LISTS)
def test_export_action_on_anothers_id_hands_over_nothing(client: Client, world: World, name: str) -> None:
    data = {"action": "export_selected", "_selected_action": [world.hidden.first(name).pk], "index": "0"}

    answer = client.post(f"/arhub/{name}/", data)

    assert answer.status_code == 302
    assert str(world.hidden.first(name).pk) not in answer.url.partition("pk__in=")[2].split(",")


@pytest.mark.parametrize("name", LISTS)
def test_search_in_a_list_finds_nothing_of_others(client: Client, name: str) -> None:
    assert "Nothing matches" in text_of(client.get(f"/arhub/{name}/?q=hidden"))


def test_command_search_finds_own_alone(client: Client) -> None:
    assert text_of(client.get("/search/?extended=1&s=acting")).count("acting") >= 4
    assert "No results" in text_of(client.get("/search/?extended=1&s=hidden"))


def test_autocomplete_gives_own_accounts_alone(client: Client) -> None:
    field = {"app_label": "arhub", "model_name": "document", "field_name": "account"}

    own = client.get("/autocomplete/", {**field, "term": "acting"}).json()
    anothers = client.get("/autocomplete/", {**field, "term": "hidden"}).json()

    assert [result["text"] for result in own["results"]] == ["acting0 Pumps"]
    assert anothers["results"] == []


@pytest.mark.parametrize("name", ["invoice", "creditmemo", "payment", "contact"])
def test_filter_by_anothers_account_shows_nothing(client: Client, world: World, name: str) -> None:
    page = text_of(client.get(f"/arhub/{name}/?account__id__exact={world.hidden.first('account').pk}"))

    assert "hidden" not in _without_layout(page)


def test_source_cannot_feed_anothers_ledger(client: Client, world: World) -> None:
    data = {"name": "New", "ledger": world.hidden.ledger.pk, "date_order": "", "decimal_sign": ""}

    page = text_of(client.post("/arhub/source/add/", data))

    assert "Select a valid choice" in page


@pytest.mark.parametrize("action", ["give-role", "new-link", "remove"])
def test_membership_of_another_tenant_is_out_of_reach(
    client: Client, world: World, sign_in: SignIn, action: str
) -> None:
    other = sign_in(world.hidden.tenant)
    membership = Membership.objects.get(user=other.user)  # type: ignore[attr-defined]

    answer = client.post(f"/arhub/membership/{membership.pk}/{action}/", {"_form_submitted": "on", "role": "viewer"})

    assert answer.status_code == 404
    membership.refresh_from_db()
    assert membership.role == "administrator"


def test_people_of_another_tenant_are_not_listed(client: Client, world: World, sign_in: SignIn) -> None:
    stranger = sign_in(world.hidden.tenant).user  # type: ignore[attr-defined]

    page = text_of(client.get("/arhub/membership/"))

    assert client.user.email in page  # type: ignore[attr-defined]
    assert stranger.email not in page


def test_tenant_page_of_another_does_not_exist(client: Client, world: World) -> None:
    assert client.get("/arhub/tenant/").url == f"/arhub/tenant/{world.acting.tenant.pk}/change/"
    assert client.get(f"/arhub/tenant/{world.hidden.tenant.pk}/change/").status_code == 404


@pytest.mark.parametrize("name", LISTS)
def test_list_of_an_empty_tenant_says_what_to_do(world: World, sign_in: SignIn, name: str) -> None:
    page = text_of(sign_in(world.empty.tenant).get(f"/arhub/{name}/"))

    assert "Nothing here yet" in page
    assert "Upload File" in page
    assert "acting" not in _without_layout(page)


def _text_of_sheet(content: bytes) -> str:
    return " ".join(str(value) for row in openpyxl.load_workbook(io.BytesIO(content)).active.values for value in row)


def _without_layout(page: str) -> str:
    """The content of the page: the theme's own classes have the word hidden in them."""
    return re.sub(r"<[^>]*>", " ", page.partition('id="content"')[2]).lower()
