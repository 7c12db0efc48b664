"""Answers: what others say of documents afterwards, what matched nothing first."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget

from adaptors.answer_kinds import ANSWERS, answer_label
from adaptors.domain.answers import incoming
from adaptors.domain.answers.matching import Unclear, named
from adaptors.domain.sight import content_of, visible_answers
from adaptors.models import Answer, Transaction
from arhub.admin import cells
from arhub.admin.base import HubAdmin, allows
from arhub.admin.dialogs import go_to
from arhub.admin.filters import QuickFilter
from arhub.admin.readable import readable
from arhub.admin.sharing import Level, require, visible
from arhub.domain.askers import asker_of
from arhub.models import Role
from connectors.domain.deliveries import BINARY

REFERENCES = {"message": "Message", "interchange": "Interchange", "file": "File", "document": "Document"}


class MatchedFilter(QuickFilter):
    options = (("unmatched", "Unmatched"), ("rejected", "Rejected"), ("all", "All"))

    def narrow(self, request: HttpRequest, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == "unmatched":
            return queryset.filter(transaction=None)
        return queryset.filter(verdict=Answer.Verdict.REJECTED) if value == "rejected" else queryset


class KindFilter(SimpleListFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, label) for kind, (label, _) in ANSWERS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class MatchForm(BaseDialogForm):
    transaction = forms.CharField(
        max_length=200, widget=UnfoldAdminTextInputWidget, label="Transaction",
        help_text="The number of its document, or its own id.",
    )  # fmt: skip

    def clean_transaction(self) -> Transaction:
        seen = visible(self.request, Transaction.objects.select_related("activation"), "activation", "activation")
        try:
            return named(str(self.cleaned_data["transaction"]), seen)
        except Unclear as problem:
            raise forms.ValidationError(str(problem)) from None


@admin.register(Answer)
class AnswerAdmin(HubAdmin):
    work_role = Role.CLERK
    page_title = "Answers"
    list_display = ("received_at", "kind_", "verdict_", "text_", "transaction_", "sender_")
    list_filter = (MatchedFilter, KindFilter, "verdict")
    list_select_related = ("transaction",)
    indexed_columns = ()
    search_fields = ("transaction__number",)
    search_help_text = "Beginning of the document's number"
    fields = ("text",)
    actions = None
    actions_detail = ("match",)
    change_list_template = "arhub/list/list.html"
    change_form_template = "adaptors/answer.html"
    empty_text = (
        "An answer is what a customer, or a system on the way, says of a document afterwards: that it is accepted, why "
        "it is rejected, that a mail came back. It comes in through any inbox. Here stand those that speak of nothing "
        "that is known; choose All to see the others."
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.download)
        return [path("<int:pk>/file/", view, name="adaptors_answer_download"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return visible_answers(asker_of(request), super().get_queryset(request).defer("content"))

    def search_condition(self, term: str) -> Q:
        return Q(transaction__number__startswith=term)

    def has_match_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        answer = self.get_object(request, str(object_id)) if allows(request, self.work_role) else None
        return answer is not None and answer.transaction_id is None

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        answer = self.get_object(request, object_id)
        return super().change_view(
            request, object_id, form_url, {**(_page(request, answer) if answer else {}), **(extra_context or {})}
        )

    def download(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Never shown by the browser: whatever a file holds, it is not run here."""
        answer = self.get_queryset(request).filter(pk=pk).first() if self.has_view_permission(request) else None
        if answer is None:
            raise Http404("No such answer here.")
        response = HttpResponse(content_of(asker_of(request), answer), content_type=BINARY)
        response["Content-Disposition"] = f'attachment; filename="{answer.kind}-{answer.pk}.txt"'
        return response

    @action(
        description="Match with a transaction",
        url_path="match",
        icon="link",
        permissions=["match"],
        dialog={
            "title": "Match with a transaction",
            "description": "Say which document this answer speaks of. It has its say at once: the document is then "
            "acknowledged, or rejected, with your name beside it. An answer is matched once.",
            "form_class": MatchForm,
            "form_submit_text": "Match",
        },
    )
    def match(self, request: HttpRequest, form: MatchForm, object_id: str) -> HttpResponse:
        answer: Answer | None = self.get_object(request, object_id)
        if answer is None:
            raise Http404("No such answer here.")
        require(request, form.cleaned_data["transaction"].activation, Level.OPERATE)
        row, user = form.cleaned_data["transaction"], request.user
        try:
            incoming.match(answer, row, user)  # type: ignore[arg-type]
        except incoming.CannotMatch as problem:
            messages.warning(request, f"Nothing was matched. {problem}")
        else:
            messages.success(request, f"It speaks of {row}.")
        return go_to(reverse("admin:adaptors_answer_change", args=[answer.pk]))

    @display(description="Kind")
    def kind_(self, answer: Answer) -> str:
        return answer_label(answer.kind)

    @display(description="Verdict")
    def verdict_(self, answer: Answer) -> str:
        return cells.chip(answer.get_verdict_display())

    @display(description="What it says")
    def text_(self, answer: Answer) -> str:
        return answer.text

    @display(description="Transaction")
    def transaction_(self, answer: Answer) -> str:
        return cells.clipped(str(answer.transaction)) if answer.transaction else cells.chip("Unmatched")

    @display(description="Sender")
    def sender_(self, answer: Answer) -> str:
        return cells.clipped(answer.sender)


def _page(request: HttpRequest, answer: Answer) -> dict[str, Any]:
    return {
        "answer": answer,
        "title": answer_label(answer.kind),
        "kind": answer_label(answer.kind),
        "chip": cells.chip(answer.get_verdict_display()),
        "references": [(REFERENCES.get(one["kind"], one["kind"]), one["value"]) for one in answer.references],
        "content": readable(content_of(asker_of(request), answer)),
    }
