"""Problems of a document as pages show them: what is wrong, and where to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adaptors.fields import BY_NAME

INSTEAD = {"delivery_date": "usual_delivery", "delivery_country": "usual_delivery"}
"""Fields of a document for which a setting stands in."""
Problems = list[dict[str, Any]]


def holding_and_beside(problems: Sequence[dict[str, Any]]) -> tuple[Problems, Problems]:
    """Those that hold the document, and what was found beside."""
    told = [_told(one) for one in problems]
    return [one for one in told if one["holds"]], [one for one in told if not one["holds"]]


def _told(problem: dict[str, Any]) -> dict[str, Any]:
    """With the setting where one is to be mended; else it is mended in the source, whose field is told in words."""
    name = problem.get("field", "")
    if name.startswith("approval:"):
        return {"holds": True, **problem, "approval": name.partition(":")[2]}
    field = BY_NAME.get(INSTEAD.get(name, name))
    setting = {"setting": field.label, "setting_name": field.name, "group": field.group} if field else {"setting": ""}
    return {"holds": True, **problem, **setting, "words": name.replace("_", " ")}
