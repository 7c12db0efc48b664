"""Approvals: what waits for a second person. Everyone may look; the policy says who decides."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from arhub.admin import cells
from arhub.admin.base import HubAdmin, allows
from arhub.admin.dialogs import go_to
from arhub.admin.filters import QuickFilter
from arhub.domain import approvals, search
from arhub.domain.approvals import CannotDecide, Stale, page_of
from arhub.domain.askers import asker_of
from arhub.models import Approval, Membership, Role
from arhub.requests import number_of

MOST = 20
State = Approval.State


class ApprovalFilter(QuickFilter):
    """What waits stands first: nothing else asks for anybody."""

    options = (("pending", "Waiting"), ("approved", "Approved"), ("rejected", "Not approved"), ("all", "All"))

    def narrow(self, request: HttpRequest, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(state=value) if value in State.values else queryset


class DecisionForm(BaseDialogForm):
    """`digest` is of the content that the dialog was opened for."""

    remark = forms.CharField(max_length=1_000, required=False, widget=UnfoldAdminTextareaWidget)
    digest = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = Approval.objects.filter(pk=number_of(str(self.object_id))).first()
        self.initial["digest"] = found.digest if found else ""


class RefusalForm(DecisionForm):
    remark = forms.CharField(
        max_length=1_000, widget=UnfoldAdminTextareaWidget, help_text="Why not. It stands where the documents are held."
    )


@admin.register(Approval)
class ApprovalAdmin(HubAdmin):
    page_title = "Approvals"
    list_display = ("title_", "kind_", "state_", "change_", "requested_at", "decided_by_", "decided_at")
    list_filter = (ApprovalFilter,)
    list_select_related = ("decided_by",)
    search_help_text = "What it is about"
    search_fields = ("title",)
    indexed_columns = ()
    fields = ("title",)
    actions = None
    actions_detail = ("approve", "reject", "ask_again")
    change_list_template = "arhub/list/list.html"
    change_form_template = "arhub/approvals/page.html"
    empty_text = (
        "Nothing waits for a second person. What has to, an administrator says under Settings, Approval policy: "
        "changed bank details, endpoints, e-mail addresses or gateways, and first exports above an amount."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Approval]:
        return approvals.visible(asker_of(request), super().get_queryset(request))

    def search_condition(self, term: str) -> Any:
        return search.words_begin("title", term)

    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        found = self.get_object(request, str(object_id))
        return found is not None and not approvals.why_not(found, _membership(request))

    def has_ask_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        found = self.get_object(request, str(object_id)) if allows(request, Role.MANAGER) else None
        return found is not None and found.state == State.REJECTED

    @display(description="About")
    def title_(self, approval: Approval) -> str:
        return approval.title

    @display(description="Kind")
    def kind_(self, approval: Approval) -> str:
        return approvals.kinds()[approval.kind][0]

    @display(description="State")
    def state_(self, approval: Approval) -> str:
        return cells.chip(approval.get_state_display())

    @display(description="Change")
    def change_(self, approval: Approval) -> str:
        return cells.clipped(change_of(approval))

    @display(description="Decided by")
    def decided_by_(self, approval: Approval) -> str:
        return str(approval.decided_by or "–")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        found = self.get_object(request, object_id)
        shown = _page(request, found) if found else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    @action(
        description="Approve",
        url_path="approve",
        icon="check_circle",
        permissions=["decide"],
        dialog={
            "title": "Approve exactly this content",
            "description": "One content is approved, with your name. What waits for it is sent. Should it be changed "
            "again, it waits again.",
            "form_class": DecisionForm,
            "form_submit_text": "Approve",
        },
    )
    def approve(self, request: HttpRequest, form: DecisionForm, object_id: str) -> HttpResponse:
        return self._decide(request, form, object_id, approves=True)

    @action(
        description="Reject",
        url_path="reject",
        icon="block",
        permissions=["decide"],
        dialog={
            "title": "Do not approve this content",
            "description": "One content is not approved, with your name and the reason. What waits for it stays held.",
            "form_class": RefusalForm,
            "form_submit_text": "Reject",
        },
    )
    def reject(self, request: HttpRequest, form: RefusalForm, object_id: str) -> HttpResponse:
        return self._decide(request, form, object_id, approves=False)

    @action(
        description="Ask again",
        url_path="ask-again",
        icon="undo",
        permissions=["ask"],
        dialog={
            "title": "Ask again",
            "description": "One content waits for a decision once more. Whoever asks does not decide it.",
            "form_class": None,
            "form_submit_text": "Ask again",
        },
    )
    def ask_again(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        found = self._wanted(request, object_id)
        if not approvals.ask_again(found, request.membership):  # type: ignore[attr-defined]
            messages.warning(request, "It has been asked for already.")
        return go_to(page_of(found))

    def _decide(self, request: HttpRequest, form: DecisionForm, object_id: str, *, approves: bool) -> HttpResponse:
        found, given = self._wanted(request, object_id), form.cleaned_data
        try:
            who: Any = _membership(request)
            approvals.decide(found, who, approves=approves, remark=given["remark"], digest=given["digest"])
            messages.success(request, "Approved. What waited for it is sent." if approves else "Not approved.")
        except Stale as problem:
            messages.warning(request, str(problem))
            instead = approvals.renewed(found)
            return go_to(page_of(instead or found))
        except CannotDecide as problem:
            messages.error(request, str(problem))
        return go_to(page_of(found))

    def _wanted(self, request: HttpRequest, object_id: str) -> Approval:
        found: Approval | None = self.get_object(request, object_id)
        if found is None:
            raise Http404("There is no such approval here.")
        return found


def change_of(approval: Approval) -> str:
    """What differs, in a line."""
    told = [
        f"{one['label']}: {one['before'] or 'nothing'} → {one['after'] or 'nothing'}"
        for one in approval.details if one["before"] != one["after"]
    ]  # fmt: skip
    return ", ".join(told)


def _membership(request: HttpRequest) -> Membership | None:
    return getattr(request, "membership", None)


def _page(request: HttpRequest, approval: Approval) -> dict[str, Any]:
    subject = approvals.subject_of(approval)
    people = approvals.deciders(approval) if approval.is_pending else []
    return {
        "approval": approval,
        "title": str(approval),
        "chip": cells.chip(approval.get_state_display()),
        "kind": approvals.kinds()[approval.kind][0],
        "authors": [{**one, "at": datetime.fromisoformat(one["at"])} for one in approvals.authors(approval)],
        "waiting": subject.waiting(approval),
        "is_changed": approval.is_pending and not subject.is_effective(approval),
        "why_not": approvals.why_not(approval, _membership(request)) if approval.is_pending else "",
        "people": people,
        "administrators": [] if people else approvals.administrators(),
    }


def panels(request: HttpRequest) -> dict[str, list[dict[str, Any]]]:
    """What the Start page tells of approvals: those that wait for whoever looks."""
    if not allows(request, Role(approvals.policy().approver)):
        return {}
    pending = Approval.objects.filter(state=State.PENDING).order_by("-id")
    rows = approvals.visible(asker_of(request), pending)[:MOST]
    return {
        "waiting": [
            {
                "title": str(one),
                "detail": f"Waits for a second person's approval. {change_of(one)}",
                "url": page_of(one),
                "button": "Look at it",
                "at": one.requested_at,
            }
            for one in rows if not approvals.why_not(one, _membership(request))
        ]
    }  # fmt: skip
