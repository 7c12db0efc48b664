"""Bytes that are saved, never shown by a browser: whatever they hold, they are not run here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.negotiation import BaseContentNegotiation

BINARY = "application/octet-stream"


class WhateverIsAccepted(BaseContentNegotiation):
    """The bytes are what they are; only errors are rendered."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


def download(summary: str) -> Callable[[Any], Any]:
    """An action below a record's address that answers with `attached`."""
    told = extend_schema(summary=summary, responses={(200, BINARY): OpenApiTypes.BINARY}, filters=False)
    routed = action(detail=True, pagination_class=None, includes={}, content_negotiation_class=WhateverIsAccepted)
    return lambda method: told(routed(method))


def attached(file: BinaryIO, name: str) -> FileResponse:
    return FileResponse(file, as_attachment=True, filename=name, content_type=BINARY)
