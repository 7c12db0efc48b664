"""Control totals as people write them: how many rows a file should have, and what its amounts should come to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from arhub.records import Field, Kind, RecordType
from ingestion.coercion import Reading, coerce
from ingestion.coercion.currencies import CODES
from ingestion.domain.control import AMOUNTS

MOST_SUMS = 3
_AMOUNT = Field("amount", kind=Kind.MONEY)


class NotATotal(Exception):
    """A control total that cannot be one. The text is a sentence for the person who gave it."""


def has_sums(record_type: RecordType) -> bool:
    """Whether files of this type have an amount and a currency to add up."""
    names = {item.name for item in record_type.fields}
    return "currency" in names and not names.isdisjoint(AMOUNTS)


def total_given(
    record_type: RecordType, count: str, sums: Iterable[tuple[str, str]], *, decimal_sign: str | None = None
) -> dict[str, Any]:
    """The total as `making.create` takes it, {"count": 12, "sums": {"DKK": "1.00"}}; empty when nothing was given.

    `sums` are (amount, currency), texts both; a pair of empty ones is left out. Raises `NotATotal`.
    """
    found: dict[str, Any] = {}
    plural = record_type.plural.lower()
    if count := count.strip():
        if not count.isdecimal() or len(count) > 12:
            raise NotATotal(
                f"The number of rows of {plural} is expected to be a whole number like 120, found “{count}”."
            )
        found["count"] = int(count)
    for amount, currency in sums:
        if amount.strip() or currency.strip():
            code, value = _sum(plural, amount.strip(), currency.strip().upper(), decimal_sign)
            if code in found.setdefault("sums", {}):
                raise NotATotal(f"The control total of {plural} names {code} twice: give one amount for a currency.")
            found["sums"][code] = value
    if "sums" in found and not has_sums(record_type):
        raise NotATotal(f"Files of {plural} have no amounts to add up: give the number of rows only.")
    return found


def _sum(plural: str, amount: str, currency: str, decimal_sign: str | None) -> tuple[str, str]:
    if currency not in CODES:
        said = f"“{currency}”" if currency else "none"
        raise NotATotal(f"The control total of {plural} needs a currency of three letters like DKK, found {said}.")
    values, problems = coerce(_AMOUNT, [amount], Reading(decimal_sign=decimal_sign))
    if problems or values[0] is None:
        problem = problems.get(0)
        expected, text = (problem.expected, problem.found) if problem else ("an amount like 1234.50", "an empty field")
        raise NotATotal(f"The control total of {plural} in {currency}: expected {expected}, found {text}.")
    return currency, values[0]
