"""Columns as they are stored."""

from __future__ import annotations

from typing import Any

import pytest

from adaptors.formats.table.columns import DATE_FORMS, DECIMAL_SIGNS, DEFAULT_COLUMNS, FIELDS, GROUPS, Column, Columns
from adaptors.formats.table.fields import Row
from tests.adaptors.samples import SAMPLES

STORED: list[dict[str, Any]] = [
    {"heading": "Company", "constant": "01"},
    {"heading": "Nothing", "constant": ""},
    {"heading": "Invoice", "field": "number"},
    {"heading": "Date", "field": "issue_date", "date": "ddmmyyyy"},
    {"heading": "Text", "template": "{line_seller_item} {line_name}"},
    {"heading": "Amount", "field": "line_net_amount", "decimal": ",", "digits": 2},
]


def test_columns_are_read_as_they_are_stored() -> None:
    columns = Columns.parse(STORED)

    assert columns.columns[3] == Column("Date", field="issue_date", date="ddmmyyyy")
    assert columns.columns[5] == Column("Amount", field="line_net_amount", decimal=",", digits=2)
    assert columns.as_stored() == STORED


def test_members_that_say_nothing_may_be_there() -> None:
    empty = {"heading": "A", "field": "number", "constant": None, "template": None, "date": "", "decimal": None}

    assert Columns.parse([empty]).as_stored() == [{"heading": "A", "field": "number"}]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (None, "Expected a list of 1 to 200 columns, found nothing."),
        ("number", "Expected a list of 1 to 200 columns, found “number”."),
        ({"heading": "A"}, "Expected a list of 1 to 200 columns, found {'heading': 'A'}."),
        ([], "Expected a list of 1 to 200 columns, found 0."),
        ([{"heading": "A", "field": "number"}] * 201, "Expected a list of 1 to 200 columns, found 201."),
        (["number"], "Column 1: expected an object with a heading, found “number”."),
        ([{"field": "number"}], "Column 1: expected a text of at most 200 characters as heading, found nothing."),
        (
            [{"heading": "x" * 201, "field": "number"}],
            f"Column 1: expected a text of at most 200 characters as heading, found “{'x' * 60}”.",
        ),
        ([{"heading": "A"}], "Column 1, “A”: expected one of field, constant and template, found none of them."),
        (
            [{"heading": "A", "field": "number", "constant": ""}],
            "Column 1, “A”: expected one of field, constant and template, found field and constant.",
        ),
        ([{"heading": "A", "field": "nr"}], "Column 1, “A”: expected the name of a field such as number, found “nr”."),
        (
            [{"heading": "A", "template": "{number} {nr}"}],
            "Column 1, “A”: expected the name of a field such as number, found “nr”.",
        ),
        (
            [{"heading": "A", "template": "{number} {"}],
            "Column 1, “A”: a brace stands alone in the template; fields are written as {number}.",
        ),
        (
            [{"heading": "A", "template": "number"}],
            "Column 1, “A”: expected a field in braces in the template, such as {number}, found none.",
        ),
        (
            [{"heading": "A", "field": "number"}, {"heading": "B", "constant": 7}],
            "Column 2, “B”: expected a text of at most 1,000 characters as constant, found 7.",
        ),
        (
            [{"heading": "A", "field": "number", "decimal": ";"}],
            "Column 1, “A”: expected one of . , as decimal, found “;”.",
        ),
        (
            [{"heading": "A", "field": "number", "digits": 11}],
            "Column 1, “A”: expected a whole number from 0 to 10 as digits, found 11.",
        ),
        (
            [{"heading": "A", "field": "number", "digits": "2"}],
            "Column 1, “A”: expected a whole number from 0 to 10 as digits, found “2”.",
        ),
        (
            [{"heading": "A", "field": "number", "width": 3}],
            "Column 1, “A”: expected heading, field, constant, template, date, decimal, digits, found “width”.",
        ),
    ],
)
def test_columns_that_are_wrong_are_refused_with_a_sentence(given: Any, sentence: str) -> None:
    with pytest.raises(ValueError) as refused:
        Columns.parse(given)

    assert str(refused.value) == sentence


@pytest.mark.parametrize("wrong", [["ddmm"], {"a": 1}, 5, True])
def test_date_form_of_any_kind_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=f"expected one of {' '.join(DATE_FORMS)} as date"):
        Columns.parse([{"heading": "A", "field": "issue_date", "date": wrong}])


def test_usual_columns_are_stored_like_any_other() -> None:
    assert [Columns.parse(one.as_stored()) for one in DEFAULT_COLUMNS.values()] == list(DEFAULT_COLUMNS.values())
    assert DEFAULT_COLUMNS["documents"].of_lines() == ""
    assert DECIMAL_SIGNS == (".", ",")


def test_every_field_is_told_to_the_screen() -> None:
    assert {field.group for field in FIELDS.values()} == set(GROUPS)
    assert [name for name, field in FIELDS.items() if not (field.label and field.name == name)] == []
    assert len({field.label for field in FIELDS.values()}) == len(FIELDS)
    order = [list(GROUPS).index(field.group) for field in FIELDS.values()]
    assert order == sorted(order)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_field_can_be_read_of_every_document(name: str) -> None:
    document = SAMPLES[name]()

    for line in (*document.lines, None):
        for field in FIELDS.values():
            value = field.of(Row(document, line))
            assert value is None or isinstance(value, str) == (field.holds == "text")
