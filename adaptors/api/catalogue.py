"""The catalogue: which adaptors there are."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from adaptors.api.shared import wrong
from adaptors.catalogue import CATALOGUE, Work
from adaptors.models import Activation
from arhub.api.columns import TEXT, RecordSerializer, Value, choice
from arhub.api.pagination import KeyPagination

_TEXTS = {"type": "array", "items": TEXT}


class AdaptorSerializer(RecordSerializer):
    """An adaptor that can be activated."""

    adaptor = Value(attrgetter("kind"), TEXT, help_text="Its word, for activating it.")
    label = Value(attrgetter("label"), TEXT, help_text="What people call it.")
    summary = Value(attrgetter("summary"), TEXT, help_text="What it moves from where to where.")
    work = choice(lambda entry: str(entry.work), [str(work) for work in Work], "What it does when it runs.")
    source_kind = Value(
        attrgetter("source"), TEXT, help_text="The kind of connection that brings its records; empty: none does."
    )
    destination_kinds = Value(
        lambda entry: list(entry.destinations), _TEXTS, help_text="The kinds of connections that it may go to."
    )
    formats = Value(lambda entry: list(entry.formats), _TEXTS, help_text="The output formats that it has.")


class OnePage(KeyPagination):
    """A list that is short, in the shape of all others."""

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return []


class Catalogue(GenericViewSet):
    """The adaptors that there are, on one page."""

    resource = "adaptors"
    model = Activation
    serializer_class = AdaptorSerializer
    queryset = Activation.objects.none()
    pagination_class = OnePage

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        if name := next(iter(request.query_params), ""):
            raise wrong(name[:60], f"There is no parameter “{name[:60]}” here.")
        shown = AdaptorSerializer(list(CATALOGUE.values()), many=True).data
        return Response({"next": None, "previous": None, "results": shown})
