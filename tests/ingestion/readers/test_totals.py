from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from ingestion.base import Cell, Chunk
from ingestion.errors import Problem
from ingestion.readers.totals import without_totals

Rows = list[list[Cell]]
DATA: Rows = [["C1", "4711", "2026-03-01", "100.00", "DKK"], ["C2", "4712", "2026-03-02", "50.00", "DKK"]]


def split(rows: Rows, size: int = 5_000) -> tuple[Rows, Rows]:
    """The rows that are data, and those left out."""
    left_out: list[tuple[int, list[Cell]]] = []
    chunks = list(without_totals(chunked(rows, size), left_out, size))
    lines = [line for chunk in chunks for line in chunk.lines] + [line for line, _ in left_out]
    assert lines == list(range(2, len(rows) + 2))
    assert all(chunk.lines and len(chunk.lines) <= size for chunk in chunks)
    return [row for chunk in chunks for row in chunk.rows], [row for _, row in left_out]


def chunked(rows: Rows, size: int) -> Iterator[Chunk]:
    for start in range(0, len(rows), size):
        some = rows[start : start + size]
        yield Chunk(list(range(start + 2, start + 2 + len(some))), some)


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize(
    "ending",
    [
        [["Total", "", "", "150.00", ""]],
        [["I alt", "", "", "150,00", "DKK"], ["Printed 01.02.2026", " page 1", "", "", ""]],
        [["", "", "Gesamtsumme:", "150,00 €", ""]],
        [
            ["Total DKK", "", "", "100.00", ""],
            ["Total EUR", "", "", "50.00", ""],
            ["Grand total", "", "", "150.00", ""],
        ],
        [["", "", "", "======", ""], ["Totaal", "", "", "150.00", ""]],
        [["Razem", None, None, Decimal(150), None]],
        [["*** Ende ***", "", "", "", ""]],
    ],
)
def test_total_rows_and_footers_at_the_end_are_left_out(ending: Rows, size: int) -> None:
    assert split([*DATA, *ending], size) == (DATA, ending)


@pytest.mark.parametrize("size", [1, 2, 100])
@pytest.mark.parametrize(
    "row",
    [
        ["Total Energies", "4713", "2026-03-03", "10.00", "DKK"],
        ["Total", "4713", "2026-03-03", "10.00", "DKK"],
        ["Total", "4713", "", "10.00", ""],
        ["Total", "", "2026-03-03", "10.00", ""],
        ["Total", "", date(2026, 3, 3), Decimal(10), ""],
        ["Total Energies", "", "", "10.00", ""],
        ["Total", "", "", "", ""],
        ["Sum", "", "Ltd", "10.00", ""],
        ["Page", "", "", "", ""],
        ["Page 1 Ltd", "4713", "2026-03-03", "10.00", "DKK"],
    ],
)
def test_rows_that_may_be_records_stay(row: list[Cell], size: int) -> None:
    assert split([*DATA, row], size) == ([*DATA, row], [])


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_total_row_that_others_follow_is_data(size: int) -> None:
    rows = [*DATA, ["Total", "", "", "150.00", ""], *DATA]

    assert split(rows, size) == (rows, [])


def test_total_row_without_data_above_is_data() -> None:
    rows: Rows = [["Total", "", "", "150.00", ""]]

    assert split(rows) == (rows, [])


def test_customer_called_total_with_few_details_stays() -> None:
    rows: Rows = [["Alpha", "1001", "a@x.example", "", "", ""], ["Total", "1002", "", "", "", ""]]

    assert split(rows) == (rows, [])


def test_many_rows_like_totals_are_released_but_the_last_ten() -> None:
    totals: Rows = [["Total", "", "", str(number), ""] for number in range(14)]

    kept, left_out = split([*DATA, *totals], 3)

    assert (kept, left_out) == ([*DATA, *totals[:4]], totals[4:])


def test_broken_row_below_makes_a_total_row_data() -> None:
    wrong = Problem("", "5 columns", "6")
    chunks = [Chunk([2, 3], list(DATA)), Chunk([4], [["Total", "", "", "1", ""]]), Chunk([], [], [(5, ["x"], wrong)])]
    left_out: list[tuple[int, list[Cell]]] = []

    passed = list(without_totals(iter(chunks), left_out, 5))

    assert [chunk.lines for chunk in passed] == [[2, 3], [4], []]
    assert left_out == []


def test_blanks_in_an_amount_are_not_shared_out_in_every_way() -> None:
    hostile = [f"kr.{' ' * 90}{number}{' ' * 90}!!" for number in range(500)]
    rows: Rows = [["C1", *["1"] * 500], ["Total", *hostile]]

    assert split(rows) == (rows, [])
