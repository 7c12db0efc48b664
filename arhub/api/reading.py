"""Lists and single records: what a request may ask for, and what happens when it asks for something else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import Model, Prefetch, Q, QuerySet, prefetch_related_objects
from django_filters.rest_framework import DjangoFilterBackend, FilterSet
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from arhub.api.errors import ApiError
from arhub.api.pagination import CURSOR, SIZE, KeyPagination

INCLUDE, ORDERING, SEARCH = "include", "ordering", "search"
LONGEST_TERM = 100

Include = Callable[[Sequence[Any]], None]
"""Fetches what a page's records are asked to bring along, in a number of queries that does not grow with them."""


class ListView(GenericViewSet):
    """A resource that can be listed.

    `resource` is its name among the scopes, `model` what it shows; `orderings` are the ones a caller may choose, each
    with an index behind it, the first one the default; `search` gives the condition of a term, for `search_in`;
    `includes` are what a caller may have with each record; `related` is fetched for every page.
    """

    resource: ClassVar[str]
    model: ClassVar[type[Model]]
    orderings: ClassVar[Mapping[str, tuple[str, ...]]] = {"id": ("pk",), "-id": ("-pk",)}
    includes: ClassVar[Mapping[str, Include]] = {}
    related: ClassVar[Sequence[Prefetch[Any] | str]] = ()
    search_in: ClassVar[str] = ""
    filterset_class: ClassVar[type[FilterSet] | None] = None
    filter_backends = [DjangoFilterBackend]
    pagination_class = KeyPagination
    lookup_value_regex = "[0-9]{1,18}"

    def search(self, term: str) -> Q:
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[Any]:
        return self.model._default_manager.all()

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method == "GET":
            self._refuse_unknown(request)

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        rows = self.paginate_queryset(self._ordered(self._searched(self.filter_queryset(self.get_queryset()))))
        return self.get_paginated_response(self.shown(rows))

    def shown(self, records: Sequence[Any]) -> Any:
        """The records as the caller sees them, with what was asked to be included."""
        for name in self.included:
            self.includes[name](records)
        prefetch_related_objects(records, *self.related)
        return self.get_serializer(records, many=True).data

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        return context if getattr(self, "swagger_fake_view", False) else {**context, "included": self.included}

    @property
    def included(self) -> Sequence[str]:
        asked = _asked_to_include(self.request)
        return [name for name in self.includes if name in asked]

    def is_narrowed(self, request: Any) -> bool:
        """Whether the caller asks for less than everything."""
        return any(request.query_params.get(name) for name in (*self.filter_names(), SEARCH))

    @classmethod
    def filter_names(cls) -> tuple[str, ...]:
        return tuple(cls.filterset_class.base_filters) if cls.filterset_class else ()

    def _searched(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        term = self.request.query_params.get(SEARCH, "").replace("\x00", "").strip()[:LONGEST_TERM]
        return rows.filter(self.search(term)) if term else rows

    def _ordered(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        asked = self.request.query_params.get(ORDERING) or next(iter(self.orderings))
        return rows.order_by(*self.orderings[asked])

    def _refuse_unknown(self, request: Any) -> None:
        known = [INCLUDE] if self.includes else []
        if self.action == "list":
            searches = [SEARCH] if self.search_in else []
            known += [*self.filter_names(), *searches, ORDERING, SIZE, CURSOR]
        for name in request.query_params:
            _expect(name, known, "parameter", name)
        for name in _asked_to_include(request):
            _expect(name, self.includes, "value", INCLUDE)
        if asked := request.query_params.get(ORDERING):
            _expect(asked, self.orderings, "ordering", ORDERING)


def _asked_to_include(request: Any) -> list[str]:
    """One parameter with commas, or several."""
    return [name for given in request.query_params.getlist(INCLUDE) for name in given.split(",") if name]


def _expect(given: str, known: Any, what: str, field: str) -> None:
    if given not in known:
        sentence = f"There is no {what} “{given[:60]}” here. There are: {', '.join(known) or 'none'}."
        raise ApiError(400, sentence, fields={field[:60]: [sentence]})


class ReadView(ListView):
    """A resource that can be listed, and read one by one by the hub's own id."""

    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(self.shown([self.get_object()])[0])

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """A single record is looked up by its id alone."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset


class RecordView(ReadView):
    """Records that sources own."""

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().defer("digest")
