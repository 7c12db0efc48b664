"""Deliveries: files on their way through gateways, and what the other side said of each."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from unfold.decorators import display

from arhub.admin import cells
from arhub.admin.outbound import State
from arhub.admin.readable import readable
from arhub.models import Outbound
from connectors.admin.settled import SettledAdmin, SettledFilter
from connectors.domain.deliveries import BINARY, CHANNEL, Stored, of_identity
from connectors.models import Delivery, DeliveryReceipt, OutboundDelivery

MOST_SHOWN = 200_000
"""Bytes of a file that its page shows."""


class DeliveryFilter(SettledFilter):
    options = (*SettledFilter.options, ("refused", "Refused afterwards"))

    def narrow(self, request: HttpRequest, queryset: Any, value: str) -> Any:
        if value == "refused":
            return queryset.filter(state=State.DELIVERED, delivery__verdict=Delivery.Verdict.REFUSED)
        return super().narrow(request, queryset, value)


@admin.register(OutboundDelivery)
class DeliveryAdmin(SettledAdmin):
    channel = CHANNEL
    page_title = "Deliveries"
    list_filter = (DeliveryFilter,)
    list_display = ("subject_", "destination_", "state_", "receipt_", "attempts", "answer_", "asked_for", "next_at")
    search_help_text = "Id of the delivery"
    change_form_template = "connectors/delivery.html"
    empty_text = (
        "A delivery is a file on its way to somebody: what became of it, every attempt, and what the other side said. "
        "Open a connection to a gateway, such as SFTP, and choose “Send a file”."
    )

    def get_urls(self) -> list[URLPattern]:
        def at(route: str, view: Any, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"connectors_{name}_download")

        return [
            at("<int:pk>/file/", self.download, "delivery"),
            at("receipts/<int:pk>/", self.download_receipt, "receipt"),
            *super().get_urls(),
        ]

    def search_condition(self, term: str) -> Q:
        return of_identity(term)

    def prepare_rows(self, request: HttpRequest, rows: list[Any]) -> None:
        super().prepare_rows(request, rows)
        verdicts = dict(
            Delivery.objects.filter(outbound__in=[row.pk for row in rows]).values_list("outbound", "verdict")
        )
        for row in rows:
            row.verdict = verdicts.get(row.pk, "")

    @display(description="Receipt")
    def receipt_(self, outbound: Any) -> str:
        verdict = getattr(outbound, "verdict", "")
        return cells.chip(Delivery.Verdict(verdict).label) if verdict else "–"

    def page(self, request: HttpRequest, outbound: Outbound) -> dict[str, Any]:
        delivery = Delivery.objects.filter(outbound=outbound).select_related("route", "through", "created_by").first()
        receipts = delivery.receipts.order_by("-id")[:100] if delivery else ()
        return {
            **super().page(request, outbound),
            "delivery": delivery,
            "verdict": cells.chip(delivery.get_verdict_display()) if delivery and delivery.verdict else "",
            "receipts": [(receipt, _kind_of(receipt)) for receipt in receipts],
            "content": _text_of(delivery) if delivery else "",
        }

    def download(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Never shown by the browser: whatever a file holds, it is not run here."""
        delivery = Delivery.objects.filter(pk=pk, outbound__in=self.get_queryset(request)).first()
        if delivery is None:
            raise Http404("No such delivery here.")
        return FileResponse(Stored(delivery).open(), as_attachment=True, filename=delivery.name, content_type=BINARY)

    def download_receipt(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        receipt = DeliveryReceipt.objects.filter(pk=pk, delivery__outbound__in=self.get_queryset(request)).first()
        if receipt is None:
            raise Http404("No such receipt here.")
        response = HttpResponse(bytes(receipt.content), content_type=BINARY)
        response["Content-Disposition"] = f'attachment; filename="{receipt.kind}-{receipt.pk}.txt"'
        return response


def _kind_of(receipt: DeliveryReceipt) -> str:
    names = {"mdn": "MDN", "report": "Report", "answer": "Answer"}
    return f"{names.get(receipt.kind, receipt.kind)}{', a refusal' if receipt.is_refusal else ''}"


def _text_of(delivery: Delivery) -> str:
    """A file as people read it; of a long one nothing."""
    if delivery.size > MOST_SHOWN:
        return ""
    with Stored(delivery).open() as file:
        return readable(file.read())
