"""Ranges of beginnings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arhub.domain.search import next_prefix


@given(st.text(min_size=1, max_size=5), st.text(max_size=5))
def test_text_that_begins_with_the_prefix_is_in_its_range(prefix: str, rest: str) -> None:
    above = next_prefix(prefix)

    assert prefix <= prefix + rest
    assert above is None or prefix + rest < above


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [("a", "b"), ("a9", "a:"), ("\ud7ff", "\ue000"), ("a\U0010ffff", "b"), ("\U0010ffff", None)],
)
def test_next_prefix(prefix: str, expected: str | None) -> None:
    assert next_prefix(prefix) == expected
