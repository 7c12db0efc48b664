"""A file that a program sends: its parts, its facts, and what the hub stores of it."""

from __future__ import annotations

import json
import re
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from arhub.api.bodies import MULTIPART
from arhub.api.columns import TEXT
from arhub.api.errors import ApiError
from arhub.models import User
from arhub.network.errors import ConfigError
from connectors.api.settled import usable, wrong
from connectors.domain import deliveries
from connectors.gateways.templates import FACTS
from connectors.models import Connection, Delivery

ASKED = {name: told for name, told in FACTS.items() if name != "identity"}
LONGEST_FACT = 200
_MEDIA_TYPE = re.compile("[!-.0-~]{1,59}/[!-.0-~]{1,59}")


def _fact(meaning: str, example: str) -> dict[str, Any]:
    return {**TEXT, "maxLength": LONGEST_FACT, "description": f"{meaning[0].upper()}{meaning[1:]}.", "example": example}


@extend_schema_field(
    {
        "type": "object",
        "properties": {name: _fact(*told) for name, told in ASKED.items()},
        "additionalProperties": False,
    }
)
class FactsField(serializers.Field):
    """A JSON object of texts."""

    def to_internal_value(self, data: Any) -> dict[str, str]:
        try:
            found = json.loads(data)
        except (TypeError, ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise serializers.ValidationError("Expected a JSON object of texts.")
        if errors := {name[:60]: text for name, value in found.items() if (text := _mistake(name, value))}:
            raise serializers.ValidationError(errors)
        return found

    def to_representation(self, value: Any) -> Any:
        return value


def _mistake(name: str, value: Any) -> str:
    if name == "identity":
        return "Give it in the part “identity”."
    if name not in ASKED:
        return f"There is no such fact. There are: {', '.join(ASKED)}."
    if not isinstance(value, str) or not value.isprintable() or len(value) > LONGEST_FACT:
        return f"Expected a text in one line, of at most {LONGEST_FACT} characters."
    return ""


@extend_schema_field({**TEXT, "format": "binary"})
class FilePart(serializers.FileField):
    """A part of a form that is a file."""


class SentFileSerializer(serializers.Serializer):
    """A file, and where it is to go."""

    connection = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="The id of a connection.")
    file = FilePart(max_length=200, help_text="The file; its name and media type are those of its part.")
    facts = FactsField(required=False, help_text="The document's fields, for the connection's templates and envelopes.")
    identity = serializers.CharField(
        max_length=120, required=False,
        help_text="What you call this delivery. The same again, through the same connection, sends nothing.",
    )  # fmt: skip

    def validate_file(self, file: Any) -> Any:
        if file.content_type and not _MEDIA_TYPE.fullmatch(file.content_type):
            raise serializers.ValidationError("Expected a media type such as application/xml in its part.")
        return file

    def validate_identity(self, identity: str) -> str:
        if not identity.isprintable():
            raise serializers.ValidationError("Expected a text in one line.")
        return identity


REQUEST = {MULTIPART: SentFileSerializer}


def send(request: Any, user: User | None) -> tuple[Delivery, bool]:
    """The delivery that a request asks for, and whether it is new. Raises ApiError."""
    asked = _asked(request)
    connection, name = _connection(request, asked["connection"]), asked.get("identity", "")
    identity = deliveries.identity_of(connection, name) if name else ""
    if name and (before := deliveries.find(connection, identity)):
        return before, False
    file, facts = asked["file"], asked.get("facts", {})
    try:
        made = deliveries.send(
            connection, file, name=file.name, media_type=file.content_type or deliveries.BINARY,
            facts={**facts, "identity": name} if name else facts, identity=identity, user=user,
        )  # fmt: skip
    except ConfigError as problem:
        raise wrong("file", str(problem)) from problem
    return made, True


def _asked(request: Any) -> dict[str, Any]:
    """The parts, taken from the network already; large files are on disk."""
    if request.content_type != MULTIPART:
        raise ApiError(415, f"Expected {MULTIPART}, with the file in the part “file”.")
    parts = {**request.POST.dict(), **request.FILES.dict()}
    known = SentFileSerializer().fields
    if unknown := sorted(set(parts) - set(known)):
        raise wrong(unknown[0][:60], f"There is no part “{unknown[0][:60]}” here. There are: {', '.join(known)}.")
    serializer = SentFileSerializer(data=parts)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _connection(request: Any, pk: int) -> Connection:
    connection = usable(request, pk)
    if not deliveries.can_deliver(connection):
        raise wrong("connection", f"{connection} takes no files.")
    return connection
