"""The approval policy: what waits for a second person. Administrators alone."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminSelectWidget

from arhub.admin.base import HubAdmin, allows
from arhub.domain import approvals
from arhub.domain.approvals import CannotDecide
from arhub.models import ApprovalPolicy, Role


class PolicyForm(forms.Form):
    kinds = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple, label="What waits")
    amount = forms.DecimalField(
        required=False, min_value=0, max_digits=28, decimal_places=6, localize=True,
        widget=UnfoldAdminDecimalFieldWidget, label="First export above",
    )  # fmt: skip
    approver = forms.ChoiceField(choices=ApprovalPolicy.APPROVERS, widget=UnfoldAdminSelectWidget, label="Who approves")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kinds"].choices = [(name, label) for name, (label, _) in approvals.kinds().items()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if "first" in given.get("kinds", []) and given.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", "Expected the amount above which a first export waits, found none.")
        return given


@admin.register(ApprovalPolicy)
class ApprovalPolicyAdmin(HubAdmin):
    """One page and no list: there is one policy, or none yet."""

    view_role = change_role = Role.ADMINISTRATOR
    page_title = "Approval policy"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not allows(request, Role.ADMINISTRATOR):
            raise PermissionDenied("The approval policy is the administrators'.")
        found = approvals.policy()
        stored = {"kinds": found.kinds, "amount": found.amount, "approver": found.approver}
        form = PolicyForm(request.POST or None, initial=stored)
        if request.method == "POST" and form.is_valid():
            try:
                approvals.change_policy(form.cleaned_data, request.membership)  # type: ignore[attr-defined]
                messages.success(request, "The policy was changed.")
                return HttpResponseRedirect(reverse("admin:arhub_approvalpolicy_changelist"))
            except CannotDecide as problem:
                form.add_error(None, str(problem))
        context = {
            **self.admin_site.each_context(request), "title": self.page_title, "form": form, "policy": found,
            "helps": [(choice, approvals.kinds()[str(choice.data["value"])][1]) for choice in form["kinds"]],
            "currency": request.tenant.currency,  # type: ignore[attr-defined]
        }  # fmt: skip
        return TemplateResponse(request, "arhub/approvals/policy.html", context)
