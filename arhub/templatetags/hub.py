"""Template filters of the hub's pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.db.models import Model

from arhub.amounts import amount_text
from arhub.moments import ago

register = template.Library()


@register.filter
def ar_choices(spec: Any, changelist: Any) -> Iterable[dict[str, Any]]:
    """The buttons of a quick filter."""
    return spec.choices(changelist)


@register.filter
def ar_kinds(record: Model) -> str:
    """What kind of records this is one of, in words."""
    return str(record._meta.verbose_name_plural).capitalize()


register.filter("ar_amount", amount_text)
register.filter("ar_ago", ago)


@register.filter
def ar_number(value: Any) -> str:
    """A quantity or price with the digits it came with."""
    return "" if value is None else format(value, "f")
