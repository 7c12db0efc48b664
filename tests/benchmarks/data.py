"""Generated files: the same rows for the same row number, so that a delta repeats all but the rows it changes."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import xlsxwriter

ACCOUNTS = 5_000
HEADER = (
    "erp_key", "invoice_number", "account_id", "document_type", "invoice_date", "due_date", "currency", "total_amount",
    "net_amount", "tax_amount", "balance_due", "customer_order_number", "payment_terms", "status", "description",
)  # fmt: skip
_SEED = 2_463_534_242
_FIRST_DAY = date(2025, 1, 1)
_DAYS = [str(_FIRST_DAY + timedelta(days=day)) for day in range(480)]
_CURRENCIES = ("DKK", "DKK", "DKK", "EUR", "EUR", "SEK", "USD")
_TERMS = (("8 days", 8), ("14 days", 14), ("30 days", 30), ("45 days", 45))
_GOODS = ("centrifugal pumps and seals", "service visit, two hours", "gaskets; assorted sizes", "hoses, 25 m rolls",
          "control unit with cabinet", "spare parts as agreed", "freight and handling, week")  # fmt: skip


class Delta(NamedTuple):
    """What a delta of `rows` lines does; the rest of them is unchanged."""

    rows: int
    inserted: int
    updated: int
    invalid: int


def write_accounts(path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("account_id", "account_name", "currency", "country"))
        writer.writerows((_account(number), f"Customer {number} Ltd", "DKK", "DK") for number in range(ACCOUNTS))


def write_invoices(path: Path, rows: int, *, first: int = 0) -> None:
    _write(path, (_row(number) for number in range(first, first + rows)))


def write_workbook(path: Path, rows: int) -> None:
    """The same rows as `write_invoices` writes, with dates as dates and amounts as numbers."""
    with xlsxwriter.Workbook(path, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        for place, line in enumerate(csv.reader(_row(number) for number in range(rows)), 1):
            sheet.write_row(place, 0, map(_cell, HEADER, line))


def _cell(column: str, text: str) -> str | float | date:
    if column.endswith("_date"):
        return date.fromisoformat(text)
    return float(text) if column.endswith(("_amount", "balance_due")) else text


def write_delta(path: Path, rows: int) -> Delta:
    """Of each 200 lines 4 are changed, 2 new and 1 invalid: 2 %, 1 % and 0.5 %; 96.5 % are as they were."""
    _write(path, (_delta_row(number, rows) for number in range(rows)))
    hits = [sum(1 for number in range(rows) if number % 200 in kind) for kind in (_NEW, _CHANGED, _INVALID)]
    return Delta(rows, *hits)


def sum_of_amounts(path: Path, rows: int, *columns: str) -> tuple[Decimal, ...]:
    """The sums of some columns over the first `rows` lines of a file of invoices."""
    with path.open(newline="", encoding="utf-8") as file:
        lines = list(islice(csv.DictReader(file), rows))
    return tuple(sum((Decimal(line[column]) for line in lines), Decimal(0)) for column in columns)


_CHANGED = frozenset({7, 57, 107, 157})
_NEW = frozenset({31, 131})
_INVALID = frozenset({199})
_MISTAKES = (("account_id", "C-99999"), ("total_amount", "1.234,5x"), ("invoice_date", "2026-02-31"))


def _delta_row(number: int, rows: int) -> str:
    place = number % 200
    if place in _CHANGED:
        return _row(number, closed=True)
    if place in _NEW:
        return _row(rows + number)
    if place in _INVALID:
        cells = _row(rows + number).rstrip("\n").split(",", len(HEADER) - 1)
        column, wrong = _MISTAKES[number // 200 % len(_MISTAKES)]
        cells[HEADER.index(column)] = f'"{wrong}"'
        return ",".join(cells) + "\n"
    return _row(number)


def _write(path: Path, rows: Iterator[str]) -> None:
    with path.open("w", newline="", encoding="utf-8", buffering=1 << 20) as file:
        file.write(",".join(HEADER) + "\n")
        file.writelines(rows)


def _row(number: int, *, closed: bool = False) -> str:
    noise = (number * 2_654_435_761 + _SEED) & 0xFFFFFFFF
    noise ^= noise >> 15
    cents = 10_000 + noise % 4_000_000
    tax = cents // 5
    terms, days = _TERMS[noise % 4]
    day = noise % 420
    due = "0.00" if closed or noise % 5 else _amount(cents)
    status = "Closed" if closed else "Paid" if due == "0.00" else "Open"
    return (
        f"ERP-{number:010d},INV{number:08d},{_account(noise % ACCOUNTS)},Invoice,{_DAYS[day]},{_DAYS[day + days]},"
        f"{_CURRENCIES[noise % 7]},{_amount(cents)},{_amount(cents - tax)},{_amount(tax)},{due},"
        f"PO-{noise % 900_000 + 100_000},{terms},{status},"
        f'"Order {noise % 99_999:05d}, delivered to site: {_GOODS[noise % 7]} {day // 7:02d}"\n'
    )


def _account(number: int) -> str:
    return f"C-{number:05d}"


def _amount(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
