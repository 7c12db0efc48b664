"""Answers: what came back about documents by inboxes and receivers, and what each speaks of."""

from __future__ import annotations

import io
from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import FileResponse
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from adaptors.api import shared
from adaptors.api.shared import wrong
from adaptors.domain.answers.incoming import CannotMatch, match
from adaptors.domain.sight import content_of, visible_answers
from adaptors.models import Answer, Transaction
from arhub.api.base import given, person_of
from arhub.api.columns import BOOL, ID, TEXT, RecordSerializer, Value, choice, time
from arhub.api.downloads import attached, download
from arhub.api.errors import ApiError
from arhub.api.filters import FlagFilter, IdFilter, TextFilter, TimeFilter, WordFilter, described
from arhub.api.reading import ReadView
from arhub.api.sharing import Level, require
from arhub.domain.askers import asker_of


def _objects(**properties: Any) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "object", "properties": properties, "additionalProperties": TEXT}}


class AnswerSerializer(RecordSerializer):
    """What came back about a document. Its own bytes are below its address."""

    id = Value(attrgetter("pk"), ID, help_text="The hub's own id of the answer.")
    transaction = Value(
        attrgetter("transaction_id"), ID, allow_null=True, help_text="What it speaks of; null: nothing was found."
    )
    kind = Value(attrgetter("kind"), TEXT, help_text="What it is, such as an application response or a bounced mail.")
    verdict = choice(attrgetter("verdict"), Answer.Verdict.values, "What it says.")
    text = Value(attrgetter("text"), TEXT, help_text="What it says, in words.")
    reasons = Value(attrgetter("reasons"), _objects(code=TEXT, text=TEXT), help_text="What it says is wrong.")
    references = Value(attrgetter("references"), _objects(kind=TEXT, value=TEXT), help_text="What it names.")
    sender = Value(attrgetter("sender"), TEXT, help_text="Who sent it.")
    said_at = time("said_at", "Its own time; of two that contradict each other the later one counts.")
    received_at = time("received_at", "When it came.", allow_null=False)
    name = Value(attrgetter("name"), TEXT, help_text="The file that it came in.")
    digest = Value(attrgetter("sha256"), TEXT, help_text="SHA-256 of its own bytes.")
    is_by_hand = Value(lambda row: row.matched_by_id is not None, BOOL, help_text="Whether a person matched it.")


class MatchSerializer(serializers.Serializer):
    """What an answer speaks of."""

    transaction = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="The id of a transaction.")


class AnswerFilters(FilterSet):
    transaction = described(IdFilter("transaction_id"), "The id of a transaction.")
    kind = described(TextFilter(field_name="kind"), "What it is.")
    verdict = described(WordFilter("verdict", Answer.Verdict.values), "What it says.")
    matched = described(FlagFilter(method="by_match"), "Whether it is known what it speaks of.")
    received_since = described(TimeFilter("received_at", lookup_expr="gte"), "Came at this time or later.")

    def by_match(self, rows: QuerySet[Any], name: str, value: bool | None) -> QuerySet[Any]:
        return rows if value is None else rows.filter(transaction__isnull=not value)


class Answers(ReadView):
    """What came back about documents, the newest first."""

    resource = "answers"
    model = Answer
    serializer_class = AnswerSerializer
    filterset_class = AnswerFilters
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {"-id": ("-pk",), "id": ("pk",)}

    def get_queryset(self) -> QuerySet[Any]:
        return visible_answers(asker_of(self.request), super().get_queryset().defer("content"))

    @extend_schema(request=MatchSerializer, responses={200: AnswerSerializer})
    @action(detail=True, methods=["post"])
    def match(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Say what an answer speaks of that nothing was found for. It has its say from then on."""
        answer = self.get_object()
        if answer.transaction is not None:
            require(request, answer.transaction.activation, Level.OPERATE)
        rows = shared.narrowed(request, Transaction.objects.select_related("activation", "delivery"))
        row = rows.filter(pk=given(request, MatchSerializer)["transaction"]).first()
        if row is None:
            raise wrong("transaction", "There is no such transaction.")
        require(request, row.activation, Level.OPERATE)
        try:
            match(answer, row, person_of(request))
        except CannotMatch as problem:
            raise ApiError(409, str(problem)) from problem
        return Response(self.shown([self.get_object()])[0])

    @download("Download the answer")
    def file(self, request: Any, *args: Any, **kwargs: Any) -> FileResponse:
        """The answer's own bytes, for saving."""
        answer = self.get_object()
        content = content_of(asker_of(request), answer)
        return attached(io.BytesIO(content), answer.name or f"answer-{answer.pk}.txt")
