"""The section of a transaction's page with what the other side says of it: templates/adaptors/answers_of.html."""

from __future__ import annotations

from typing import Any

from adaptors.domain.heard import expected_of, heard_of
from adaptors.models import Transaction
from arhub.admin import cells


def section_of(row: Transaction) -> dict[str, Any]:
    """What the template shows: `heard` and `expected`, each row with its chip."""
    return {
        "heard": [(one, cells.chip(one.verdict)) for one in heard_of(row)],
        "expected": [(one, cells.chip(one.state)) for one in expected_of(row)],
    }
