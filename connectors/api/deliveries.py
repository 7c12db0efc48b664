"""Deliveries: files sent through gateways, what became of each, and what the other side said of it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.http import FileResponse
from django.urls import reverse
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.response import Response

from arhub.api.base import person_of
from arhub.api.columns import BOOL, ID, INTEGER, TEXT, RecordSerializer, Value, choice, time
from arhub.api.downloads import attached, download
from arhub.api.filters import IdFilter, TextFilter, TimeFilter, WordFilter, described
from arhub.api.outbound import with_attempts
from arhub.api.reading import ReadView
from arhub.domain.askers import asker_of
from connectors.api import sent_files
from connectors.api.settled import SettledFilters, SettledSerializer, SettledView, answering, settles
from connectors.domain import deliveries, settling
from connectors.domain.sight import visible_sent
from connectors.models import Delivery, DeliveryReceipt, OutboundDelivery

_FACTS = {"type": "object", "additionalProperties": TEXT}
_FIRST = datetime(1970, 1, 2, tzinfo=UTC)
_OUT_OF_ORDER = timedelta(hours=1)
"""What has a larger id may have been made before, but never by as much as this."""


class ReceiptSerializer(RecordSerializer):
    """What the other side said of a file. Its own bytes are below its address."""

    id = Value(attrgetter("pk"), ID, help_text="The hub's own id of the receipt.")
    delivery = Value(attrgetter("delivery.outbound_id"), ID, help_text="The delivery it belongs to.")
    kind = Value(attrgetter("kind"), TEXT, help_text="What it is: answer, mdn or report.")
    text = Value(attrgetter("text"), TEXT, help_text="What it says, in words.")
    warning = Value(attrgetter("warning"), TEXT, help_text="What to know besides; else empty.")
    is_refusal = Value(attrgetter("is_refusal"), BOOL, help_text="Whether it says that the file was not taken.")
    reference = Value(attrgetter("reference"), TEXT, help_text="How the other side names it.")
    speaks_of = Value(attrgetter("speaks_of"), TEXT, help_text="The digest or MIC that it names itself.")
    digest = Value(attrgetter("sha256"), TEXT, help_text="SHA-256 of its own bytes.")
    file_digest = Value(attrgetter("file_sha256"), TEXT, help_text="SHA-256 of the file.")
    media_type = Value(attrgetter("media_type"), TEXT, help_text="What its bytes are; empty when it was not said.")
    received_at = time("received_at", "When it came.", allow_null=False)


class FileDeliverySerializer(SettledSerializer):
    """A file on its way through a gateway. `uncertain` means that it may have arrived: it is not sent again before that
    is known. `verdict` is what receipts say that come after it was handed over."""

    optional = ("log", "receipts")

    identity = Value(
        lambda outbound: outbound.delivery.facts["identity"], TEXT,
        help_text="What its sender calls it; else the hub's own id.",
    )  # fmt: skip
    verdict = choice(
        attrgetter("delivery.verdict"), Delivery.Verdict.values, "What later receipts say; empty when none is to come."
    )
    through = Value(
        attrgetter("delivery.through_id"), ID, allow_null=True, help_text="The connection that carried it for this one."
    )
    name = Value(attrgetter("delivery.name"), TEXT, help_text="What the file is called there.")
    folder = Value(attrgetter("delivery.folder"), TEXT, help_text="In which folder it goes; empty where one arrives.")
    size = Value(attrgetter("delivery.size"), INTEGER, help_text="Bytes.")
    media_type = Value(attrgetter("delivery.media_type"), TEXT, help_text="What its bytes are.")
    facts = Value(attrgetter("delivery.facts"), _FACTS, help_text="The document's fields, and what is known of any.")
    receipts = ReceiptSerializer(many=True, source="delivery.receipts", required=False)


class DeliveryFilters(SettledFilters):
    identity = described(TextFilter(method="by_identity"), "What its sender calls it, or the hub's own id.")
    verdict = described(
        WordFilter("delivery__verdict", [word for word in Delivery.Verdict.values if word]), "What later receipts say."
    )
    name = described(TextFilter(field_name="delivery__name", lookup_expr="startswith"), "How its name there begins.")
    created_since = described(TimeFilter(method="by_creation"), "Made at this time or later.")
    settled_since = described(
        TimeFilter("settled_at", lookup_expr="gte"), "Delivered or given up at this time or later."
    )

    def by_identity(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(deliveries.of_identity(value))

    def by_creation(self, rows: QuerySet[Any], name: str, value: datetime) -> QuerySet[Any]:
        """Ids grow with time: what is older by far need not be looked at."""
        older = OutboundDelivery.objects.filter(created_at__lt=max(value, _FIRST) - _OUT_OF_ORDER)
        last = older.order_by("-pk").values_list("pk", flat=True).first()
        return rows.filter(created_at__gte=value, pk__gt=last or 0)


def _receipts(found: Sequence[Any]) -> None:
    prefetch_related_objects(found, Prefetch("delivery__receipts", DeliveryReceipt.objects.defer("content")))


@extend_schema_view(**answering(FileDeliverySerializer, "send_again", "arrived"))
class Deliveries(SettledView):
    """Files sent through gateways, or about to be, the newest first."""

    resource = "deliveries"
    model = OutboundDelivery
    serializer_class = FileDeliverySerializer
    filterset_class = DeliveryFilters
    includes: ClassVar[dict[str, Any]] = {"log": with_attempts, "receipts": _receipts}

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().filter(delivery__isnull=False).select_related("delivery")

    @extend_schema(request=sent_files.REQUEST, responses={202: FileDeliverySerializer, 200: FileDeliverySerializer})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Send a file through a connection. What was sent under the same identity before is answered with 200, and
        does not go again."""
        made, is_new = sent_files.send(request._request, person_of(request))
        shown = self.shown([self.get_queryset().get(pk=made.outbound_id)])[0]
        location = reverse("deliveries-detail", args=[made.outbound_id])
        code = status.HTTP_202_ACCEPTED if is_new else status.HTTP_200_OK
        return Response(shown, code, headers={"Location": location})

    arrived = settles(
        "arrived", partial(settling.arrived, keys={}), "Say that what is uncertain is there: it is never sent again."
    )
    send_again = settles("send_again", settling.send_again, "Send what failed or was cancelled again, as it was.")

    @download("Download the file")
    def file(self, request: Any, *args: Any, **kwargs: Any) -> FileResponse:
        """The bytes of the file, for saving."""
        delivery = self.get_object().delivery
        return attached(deliveries.Stored(delivery).open(), delivery.name)


class ReceiptFilters(FilterSet):
    delivery = described(IdFilter("delivery__outbound"), "The id of a delivery.")


class Receipts(ReadView):
    """What the other sides said of files, the newest first."""

    resource = "deliveries"
    model = DeliveryReceipt
    serializer_class = ReceiptSerializer
    filterset_class = ReceiptFilters
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {"-id": ("-pk",), "id": ("pk",)}
    related = (Prefetch("delivery", Delivery.objects.only("outbound")),)

    def get_queryset(self) -> QuerySet[Any]:
        sent = visible_sent(asker_of(self.request), OutboundDelivery.objects.all())
        rows = super().get_queryset().defer("content")
        return rows.filter(delivery__outbound__in=sent) if asker_of(self.request).is_narrowed else rows

    @download("Download the receipt")
    def file(self, request: Any, *args: Any, **kwargs: Any) -> FileResponse:
        """The receipt's own bytes, for saving."""
        receipt = self.get_object()
        return attached(io.BytesIO(bytes(receipt.content)), f"{receipt.kind}-{receipt.pk}.txt")
