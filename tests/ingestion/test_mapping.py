"""When an upload stops at the mapping page, what the answer does, and how a profile carries it on."""

from __future__ import annotations

import io
from typing import Any

import pytest

from arhub.models import Account, Contact, Document, Source, Tenant
from arhub.tenancy.scope import scope
from ingestion.coercion import Reading
from ingestion.domain import making, mapping_answer, runs
from ingestion.domain.questions import waiting
from ingestion.domain.recipe import Recipe
from ingestion.models import Ingestion, IngestionFile, MappingProfile, State
from tests.ingestion.conftest import ACCOUNTS, Load, counts, problems

STRANGE = "Kundenr;Navn;Segment code;Hobby\nC1;Alpha;A;1\nC2;Beta;B;2\n"
INVOICES = "invoice_number,account_id,total_amount,invoice_date\n1,C1,5,{}\n2,C1,6,{}\n"


def file_of(ingestion: Ingestion) -> IngestionFile:
    with scope(ingestion.tenant_id):
        return IngestionFile.objects.select_related("ingestion__source", "profile").get(ingestion=ingestion)


def answer(ingestion: Ingestion, recipe: Recipe, name: str = "Kunder", **options: Any) -> State:
    """Save the mapping of a load's only file and let a worker go on."""
    with scope(ingestion.tenant_id):
        assert mapping_answer.go_on(file_of(ingestion), recipe, options=options, name=name, user=None) is None
        runs.take(Ingestion.objects.filter(pk=ingestion.pk))
    state = runs.work(ingestion.tenant_id, ingestion.pk)
    ingestion.state = state
    return state


def kinds(ingestion: Ingestion) -> list[str]:
    return [question.kind for question in waiting(file_of(ingestion))]


KUNDER = Recipe(columns={"Kundenr": "account_id", "Navn": "account_name"}, ignored=("Segment code", "Hobby"))


def test_upload_with_unknown_columns_waits_and_says_which(load: Load) -> None:
    ingestion = load(account=STRANGE, review=True)

    asked = waiting(file_of(ingestion))

    assert (ingestion.state, ingestion.claimed_at, ingestion.stage) == (State.MAPPING, None, "")
    assert [(item.kind, item.headers) for item in asked] == [("columns", ["Segment code", "Hobby"])]
    assert asked[0].text == "2 columns are not known for accounts: “Segment code”, “Hobby”."


@pytest.mark.parametrize("origin", ["command", "api", "pull"])
def test_other_loads_go_on_and_warn(tenant: Tenant, origin: str) -> None:
    with scope(tenant.pk):
        ingestion = making.create(
            Source.objects.get(), [("account", "a.csv", io.BytesIO(STRANGE.encode()))], origin=origin, review=True
        )
        runs.take(Ingestion.objects.filter(pk=ingestion.pk))

    state = runs.work(tenant.pk, ingestion.pk)

    assert state == State.REVIEW
    assert file_of(ingestion).warnings == [
        "Column “Segment code” is not known for accounts and was not read.",
        "Column “Hobby” is not known for accounts and was not read.",
    ]


def test_upload_that_maps_exactly_does_not_wait(load: Load) -> None:
    ingestion = load(account=ACCOUNTS, review=True)

    assert (ingestion.state, file_of(ingestion).profile) == (State.REVIEW, None)


def test_missing_required_field_is_asked_for(load: Load) -> None:
    ingestion = load(account="Kundenr;Kaldenavn\nC1;Alpha\n", review=True)

    assert kinds(ingestion) == ["required", "columns"]
    assert "No column is known for account_name, which accounts need." in waiting(file_of(ingestion))[0].text


def test_file_without_rows_fails_and_is_not_asked_about(load: Load) -> None:
    ingestion = load(account="Kundenr;Kaldenavn\n", review=True)

    assert (ingestion.state, ingestion.reason) == (
        State.FAILED,
        "account.csv: The file has a header but no rows below it.",
    )


