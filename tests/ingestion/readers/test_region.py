from __future__ import annotations

from decimal import Decimal

import pytest

from arhub.records import RECORD_TYPES
from ingestion.base import Cell
from ingestion.readers.region import Region, find_header, title

INVOICE = frozenset(RECORD_TYPES["invoice"].by_header)
ACCOUNT = frozenset(RECORD_TYPES["account"].by_header)
HEADER = ["Customer No", "Invoice No", "Date", "Amount"]
DATA = ["C-1001", "10482", "15.03.2026", "1.250,00"]


def found(*rows: list[Cell], names: frozenset[str] = INVOICE, header_line: int = 0) -> Region:
    return find_header([(line, row) for line, row in enumerate(rows, 1) if any(row)], names, header_line)


def test_header_on_the_first_line_is_sure() -> None:
    assert found(HEADER, DATA) == Region(0, HEADER)


def test_header_below_titles_is_found_by_its_names() -> None:
    region = found(["Aged debtors"], ["Company", "Acme", "Date", "31.12.2025"], [], HEADER, DATA)

    assert region == Region(2, HEADER)


def test_header_without_known_names_is_found_by_structure() -> None:
    rows = [["Bericht", "", "", ""], ["Konto", "Wert", "Tag", "Ort"], ["a1", "1,5", "01.02.2026", "X"]]
    rows.append(["a2", "2,5", "02.02.2026", "Y"])

    assert found(*rows, names=frozenset()) == Region(1, rows[1])


def test_known_words_among_the_data_do_not_make_a_header() -> None:
    rows = [["Kode", "Bezeichnung", "Art", "Zustand"], ["K1", "Alpha", "Customer", "Active"]]
    rows += [["K2", "Beta", "Customer", "Active"], ["K3", "Gamma", "Vendor", "Active"]]

    assert found(*rows, names=ACCOUNT).first == 0


def test_known_words_in_the_only_row_of_data_leave_it_open() -> None:
    rows = [["Kode", "Bezeichnung", "Art", "Zustand", "Ring"], ["Kx", "Alpha", "Customer", "Active", "R"]]

    region = found(*rows, names=ACCOUNT)

    assert (region.first, region.is_sure) == (0, False)


def test_file_without_a_header_is_not_sure() -> None:
    assert found(DATA, ["C-1002", "10483", "16.03.2026", "1,00"]) == Region(0, DATA, is_sure=False)


def test_words_over_words_are_not_sure() -> None:
    assert found(["a", "b"], ["x", "y"], names=frozenset()).is_sure is False


def test_group_titles_complete_names_that_repeat() -> None:
    rows = [["Customer", "", "Invoice", ""], ["No", "Name", "No", "Date"], ["C1", "Alpha", "4711", "2026-03-01"]]

    region = found(*rows)

    assert region == Region(0, ["Customer No", "Customer Name", "Invoice No", "Invoice Date"], 2)


def test_group_titles_leave_names_that_are_known_alone() -> None:
    rows = [["Customer", None, "Amounts", None], ["No", "Name", "Outstanding amount", "Currency"]]
    rows.append(["C1", "Alpha", Decimal(5), "DKK"])

    region = found(*rows)

    assert region.header == ["Customer No", "Customer Name", "Outstanding amount", "Currency"]


def test_general_word_under_a_foreign_group_is_not_taken_alone() -> None:
    rows: list[list[Cell]] = [
        ["Invoice", "", "Payment", ""],
        ["No", "Amount", "No", "Date"],
        ["4711", "5", "P1", "1.2.2026"],
    ]

    assert found(*rows).header == ["Invoice No", "Invoice Amount", "Payment No", "Payment Date"]


def test_header_cells_merged_over_two_rows_keep_their_name() -> None:
    rows = [["Customer", "", "Due date", "Balance"], ["No", "Name", "", ""], ["C1", "Alpha", "2026-03-01", "5"]]

    assert found(*rows) == Region(0, ["Customer No", "Customer Name", "Due date", "Balance"], 2)


def test_title_in_the_first_cell_is_no_group() -> None:
    region = found(["Aged debtors", "", "", ""], HEADER, DATA)

    assert region == Region(1, HEADER)


@pytest.mark.parametrize(("line", "first"), [(1, 0), (3, 2), (99, 2)])
def test_header_line_of_a_person_counts(line: int, first: int) -> None:
    rows = [["Report", "x"], HEADER, DATA]

    assert find_header(list(enumerate(rows, 1)), INVOICE, line) == Region(first, rows[first])


def test_technical_names_above_the_header_are_a_title_row() -> None:
    rows = [["KUNNR", "BELNR", "BUDAT", "WRBTR"], HEADER, DATA]

    region = found(*rows)

    assert (region.first, region.is_sure) == (1, False)


def test_title_joins_the_cells_that_are_filled() -> None:
    assert title(["Report ", None, "", Decimal("1.50")]) == "Report 1.50"
