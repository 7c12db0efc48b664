"""Finding documents to export by hand: by their numbers, their customers or their dates; sorted into three lists, and
those that never go."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from django.db import models, transaction
from django.db.models import Case, Count, OuterRef, QuerySet, Subquery, Value, When
from django.utils import timezone

from adaptors.domain.transactions.selection import Reason, Wanted, of_source, wanted
from adaptors.models import Activation, ManualSearch, Transaction
from arhub.models import User

MOST_NUMBERS = 5_000
MOST_CUSTOMERS = 200
MOST_FOUND = 20_000
KEPT_DAYS = 7
NEVER = (Reason.PAYABLE, Reason.DRAFT, Reason.VOIDED, Reason.MISSING)
RANGE = re.compile(r"(\d{1,18})\s*[-–]\s*(\d{1,18})")


class Mode(models.TextChoices):
    INVOICES = "invoices", "By Invoices"
    CUSTOMER = "customer", "By Customer"
    DATE = "date", "By Date"


class List(models.TextChoices):
    NOT_ACTIVATED = "not_activated", "Not Activated"
    NOT_EXPORTED = "not_exported", "Not Exported"
    EXPORTED = "exported", "Already Exported"


class Preset(StrEnum):
    TODAY = "Today"
    YESTERDAY = "Yesterday"
    LAST_7_DAYS = "Last 7 days"
    THIS_MONTH = "This month"
    LAST_MONTH = "Last month"


class CannotSearch(ValueError):
    """What was asked for cannot be looked for; the text says why."""


@dataclass(frozen=True, slots=True)
class Found:
    """How many documents stand on each list, how many never go and why, and the numbers that nobody has. More than
    `MOST_FOUND` documents are not sorted: then `is_too_much`."""

    counts: dict[List, int] = field(default_factory=dict)
    never: Sequence[tuple[Reason, int, Sequence[str]]] = ()
    missing: Sequence[str] = ()
    is_too_much: bool = False


def by_numbers(activation: Activation, text: str) -> dict[str, Any]:
    """What to look for, of numbers as people paste them: apart by commas, semicolons, tabs, lines or blanks, and ranges
    such as 1000-1050, unless a document has that very number. Raises `CannotSearch`."""
    pieces = [piece for one in re.split(r"[,;\t\r\n]+", text.replace("\x00", "")) if (piece := one.strip())]
    words = {word for piece in pieces for word in (piece, *piece.split())}
    if len(words) > 2 * MOST_NUMBERS:
        raise CannotSearch(f"Expected at most {MOST_NUMBERS:,} numbers, found more.")
    known = _known(activation, words)
    numbers = list(dict.fromkeys(number for piece in pieces for number in _numbers(piece, known)))
    if not numbers:
        raise CannotSearch("Expected numbers of documents, such as 10482, 10483 or 1000-1050; found none.")
    if len(numbers) > MOST_NUMBERS:
        raise CannotSearch(f"Expected at most {MOST_NUMBERS:,} numbers, found {len(numbers):,}.")
    return {"mode": Mode.INVOICES, "text": text, "numbers": numbers}


def by_customers(accounts: Collection[int]) -> dict[str, Any]:
    """What to look for, by the ids of accounts. Raises `CannotSearch`."""
    if not 0 < len(accounts) <= MOST_CUSTOMERS:
        found = f"{len(accounts):,}" if accounts else "none"
        raise CannotSearch(f"Expected 1 to {MOST_CUSTOMERS} customers, ticked; found {found}.")
    return {"mode": Mode.CUSTOMER, "accounts": sorted(accounts)}


def by_dates(first: str, last: str) -> dict[str, Any]:
    """What to look for, by days as ISO writes them, both included; one of them may be empty. Raises `CannotSearch`."""
    begin, end = _day(first), _day(last)
    if begin is None and end is None:
        raise CannotSearch("Expected a day to begin with or to end with, found none.")
    if begin and end and end < begin:
        raise CannotSearch(f"Expected a last day that is not before the first, found {begin} to {end}.")
    return {"mode": Mode.DATE, "first": str(begin or ""), "last": str(end or "")}


def days_of(preset: Preset, today: date) -> tuple[date, date]:
    month = today.replace(day=1)
    match preset:
        case Preset.TODAY:
            return today, today
        case Preset.YESTERDAY:
            return today - timedelta(days=1), today - timedelta(days=1)
        case Preset.LAST_7_DAYS:
            return today - timedelta(days=6), today
        case Preset.THIS_MONTH:
            return month, today
    return (month - timedelta(days=1)).replace(day=1), month - timedelta(days=1)


@transaction.atomic
def keep(activation: Activation, asked: dict[str, Any], user: User | None = None) -> ManualSearch:
    """Keep a question for some days, and forget those that are older."""
    old = timezone.now() - timedelta(days=KEPT_DAYS)
    ManualSearch.objects.filter(activation=activation, created_at__lt=old).delete()
    return ManualSearch.objects.create(activation=activation, asked=asked, created_by=user)


def found_by(search: ManualSearch) -> Found:
    """Two or three queries, however much is found."""
    asked = wanted_of(search.asked)
    if len(wanted(search.activation, asked).order_by().values_list("pk")[: MOST_FOUND + 1]) > MOST_FOUND:
        return Found(is_too_much=True)
    rows = sorted_out(search.activation, asked).order_by()
    counts, missing = dict.fromkeys(List, 0), missing_numbers(search.activation, search.asked.get("numbers", ()))
    counts |= {List(name): n for name, n in rows.exclude(list="").values_list("list").annotate(Count("pk"))}
    return Found(counts, _never(rows.filter(list="")), missing)


def on_list(search: ManualSearch, which: List) -> QuerySet[Any]:
    """The documents that a question finds, of one list, each with its `reason`; and with the `again` and the state of
    its last transaction, if there is one."""
    return sorted_out(search.activation, wanted_of(search.asked)).filter(list=which)


def sorted_out(activation: Activation, asked: Wanted) -> QuerySet[Any]:
    """What is asked for, each document with the name of its `list`; without one where it never goes. One that is on
    hold has not been exported."""
    last = Transaction.objects.filter(activation=activation, document_id=OuterRef("pk")).order_by("-again")
    rows: QuerySet[Any] = wanted(activation, asked).annotate(
        last_state=Subquery(last.values("state")[:1]), last_again=Subquery(last.values("again")[:1])
    )
    return rows.annotate(
        list=Case(
            When(reason__in=[one.name for one in NEVER], then=Value("")),
            When(last_state=Transaction.State.HELD, then=Value(List.NOT_EXPORTED)),
            When(reason=Reason.EXPORTED.name, then=Value(List.EXPORTED)),
            When(reason=Reason.NOT_ACTIVATED.name, then=Value(List.NOT_ACTIVATED)),
            default=Value(List.NOT_EXPORTED),
        )
    )


def wanted_of(asked: Mapping[str, Any]) -> Wanted:
    """What is looked for by a question, as it is kept."""
    first, last = (date.fromisoformat(text) if (text := asked.get(name)) else None for name in ("first", "last"))
    return Wanted(asked.get("numbers", ()), asked.get("accounts"), first, last)


def _never(rows: QuerySet[Any], most: int = 20) -> list[tuple[Reason, int, Sequence[str]]]:
    """Why, how many, and some of their numbers."""
    found: dict[str, int] = dict(rows.values_list("reason").annotate(Count("pk")))
    return [
        (Reason[name], n, [number or "–" for number in _some(rows.filter(reason=name), most)])
        for name, n in sorted(found.items())
    ]


def _some(rows: QuerySet[Any], most: int) -> Iterable[str | None]:
    return rows.order_by("pk").values_list("number", flat=True)[:most]


def missing_numbers(activation: Activation, numbers: Sequence[str]) -> list[str]:
    """Those that no document of the source has."""
    known = _known(activation, numbers) if numbers else set()
    return [number for number in numbers if number.lower() not in known]


def _known(activation: Activation, numbers: Collection[str]) -> set[str]:
    rows = of_source(activation).filter(number_lower__in={number.lower() for number in numbers})
    return {number for number in rows.values_list("number_lower", flat=True) if number is not None}


def _numbers(piece: str, known: Collection[str]) -> Iterator[str]:
    """A piece of what was pasted is a number, a range, or several of both with blanks between them."""
    if piece.lower() in known:
        yield piece
    elif span := RANGE.fullmatch(piece):
        yield from _span(piece, *span.groups())
    elif (words := piece.split()) != [piece]:
        for word in words:
            yield from _numbers(word, known)
    else:
        yield piece


def _span(piece: str, first: str, last: str) -> Iterator[str]:
    """Zeros in front are kept; what runs backwards is a number with a hyphen."""
    begin, end = int(first), int(last)
    if begin > end or (first != str(begin) and len(first) != len(last)):
        yield piece
        return
    if end - begin >= MOST_NUMBERS:
        raise CannotSearch(f"Expected at most {MOST_NUMBERS:,} numbers, found {piece}: {end - begin + 1:,} of them.")
    for number in range(begin, end + 1):
        yield str(number).zfill(len(first))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise CannotSearch(f"Expected a day such as 2026-03-15, found “{text[:40]}”.") from None
