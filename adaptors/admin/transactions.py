"""Transactions: each document on its way to a customer, what was made of it, and why it is held where it is."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm

from adaptors.admin import evidence
from adaptors.admin.problems import holding_and_beside
from adaptors.domain import exporting
from adaptors.domain.producing import page_of as readable_page
from adaptors.formats.base import Unsayable
from adaptors.models import ExportRule, Transaction
from arhub.admin import cells
from arhub.admin.base import HubAdmin, allows
from arhub.admin.dialogs import go_to
from arhub.admin.facts import page_of
from arhub.admin.filters import QuickFilter
from arhub.admin.readable import readable
from arhub.models import Role
from arhub.requests import number_of
from connectors.domain.deliveries import BINARY

MOST_SHOWN = 500_000
"""Bytes of a document that its page shows."""


class StateFilter(QuickFilter):
    options = (("all", "All"), ("held", "On hold"), ("failed", "Failed"), ("uncertain", "Uncertain"),
               ("delivered", "Delivered"), ("changed", "Changed after sending"))  # fmt: skip
    states = {"failed": ("failed", "rejected"), "delivered": ("delivered", "acknowledged")}

    def narrow(self, request: HttpRequest, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == "changed":
            return queryset.filter(changed_at__isnull=False)
        return queryset if value == "all" else queryset.filter(state__in=self.states.get(value, (value,)))


@admin.register(Transaction)
class TransactionAdmin(HubAdmin):
    page_title = "Transactions"
    list_display = (
        "receiver_", "number_", "state_", "document_date", "amount_", "format_", "gateway_", "customer_order_number",
        "supplier_order_number", "sender_",
    )  # fmt: skip
    list_display_links = ("number_",)
    list_filter = (StateFilter, "activation", "format")
    list_select_related = ("activation", "connection", "delivery__outbound")
    indexed_columns = ("number_",)
    search_fields = ("number",)
    search_help_text = "Beginning of a document's number"
    actions = None
    change_list_template = "arhub/list/list.html"
    actions_detail = ("try_again",)
    change_form_template = "adaptors/transaction.html"
    empty_text = (
        "A transaction is one document on its way to one customer: what was made of it, over which gateway it went, "
        "and what is missing when it is held. Activate an adaptor in the catalogue, and customers in its Export Rules."
    )

    def get_urls(self) -> list[URLPattern]:
        def at(route: str, view: Any, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"adaptors_transaction_{name}")

        return [
            at("<int:pk>/file/", self.download, "download"),
            at("<int:pk>/page/", self.download_page, "page"),
            at("<int:pk>/evidence/", evidence.view, "evidence"),
            *super().get_urls(),
        ]

    def search_condition(self, term: str) -> Q:
        return Q(number__startswith=term)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in Transaction._meta.fields]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        return super().change_view(
            request, object_id, form_url, {**(_page(row) if row else {}), **(extra_context or {})}
        )

    def download(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Never shown by the browser: whatever a file holds, it is not run here."""
        row = Transaction.objects.filter(pk=pk).first() if self.has_view_permission(request) else None
        if row is None or not row.content:
            raise Http404("No such document here.")
        return FileResponse(row.content.open(), as_attachment=True, filename=row.name, content_type=BINARY)

    def download_page(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The same for people to read."""
        row = Transaction.objects.filter(pk=pk).first() if self.has_view_permission(request) else None
        if row is None:
            raise Http404("No such document here.")
        try:
            made = readable_page(row)
        except Unsayable as refusal:
            messages.warning(request, str(refusal))
        else:
            if made is not None:
                return FileResponse(BytesIO(made.content), as_attachment=True, filename=f"{row.number}.pdf")
            messages.warning(request, "The document has changed since this was made: a page would say something else.")
        return HttpResponseRedirect(reverse("admin:adaptors_transaction_change", args=[pk]))

    def has_retry_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        rows = Transaction.objects.filter(pk=number_of(str(object_id or "")), state=Transaction.State.HELD)
        return allows(request, Role.CLERK) and rows.filter(activation__is_on=True).exists()

    @action(
        description="Try again",
        url_path="try-again",
        icon="refresh",
        permissions=["retry"],
        dialog={
            "title": "Try this document again",
            "description": "Makes it anew from what the records and settings say now. It goes out if nothing holds it.",
            "form_class": None,
            "form_submit_text": "Try again",
        },
    )
    def try_again(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        user: Any = request.user
        row = exporting.retry(Transaction.objects.get(pk=object_id), user)
        if row.state == Transaction.State.HELD:
            messages.warning(request, "It is still held: below stands what is missing.")
        else:
            messages.success(request, f"{row.number} goes to {row.receiver}.")
        return go_to(reverse("admin:adaptors_transaction_change", args=[row.pk]))

    @display(description="Sender")
    def sender_(self, row: Transaction) -> str:
        return cells.clipped(row.sender)

    @display(description="Receiver")
    def receiver_(self, row: Transaction) -> str:
        return cells.clipped(row.receiver)

    @display(description="Document number", ordering="number")
    def number_(self, row: Transaction) -> str:
        return cells.clipped(row.number)

    @display(description="Status")
    def state_(self, row: Transaction) -> str:
        return cells.chip(state_of(row))

    @display(description="Amount")
    def amount_(self, row: Transaction) -> str:
        return cells.money(row.amount, row.currency)

    @display(description="Format")
    def format_(self, row: Transaction) -> str:
        return cells.clipped(row.format_label)

    @display(description="Gateway")
    def gateway_(self, row: Transaction) -> str:
        return cells.clipped(str(row.connection or ""))


def state_of(row: Transaction) -> str:
    return str(row.get_state_display())


def _page(row: Transaction) -> dict[str, Any]:
    rule = ExportRule.objects.filter(activation=row.activation_id, account=row.account_id).first()
    holding, beside = holding_and_beside(row.problems)
    return {
        "row": row,
        "chip": cells.chip(state_of(row)),
        "document_url": page_of(row.document),
        "account_url": page_of(row.account),
        "rule": rule,
        "holding": holding,
        "beside": beside,
        "content": _text_of(row),
    }


def _text_of(row: Transaction) -> str:
    if not row.content or (row.size or 0) > MOST_SHOWN:
        return ""
    with row.content.open() as file:
        return readable(file.read())
