"""Filters of the API: each one is served by an index, and a value that makes no sense is an error."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field

from arhub.api.columns import BOOL, DAY, ID, TEXT, TIME
from arhub.domain import search
from arhub.models import Account

LARGEST, LONGEST = 2**63 - 1, 255


class IdFilter(filters.Filter):
    """The id of a record."""

    field_class = forms.IntegerField

    def __init__(self, field_name: str, **options: Any) -> None:
        told = _told("Expected the id of a record: a whole number.", "invalid", "min_value", "max_value")
        super().__init__(field_name, min_value=1, max_value=LARGEST, error_messages=told, **options)


class DayFilter(filters.Filter):
    field_class = forms.DateField

    def __init__(self, field_name: str, **options: Any) -> None:
        told = _told("Expected a day such as 2026-03-15.", "invalid")
        super().__init__(field_name, input_formats=["%Y-%m-%d"], error_messages=told, **options)


class _MomentField(forms.DateTimeField):
    """In UTC, since the database knows no offset of 16 hours and more."""

    def clean(self, value: Any) -> datetime | None:
        found = super().clean(value)
        try:
            return found.astimezone(UTC) if found else None
        except OverflowError as error:
            raise forms.ValidationError(self.error_messages["invalid"], "invalid") from error


class TimeFilter(filters.Filter):
    """A moment; one without a zone is in UTC."""

    field_class = _MomentField

    def __init__(self, field_name: str = "", **options: Any) -> None:
        told = _told("Expected a time such as 2026-03-15T08:30:00Z.", "invalid")
        super().__init__(field_name or None, error_messages=told, **options)


class TextFilter(filters.Filter):
    field_class = forms.CharField

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST, strip=False, **options)


class FlagFilter(filters.Filter):
    """true or false, to a method of the filter set."""

    field_class = forms.TypedChoiceField

    def __init__(self, method: str, **options: Any) -> None:
        told = _told("Expected true or false.", "invalid_choice")
        read = {"coerce": lambda text: text == "true", "empty_value": None, "error_messages": told}
        super().__init__(method=method, choices=[("true", "true"), ("false", "false")], **read, **options)


class WordFilter(filters.Filter):
    """One of some words."""

    field_class = forms.ChoiceField

    def __init__(self, field_name: str, words: list[str], **options: Any) -> None:
        told = _told(f"Expected one of: {', '.join(words)}.", "invalid_choice")
        super().__init__(field_name, choices=[(word, word) for word in words], error_messages=told, **options)
        self.words = words


def _told(sentence: str, *codes: str) -> dict[str, str]:
    return dict.fromkeys(codes, sentence)


def described(kind: filters.Filter, meaning: str) -> Any:
    """The filter, with its type and what it does in the API's document."""
    text = {**TEXT, "maxLength": LONGEST}
    schemas = {IdFilter: ID, DayFilter: DAY, TimeFilter: TIME, FlagFilter: BOOL, TextFilter: text}
    schema = {**TEXT, "enum": kind.words} if isinstance(kind, WordFilter) else schemas[type(kind)]
    return extend_schema_field({**schema, "description": meaning})(kind)


class RecordFilters(filters.FilterSet):
    """What every list of records can be narrowed by."""

    ledger = described(IdFilter("ledger_id"), "The id of a ledger.")
    erp_key = described(TextFilter(method="by_key"), "The record's key, as it is written.")

    def by_key(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """The ledgers lead the key's index."""
        return rows.filter(ledger_id__in=search.ledger_ids(), erp_key=value)


class OfAccount(RecordFilters):
    """What belongs to an account."""

    account_hub_id = described(IdFilter("account_id"), "The hub's own id of the account.")
    account_id = described(TextFilter(method="by_account"), "The number or key of the account.")

    def by_account(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        named = Q(number_lower=value.lower()) | Q(ledger_id__in=search.ledger_ids(), erp_key=value)
        return rows.filter(account_id__in=list(Account.objects.filter(named).values_list("pk", flat=True)))


class OfDocument(RecordFilters):
    """What hangs on a document."""

    document_hub_id = described(IdFilter("document_id"), "The hub's own id of the document.")


def number_is(rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
    """By the number people know a record by, in any case."""
    return rows.filter(number_lower=value.lower())
