"""How Dinero answers: lists that echo the casing of what was asked for, and errors with codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connectors.simulators.server import Response

LARGEST_PAGE = 1000


class Refusal(Exception):
    """An answer that says no."""

    def __init__(self, status: int, code: int, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.fields = status, code, message, dict(fields or {})

    @classmethod
    def of_fields(cls, **fields: str) -> Refusal:
        return cls(400, 42, "The request did not pass validation.", fields)

    @classmethod
    def not_found(cls, what: str) -> Refusal:
        return cls(404, 40, f"{what} was not found.")

    def response(self) -> Response:
        body = {
            "code": self.code,
            "message": self.message,
            "validationErrors": self.fields,
            "languageSpecificMessages": [{"property": name, "message": text} for name, text in self.fields.items()],
            "errorMessageList": [{"Code": self.code, "Message": self.message}],
        }
        return Response.of(body, self.status)


def chosen(rows: Iterable[Mapping[str, Any]], fields: str, known: Sequence[str]) -> list[dict[str, Any]]:
    """Rows with the fields that were asked for, each spelled as it was asked for. Raises Refusal."""
    by_name = {name.lower(): name for name in known}
    asked = [name.strip() for name in fields.split(",") if name.strip()]
    if unknown := [name for name in asked if name.lower() not in by_name]:
        raise Refusal.of_fields(fields=f"Unknown: {', '.join(unknown)}.")
    pairs = [(name, by_name[name.lower()]) for name in asked]
    return [{name: row[known_as] for name, known_as in pairs} for row in rows]


def paging(query: Mapping[str, str]) -> tuple[int, int]:
    """Page, counted from 0, and its size. Raises Refusal."""
    try:
        page, size = int(query.get("page") or 0), int(query.get("pagesize") or 100)
    except ValueError:
        raise Refusal.of_fields(page="Expected a number.") from None
    if page < 0 or not 0 < size <= LARGEST_PAGE:
        raise Refusal.of_fields(pageSize=f"Expected at most {LARGEST_PAGE}.")
    return page, size


def collection(rows: list[dict[str, Any]], page: int, size: int, total: int) -> Response:
    return Response.of(
        {
            "Collection": rows,
            "Pagination": {
                "MaxPageSizeAllowed": LARGEST_PAGE, "PageSize": size, "Result": len(rows),
                "ResultWithoutFilter": total, "Page": page,
            },
        }
    )  # fmt: skip
