"""What a column as a whole decides."""

from __future__ import annotations

from decimal import Decimal

import pytest

from arhub.records.base import Field, Kind
from ingestion.base import Cell
from ingestion.coercion import Reading, Survey, needs_survey
from tests.ingestion.coercion.kinds import field


def surveyed(kind: Kind, *chunks: list[Cell]) -> Reading:
    column = field(kind)
    survey = Survey([column])
    for cells in chunks:
        survey.add(0, cells)
    return survey.reading(column)


@pytest.mark.parametrize(
    ("cells", "sign"),
    [
        (["1.234,50"], ","), (["1,234.50"], "."), (["12,5"], ","), (["1234.5"], "."), (["1.234.567"], ","),
        (["1,234,567"], "."), (["1,00,000"], "."), (["1234,567"], ","), (["0.123"], "."), (["0,123"], ","),
        (["1 234,567"], ","), (["€ 12,50"], ","), (["(12.50)"], "."), (["1.234", "5", "12,5 kr."], ","),
        (["1.234", "", "1,5"], ","), (["1.234"], None), (["1.234", "2,345"], None), (["7", "1 234", "-5"], None),
        (["1.5", "1,5"], None), (["1.234,5", "1,234.5"], None), (["rubbish 1,5", "1.5"], "."), ([], None),
        (["12.50", "1.234.567"], None), ([Decimal("1.5"), "1.234"], None), ([None, Decimal(1), "1,50"], ","),
        (["1.50"] * 50 + ["1.00-"], "."), (["1.234"] * 50 + ["12,50-"], ","), (["1.50"] * 50 + ["1,00-"], None),
    ],
)  # fmt: skip
def test_decimal_sign_of_a_column(cells: list[Cell], sign: str | None) -> None:
    assert surveyed(Kind.MONEY, cells) == Reading(decimal_sign=sign)
    assert surveyed(Kind.MONEY, *([cell] for cell in cells)) == Reading(decimal_sign=sign)
    assert surveyed(Kind.NUMBER, list(reversed(cells))) == Reading(decimal_sign=sign)


@pytest.mark.parametrize(
    ("cells", "day_first"),
    [
        (["01-03-2016", "13-01-2016"], True), (["01/03/2016", "01/13/2016"], False), (["01-03-2016"], None),
        (["13/01/16 10:00"], True), (["1/13/2016 12:00:00 AM"], False), (["13/01/2016", "01/13/2016"], None),
        (["01-01-2016", "2016-03-13", "13.01.2016"], None), (["13/13/2016"], None), ([None, "", "x" * 999], None),
    ],
)  # fmt: skip
def test_date_order_of_a_column(cells: list[Cell], day_first: bool | None) -> None:
    assert surveyed(Kind.DATE, cells) == Reading(day_first=day_first)
    assert surveyed(Kind.DATETIME, *([cell] for cell in cells)) == Reading(day_first=day_first)


def test_columns_of_a_file_are_decided_each_for_itself() -> None:
    fields = [Field("net", Kind.MONEY), Field("gross", Kind.MONEY), Field("due", Kind.DATE)]
    survey = Survey(fields)

    survey.add(0, ["1.5"])
    survey.add(1, ["1,5"])
    survey.add(2, ["31/01/2016"])

    assert [survey.reading(column) for column in fields] == [Reading("."), Reading(","), Reading(day_first=True)]


@pytest.mark.parametrize(
    ("kind", "cells"),
    [(Kind.MONEY, ["12.50", "1.234"]), (Kind.NUMBER, ["1,234 %"]), (Kind.MONEY, ["kr. 1.234"]),
     (Kind.MONEY, ["(1,234)"]),
     (Kind.INTEGER, ["1.000"]), (Kind.DATE, ["2016-03-01", " 01-03-2016"]), (Kind.DATETIME, ["1/2/16 10:00"])],
)  # fmt: skip
def test_open_cell_needs_a_survey(kind: Kind, cells: list[Cell]) -> None:
    assert needs_survey(field(kind), cells)


@pytest.mark.parametrize(
    ("kind", "cells"),
    [(Kind.MONEY, ["1.234,50", "12,5", "1.234.567", "0.123", "1 234,567", "x 1.234"]), (Kind.MONEY, [Decimal("1.234")]),
     (Kind.MONEY, []), (Kind.DATE, ["2016-03-01", "13-01-2016", "01-01-2016", "1.3.2016", "1-Mar-16"]),
     (Kind.TEXT, ["1.234", "01-03-2016"]), (Kind.COORDINATE, ["1.234"]), (Kind.MONEY, [None, True, "1234.567"])],
)  # fmt: skip
def test_sure_cells_need_no_survey(kind: Kind, cells: list[Cell]) -> None:
    assert not needs_survey(field(kind), cells)
