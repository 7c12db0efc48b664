"""What every view of the hub's API stands on: who calls, what they may do, and how errors are told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.utils.encoding import force_str
from rest_framework import exceptions, serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from arhub.api import callers
from arhub.api.bodies import SAFE
from arhub.api.errors import ApiError, as_object
from arhub.models import User

MOST_JSON_BYTES = 1 << 20
"""Of the body of one record; many of them go to /ingestions/, which reads them as a stream."""


class PersonOrProgram(SessionAuthentication):
    """A key was looked at before the request came here. A person's form has to prove that it is the hub's own."""

    def authenticate(self, request: Any) -> tuple[Any, Any] | None:
        if request._request.api_key is not None:
            return request._request.user, request._request.api_key
        return super().authenticate(request)

    def authenticate_header(self, request: Any) -> str:
        return "Bearer"


class HasScope(BasePermission):
    """The caller has the scope of the view's `resource`: to read it, or to write."""

    def has_permission(self, request: Any, view: Any) -> bool:
        action = "read" if request.method in SAFE or getattr(view, "only_reads", False) else "write"
        callers.require(request._request, view.resource, action)
        return True


class JsonParser(BaseParser):
    """JSON of one record: numbers keep their digits, and neither size nor depth is a danger."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body = stream.read(MOST_JSON_BYTES + 1)
        if len(body) > MOST_JSON_BYTES:
            raise ApiError(413, f"The body is larger than {MOST_JSON_BYTES >> 20} MB.")
        try:
            return json.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise ApiError(400, f"The body is not JSON: {error}.") from error


class JsonRenderer(JSONRenderer):
    """Decimals as strings, with all their digits."""

    charset = None


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def given(request: Any, serializer_class: type[serializers.Serializer], *, partial: bool = False) -> dict[str, Any]:
    """What the body says, checked; what is wrong with it is told by field."""
    serializer = serializer_class(data=request.data, partial=partial)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def person_of(request: Any) -> User | None:
    """Who calls; None for a program."""
    return None if request._request.api_key else request.user


def handle(error: Exception, context: Mapping[str, Any]) -> Any:
    """Every error of a view in the one shape. What is none of these goes on to Django, and is logged."""
    request: Any = context["request"]._request
    if (told := _told(error)) is None:
        return None
    if request.tenant is not None:  # nothing is open for a caller who is not known
        transaction.set_rollback(True)
    answer = as_object(request, told)
    for name, value in told.headers.items():
        answer[name] = value
    return answer


def _told(error: Exception) -> ApiError | None:
    match error:
        case ApiError():
            return error
        case Http404():
            return ApiError(404, "There is no such record.")
        case PermissionDenied():
            return ApiError(403, str(error) or "This is not allowed.")
        case exceptions.ValidationError():
            fields = _flat(error.detail)
            return ApiError(400, "Some fields are not as they should be." if fields else "Not valid.", fields=fields)
        case exceptions.APIException():
            return ApiError(error.status_code, force_str(error.detail))
    return None


def _flat(detail: Any, name: str = "") -> dict[str, list[str]]:
    """Field → sentences; what is nested is named by its path."""
    if isinstance(detail, Mapping):
        found: dict[str, list[str]] = {}
        for key, value in detail.items():
            found |= _flat(value, f"{name}.{key}" if name else str(key))
        return found
    sentences = detail if isinstance(detail, list) else [detail]
    return {name: [force_str(item) for item in sentences]}


__all__ = ["HasScope", "JsonParser", "JsonRenderer", "PersonOrProgram", "Response", "given", "handle", "person_of"]
