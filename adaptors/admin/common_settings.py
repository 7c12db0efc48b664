"""Common settings: for all customers, or for chosen ones. What a change comes to is shown before it is saved."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import BadRequest
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminTextInputWidget

from adaptors.admin.field_form import FieldForm, beneath
from adaptors.admin.rule_pages import activation_of, at, page, require_edit
from adaptors.domain.customers import common, following
from adaptors.domain.customers.effective import Grounds
from adaptors.domain.customers.impact import SHOWN, ChangedMeanwhile, Proposal, apply, impact
from adaptors.domain.customers.rules import CannotChange
from adaptors.fields import FIELDS, Group, of_group
from adaptors.models import Activation, CommonSettings
from arhub.requests import number_of

KEPT_SECONDS = 24 * 3600
MEANWHILE = "Customers or settings were changed meanwhile, so nothing was saved. This is what it would change now."
GROUPS = {"general": Group.GENERAL, "supplier": Group.SUPPLIER, "customer": Group.CUSTOMER}


class NameForm(forms.Form):
    name = forms.CharField(max_length=120, widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "Public sector"}))


def _all(request: HttpRequest, activation: int, *, key: str) -> HttpResponse:
    """A group for all customers."""
    found, group = activation_of(request, activation), GROUPS[key]
    grounds, own = Grounds(found, []), getattr(found, key)
    inherited = beneath(grounds.proposing({}).explained(None, group), of_many=True)
    form = FieldForm(of_group(group), own, inherited, _posted(request))
    context = page(
        request, found, f"Common settings: {group}", f"adaptors_common_{key}",
        groups=form.groups(),
    )  # fmt: skip
    return _edit(request, found, form, context, at(f"adaptors_common_{key}", found), None)


VIEWS: dict[str, Callable[..., HttpResponse]] = {key: partial(_all, key=key) for key in GROUPS}


def of_set(request: HttpRequest, activation: int, pk: int) -> HttpResponse:
    """All groups of common settings for chosen customers."""
    found = activation_of(request, activation)
    chosen = _set_of(found, pk)
    grounds = Grounds(found, [])
    explained = [one for group in Group for one in grounds.explained(None, group)]
    form = FieldForm(FIELDS, chosen.values, beneath(explained, of_many=True), _posted(request))
    context = page(
        request, found, f"Common settings “{chosen}”", "adaptors_sets", groups=form.groups(), chosen=chosen,
        customers=chosen.rules.count(), customers_url=at("adaptors_rules", found),
    )  # fmt: skip
    return _edit(request, found, form, context, at("adaptors_set", found, chosen.pk), chosen)


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" and "packed" not in request.POST else None


def _edit(
    request: HttpRequest, activation: Activation, form: FieldForm, context: dict[str, Any], url: str,
    chosen: CommonSettings | None,
) -> HttpResponse:  # fmt: skip
    """The form; then what it would change; then that is saved."""
    if request.method == "POST":
        require_edit(request, activation)
        if "packed" in request.POST:
            return _confirmed(request, activation, _unpacked(request, activation, chosen), context, url)
        if form.is_valid():
            if not (changed := form.changed()):
                messages.info(request, "Nothing was changed.")
                return HttpResponseRedirect(url)
            try:
                return _shown(request, activation, Proposal(changed, chosen), context, url)
            except CannotChange as problem:
                form.add_error(problem.field or None, str(problem))
    return TemplateResponse(request, "adaptors/rules/common.html", context)


def _shown(
    request: HttpRequest, activation: Activation, proposal: Proposal, context: dict[str, Any], url: str
) -> HttpResponse:
    search, number = request.POST.get("search", "").strip(), max(1, number_of(request.POST.get("page")))
    found = impact(activation, proposal, search=search, first=(number - 1) * SHOWN)
    shown = {
        "impact": found, "search": search, "number": number, "url": url,
        "previous": number - 1, "next": number + 1 if found.found > number * SHOWN else 0,
        "packed": signing.dumps(dict(proposal.values), salt=_salt(activation, proposal.chosen), compress=True),
    }  # fmt: skip
    return TemplateResponse(request, "adaptors/rules/impact.html", {**context, **shown})


def _confirmed(
    request: HttpRequest, activation: Activation, proposal: Proposal, context: dict[str, Any], url: str
) -> HttpResponse:
    if "confirm" not in request.POST:
        return _shown(request, activation, proposal, context, url)
    try:
        done = apply(activation, proposal, request.POST.get("digest", ""))
    except ChangedMeanwhile:
        messages.warning(request, MEANWHILE)
        return _shown(request, activation, proposal, context, url)
    following.look_later(activation)
    messages.success(request, f"Saved. {done.customers:,} of {done.total:,} customers changed.")
    return HttpResponseRedirect(url)


def _salt(activation: Activation, chosen: CommonSettings | None) -> str:
    return f"common settings of {activation.tenant_id}/{activation.pk}/{chosen.pk if chosen else 'all'}"


def _unpacked(request: HttpRequest, activation: Activation, chosen: CommonSettings | None) -> Proposal:
    try:
        values = signing.loads(request.POST["packed"], salt=_salt(activation, chosen), max_age=KEPT_SECONDS)
    except signing.BadSignature as error:
        raise BadRequest("What the page carried is too old or was altered. Open the settings again.") from error
    return Proposal(values, chosen)


def sets(request: HttpRequest, activation: int) -> HttpResponse:
    """The sets there are; a POST makes one."""
    found = activation_of(request, activation)
    form = NameForm(request.POST or None)
    if request.method == "POST":
        require_edit(request, found)
        if form.is_valid():
            try:
                made = common.create(found, form.cleaned_data["name"])
                return HttpResponseRedirect(at("adaptors_set", found, made.pk))
            except CannotChange as problem:
                form.add_error("name", str(problem))
    rows = CommonSettings.objects.filter(activation=found).annotate(customers=Count("rules"))
    context = page(
        request, found, "Common settings for chosen customers", "adaptors_sets", form=form,
        rows=[(one, at("adaptors_set", found, one.pk)) for one in rows],
    )  # fmt: skip
    return TemplateResponse(request, "adaptors/rules/sets.html", context)


def rename(request: HttpRequest, activation: int, pk: int) -> HttpResponse:
    found, chosen = _asked(request, activation, pk)
    try:
        common.rename(chosen, request.POST.get("name", ""))
        messages.success(request, f"It is called {chosen} now.")
    except CannotChange as problem:
        messages.warning(request, str(problem))
    return HttpResponseRedirect(at("adaptors_set", found, chosen.pk))


def delete(request: HttpRequest, activation: int, pk: int) -> HttpResponse:
    """A GET asks, a POST does it."""
    found = activation_of(request, activation)
    require_edit(request, found)
    chosen = _set_of(found, pk)
    if request.method != "POST":
        context = page(request, found, f"Delete “{chosen}”", "adaptors_sets", chosen=chosen,
                       customers=chosen.rules.count(), action=request.path)  # fmt: skip
        return TemplateResponse(request, "adaptors/rules/delete_set.html", context)
    name, freed = str(chosen), common.remove(chosen)
    following.look_later(found)
    messages.success(request, f"{name} was deleted. {freed:,} customer{'s' * (freed != 1)} had it.")
    return HttpResponseRedirect(at("adaptors_sets", found))


def _asked(request: HttpRequest, activation: int, pk: int) -> tuple[Activation, CommonSettings]:
    found = activation_of(request, activation)
    require_edit(request, found)
    if request.method != "POST":
        raise BadRequest("Expected a POST.")
    return found, _set_of(found, pk)


def _set_of(activation: Activation, pk: int) -> CommonSettings:
    found: CommonSettings | None = CommonSettings.objects.filter(activation=activation, pk=pk).first()
    if found is None:
        raise Http404("No such common settings in this adaptor.")
    found.activation = activation
    return found