def test_answer_is_stored_as_a_profile_and_read(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=STRANGE, review=True)

    state = answer(ingestion, KUNDER)

    file = file_of(ingestion)
    with scope(tenant.pk):
        profile = MappingProfile.objects.get()
    assert state == State.REVIEW
    assert (file.profile, profile.version, Recipe.stored(profile.recipe)) == (profile, 1, KUNDER)
    assert (file.recipe, file.warnings) == (KUNDER.to_store(), [])
    assert counts(ingestion)["ACCOUNT"] == (2, 2, 0, 0, 0)


def test_next_file_of_the_layout_maps_by_itself_in_any_order_and_case(tenant: Tenant, load: Load) -> None:
    answer(load(account=STRANGE, review=True), KUNDER)

    ingestion = load(account="HOBBY;navn;KUNDENR;Segment Code\n9;Gamma;C3;C\n", review=True)

    file = file_of(ingestion)
    assert (ingestion.state, str(file.profile)) == (State.REVIEW, "Kunder, version 1")
    assert file.mapping == {"KUNDENR": "account_id", "navn": "account_name"}


def test_profile_serves_loads_nobody_watches(tenant: Tenant, load: Load) -> None:
    answer(load(account=STRANGE, review=True), KUNDER)

    ingestion = load(account=STRANGE)

    assert (ingestion.state, file_of(ingestion).warnings) == (State.COMMITTED, [])


def test_profile_of_another_source_does_not_count(tenant: Tenant, load: Load) -> None:
    answer(load(account=STRANGE, review=True), KUNDER)
    with scope(tenant.pk):
        Source.objects.create(name="Other", ledger=Source.objects.get().ledger)

    assert load(account=STRANGE, review=True, source="Other").state == State.MAPPING


def test_another_layout_is_held_with_the_differences(load: Load) -> None:
    answer(load(account=STRANGE, review=True), KUNDER)

    ingestion = load(account="Kundenr;Navn;Segment code;Batch\nC1;Alpha;A;N\n", review=True)

    file = file_of(ingestion)
    assert ingestion.state == State.MAPPING
    assert [(item["what"], item["profile"], item["file"]) for item in file.recipe["differences"]] == [
        ("Column “Hobby”", "there", "missing"),
        ("Column “Batch”", "missing", "new"),
    ]
    assert Recipe.stored(file.recipe).ignored == ("Segment code",)
    assert [item.headers for item in waiting(file) if item.kind == "columns"] == [["Batch"]]
    assert answer(ingestion, Recipe(columns=KUNDER.columns, ignored=("Segment code", "Batch"))) == State.REVIEW
    with scope(ingestion.tenant_id):
        assert [str(profile) for profile in MappingProfile.objects.all()] == ["Kunder, version 2", "Kunder, version 1"]


