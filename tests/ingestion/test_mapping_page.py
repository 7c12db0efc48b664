"""The mapping page and the list of profiles: what they show, what they keep, and who may."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.core.files.base import ContentFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arhub.domain.tenants import create_tenant
from arhub.models import Account, Role, Source, Tenant
from arhub.records import RECORD_TYPES
from arhub.tenancy.scope import scope
from ingestion import tasks
from ingestion.coercion import Reading
from ingestion.domain import making
from ingestion.domain.mapping import map_by
from ingestion.domain.opening import content_of, open_table
from ingestion.domain.preview import look
from ingestion.domain.recipe import Recipe
from ingestion.domain.rows import RowBuilder
from ingestion.domain.suggest import suggest
from ingestion.models import Ingestion, IngestionFile, MappingProfile, State
from tests.ingestion.conftest import ACCOUNTS, Load, counts
from tests.ingestion.test_mapping import INVOICES, KUNDER, STRANGE, answer, file_of
from tests.ingestion.test_screens import LIST, signed_in

PROFILES = "/ingestion/mappingprofile/"
SENT = {
    "field-account_id": "h:Kundenr", "field-account_name": "h:Navn", "ignore": ["Segment code", "Hobby"],
    "name": "Kunder",
}  # fmt: skip


def at(ingestion: Ingestion, tail: str = "") -> str:
    return f"{LIST}{ingestion.pk}/mapping/{file_of(ingestion).pk}/{tail}"


def words(page: bytes) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", page.decode()).split()))


def test_page_shows_fields_columns_samples_and_why_it_waits(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=STRANGE, review=True)

    page = words(signed_in(tenant).get(at(ingestion)).content)

    assert "2 columns are not known for accounts: “Segment code”, “Hobby”." in page
    assert "Hobby 1 2 leave out" in page
    assert "Kundenr C1 C2 account_id" in page
    assert "Map or leave out “Segment code” and “Hobby”." in page


def test_load_page_leads_to_the_mapping_and_start_lists_it(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=STRANGE, review=True)
    client = signed_in(tenant)

    page = client.get(f"{LIST}{ingestion.pk}/change/").content.decode()
    start = client.get("/").content.decode()

    assert f'href="{at(ingestion)}"' in page
    assert re.findall(r'<li class="(\w*)"[^>]*>(\w+)</li>', page)[:4] == [
        ("done", "Files"), ("now", "Mapping"), ("", "Review"), ("", "Done"),
    ]  # fmt: skip
    assert "Some of its columns are not known yet." in start


def test_saving_goes_on_to_the_review(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=STRANGE, review=True)
    client = signed_in(tenant)

    saved = client.post(at(ingestion), {**SENT, "save": "1"})
    tasks.answer()

    with scope(tenant.pk):
        profile = MappingProfile.objects.get()
        state = Ingestion.objects.get(pk=ingestion.pk).state
    assert (saved.status_code, saved["Location"]) == (302, f"{LIST}{ingestion.pk}/change/")
    assert (str(profile), str(profile.created_by), state) == ("Kunder, version 1", "clerk@acme.example", State.REVIEW)
    assert Recipe.stored(profile.recipe) == KUNDER
    assert client.get(at(ingestion))["Location"] == f"{LIST}{ingestion.pk}/change/"


def test_incomplete_answer_says_what_is_missing_and_keeps_what_was_chosen(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=STRANGE, review=True)

    sent = {**SENT, "field-account_name": "", "field-currency": "=", "constant-currency": "EUR", "ignore": ["Hobby"]}
    page = signed_in(tenant).post(at(ingestion), {**sent, "save": "1"})

    assert page.status_code == 400
    assert (
        "Choose a column for account_name, which accounts need. Map or leave out “Navn” and “Segment code”."
        in words(page.content)
    )
    assert 'name="constant-currency" value="EUR"' in page.content.decode()
    with scope(tenant.pk):
        assert not MappingProfile.objects.exists()


def test_preview_shows_the_rows_and_stores_nothing(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=STRANGE, review=True)
    before = file_of(ingestion).recipe

    sent = {**SENT, "field-currency": "=", "constant-currency": "EURO"}
    page = words(signed_in(tenant).post(at(ingestion, "preview/"), sent).content)

    assert "2 C1 Alpha EURO" not in page
    assert "C1 Alpha expected a currency code such as EUR, found 'EURO'" in page
    assert file_of(ingestion).recipe == before


def test_accepting_a_suggestion_sets_it_and_nothing_else_does(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    ingestion = load(account="Kundenr;Navnet på kunden;Email addr\nC1;Alpha;a@b.dk\nC2;Beta;b@c.dk\n", review=True)
    client = signed_in(tenant)

    first = client.get(at(ingestion)).content.decode()
    sent = {"field-account_id": "h:Kundenr", "accept": "email|Email addr", "name": "x"}
    then = client.post(at(ingestion, "preview/"), sent).content.decode()

    assert 'value="email|Email addr"' in first
    assert "“Email addr”: similar to “email”; all 2 values are e-mail addresses" in words(first.encode())
    assert file_of(ingestion).mapping == {"Kundenr": "account_id"}
    assert '<option value="h:Email addr" selected>' in then
    assert 'value="email|Email addr"' not in then


def test_open_dates_stand_side_by_side_and_the_choice_is_kept(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    ingestion = load(invoice=INVOICES.format("01-03-2016", "02-03-2016"), review=True)
    client = signed_in(tenant)
    columns = {f"field-{name}": f"h:{name}" for name in INVOICES.split("\n")[0].split(",")}

    page = words(client.get(at(ingestion)).content)
    refused = client.post(at(ingestion), {**columns, "name": "x", "save": "1"})
    saved = client.post(at(ingestion), {**columns, "reading-invoice_date": "month", "name": "x", "save": "1"})

    assert "Day first 01-03-2016 is 1 March 2016 line 2 02-03-2016 is 2 March 2016 line 3" in page
    assert "Month first 01-03-2016 is 3 January 2016 line 2" in page
    assert "Choose how “invoice_date” is read." in words(refused.content)
    assert saved.status_code == 302
    assert Recipe.stored(file_of(ingestion).recipe).readings == {"invoice_date": Reading(day_first=False)}


def test_words_are_listed_and_what_they_mean_is_kept(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    text = "invoice_number,account_id,total_amount,invoice_date,Type,Lot\n1,C1,5,2026-01-01,Storno,a\n"
    ingestion = load(invoice=text, review=True)
    client = signed_in(tenant)
    names = ("invoice_number", "account_id", "total_amount", "invoice_date")
    sent: dict[str, Any] = {f"field-{name}": f"h:{name}" for name in names} | {"field-document_type": "h:Type"}

    page = words(client.get(at(ingestion)).content)
    sent |= {"text-document_type": "Storno", "value-document_type": "credit_memo", "ignore": "Lot", "name": "x"}
    saved = client.post(at(ingestion), {**sent, "save": "1"})

    assert "Storno not known invoice credit memo debit memo leave empty not known: such rows will be invalid" in page
    assert saved.status_code == 302
    assert Recipe.stored(file_of(ingestion).recipe).values == {"document_type": {"storno": "credit_memo"}}


def test_one_column_fills_one_field(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=STRANGE, review=True)

    page = signed_in(tenant).post(at(ingestion), {**SENT, "field-email": "h:Navn", "save": "1"})

    assert "“Navn” is chosen for account_name and for email: one column fills one field." in words(page.content)


def test_differences_stand_side_by_side(tenant: Tenant, load: Load) -> None:
    answer(load(account=STRANGE, review=True), KUNDER)
    ingestion = load(account="Kundenr;Navn;Segment code;Batch\nC1;Alpha;A;N\n", review=True)

    page = signed_in(tenant).get(at(ingestion))

    assert "Column “Hobby” there missing Column “Batch” missing new" in words(page.content)
    assert 'value="Segment code" checked' in page.content.decode()
    assert 'name="name" value="Kunder"' in page.content.decode()


def test_viewer_and_strangers_do_not_map(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=STRANGE, review=True)
    answer(load(account=STRANGE, review=True), KUNDER)
    with scope(tenant.pk):
        profile = MappingProfile.objects.get().pk
    viewer, stranger = signed_in(tenant, Role.VIEWER), signed_in(create_tenant("other"), Role.ADMINISTRATOR)
    pages = [at(ingestion), at(ingestion, "preview/")]

    assert [viewer.post(page, SENT).status_code for page in pages] == [403, 403]
    assert [stranger.post(page, SENT | {"save": "1"}).status_code for page in pages] == [404, 404]
    assert stranger.get(pages[0]).status_code == 404
    assert stranger.get(f"{PROFILES}{profile}/change/").status_code == 404
    assert stranger.post(f"{PROFILES}{profile}/delete/", {"post": "yes"}).status_code == 404
    assert "Kunder" not in stranger.get(PROFILES).content.decode()
    with scope(tenant.pk):
        assert MappingProfile.objects.count() == 1


def test_file_of_another_load_is_not_there(tenant: Tenant, load: Load) -> None:
    first, second = load(account=STRANGE, review=True), load(account=STRANGE, review=True)

    crossed = f"{LIST}{first.pk}/mapping/{file_of(second).pk}/"

    assert signed_in(tenant).get(crossed).status_code == 404


def test_profiles_are_listed_renamed_and_deleted_by_managers(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=STRANGE, review=True)
    answer(ingestion, KUNDER)
    clerk, manager = signed_in(tenant, Role.CLERK), signed_in(tenant, Role.MANAGER)
    with scope(tenant.pk):
        page = f"{PROFILES}{MappingProfile.objects.get().pk}/"

    listed = words(clerk.get(PROFILES).content)
    shown = words(clerk.get(f"{page}change/").content)
    refused = [clerk.post(f"{page}{tail}", {"name": "x", "post": "yes"}).status_code for tail in ("change/", "delete/")]
    renamed = manager.post(f"{page}change/", {"name": "Renamed"})
    with scope(tenant.pk):
        names = list(MappingProfile.objects.values_list("name", flat=True))
    deleted = manager.post(f"{page}delete/", {"post": "yes"})

    assert re.search(r"Kunder \S+.* Accounts 1 2 of 4 .* 1 ", listed)
    assert "account_id ← Kundenr" in shown and "Left out Segment code Hobby" in shown
    assert (refused, renamed.status_code, names, deleted.status_code) == ([403, 403], 302, ["Renamed"], 302)
    with scope(tenant.pk):
        assert not MappingProfile.objects.exists()
        assert IngestionFile.objects.get(ingestion=ingestion).recipe == KUNDER.to_store()


def test_empty_list_of_profiles_explains_itself(tenant: Tenant) -> None:
    assert "It is made when somebody maps the columns of an upload" in signed_in(tenant).get(PROFILES).content.decode()


def test_preview_is_what_is_then_loaded(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    ingestion = load(account="Kundenr;Navn;Limit;Lot\nC5;Alpha;1.234;1\nC6; Beta ;1,5;2\n", review=True)
    recipe = Recipe(
        columns={"Kundenr": "account_id", "Navn": "account_name", "Limit": "credit_limit"},
        constants={"currency": "eur"},
        ignored=("Lot",),
    )

    with scope(tenant.pk):
        shown = look(file_of(ingestion), recipe, {}).preview
    answer(ingestion, recipe)
    with scope(tenant.pk):
        Ingestion.objects.filter(pk=ingestion.pk).update(state=State.COMMITTING)
    tasks.answer()

    rows = [[cell.text for cell in row.cells] for row in shown.rows]
    with scope(tenant.pk):
        loaded = Account.objects.filter(number__in=["C5", "C6"]).order_by("number")
        stored = [[a.number, a.name, str(a.credit_limit.normalize()), a.currency] for a in loaded]
    assert [[*row[:2], row[2].rstrip("0").rstrip("."), row[3]] for row in rows] == [
        [number, name, limit.replace("E+1", "0"), currency] for number, name, limit, currency in stored
    ]
    assert counts(ingestion)["ACCOUNT"][1] == 2


CELL = st.one_of(
    st.sampled_from(["1.234", "1,5", "1.234,50", "01-03-2016", "31-03-2016", "EUR", "", "x"]),
    st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters=';"'), max_size=12),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=8), day_first=st.booleans())
def test_preview_reads_every_cell_as_the_load_does(
    tenant: Tenant, rows: list[tuple[str, ...]], day_first: bool
) -> None:
    header = ["Id", "When", "Much", "Who"]
    text = "\n".join([";".join(header), *(";".join((f"N{n}", *row)) for n, row in enumerate(rows))]) + "\n"
    recipe = Recipe(
        columns={"Id": "invoice_number", "When": "invoice_date", "Much": "total_amount", "Who": "account_id"},
        readings={"invoice_date": Reading(day_first=day_first), "total_amount": Reading(decimal_sign=",")},
    )
    file = _stored(tenant, text)

    with scope(tenant.pk):
        shown = look(file, recipe, {})
    with content_of(file) as content, open_table(content, file.type, {}) as table:
        chunk = next(table.chunks())
        parsed = RowBuilder(map_by(file.type, table.layout.header, recipe), recipe, file.pk).parse(chunk)

    names = [item.name for item, _ in shown.preview.columns]
    assert [[cell.text for cell in row.cells] for row in shown.preview.rows] == [
        [parsed.given[name][row] or "" for name in names] for row in range(len(chunk.rows))
    ]
    bad = {chunk.lines[row] for row in parsed.problems}
    assert {row.line for row in shown.preview.rows if row.problems or any(c.problem for c in row.cells)} == bad


def _stored(tenant: Tenant, text: str) -> IngestionFile:
    with scope(tenant.pk):
        ingestion = making.create(Source.objects.get(), [("invoice", "a.csv", ContentFile(text.encode()))])
        return IngestionFile.objects.select_related("ingestion__source").get(ingestion=ingestion)


SAMPLES = {
    "Forfaldsdag": ["2026-01-02", "2026-01-03"],
    "Debitor konto": ["C1", "C2"],
    "Val.": ["DKK", "EUR"],
    "Due": ["soon", "later"],
    "Segment": ["a", "b"],
}


def test_suggestions_have_a_reason_and_fit_the_values() -> None:
    found = suggest(RECORD_TYPES["invoice"], SAMPLES, set(), set())

    assert {item.header: (item.field, item.reason) for item in found} == {
        "Forfaldsdag": ("due_date", "similar to “forfaldsdato”; all 2 values are dates"),
        "Val.": ("currency", "similar to “valuta”; all 2 values are currency codes"),
        "Debitor konto": ("account_id", "similar to “debitor no”"),
    }


def test_suggestions_leave_alone_what_is_filled_or_used() -> None:
    found = suggest(RECORD_TYPES["invoice"], SAMPLES, {"due_date"}, {"Val.", "Debitor konto"})

    assert [item.header for item in found if item.header in ("Val.", "Debitor konto") or item.field == "due_date"] == []


@pytest.mark.parametrize("name", RECORD_TYPES)
def test_what_maps_exactly_needs_no_suggestion(name: str) -> None:
    item = RECORD_TYPES[name]
    columns = {field.name: [field.example or "x"] for field in item.fields}

    assert suggest(item, columns, set(item.by_name), set(columns)) == []
