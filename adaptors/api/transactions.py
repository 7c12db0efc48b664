"""Transactions: each document on its way to a customer, how far it came, and what people and programs do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.http import FileResponse
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from adaptors.api.shared import wrong
from adaptors.api.transaction_fields import TransactionSerializer
from adaptors.domain.evidence.bundle import NoEvidence, bundle, name_of
from adaptors.domain.sight import visible_transactions
from adaptors.domain.transactions import steering
from adaptors.models import Transaction, TransactionEntry
from arhub.api.base import given, person_of
from arhub.api.downloads import attached, download
from arhub.api.errors import ApiError
from arhub.api.filters import FlagFilter, IdFilter, TextFilter, TimeFilter, WordFilter, described
from arhub.api.reading import ReadView
from arhub.api.sharing import Level, require
from arhub.domain.askers import asker_of
from connectors.models import DeliveryReceipt

ACTIONS = (
    "try-again", "resend", "send-as-new", "elsewhere", "look-up", "arrived", "did-not-arrive", "send-now", "cancel",
)  # fmt: skip
_REASON = "Why, in a few words: needed to resend what arrived, to send as new, and to say that it was sent elsewhere."

_SEEN_AT = "The `moved_at` that was read: what has moved since is left alone, with `moved_on`."


class ActionReasonSerializer(serializers.Serializer):
    """Why something is done about a transaction, and as of when it is known."""

    reason = serializers.CharField(max_length=400, required=False, default="", allow_blank=True, help_text=_REASON)
    seen_at = serializers.DateTimeField(required=False, default=None, allow_null=True, help_text=_SEEN_AT)


class ActSerializer(ActionReasonSerializer):
    """What is done about some transactions."""

    action = serializers.ChoiceField(ACTIONS, help_text="Called as at the address of a single one.")
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        min_length=1, max_length=steering.MOST_AT_ONCE,
        help_text=f"The ids of transactions, {steering.MOST_AT_ONCE} at most.",
    )  # fmt: skip


class ObstacleSerializer(serializers.Serializer):
    """What stood in the way of some of them."""

    text = serializers.CharField(help_text="Why it could not be done.")
    count = serializers.IntegerField(help_text="Of how many.")


class ActedSerializer(serializers.Serializer):
    """What became of them, each for itself."""

    done = serializers.IntegerField(help_text="For how many it was done.")
    not_done = ObstacleSerializer(many=True, help_text="For the others: what stood in the way.")


class TransactionFilters(FilterSet):
    adaptor = described(IdFilter("activation_id"), "The id of an adaptor.")
    account_hub_id = described(IdFilter("account_id"), "The hub's own id of an account.")
    document_hub_id = described(IdFilter("document_id"), "The hub's own id of a document.")
    number = described(TextFilter(field_name="number"), "The document's number, as it stands on it.")
    state = described(WordFilter("state", Transaction.State.values), "How far it is.")
    cause = described(TextFilter(field_name="cause"), "The same for all that stand there for one reason.")
    asks_person = described(FlagFilter(method="by_flag"), "Whether nothing goes on by itself.")
    changed = described(FlagFilter(method="by_change"), "Whether the document was changed in its source since.")
    created_since = described(TimeFilter("created_at", lookup_expr="gte"), "Selected at this time or later.")
    moved_since = described(TimeFilter("moved_at", lookup_expr="gte"), "In its state since this time or later.")

    def by_flag(self, rows: QuerySet[Any], name: str, value: bool | None) -> QuerySet[Any]:
        return rows if value is None else rows.filter(asks_person=value)

    def by_change(self, rows: QuerySet[Any], name: str, value: bool | None) -> QuerySet[Any]:
        return rows if value is None else rows.filter(changed_at__isnull=not value)


def _log(found: Sequence[Any]) -> None:
    sent = [row for row in found if row.delivery]
    prefetch_related_objects(sent, "delivery__outbound__log")
    for row in found:
        row.included_log = list(row.delivery.outbound.log.all()) if row.delivery else []


def _receipts(found: Sequence[Any]) -> None:
    rows = DeliveryReceipt.objects.defer("content").select_related("delivery__transaction")
    prefetch_related_objects([row for row in found if row.delivery], Prefetch("delivery__receipts", rows))
    for row in found:
        row.included_receipts = list(row.delivery.receipts.all()) if row.delivery else []


def _entries(found: Sequence[Any]) -> None:
    rows = TransactionEntry.objects.select_related("user").order_by("pk")
    prefetch_related_objects(found, Prefetch("log", rows, to_attr="included_entries"))


def _acts(name: str, meaning: str) -> Any:
    """An action about one transaction, refused with what stands in its way."""

    def acted(self: Transactions, request: Any, *args: Any, **kwargs: Any) -> Response:
        row = self.get_object()
        require(request, row.activation, Level.OPERATE)
        asked = given(request, ActionReasonSerializer)
        with _told():
            done = steering.act(row, name, person_of(request), asked["reason"], asked["seen_at"])
        return Response(self.shown([self.get_queryset().get(pk=done.pk)])[0], status.HTTP_202_ACCEPTED)

    acted.__name__, acted.__doc__ = name, meaning
    told = extend_schema(request=ActionReasonSerializer, responses={202: TransactionSerializer})
    return told(action(detail=True, methods=["post"], url_path=name.replace("_", "-"))(acted))


@contextmanager
def _told() -> Iterator[None]:
    """What cannot be done, in the API's own shape."""
    try:
        yield
    except steering.NoReason as problem:
        raise wrong("reason", str(problem)) from problem
    except steering.MovedOn as problem:
        raise ApiError(409, str(problem), code="moved_on") from problem
    except steering.CannotDo as problem:
        raise ApiError(409, str(problem)) from problem