def test_same_headers_with_other_values_are_held(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    header = "invoice_number;account_id;total_amount;invoice_date;Mark\n"
    rows = "".join(f"{n};C1;{n}00,00;2026-01-{n:02};x\n" for n in range(1, 20))
    columns = {name: name for name in ("invoice_number", "account_id", "total_amount", "invoice_date")}
    answer(load(invoice=header + rows, review=True), Recipe(columns=columns, ignored=("Mark",)), "Out")

    far = load(invoice=header + "1;C1;5000000,00;2026-01-01;x\n", review=True)
    early = load(invoice=header + "1;C1;500,00;1999-01-01;x\n", review=True)
    text = load(invoice=header + "1;C1;500,00;soon;x\n", review=True)
    like = load(invoice=header + "1;C1;900,00;2026-04-01;x\n", review=True)
    many = load(invoice=header + rows * 60, review=True)
    unwatched = load(invoice=header + "1;C1;500,00;1999-01-01;x\n")

    held = [[item["what"] for item in file_of(run).recipe.get("differences", [])] for run in (far, early, text, many)]
    assert held == [
        ["Values of “total_amount”"],
        ["Values of “invoice_date”"],
        ["“invoice_date” holds"],
        ["Rows"],
    ]
    assert like.state == State.REVIEW
    assert file_of(unwatched).warnings[0].startswith("Values of “invoice_date”: from 2026-01-01 to 2026-01-19 in the")


def test_another_code_page_is_held_and_plain_text_is_not(load: Load) -> None:
    answer(load(account=STRANGE.replace("Alpha", "Ålborg").encode(), review=True), KUNDER)

    other = load(account=STRANGE.replace("Beta", "Søby Kød og Fisk, Ærø").encode("cp1252"), review=True)
    plain = load(account=STRANGE.encode("cp1252"), review=True)

    assert [(item["what"], item["profile"]) for item in file_of(other).recipe["differences"]] == [
        ("Code page", "utf-8")
    ]
    assert plain.state == State.REVIEW


def test_profile_that_leaves_a_reading_open_asks_and_keeps_its_name(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    text = INVOICES.replace("invoice_date", "invoice_date,Lot").replace("{}", "{},x")
    columns = {name: name for name in ("invoice_number", "account_id", "total_amount", "invoice_date")}
    answer(load(invoice=text.format("31-03-2016", "02-03-2016"), review=True), Recipe(columns, ignored=("Lot",)), "Out")

    ingestion = load(invoice=text.format("01-03-2016", "02-03-2016"), review=True)

    file = file_of(ingestion)
    assert (ingestion.state, kinds(ingestion), Recipe.stored(file.recipe).ignored) == (
        State.MAPPING, ["reading"], ("Lot",),
    )  # fmt: skip
    with scope(tenant.pk):
        assert file.recipe["known"] == MappingProfile.objects.get().pk


def test_dates_that_nothing_decides_are_asked_and_the_answer_holds(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    ingestion = load(invoice=INVOICES.format("01-03-2016", "02-03-2016"), review=True)
    asked = waiting(file_of(ingestion))
    recipe = Recipe.stored(file_of(ingestion).recipe)

    state = answer(
        ingestion, Recipe(columns=recipe.columns, readings={"invoice_date": Reading(day_first=True)}), "Invoices"
    )

    assert [item.text for item in asked] == [
        "The dates of “invoice_date” can be read in two ways, and no row decides it."
    ]
    assert (state, counts(ingestion)["INVOICE"]) == (State.REVIEW, (2, 2, 0, 0, 0))
    load(invoice=INVOICES.format("01-03-2016", "02-03-2016"))
    with scope(tenant.pk):
        assert [str(day) for day in Document.objects.order_by("number").values_list("invoice_date", flat=True)] == [
            "2016-03-01", "2016-03-02",
        ]  # fmt: skip


def test_contradicting_dates_are_asked_with_the_rows(load: Load) -> None:
    load(account=ACCOUNTS)
    days = ("31-01-2016", "01-31-2016")

    ingestion = load(invoice=INVOICES.format(*days) + "3,C1,7,02-03-2016\n", review=True)

    file = file_of(ingestion)
    assert "and its rows contradict each other" in waiting(file)[0].text
    column = file.recipe["portrait"]["columns"]["invoice_date"]
    assert column["evidence"] == [[[4, "02-03-2016"]], [[True, [[2, days[0]]]], [False, [[3, days[1]]]]]]


def test_dates_that_one_row_decides_are_not_asked(load: Load) -> None:
    load(account=ACCOUNTS)

    assert load(invoice=INVOICES.format("01-03-2016", "31-03-2016"), review=True).state == State.REVIEW


def test_source_decides_before_anybody_is_asked(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    with scope(tenant.pk):
        Source.objects.update(date_order="day")

    assert load(invoice=INVOICES.format("01-03-2016", "02-03-2016"), review=True).state == State.REVIEW


def test_only_amount_with_a_general_name_is_asked_about(load: Load) -> None:
    load(account=ACCOUNTS)

    asked = load(invoice="invoice_number,account_id,Amount,date\n1,C1,5,2026-01-01\n", review=True)
    two = load(invoice="invoice_number,account_id,Amount,Balance,date\n1,C1,5,5,2026-01-01\n", review=True)

    assert (kinds(asked), two.state) == (["amount"], State.REVIEW)


def test_load_with_a_new_version_finds_equal_values_unchanged(tenant: Tenant, load: Load) -> None:
    answer(load(account=STRANGE, review=True), KUNDER)
    load(account=STRANGE)
    with scope(tenant.pk):
        first = [bytes(digest) for digest in Account.objects.order_by("pk").values_list("digest", flat=True)]
        profile = MappingProfile.objects.get()
        recipe = Recipe(columns=KUNDER.columns, ignored=KUNDER.ignored, values={"account_name": {"x": "y"}})
        profile.pk, profile.version, profile.recipe = None, 2, recipe.to_store()
        profile.save(force_insert=True)

    again = load(account=STRANGE)

    assert counts(again)["ACCOUNT"] == (2, 0, 0, 2, 0)
    assert str(file_of(again).profile) == "Kunder, version 2"
    assert len(first) == 2


def test_waiting_load_can_be_cancelled_and_then_not_mapped(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=STRANGE, review=True)
    with scope(tenant.pk):
        cancelled = runs.cancel(ingestion)
        refused = mapping_answer.go_on(file_of(ingestion), KUNDER, options={}, name="Kunder", user=None)
        state = Ingestion.objects.get(pk=ingestion.pk).state

    assert (cancelled, state) == (True, State.CANCELLED)
    assert refused == "This load no longer waits for a mapping."


def test_incomplete_recipe_is_refused_with_what_is_missing(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=STRANGE, review=True)
    file = file_of(ingestion)

    with scope(tenant.pk):
        euro = Recipe(columns=KUNDER.columns, ignored=KUNDER.ignored, constants={"currency": "EURO"})
        refusals = [
            mapping_answer.go_on(file, Recipe(columns={"Kundenr": "account_id"}, ignored=("Navn", "Hobby")), options={},
                            name="Kunder", user=None),
            mapping_answer.go_on(file, KUNDER, options={}, name=" ", user=None),
            mapping_answer.go_on(file, euro, options={}, name="Kunder", user=None),
        ]  # fmt: skip

    assert refusals == [
        "Choose a column for account_name, which accounts need. Map or leave out “Segment code”.",
        "Give the profile a name.",
        "The constant for currency: expected a currency code such as EUR, found 'EURO'.",
    ]


def test_files_of_one_load_are_asked_about_one_after_the_other(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=STRANGE, contact="Kundenr;Navn;Hobby\nC1;Anna Holm;x\n", review=True)
    with scope(tenant.pk):
        files = list(IngestionFile.objects.filter(ingestion=ingestion).select_related("ingestion__source"))
        recipe = Recipe(
            columns={"Kundenr": "account_id"}, splits={"Navn": ("first_name", "last_name")}, ignored=("Hobby",)
        )

        assert mapping_answer.go_on(files[0], KUNDER, options={}, name="A", user=None) is None
        between = Ingestion.objects.get(pk=ingestion.pk).state
        assert mapping_answer.go_on(files[1], recipe, options={}, name="B", user=None) is None
        runs.take(Ingestion.objects.filter(pk=ingestion.pk))
    state = runs.work(tenant.pk, ingestion.pk)
    with scope(tenant.pk):
        runs.request_commit(ingestion, rejects="rows")
        runs.take(Ingestion.objects.filter(pk=ingestion.pk))
    runs.work(tenant.pk, ingestion.pk)

    assert (between, state) == (State.MAPPING, State.REVIEW)
    assert problems(ingestion) == []
    with scope(tenant.pk):
        contact = Contact.objects.get()
        assert (contact.name, contact.first_name, contact.last_name) == ("Anna Holm", "Anna", "Holm")


def test_deleted_profile_touches_no_load(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=STRANGE, review=True)
    answer(ingestion, KUNDER)
    with scope(tenant.pk):
        MappingProfile.objects.all().delete()
        runs.request_commit(ingestion, rejects="rows")
        runs.take(Ingestion.objects.filter(pk=ingestion.pk))

    assert runs.work(tenant.pk, ingestion.pk) == State.COMMITTED
    assert counts(ingestion)["ACCOUNT"] == (2, 2, 0, 0, 0)
