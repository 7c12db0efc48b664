"""Natural order."""

from __future__ import annotations

import pytest

from arhub.domain.sorting import natural_key


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["10", "2", "1"], ["1", "2", "10"]),
        (["1.10", "1.9", "1"], ["1", "1.9", "1.10"]),
        (["b", "A10", "a2", "3"], ["3", "a2", "A10", "b"]),
        (["x", None, "²", "2"], [None, "2", "x", "²"]),
    ],
)
def test_numbers_inside_text_count_as_numbers(given: list[str | None], expected: list[str | None]) -> None:
    assert sorted(given, key=natural_key) == expected
