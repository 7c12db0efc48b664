"""How the API describes itself: what every operation has in common, in OpenAPI."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema_serializer
from rest_framework import serializers

from arhub.api.bodies import SAFE
from arhub.api.reading import INCLUDE, ORDERING, SEARCH, ListView
from arhub.api.writing import WriteView, input_of


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Error",
            value={"code": "scope_missing", "message": "This needs the scope documents:read.", "fields": {}},
            status_codes=["400", "401", "403", "404", "409", "413", "415", "422", "429"],
        )
    ]
)
class ErrorSerializer(serializers.Serializer):
    """Every answer of 400 and above."""

    code = serializers.CharField(help_text="A word for programs.")
    message = serializers.CharField(help_text="A sentence for people.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        help_text="What is wrong with each field or parameter: name → sentences.",
    )


READING = {
    "400": "A parameter is not known, or its value makes no sense.",
    "401": "No key came, or it does not open the hub.",
    "403": "The key's scopes do not cover this.",
    "404": "There is no such record.",
    "429": "Too many requests in this minute; Retry-After says how many seconds to wait.",
}
WRITING = {
    "409": "It contradicts what is stored, or the first request with this Idempotency-Key is still at work.",
    "413": "The body is too large.",
    "415": "The body is of a type that is not read here.",
    "422": "The Idempotency-Key came with another request before.",
}


class HubSchema(AutoSchema):
    """Adds to each operation what its view declares, and the errors every operation can answer with."""

    def get_tags(self) -> list[str]:
        return [self.view.resource.replace("_", " ")]

    def get_description(self) -> str:
        action = "read" if self.method in SAFE or getattr(self.view, "only_reads", False) else "write"
        return f"{super().get_description()}\n\nNeeds the scope `{self.view.resource}:{action}`.".strip()

    def get_summary(self) -> str | None:
        if self.method != "GET":
            return super().get_summary()
        what = [part for part in self.path.split("/") if part and "{" not in part][-1].replace("-", " ")
        return f"List {what}" if self._is_list_view() else f"Read one of the {what}"

    def get_override_parameters(self) -> list[Any]:
        view = self.view
        if not isinstance(view, ListView) or self.method != "GET":
            return []
        found = [_include(view)] if view.includes else []
        if self._is_list_view():
            found += [_search(view)] if view.search_in else []
            found.append(_ordering(view))
        return found

    def get_request_serializer(self) -> Any:
        if isinstance(self.view, WriteView) and self.method in ("POST", "PATCH"):
            return input_of(*self.view.record_types)
        return super().get_request_serializer()

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        errors = READING if self.method == "GET" else {**READING, **WRITING}
        told = {
            code: self._get_response_for_code(OpenApiResponse(ErrorSerializer, text), code)
            for code, text in errors.items()
        }
        return {**super()._get_response_bodies(direction), **told}


class HubScheme(OpenApiAuthenticationExtension):
    """Three ways in, of which one is enough."""

    target_class = "arhub.api.base.PersonOrProgram"
    name = ["ApiKey", "Bearer", "Session"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        return [
            {"type": "apiKey", "in": "header", "name": "Api-Key", "description": "A key of the tenant's."},
            {"type": "http", "scheme": "bearer", "description": "The same key."},
            {
                "type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME,
                "description": "Whoever is signed in to the hub, to try the API in the browser.",
            },
        ]  # fmt: skip


class ValueScheme(OpenApiSerializerFieldExtension):
    """A value knows its own type."""

    target_class = "arhub.api.columns.Value"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return dict(self.target.schema)


class GivenScheme(OpenApiSerializerFieldExtension):
    target_class = "arhub.api.writing.Given"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return dict(self.target.schema)


def _include(view: ListView) -> OpenApiParameter:
    return OpenApiParameter(
        INCLUDE,
        {"type": "array", "items": {"type": "string", "enum": list(view.includes)}},
        style="form",
        explode=False,
        description="What each record brings along, separated by commas.",
    )


def _search(view: ListView) -> OpenApiParameter:
    return OpenApiParameter(SEARCH, str, description=f"Looks for {view.search_in}.")


def _ordering(view: ListView) -> OpenApiParameter:
    names = list(view.orderings)
    return OpenApiParameter(
        ORDERING,
        str,
        enum=names,
        default=names[0],
        description="With a minus, descending. Records without a value come last either way.",
    )
