"""What a person with bad intentions sends to the pages of a load: it ends in a sentence, in little time and memory."""

from __future__ import annotations

import json
import threading

import pytest
from django.db import connections

from arhub.models import Role, Tenant
from arhub.records import RECORD_TYPES
from arhub.tenancy.scope import scope
from ingestion.domain import mapping_answer
from ingestion.domain.suggest import suggest
from ingestion.models import IngestionFile, MappingProfile, Repair, State
from tests.ingestion.conftest import ACCOUNTS, Load
from tests.ingestion.test_mapping import KUNDER, STRANGE
from tests.ingestion.test_mapping_page import SENT, at
from tests.ingestion.test_repair import BAD
from tests.ingestion.test_screens import LIST, signed_in


@pytest.mark.parametrize("place", ["(4294967296,1)", "(9999999999,1)", "(0,99999)", "(٣,٤)", "(0,0)\n", "';--"])
def test_place_that_is_none_shows_the_first_new_rows(tenant: Tenant, load: Load, place: str) -> None:
    ingestion, client = load(account=ACCOUNTS, review=True), signed_in(tenant)

    page = client.get(f"{LIST}{ingestion.pk}/change/", {"table": "new-account", "from": place})

    assert (page.status_code, "Alpha" in page.content.decode()) == (200, True)


@pytest.mark.parametrize(
    "sent",
    [
        '[FILE, "a\\u0000", 1, 2, "x"]',
        '[FILE, "a", 1, 2, "\\u0000"]',
        '[FILE, "a\\ud800", 1, 2, "x"]',
        '[Infinity, "a", 1, 2, "x"]',
        '[FILE, "a", 1, -Infinity, "x"]',
        "[" * 100_000,
    ],
)
@pytest.mark.parametrize("name", ["value", "again"])
def test_form_nobody_was_shown_repairs_nothing(tenant: Tenant, load: Load, name: str, sent: str) -> None:
    ingestion, client = load(account=BAD, review=True), signed_in(tenant)

    with scope(tenant.pk):
        sent = sent.replace("FILE", str(ingestion.files.get().pk))
    answer = client.post(f"{LIST}{ingestion.pk}/repair/", {name: sent, "with-0": "EUR"})

    assert answer.status_code == 400
    with scope(tenant.pk):
        assert Repair.objects.count() == 0


def test_null_characters_in_a_mapping_are_replaced(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=STRANGE, review=True)
    words = {"text-account_name": "Alpha\0", "value-account_name": "Beta\0"}

    saved = signed_in(tenant).post(at(ingestion), {**SENT, **words, "name": "K\0", "save": "1"})

    with scope(tenant.pk):
        profile = MappingProfile.objects.get()
    assert (saved.status_code, profile.name) == (302, "K\ufffd")
    assert profile.recipe["values"] == {"account_name": {"alpha\ufffd": "Beta\ufffd"}}


def test_profile_keeps_no_more_than_the_page_offers(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=STRANGE, review=True)
    texts = [*map(str, range(60)), "x" * 100_000]
    words = {"text-account_name": texts[::-1], "value-account_name": ["Alpha"] * len(texts)}

    signed_in(tenant).post(at(ingestion), {**SENT, **words, "sheet": "s" * 100_000, "save": "1"})

    with scope(tenant.pk):
        profile = MappingProfile.objects.get()
    assert profile.recipe["values"] == {"account_name": dict.fromkeys(map(str, range(11, 60)), "Alpha")}
    assert profile.options == {}


@pytest.mark.parametrize("delimiter", ["ab", "\t\t", "\n", '"'])
def test_delimiter_that_can_be_none_is_told(tenant: Tenant, load: Load, delimiter: str) -> None:
    ingestion = load(account=STRANGE, review=True)

    page = signed_in(tenant).post(at(ingestion, "preview/"), {**SENT, "delimiter": delimiter})

    assert page.status_code == 200
    assert "A delimiter is one character, neither a quote nor the end of a line." in page.content.decode()


def test_line_beyond_any_file_is_not_there(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=ACCOUNTS)
    with scope(tenant.pk):
        file = ingestion.files.get().pk

    assert signed_in(tenant, Role.VIEWER).get(f"{LIST}file/{file}/line/{10**40}/").status_code == 404


def test_long_cells_are_not_mistaken_for_addresses() -> None:
    hostile = {"Zzz": [f"a@{'.' * 120_000};"] * 20}

    assert suggest(RECORD_TYPES["contact"], hostile, set(), set()) == []


def test_page_of_long_cells_shows_fewer_rows_and_leads_to_all(tenant: Tenant, load: Load) -> None:
    rows = "".join(f"C{n},{'x' * 120_000},EURO\n" for n in range(9))
    ingestion, client = load(account=f"account_id,account_name,currency\n{rows}", review=True), signed_in(tenant)
    address = f"{LIST}{ingestion.pk}/repair/"
    with scope(tenant.pk):
        row = ingestion.invalid_rows.order_by("line")[0]
        lines = list(ingestion.invalid_rows.order_by("line").values_list("line", flat=True))

    def shown(**where: int) -> tuple[list[int], int]:
        page = client.get(address, {"file": row.file_id, "cause": row.cause, **where})
        return [item["row"].line for item in page.context_data["groups"][0]["rows"]], len(page.content)

    first, size = shown()
    following = [shown(after=first[-1])[0], shown(after=shown(after=first[-1])[0][-1])[0]]
    assert [first, *following] == [lines[:4], lines[4:8], lines[8:]]
    assert shown(before=lines[5])[0] == lines[1:5]
    assert (size < 3_000_000, len(client.get(address).content) < 3_000_000) == (True, True)


def test_second_answer_for_a_file_at_the_same_time_changes_nothing(tenant: Tenant, load: Load) -> None:
    load(account=STRANGE, review=True)
    with scope(tenant.pk):
        first, second = (IngestionFile.objects.select_related("ingestion__source").get() for _ in range(2))
    told: list[str | None] = []

    def other() -> None:
        try:
            with scope(tenant.pk):
                told.append(mapping_answer.go_on(second, KUNDER, options={}, name="B", user=None))
        finally:
            connections.close_all()

    person = threading.Thread(target=other)
    with scope(tenant.pk):
        told.append(mapping_answer.go_on(first, KUNDER, options={}, name="A", user=None))
        person.start()
        person.join(timeout=1)  # it waits for this transaction
    person.join(timeout=60)

    assert told == [None, "This load no longer waits for a mapping."]
    with scope(tenant.pk):
        file = IngestionFile.objects.select_related("ingestion", "profile").get()
        assert (file.ingestion.state, str(file.profile)) == (State.QUEUED, "A, version 1")
        assert MappingProfile.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("n" * 1_001, "The name of a column has 1,001 characters; up to 1,000 can be read."),
        (",".join(f"{n}{'n' * 900}" for n in range(120)), "The names of the columns have 108,"),
    ],
)
def test_names_too_long_for_a_page_are_refused(tenant: Tenant, load: Load, name: str, sentence: str) -> None:
    head = f"account_id,account_name,{name}"
    rows = [{**dict.fromkeys(head.split(","), "x")}, {"late": "x"}]

    loads = [load(account=f"{head}\n{head}\n", review=True), load(account=json.dumps(rows).encode(), review=True)]

    assert [(item.state, sentence in item.reason) for item in loads] == [(State.FAILED, True)] * 2
