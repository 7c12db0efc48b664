"""Finding documents by number, customer and date, sorted into three lists."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from adaptors.domain.transactions import manual_search
from adaptors.domain.transactions.manual_search import (
    CannotSearch,
    List,
    Preset,
    by_customers,
    by_dates,
    by_numbers,
    days_of,
    found_by,
    keep,
)
from adaptors.domain.transactions.selection import Reason
from adaptors.models import Activation, ManualSearch
from arhub.models import Document, Source, Tenant
from arhub.tenancy.scope import scope
from tests.adaptors.conftest import account_of, document_of
from tests.adaptors.manual.conftest import Find, numbers_on


def test_numbers_are_sorted_into_three_lists_and_what_never_goes(tenant: Tenant, find: Find) -> None:
    search = find("1000-1005; 2000\n2001, 9999")

    with scope(tenant.pk):
        found = found_by(search)

    assert found.counts == {List.NOT_ACTIVATED: 2, List.NOT_EXPORTED: 3, List.EXPORTED: 1}
    assert list(found.never) == [(Reason.DRAFT, 1, ["1004"]), (Reason.VOIDED, 1, ["1005"])]
    assert found.missing == ["9999"]
    assert numbers_on(search, List.NOT_ACTIVATED) == ["2000", "2001"]
    assert numbers_on(search, List.NOT_EXPORTED) == ["1000", "1001", "1003"]
    assert numbers_on(search, List.EXPORTED) == ["1002"]


def test_customers_are_looked_for_by_account(find: Find, books: dict[str, Document]) -> None:
    search = find(asked=by_customers([books["2000"].account_id]))

    assert numbers_on(search, List.NOT_ACTIVATED) == ["2000", "2001"]
    assert numbers_on(search, List.NOT_EXPORTED) == []


def test_days_are_both_included(find: Find) -> None:
    assert numbers_on(find(asked=by_dates("2026-03-01", "2026-03-14")), List.NOT_EXPORTED) == ["1000"]
    assert numbers_on(find(asked=by_dates("2026-03-15", "")), List.NOT_EXPORTED) == ["1001", "1003"]
    assert numbers_on(find(asked=by_dates("", "2026-03-15")), List.EXPORTED) == ["1002"]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1001", ["1001"]),
        (" 1001,1002;1003\t1004\r\n1005 ", ["1001", "1002", "1003", "1004", "1005"]),
        ("1001 1002", ["1001", "1002"]),
        ("1000-1002", ["1000", "1001", "1002"]),
        ("1000 – 1001", ["1000", "1001"]),
        ("0998-1001", ["0998", "0999", "1000", "1001"]),
        ("998-1001", ["998", "999", "1000", "1001"]),
        ("2024-001", ["2024-001"]),
        ("0998-10001", ["0998-10001"]),
        ("INV-7", ["INV-7"]),
        ("1001, 1001", ["1001"]),
        ("7-9", ["7-9"]),
        ("A 12", ["A 12"]),
    ],
)
def test_what_is_pasted_is_read(
    tenant: Tenant, activation: Activation, source: Source, text: str, numbers: list[str]
) -> None:
    """7-9 and A 12 are numbers of documents here."""
    with scope(tenant.pk):
        account = account_of(source)
        document_of(account, "7-9"), document_of(account, "A 12")

        assert by_numbers(activation, text)["numbers"] == numbers


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (" ,; ", "found none"),
        ("1-9000000", "found 1-9000000: 9,000,000 of them"),
        ("1-3000, 10001-13000", "found 6,000"),
        ("\n".join(map(str, range(10_001))), "at most 5,000 numbers"),
    ],
)
def test_too_much_or_nothing_is_refused(tenant: Tenant, activation: Activation, text: str, told: str) -> None:
    with scope(tenant.pk), pytest.raises(CannotSearch, match=told):
        by_numbers(activation, text)


def test_some_thousand_numbers_are_found_at_once(tenant: Tenant, activation: Activation, find: Find) -> None:
    with scope(tenant.pk):
        found = found_by(keep(activation, by_numbers(activation, "\n".join(map(str, range(500, 5500))))))

    assert sum(found.counts.values()) == 6
    assert len(found.missing) == 4992


def test_more_than_can_be_sorted_asks_for_less(tenant: Tenant, find: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    search = find(asked=by_dates("2026-01-01", ""))
    monkeypatch.setattr(manual_search, "MOST_FOUND", 3)

    with scope(tenant.pk):
        assert found_by(search).is_too_much


def test_dates_and_customers_that_cannot_be_are_refused() -> None:
    with pytest.raises(CannotSearch, match="found “yesterday”"):
        by_dates("yesterday", "")
    with pytest.raises(CannotSearch, match="2026-03-15 to 2026-03-01"):
        by_dates("2026-03-15", "2026-03-01")
    with pytest.raises(CannotSearch, match="found none"):
        by_dates("", " ")
    with pytest.raises(CannotSearch, match="found none"):
        by_customers([])


@pytest.mark.parametrize(
    ("preset", "days"),
    [
        (Preset.TODAY, ("2026-03-02", "2026-03-02")),
        (Preset.YESTERDAY, ("2026-03-01", "2026-03-01")),
        (Preset.LAST_7_DAYS, ("2026-02-24", "2026-03-02")),
        (Preset.THIS_MONTH, ("2026-03-01", "2026-03-02")),
        (Preset.LAST_MONTH, ("2026-02-01", "2026-02-28")),
    ],
)
def test_presets_are_days(preset: Preset, days: tuple[str, str]) -> None:
    assert tuple(map(str, days_of(preset, date(2026, 3, 2)))) == days


def test_old_searches_are_forgotten(tenant: Tenant, activation: Activation, find: Find) -> None:
    old, young = find("1001"), find("1002")
    with scope(tenant.pk):
        ManualSearch.objects.filter(pk=old.pk).update(created_at=old.created_at - timedelta(days=8))

    last = find("1003")

    with scope(tenant.pk):
        assert set(ManualSearch.objects.values_list("pk", flat=True)) == {young.pk, last.pk}
