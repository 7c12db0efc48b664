"""What views that do something, beside those that write records, take from a request."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from arhub.models import User


def given(request: Any, serializer_class: type[serializers.Serializer], *, partial: bool = False) -> dict[str, Any]:
    """The body, checked by a serializer. Raises rest_framework's ValidationError."""
    serializer = serializer_class(data=request.data, partial=partial)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def person_of(request: Any) -> User | None:
    """Who is signed in; None for a program with a key."""
    return None if request._request.api_key else request.user
