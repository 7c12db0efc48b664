"""What stands in the cells of lists. Their HTML is in templates/arhub/cells/."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from arhub.admin.states import COLOURS
from arhub.amounts import amount_text

OFTEN = 1_000
"""How many cells of a kind are kept: a page repeats its states, days and names, and a template costs more
than the row."""


def money(amount: Decimal | None, currency: str | None) -> SafeString | str:
    if amount is None:
        return "–"
    return _cell("money", amount=amount_text(amount), currency=currency or "")


def moneys(pairs: Sequence[tuple[Decimal, str]]) -> SafeString | str:
    """Amounts in several currencies, one below the other."""
    lines = [{"amount": amount_text(amount), "currency": currency} for amount, currency in pairs]
    return _cell("moneys", lines=lines) if lines else "–"


def number(value: Decimal | int | None) -> SafeString | str:
    if value is None:
        return "–"
    shown = format(value, "f") if isinstance(value, Decimal) else str(value)
    return _cell("number", value=shown)


@lru_cache(OFTEN)
def chip(state: str) -> SafeString:
    return _cell("chip", text=state, type=COLOURS.get(state, "default"))


@lru_cache(OFTEN)
def day(value: date | None) -> SafeString | str:
    return _cell("day", value=value) if value else "–"


@lru_cache(OFTEN, typed=True)
def clipped(text: str | None) -> SafeString | str:
    """A key or number that may be long: cut short, whole on hover."""
    return _cell("clip", text=text) if text else ""


def link(text: str, url: str) -> SafeString | str:
    return _cell("link", text=text, url=url) if url else text


@lru_cache(OFTEN)
def late(days: int) -> SafeString | str:
    """Days overdue; nothing when it is not."""
    return _cell("late", days=days) if days else ""


def _cell(name: str, **context: Any) -> SafeString:
    return render_to_string(f"arhub/cells/{name}.html", context)
