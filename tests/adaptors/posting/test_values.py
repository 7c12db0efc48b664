"""Values in the form that a target takes, and the fields that may feed one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from adaptors.domain.mapping.field_sources import choices, is_choice
from adaptors.domain.mapping.field_values import Unfit, fit, text_of
from connectors.base import Target
from connectors.erp.intacct.connector import IntacctConnector


@pytest.mark.parametrize(
    ("kind", "given", "made"),
    [
        ("text", Decimal("12.500"), "12.5"),
        ("text", Decimal("100"), "100"),
        ("text", True, "true"),
        ("text", date(2026, 3, 1), "2026-03-01"),
        ("text", "  ", None),
        ("date", "2026-03-01", date(2026, 3, 1)),
        ("date", datetime(2026, 3, 1, 23, tzinfo=UTC), date(2026, 3, 1)),
        ("amount", "1250.5", Decimal("1250.5")),
        ("amount", Decimal("7.000000"), Decimal("7")),
        ("number", "0.12345", Decimal("0.12345")),
        ("choice", "cash", "Cash"),
        ("date", None, None),
    ],
)
def test_value_is_made_fit(kind: str, given: Any, made: Any) -> None:
    assert fit(Target("T", "T", kind=kind, choices=("Cash", "EFT")), given) == made


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        ("date", "01-03-2026", "expected a date such as 2026-03-15, found “01-03-2026”"),
        ("date", Decimal("5"), "expected a date such as 2026-03-15, found “5”"),
        ("amount", "1.234", "expected at most two decimals, found “1.234”"),
        ("amount", "NaN", "expected a number such as 1250.00, found “NaN”"),
        ("number", "1,5", "expected a number such as 1250.00, found “1,5”"),
        ("choice", "Barter", "expected one of Cash, EFT, found “Barter”"),
    ],
)
def test_value_of_a_wrong_form_says_so(kind: str, given: Any, said: str) -> None:
    with pytest.raises(Unfit) as raised:
        fit(Target("T", "T", kind=kind, choices=("Cash", "EFT")), given)

    assert str(raised.value) == said


def test_key_of_a_number_has_no_idle_zeros() -> None:
    assert text_of(Decimal("25.000000")) == "25"


def test_every_default_is_a_field_that_may_be_chosen() -> None:
    odd = [
        (made.name, one.name, path) for made in IntacctConnector.objects for one in made.targets for path in one.feeds
        if not is_choice(made, one, path)
    ]  # fmt: skip

    assert odd == []


def test_choices_are_those_of_the_record_its_account_and_the_part() -> None:
    invoice, account = IntacctConnector.objects[0], IntacctConnector.objects[-1]
    header, line = invoice.targets[0], next(one for one in invoice.targets if one.part == "line")

    assert [label for label, _ in choices(invoice, header)] == ["Invoice", "Account"]
    assert [label for label, _ in choices(invoice, line)] == ["Line", "Invoice", "Account"]
    assert [label for label, _ in choices(account, account.targets[-1])] == ["Contact", "Account"]
    assert not is_choice(invoice, header, "line.product_code")
