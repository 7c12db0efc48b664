"""Generated files: the same rows for the same row number, so that a delta repeats all but the rows it changes."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

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


def write_invoices(path: Path, rows: int) -> None:
    _write(path, (_row(number) for number in range(rows)))


def write_delta(path: Path, rows: int) -> Delta:
    """Of each 200 lines 4 are changed, 2 new and 1 invalid: 2 %, 1 % and 0.5 %; 96.5 % are as they were."""
    _write(path, (_delta_row(number, rows) for number in range(rows)))
    hits = [sum(1 for number in range(rows) if number % 200 in kind) for kind in (_NEW, _CHANGED, _INVALID)]
    return Delta(rows, *hits)


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
