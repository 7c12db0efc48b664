"""Transactions: each document on its way to a customer, of the company and, as the Dashboard, of an activation."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from unfold.decorators import display

from adaptors.admin import dashboard, evidence, manual_export, transaction_acts, transaction_page
from adaptors.admin.activation_page import DASHBOARD, tabs_for
from adaptors.admin.transaction_filters import (
    CauseFilter,
    CustomerFilter,
    FormatFilter,
    GatewayFilter,
    ShowFilter,
    SinceFilter,
    UntilFilter,
)
from adaptors.catalogue import Work
from adaptors.domain.documents.producing import page_of as readable_page
from adaptors.domain.sight import visible_transactions
from adaptors.domain.transactions.search import found
from adaptors.formats.base import Unsayable
from adaptors.models import Activation, Transaction
from arhub.admin import cells
from arhub.admin.base import HubAdmin
from arhub.admin.shared_filter import SharedFilter
from arhub.admin.sharing import Level, SharedMixin, may
from arhub.domain.askers import asker_of
from arhub.domain.sharing import reachable
from arhub.models import Attempt
from connectors.domain.deliveries import BINARY

BY_ACTIVATION = ("activation", SharedFilter)
NOTHING_WENT = (
    "No document went through this adaptor yet. Its runs take what is due of the customers who are active in its "
    "Export Rules. Manually Export Invoices sends those you choose, and says why others do not go by themselves."
)


@admin.register(Transaction)
class TransactionAdmin(SharedMixin, HubAdmin):
    shared, shared_by = "activation", "activation"
    page_title = "Transactions"
    list_display = (
        "sender_", "receiver_", "number_", "customer_order_", "supplier_order_", "state_", "date_", "amount_",
        "format_", "gateway_", "attempts_",
    )  # fmt: skip
    list_display_links = ("number_",)
    list_filter = (
        ShowFilter, BY_ACTIVATION, FormatFilter, GatewayFilter, "state", CustomerFilter, SinceFilter, UntilFilter,
        CauseFilter,
    )  # fmt: skip
    list_select_related = ("activation", "connection")
    indexed_columns = ("number_",)
    ordering = ("-id",)
    search_fields = ("number",)
    search_help_text = "Beginning of a number, an order number, a file's name or a message's id"
    actions = ("retry", "resend", "elsewhere")
    change_list_template = "adaptors/transaction/list.html"
    change_form_template = "adaptors/transaction/page.html"
    empty_text = (
        "A transaction is one document on its way to one customer: what was made of it, over which gateway it went, "
        "and what is missing when it is held. Activate an adaptor in the catalogue, and customers in its Export Rules."
    )

    def get_urls(self) -> list[URLPattern]:
        def at(route: str, view: Any, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"adaptors_{name}")

        return [
            at("<int:pk>/file/", self.download, "transaction_download"),
            at("<int:pk>/page/", self.download_page, "transaction_page"),
            at("<int:pk>/evidence/", evidence.view, "transaction_evidence"),
            at("<int:pk>/act/<slug:name>/", self.act, "transaction_act"),
            at("act/", self.act_on_chosen, "transaction_act_on_chosen"),
            *super().get_urls(),
        ]

    def urls_of_activation(self) -> list[URLPattern]:
        """Those of the pages under an activation."""
        view = self.admin_site.admin_view
        return [
            path("", view(self.dashboard), name="adaptors_dashboard"),
            path("retry/", view(self.retry_cause), name="adaptors_transaction_retry"),
        ]

    def dashboard(self, request: Any, activation: int) -> Any:
        """The list of an activation's transactions, as a tab of its page."""
        request.activation = _activation(request, activation)
        tabs = tabs_for(request.activation).values()
        shown = {
            "title": f"Dashboard of {request.activation}",
            "activation": request.activation,
            "tabs": [(tab.key, tab.label, tab.key == DASHBOARD) for tab in tabs],
            "page_url": reverse("admin:adaptors_activation_change", args=[activation]),
            "empty_text": NOTHING_WENT,
            "empty_links": [
                ("Export Rules", reverse("admin:adaptors_rules", args=[activation])),
                ("Manually Export Invoices", manual_export.address(request.activation)),
            ],
        }
        return self.changelist_view(request, shown)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Charts and causes stand above the list as it opens, not above what was searched or turned to."""
        is_plain = request.method == "GET" and not request.GET
        shown = dashboard.shown(request, getattr(request, "activation", None)) if is_plain else {}
        begin = [("My Adaptors", reverse("admin:adaptors_activation_changelist"))]
        return super().changelist_view(request, {"empty_links": begin, **shown, **(extra_context or {})})

    def seen(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return visible_transactions(asker_of(request), rows)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transaction]:
        rows: QuerySet[Transaction] = super().get_queryset(request)
        of = getattr(request, "activation", None)
        return rows.filter(activation=of) if of else rows

    def get_list_filter(self, request: HttpRequest) -> Any:
        is_one = getattr(request, "activation", None) is not None
        return [one for one in self.list_filter if not (is_one and one == BY_ACTIVATION)]

    def search_condition(self, term: str) -> Q:
        return Q(pk__in=found(term))

    def prepare_rows(self, request: HttpRequest, rows: list[Any]) -> None:
        tried = Attempt.objects.filter(outbound__delivery__in=[row.delivery_id for row in rows if row.delivery_id])
        counted = tried.filter(is_look_up=False).order_by().values_list("outbound__delivery").annotate(Count("pk"))
        counts = dict(counted)
        for row in rows:
            row.attempts = counts.get(row.delivery_id, 0)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in Transaction._meta.fields]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        shown: dict[str, Any] = {}
        if row is not None:
            row = _seen(request, row.pk)
            shown = transaction_page.page(row, asker_of(request))
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def download(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Never shown by the browser: whatever a file holds, it is not run here."""
        row = _seen(request, pk)
        if not row.content:
            raise Http404("No such document here.")
        return FileResponse(row.content.open(), as_attachment=True, filename=row.name, content_type=BINARY)

    def download_page(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The same for people to read."""
        row = _seen(request, pk)
        try:
            made = readable_page(row)
        except Unsayable as refusal:
            messages.warning(request, str(refusal))
        else:
            if made is not None:
                return FileResponse(BytesIO(made.content), as_attachment=True, filename=f"{row.number}.pdf")
            messages.warning(request, "The document has changed since this was made: a page would say something else.")
        return HttpResponseRedirect(reverse("admin:adaptors_transaction_change", args=[pk]))

    def act(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        return transaction_acts.act(request, _seen(request, pk), name)

    def act_on_chosen(self, request: HttpRequest) -> HttpResponse:
        return transaction_acts.act_on_chosen(request)

    def retry_cause(self, request: HttpRequest, activation: int) -> HttpResponse:
        return transaction_acts.retry_cause(request, _activation(request, activation), request.GET.get("cause", ""))

    def has_operate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether bulk actions are offered; which of the transactions they touch is asked for each activation."""
        if not hasattr(request, "operates_some"):  # it is asked of each action
            some = reachable(asker_of(request), Activation.objects.all(), Level.OPERATE).exists()
            request.operates_some = some  # type: ignore[attr-defined]
        return bool(request.operates_some)  # type: ignore[attr-defined]

    @admin.action(description="Try again…", permissions=["operate"])
    def retry(self, request: HttpRequest, rows: QuerySet[Transaction]) -> HttpResponse:
        return transaction_acts.ask_about(request, "retry", rows)

    @admin.action(description="Resend…", permissions=["operate"])
    def resend(self, request: HttpRequest, rows: QuerySet[Transaction]) -> HttpResponse:
        return transaction_acts.ask_about(request, "resend", rows)

    @admin.action(description="Mark as sent by other means…", permissions=["operate"])
    def elsewhere(self, request: HttpRequest, rows: QuerySet[Transaction]) -> HttpResponse:
        return transaction_acts.ask_about(request, "elsewhere", rows)

    @display(description="Sender")
    def sender_(self, row: Transaction) -> str:
        return cells.clipped(row.sender)

    @display(description="Receiver")
    def receiver_(self, row: Transaction) -> str:
        return cells.clipped(row.receiver)

    @display(description="Document number", ordering="number")
    def number_(self, row: Transaction) -> str:
        return cells.clipped(row.number or f"Transaction {row.pk}")

    @display(description="Customer order number")
    def customer_order_(self, row: Transaction) -> str:
        return cells.clipped(row.customer_order_number)

    @display(description="Supplier order number")
    def supplier_order_(self, row: Transaction) -> str:
        return cells.clipped(row.supplier_order_number)

    @display(description="Status")
    def state_(self, row: Transaction) -> str:
        said = row.said if row.state in Transaction.IN_TROUBLE else ""
        chip = cells.chip(str(row.get_state_display()))
        if not said and not row.changed_at:
            return chip
        shown = {"chip": chip, "said": said, "row": row}
        return render_to_string("adaptors/transaction/cell_state.html", shown)

    @display(description="Date")
    def date_(self, row: Transaction) -> str:
        return cells.day(row.document_date)

    @display(description="Amount")
    def amount_(self, row: Transaction) -> str:
        return cells.money(row.amount, row.currency)

    @display(description="Format")
    def format_(self, row: Transaction) -> str:
        return cells.clipped(row.format_label)

    @display(description="Gateway")
    def gateway_(self, row: Transaction) -> str:
        return cells.clipped(str(row.connection or ""))

    @display(description="Attempts")
    def attempts_(self, row: Any) -> str:
        return cells.number(row.attempts)


def _seen(request: HttpRequest, pk: int) -> Transaction:
    """A transaction of an activation that the person may look at. Raises `Http404`."""
    rows = Transaction.objects.select_related(
        "activation", "account", "document", "connection", "delivery__outbound", "delivery__connection"
    )
    row: Transaction | None = rows.filter(pk=pk).first()
    if row is None or not may(request, row.activation, Level.VIEW):
        raise Http404("No such transaction here.")
    return row


def _activation(request: HttpRequest, pk: int) -> Activation:
    found = Activation.objects.select_related("source", "destination", "connection").filter(pk=pk).first()
    if found is None or found.entry.work is not Work.EXPORT or not may(request, found, Level.VIEW):
        raise Http404("No such adaptor with transactions here.")
    return found
