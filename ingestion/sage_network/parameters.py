"""The parameters of a request, as the vendor's clients send them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from arhub.api.errors import ApiError

if TYPE_CHECKING:
    from django.http import HttpRequest

PACKED = "params"
LONGEST_PACKED = 64 * 1024


def parameters(request: HttpRequest) -> dict[str, str]:
    """Lowered name → text, without those that say nothing: empty, or the text None, as the Python client sends it.

    The TypeScript client packs them all into one parameter, a JSON object. Of a name given twice the last one counts.
    Raises ApiError.
    """
    found = {name: str(value) for name, value in request.GET.items()}
    packed = found.pop(PACKED, "")
    values = {**found, **_unpacked(packed)} if packed else found
    return {name.lower(): text for name, value in values.items() if (text := value.strip()) and text != "None"}


def _unpacked(packed: str) -> dict[str, str]:
    """The client wraps what it is given once more: {"params": {...}} is taken for what is in it."""
    if len(packed) > LONGEST_PACKED:
        raise ApiError(400, f"Expected at most {LONGEST_PACKED:,} characters in {PACKED}, found more.")
    try:
        values: Any = json.loads(packed, parse_float=Decimal)
    except (ValueError, RecursionError):
        values = None
    if isinstance(values, dict) and isinstance(values.get(PACKED), dict):
        values = values[PACKED]
    if not isinstance(values, dict):
        raise ApiError(400, f"Expected a JSON object in the parameter {PACKED}, found something else.")
    return {name: _as_text(value) for name, value in values.items() if value is not None}


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, Decimal)):
        return str(value)
    raise ApiError(400, "Expected a text, a number or a boolean for each parameter, found a list or an object.")
