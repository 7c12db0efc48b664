"""JSON as it goes out, and parameters as they come in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from arhub.api.errors import ApiError
from arhub.network.encoding import encode
from ingestion.sage_network.parameters import parameters


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1.10"), "1.10"),
        (Decimal("-0.00"), "-0.00"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-7"), "0.0000001"),
        (Decimal("9999999999999999999999.123456"), "9999999999999999999999.123456"),
        (date(2026, 3, 1), '"2026-03-01"'),
        (datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2))), '"2026-03-01T10:00:00Z"'),
        (datetime(2026, 3, 1, 12, 0, 0, 460000, UTC), '"2026-03-01T12:00:00.460000Z"'),
        (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (True, "true"),
        (None, "null"),
        ([], "[]"),
        ({}, "{}"),
        ({"a": [1, {"b": "ø\n\"'"}]}, '{"a":[1,{"b":"ø\\n\\"\'"}]}'),
    ],
)
def test_value_is_written(value: Any, text: str) -> None:
    assert encode(value).decode() == text


@pytest.mark.parametrize("value", [1.5, Decimal("NaN"), Decimal("Infinity"), b"x", object()])
def test_what_json_has_no_word_for_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="JSON has no word for"):
        encode({"a": [value]})


_PLAIN = st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]))
_PLAIN |= st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=6)


@given(st.recursive(_PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_everything_is_read_back_by_json_without_a_float(value: Any) -> None:
    if isinstance(value, Mapping):
        value = {name.encode(errors="replace").decode(): item for name, item in value.items()}
    assert json.loads(encode([value]), parse_float=Decimal) == json.loads(
        json.dumps([value], default=lambda amount: {"$": format(amount, "f")}),
        object_hook=lambda found: Decimal(found["$"]) if set(found) == {"$"} else found,
    )


def _parameters(query: Mapping[str, str]) -> dict[str, str]:
    return parameters(RequestFactory().get("/api/v1/Invoices/query", query))


def test_parameters_that_say_nothing_are_left_out() -> None:
    found = _parameters(
        {"filter": "None", "include": "", "ORDER": "created desc", "pageSize": " 5 ", "pageNumber": "0"}
    )

    assert found == {"order": "created desc", "pagesize": "5", "pagenumber": "0"}


@pytest.mark.parametrize("wrapped", [False, True])
def test_parameters_are_unpacked_from_the_one_the_typescript_client_sends(wrapped: bool) -> None:
    sent: Any = {"filter": "a = 1", "pageSize": 50, "isFullSync": True, "include": None, "order": ""}

    found = _parameters({"params": json.dumps({"params": sent} if wrapped else sent), "pageNumber": "2"})

    assert found == {"filter": "a = 1", "pagesize": "50", "isfullsync": "true", "pagenumber": "2"}


@pytest.mark.parametrize(
    "packed", ["[]", "1", "{", '{"a": []}', '{"a": {}}', "[" * 20_000, '{"a": ' + "1" * 5_000 + "}", "x" * 70_000]
)
def test_packed_parameters_that_are_none_are_refused(packed: str) -> None:
    with pytest.raises(ApiError) as caught:
        _parameters({"params": packed})

    assert caught.value.status == 400
