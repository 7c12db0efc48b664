"""Activating, deactivating, and choosing common settings for one customer, several, or all that a list shows: one
dialog, that says how many it touches. It is a page too, for whoever has no JavaScript."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminSelectWidget

from adaptors.admin.rule_pages import at, page, require_edit
from adaptors.domain.choices import destinations_for
from adaptors.domain.customers import following, readiness, rules
from adaptors.domain.transactions.manual_export import KIND as MANUAL_EXPORT
from adaptors.models import Activation, CommonSettings, ExportRule
from adaptors.registry import label_of
from arhub.admin import paging
from arhub.admin.counted import counted
from arhub.domain.askers import asker_of
from arhub.domain.sharing import Actor, Level, reachable
from arhub.requests import number_of
from connectors.models import Connection

IDS, ALL, SEARCH = "ids", "all", "search"
PARAMETERS = (IDS, ALL, SEARCH)
"""Of the address: the rows that were ticked, or all that the list shows; the manual search to come back to."""
MOST_IDS = 500
AT_ONCE = 500
"""Rules that are judged while a person waits."""


class ActivationForm(forms.Form):
    format = forms.ChoiceField(label="Output format", required=False, widget=UnfoldAdminSelectWidget)
    destination = forms.ModelChoiceField(
        Connection.objects.none(), label="Destination gateway", required=False, widget=UnfoldAdminSelectWidget
    )
    existing = forms.ChoiceField(
        choices=(("leave", "Leave them where they are"), ("export", "Export them too")), initial="leave",
        label="Documents that are here already", widget=UnfoldAdminRadioSelectWidget,
    )  # fmt: skip

    def __init__(self, activation: Activation, one: ExportRule | None, asker: Actor, *args: Any, **kwargs: Any) -> None:
        """`one` is the customer if it is a single one, whose own choices are proposed."""
        super().__init__(*args, **kwargs)
        entry = activation.entry
        inherited = [("", f"{label_of(activation.format)} (as in General)")] if activation.format else [("", "–")]
        format, destination = self.fields["format"], self.fields["destination"]
        format.choices = inherited + [(kind, label_of(kind)) for kind in entry.formats]  # type: ignore[attr-defined]
        own = Connection.objects.filter(pk=one.destination_id if one else None)
        destination.queryset = reachable(asker, destinations_for(entry), Level.OPERATE) | own  # type: ignore[attr-defined]
        named = f"{activation.destination} (as in General)" if activation.destination else "–"
        destination.empty_label = named  # type: ignore[attr-defined]
        if one is not None:
            self.initial.update(format=one.format, destination=one.destination_id)


class CommonForm(forms.Form):
    common = forms.ModelChoiceField(
        CommonSettings.objects.none(), label="Common settings", required=False, empty_label="Those for all customers",
        widget=UnfoldAdminSelectWidget,
    )  # fmt: skip

    def __init__(self, activation: Activation, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sets = CommonSettings.objects.filter(activation=activation)
        self.fields["common"].queryset = sets  # type: ignore[attr-defined]


def query_of(request: HttpRequest, ticked: QuerySet[ExportRule]) -> dict[str, str]:
    """The choice that was made in the list, for an address, with the filters to come back to."""
    if request.POST.get("select_across") == "1":
        return {**paging.without_place(request.GET).dict(), ALL: "1"}  # type: ignore[dict-item]
    ids = ",".join(map(str, ticked.values_list("pk", flat=True)))
    return {**paging.without_place(request.GET).dict(), IDS: ids}  # type: ignore[dict-item]


def chosen_ids(request: HttpRequest) -> list[int] | None:
    """None: all that the list shows by its filters. Raises `BadRequest`."""
    if ALL in request.GET:
        return None
    ids = [number_of(text) for text in request.GET.get(IDS, "").split(",")]
    if not all(ids) or len(ids) > MOST_IDS:
        raise BadRequest("The address asks for customers in a way that is not known here.")
    return ids


def activate(request: HttpRequest, activation: Activation, chosen: QuerySet[ExportRule]) -> HttpResponse:
    require_edit(request, activation)
    wanted = chosen.filter(is_active=False)
    ones = list(wanted.order_by()[:2])
    form = ActivationForm(activation, ones[0] if len(ones) == 1 else None, asker_of(request), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _activated(request, activation, wanted, form.cleaned_data)
        except rules.CannotChange as problem:
            form.add_error(problem.field or None, str(problem))
    existing = rules.existing(activation, wanted)
    shown = {
        "form": form, "any": bool(ones), "count": counted(wanted, "customer", "customers"),
        "existing": counted(existing, "document", "documents") if existing.order_by()[:1] else "",
        "not_ready": counted(wanted.filter(is_ready=False), "of them is", "of them are")
        if wanted.filter(is_ready=False).order_by()[:1] else "",
    }  # fmt: skip
    return _dialog(request, activation, "activate", "Activate", shown)


def _activated(
    request: HttpRequest, activation: Activation, wanted: QuerySet[ExportRule], given: dict[str, Any]
) -> HttpResponse:
    """Who was activated is known by the moment, since the filter that found them does not any more."""
    user: Any = request.user
    keys = list(wanted.order_by().values_list("pk", flat=True)[: AT_ONCE + 1])
    done = rules.activate(
        activation, wanted, format=given["format"], destination=given["destination"],
        takes_existing=given["existing"] == "export", user=user,
    )  # fmt: skip
    shown: dict[str, Any] = {"done": done, "activation": activation, "not_ready": 0}
    if len(keys) <= AT_ONCE:
        own = ExportRule.objects.filter(activation=activation, pk__in=keys)
        readiness.judge(activation, own)
        shown["not_ready"] = own.filter(is_ready=False).count()
    else:
        following.look_later(activation)
        shown["is_judged_later"] = True
    shown["url"] = at("adaptors_rules", activation, show="not_ready")
    (messages.warning if shown["not_ready"] else messages.success)(
        request, render_to_string("adaptors/rules/activated.html", shown)
    )
    return _back(request, activation)


def deactivate(request: HttpRequest, activation: Activation, chosen: QuerySet[ExportRule]) -> HttpResponse:
    require_edit(request, activation)
    wanted = chosen.filter(is_active=True)
    if request.method == "POST":
        done = rules.deactivate(activation, wanted)
        messages.success(request, f"{done:,} customer{'s' * (done != 1)} deactivated. Their settings stay.")
        return _back(request, activation)
    shown = {"any": wanted.exists(), "count": counted(wanted, "customer", "customers")}
    return _dialog(request, activation, "deactivate", "Deactivate", shown)


def use_common(request: HttpRequest, activation: Activation, chosen: QuerySet[ExportRule]) -> HttpResponse:
    require_edit(request, activation)
    form = CommonForm(activation, request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = rules.choose_common(_plain(chosen), form.cleaned_data["common"])
        following.look_later(activation)
        named = form.cleaned_data["common"] or "the common settings for all customers"
        messages.success(request, f"{done:,} customer{'s' * (done != 1)} now use{'s' * (done == 1)} {named}.")
        return _back(request, activation)
    shown = {"form": form, "any": chosen.order_by()[:1], "count": counted(chosen, "customer", "customers")}
    return _dialog(request, activation, "use_common", "Use common settings", shown)


def _plain(chosen: QuerySet[ExportRule]) -> QuerySet[ExportRule]:
    """What may be updated: without the list's joins and order."""
    return ExportRule.objects.filter(pk__in=chosen.order_by().values("pk"))


def _dialog(request: HttpRequest, activation: Activation, name: str, title: str, shown: dict[str, Any]) -> HttpResponse:
    if number_of(request.GET.get(SEARCH)):
        shown["rules_url"] = _back_url(request, activation)
    context = page(request, activation, f"{title} {shown['count']}", action=request.get_full_path(), **shown)
    return TemplateResponse(request, f"adaptors/rules/{name}.html", context)


def _back(request: HttpRequest, activation: Activation) -> HttpResponse:
    return HttpResponseRedirect(_back_url(request, activation))


def _back_url(request: HttpRequest, activation: Activation) -> str:
    """The list as it was filtered, or the manual search that led here."""
    if search := number_of(request.GET.get(SEARCH)):
        change = reverse("admin:adaptors_activation_change", args=[activation.pk])
        return f"{change}?{urlencode([('tab', MANUAL_EXPORT), (SEARCH, search)])}"
    query = paging.without_place(request.GET)
    for name in PARAMETERS:
        query.pop(name, None)
    return f"{at('adaptors_rules', activation)}?{query.urlencode()}".rstrip("?")