class Transactions(ReadView):
    """Documents on their way to customers, the newest first."""

    resource = "transactions"
    model = Transaction
    serializer_class = TransactionSerializer
    filterset_class = TransactionFilters
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {"-id": ("-pk",), "id": ("pk",)}
    includes: ClassVar[dict[str, Any]] = {"log": _log, "receipts": _receipts, "entries": _entries}

    def get_queryset(self) -> QuerySet[Any]:
        rows = visible_transactions(asker_of(self.request), super().get_queryset())
        return rows.select_related("activation", "delivery__outbound").defer("delivery__outbound__content")

    try_again = _acts("try_again", "Make what is on hold anew, from what records and settings say now.")
    resend = _acts("resend", "Send the same bytes once more, under the same id.")
    send_as_new = _acts("send_as_new", "Make it anew and send it under an id of its own. Answers with the new one.")
    elsewhere = _acts("elsewhere", "Say how it was sent by other means. Nothing goes out from here any more.")
    look_up = _acts("look_up", "Have what is uncertain looked up at the other side now.")
    arrived = _acts("arrived", "Say that what is uncertain is there: it is never sent again.")
    did_not_arrive = _acts("did_not_arrive", "Say that what is uncertain is not there: the same is sent again.")
    send_now = _acts("send_now", "Try what waits or is held back at once.")
    cancel = _acts("cancel", "Do not send what waits or is held back.")

    @extend_schema(request=ActSerializer, responses={200: ActedSerializer})
    @action(detail=False, methods=["post"], filterset_class=None)
    def act(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Do the same about some transactions, each for itself: what cannot be done stands in nobody's way."""
        asked = given(request, ActSerializer)
        rows = list(self.get_queryset().filter(pk__in=asked["ids"]).order_by("pk"))
        if unknown := sorted(set(asked["ids"]) - {row.pk for row in rows}):
            raise wrong("ids", f"There is no such transaction: {unknown[0]}.")
        for activation in {row.activation for row in rows}:
            require(request, activation, Level.OPERATE)
        name = asked["action"].replace("-", "_")
        if name in steering.NEED_REASON and not asked["reason"].strip():
            raise wrong("reason", str(steering.NoReason()))
        with _told():
            found = steering.act_on_all(rows, name, person_of(request), asked["reason"], asked["seen_at"])
        not_done = [{"text": text, "count": count} for text, count in sorted(found.items()) if text]
        return Response(ActedSerializer({"done": found.get("", 0), "not_done": not_done}).data)

    @download("Download the document")
    def file(self, request: Any, *args: Any, **kwargs: Any) -> FileResponse:
        """The bytes of the document as they went out, for saving."""
        row = self.get_object()
        if not row.content:
            raise ApiError(404, "Nothing was made of this document: it is on hold.")
        return attached(row.content.open(), row.name)

    @download("Download the evidence")
    def evidence(self, request: Any, *args: Any, **kwargs: Any) -> FileResponse:
        """A signed ZIP of the document, its source, settings, checks, attempts, receipts and answers."""
        row = self.get_object()
        try:
            return attached(bundle(row), name_of(row))
        except NoEvidence as problem:
            raise ApiError(404, str(problem)) from problem
