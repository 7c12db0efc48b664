"""What a sheet of a spreadsheet holds, and where it stops."""

from __future__ import annotations

from decimal import Decimal

MOST_ROWS = 1_048_575
"""Below the row of headings."""
MOST_CHARACTERS = 32_767
"""In one cell."""
TOO_LONG = -2
"""What XlsxWriter answers when it cuts a text."""
DIGITS = 15


def fits_cell(value: Decimal | int) -> bool:
    """Whether a cell's number keeps every digit: it has 15 of them, and shows no more."""
    digits = Decimal(value).normalize().as_tuple()
    return digits.exponent > -DIGITS and len(digits.digits) + max(digits.exponent, 0) <= DIGITS  # type: ignore[operator]
