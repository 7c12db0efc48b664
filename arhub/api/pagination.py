"""Pages of the API: any depth costs what the first page costs, and nothing is counted."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from arhub.api.errors import ApiError
from arhub.domain.expected import FEW, expected_rows
from arhub.domain.pages import NotAPlace, Page, Pages

CURSOR, SIZE = "cursor", "page_size"
DEFAULT_SIZE, MOST_ROWS = 100, 1_000
_AFTER, _BEFORE = "n", "p"
"""What a cursor begins with: it leads to the next page, or to the previous one."""


class KeyPagination(BasePagination):
    """`cursor` carries a place and a direction, opaque to callers."""

    def paginate_queryset(self, queryset: QuerySet[Any], request: Any, view: Any = None) -> list[Any]:
        self.address = request.build_absolute_uri()
        few = view.is_narrowed(request) and expected_rows(queryset) <= FEW
        self.page = _page(Pages(queryset, page_size(request), are_few=few), request.query_params.get(CURSOR, ""))
        return self.page.rows

    def get_paginated_response(self, data: Any) -> Response:
        links = {
            "next": self.link(_AFTER, self.page.next),
            "previous": self.link(_BEFORE, self.page.previous),
        }
        return Response({**links, "results": data})

    def link(self, direction: str, place: str) -> str | None:
        return replace_query_param(self.address, CURSOR, direction + place) if place else None

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": {**link, "description": "The address of the next page; null on the last one."},
                "previous": {**link, "description": "The address of the page before; null on the first one."},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": DEFAULT_SIZE}
        return [
            _parameter(SIZE, size, "How many records a page has."),
            _parameter(CURSOR, {"type": "string"}, "Where the page begins: taken from `next` or `previous`."),
        ]


def _parameter(name: str, schema: dict[str, Any], text: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": text}


def page_size(request: Any) -> int:
    given = request.query_params.get(SIZE, "") or str(DEFAULT_SIZE)
    if not (given.isascii() and given.isdecimal() and len(given) < 9 and 1 <= int(given) <= MOST_ROWS):
        sentence = f"Expected a whole number from 1 to {MOST_ROWS}, found “{given[:40]}”."
        raise ApiError(400, sentence, fields={SIZE: [sentence]})
    return int(given)


def _page(pages: Pages, cursor: str) -> Page:
    try:
        if not cursor:
            return pages.first()
        if cursor[0] == _AFTER:
            return pages.after(cursor[1:])
        if cursor[0] == _BEFORE:
            return pages.before(cursor[1:])
    except NotAPlace:
        pass
    sentence = "Expected a cursor taken from “next” or “previous” of a page in the same ordering."
    raise ApiError(400, sentence, fields={CURSOR: [sentence]})
