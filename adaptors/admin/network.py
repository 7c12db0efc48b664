"""*Matched customers with the network*, and *Help me activate customers automatically*: what is sure is activated in
one step after a review, what is likely is chosen one by one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminSelectWidget

from adaptors.admin.rule_pages import activation_of, at, page, require_edit
from adaptors.domain.customers import following, network_matching, rules
from adaptors.domain.customers.impact import ChangedMeanwhile
from adaptors.domain.customers.network_matching import SHOWN, network_of, review
from adaptors.models import Activation
from adaptors.registry import label_of
from arhub.requests import number_of

LISTS = (("exact", "Exact"), ("likely", "Likely"), ("active", "Active already"))
MEANWHILE = "Customers or the directory were changed meanwhile, so nobody was activated. This is what matches now."
CHOICE = "rule-"
"""Before the ids of rules, in the names of the fields that choose an endpoint."""


class OutputForm(forms.Form):
    format = forms.ChoiceField(label="Output format", required=False, widget=UnfoldAdminSelectWidget)

    def __init__(self, activation: Activation, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        general = f"{label_of(activation.format)} (as in General)" if activation.format else "–"
        known = [(kind, label_of(kind)) for kind in activation.entry.formats]
        self.fields["format"].choices = [("", general), *known]  # type: ignore[attr-defined]


def view(request: HttpRequest, activation: int) -> HttpResponse:
    found = activation_of(request, activation)
    if request.method == "POST":
        require_edit(request, found)
    show = request.GET.get("show", "")
    show = show if show in dict(LISTS) else LISTS[0][0]
    url = at("adaptors_matched", found)
    network = network_of(found)
    if network is None:
        return HttpResponseRedirect(at("adaptors_rules", found))
    rules.follow(found)
    form = OutputForm(found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _activate(request, found, form.cleaned_data["format"], f"{url}?show={show}")
    number = max(1, number_of(request.GET.get("page")))
    told = review(found, show, (number - 1) * SHOWN)
    counts = {"exact": told.exact, "likely": told.likely, "active": told.active}
    context = page(
        request, found, "Matched customers with the network", "adaptors_rules", review=told, form=form, show=show,
        lists=[(name, label, counts[name]) for name, label in LISTS], number=number, choice=CHOICE,
        previous=number - 1, next=number + 1 if counts[show] > number * SHOWN else 0,
    )  # fmt: skip
    return TemplateResponse(request, "adaptors/rules/matched.html", context)


def _activate(request: HttpRequest, activation: Activation, format: str, back: str) -> HttpResponse:
    user: Any = request.user
    try:
        if "all" in request.POST:
            digest = request.POST.get("digest", "")
            done = network_matching.activate_exact(activation, digest, format=format, user=user)
        else:
            done = network_matching.activate_chosen(activation, _chosen(request), format=format, user=user)
    except ChangedMeanwhile:
        messages.warning(request, MEANWHILE)
    except rules.CannotChange as problem:
        messages.warning(request, f"Nobody was activated. {problem}")
    else:
        following.look_later(activation)
        messages.success(request, f"{done:,} customer{'s' * (done != 1)} activated, To Network.")
    return HttpResponseRedirect(back)


def _chosen(request: HttpRequest) -> dict[int, str]:
    """By rule, the endpoint that was ticked or chosen."""
    given = ((number_of(name.removeprefix(CHOICE)), value) for name, value in request.POST.dict().items()
             if name.startswith(CHOICE))  # fmt: skip
    return {pk: str(value) for pk, value in given if pk and value}
