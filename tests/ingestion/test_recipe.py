"""How columns become fields: what a recipe says is what is read, and nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from arhub.records import RECORD_TYPES
from ingestion.base import Chunk
from ingestion.coercion import Reading
from ingestion.domain.mapping import map_by, missing_fields
from ingestion.domain.recipe import Recipe, split_name
from ingestion.domain.rows import RowBuilder

FULL = Recipe(
    columns={"Kunde": "account_id"},
    constants={"currency": "EUR"},
    values={"document_type": {"re": "invoice"}},
    splits={"Navn": ("first_name", "last_name")},
    joins={"contact_name": ("Fornavn", "Efternavn")},
    readings={"invoice_date": Reading(day_first=True), "total_amount": Reading(decimal_sign=",")},
    ignored=("Fax",),
)


def _given(name: str, header: list[str], rows: list[list[str]], recipe: Recipe) -> dict[str, list[str | None]]:
    mapping = map_by(RECORD_TYPES[name], header, recipe)
    chunk = Chunk(list(range(2, 2 + len(rows))), [list(row) for row in rows])
    return RowBuilder(mapping, recipe, 1).parse(chunk).given


def test_recipe_is_the_same_after_it_was_stored() -> None:
    assert Recipe.stored(FULL.to_store()) == FULL
    assert Recipe(columns={"a": "b"}).to_store() == {"columns": {"a": "b"}}


def test_digest_changes_with_everything_a_recipe_says() -> None:
    plain = Recipe(columns={"a": "account_id"})
    others = [
        Recipe(columns={"a": "account_name"}),
        Recipe(columns=plain.columns, constants={"currency": "EUR"}),
        Recipe(columns=plain.columns, readings={"invoice_date": Reading(day_first=False)}),
        Recipe(columns=plain.columns, readings={"invoice_date": Reading(day_first=True)}),
        Recipe(columns=plain.columns, ignored=("b",)),
    ]

    assert len({recipe.digest() for recipe in (plain, *others)}) == 6
    assert Recipe.stored(plain.to_store()).digest() == plain.digest()


def test_rows_have_another_digest_with_another_recipe_or_salt() -> None:
    mapping = map_by(
        RECORD_TYPES["account"], ["a", "b"], plain := Recipe(columns={"a": "account_id", "b": "account_name"})
    )
    chosen = Recipe(columns=plain.columns, values={"account_name": {"x": "y"}})
    builders = [
        RowBuilder(mapping, plain, 1),
        RowBuilder(mapping, Recipe.stored(plain.to_store()), 1),
        RowBuilder(mapping, chosen, 1),
        RowBuilder(mapping, plain, 1, b"other policies"),
    ]

    rows = [builder.build(Chunk([2], [["C1", "Alpha"]])).text.split("\t") for builder in builders]

    digests = [row.pop(4) for row in rows]
    assert rows == [rows[0]] * 4
    assert [digests.index(digest) for digest in digests] == [0, 0, 2, 3]


def test_recipe_fits_headers_spelled_otherwise_and_drops_what_is_gone() -> None:
    fitted = FULL.fitted(["KUNDE", "navn"])

    assert (fitted.columns, fitted.splits) == ({"KUNDE": "account_id"}, {"navn": ("first_name", "last_name")})
    assert (fitted.joins, fitted.ignored, fitted.values) == ({}, (), {})
    assert fitted.constants == {"currency": "EUR"}


def test_constants_values_and_readings_are_what_the_cells_mean() -> None:
    recipe = Recipe(
        columns={"Nr": "invoice_number", "Kunde": "account_id", "Art": "document_type", "Dato": "invoice_date",
                 "Sum": "total_amount"},
        constants={"currency": "EUR"},
        values={"document_type": {"re": "invoice", "gs": "credit_memo", "-": ""}},
        readings={"invoice_date": Reading(day_first=False), "total_amount": Reading(decimal_sign=",")},
    )  # fmt: skip

    given = _given(
        "invoice",
        ["Nr", "Kunde", "Art", "Dato", "Sum"],
        [["1", "C1", "RE ", "01-03-2016", "1.234"], ["2", "C1", "gs", "02-03-2016", "-5"], ["3", "C1", "-", "", "1"]],
        recipe,
    )

    assert given["document_type"] == ["invoice", "credit_memo", None]
    assert given["invoice_date"] == ["2016-01-03", "2016-02-03", None]
    assert given["total_amount"] == ["1234", "5", "1"]
    assert given["currency"] == ["EUR"] * 3


def test_names_are_split_and_joined() -> None:
    split = Recipe(columns={"Kunde": "account_id"}, splits={"Navn": ("first_name", "last_name")})
    joined = Recipe(columns={"Kunde": "account_id"}, joins={"contact_name": ("For", "Efter")})

    apart = _given(
        "contact", ["Kunde", "Navn"], [["C1", "Anna Marie Holm"], ["C2", "Holm, Anna"], ["C3", "Holm"]], split
    )
    together = _given("contact", ["Kunde", "For", "Efter"], [["C1", "Anna ", "Holm"], ["C2", "", "Holm"]], joined)

    assert list(zip(apart["first_name"], apart["last_name"], strict=True)) == [
        ("Anna Marie", "Holm"), ("Anna", "Holm"), (None, "Holm"),
    ]  # fmt: skip
    assert together["contact_name"] == ["Anna Holm", "Holm"]


def test_fields_filled_by_constants_and_joins_are_not_missing() -> None:
    account = RECORD_TYPES["account"]
    header = ["For", "Efter"]

    recipe = Recipe(joins={"account_name": ("For", "Efter")}, constants={"account_id": "C1"})

    assert missing_fields(map_by(account, header, recipe)) == []
    assert missing_fields(map_by(account, header, Recipe())) == ["account_name", "erp_key or account_id"]


def test_headers_that_mean_the_same_stay_apart() -> None:
    header = ["Cust No", "Cust Nr"]
    recipe = Recipe(columns={"Cust Nr": "account_id", "Cust No": "erp_key"})

    assert recipe.fitted(header) == recipe


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=40))
def test_splitting_a_name_loses_no_word(name: str) -> None:
    first, last = split_name(name)

    words = name.replace(",", " ", 1).split()
    assert sorted(f"{first} {last}".split()) == sorted(words)
