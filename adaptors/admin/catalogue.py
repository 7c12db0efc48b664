"""The catalogue: what each adaptor does, and *Activate*, which asks where its documents are to go."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextInputWidget

from adaptors.admin.source import add_url
from adaptors.catalogue import CATALOGUE, Adaptor, Work
from adaptors.domain import activations
from adaptors.domain.choices import destinations_for
from adaptors.models import Activation
from adaptors.registry import label_of as format_label
from arhub.admin.base import allows
from arhub.admin.sharing import visible
from arhub.domain.askers import asker_of
from arhub.domain.sharing import Actor, Level, reachable
from arhub.models import Role
from connectors.domain.given import WrongSettings
from connectors.models import Connection
from connectors.registry import label_of

PAGE, ACTIVATE = "admin:adaptors_catalogue", "admin:adaptors_activate"


class Destinations(forms.ModelChoiceField):
    def label_from_instance(self, connection: Any) -> str:
        return (
            connection.name if connection.name == connection.kind_label else f"{connection} ({connection.kind_label})"
        )


class ActivateForm(forms.Form):
    """Asks for a name, and for the default destination: one of the connections that carry what the adaptor sends."""

    name = forms.CharField(max_length=120, widget=UnfoldAdminTextInputWidget)
    destination = Destinations(
        Connection.objects.none(), required=False, blank=True, empty_label="Decide later", widget=forms.RadioSelect
    )

    def __init__(self, entry: Adaptor, asker: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usable = reachable(asker, destinations_for(entry), Level.OPERATE)
        self.fields["destination"].queryset = usable  # type: ignore[attr-defined]


def view(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    active: dict[str, list[Activation]] = {}
    for activation in visible(request, Activation.objects.order_by("name"), "activation"):
        active.setdefault(activation.adaptor, []).append(activation)
    entries = [{**_described(entry), "activations": active.get(entry.kind, [])} for entry in CATALOGUE.values()]
    shown = {"title": "Catalogue", "entries": entries, "may_activate": allows(request, Role.MANAGER)}
    return TemplateResponse(request, "adaptors/catalogue.html", {**context, **shown})


def activate(request: HttpRequest, kind: str, context: dict[str, Any]) -> HttpResponse:
    if kind not in CATALOGUE:
        raise Http404("There is no such adaptor in the catalogue.")
    entry, user = CATALOGUE[kind], request.user
    added = request.GET.get("connection")
    initial = {"name": activations.free_name(entry.label), "destination": added}
    form = ActivateForm(entry, asker_of(request), request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = activations.activate(kind, **form.cleaned_data, user=user)  # type: ignore[arg-type]
        except WrongSettings as problem:
            for name, text in problem.errors.items():
                form.add_error(name, text)
        else:
            return HttpResponseRedirect(reverse("admin:adaptors_activation_change", args=[made.pk]))
    here = reverse(ACTIVATE, args=[kind])
    kinds = [(label_of(one), add_url(one, here)) for one in entry.destinations]
    shown = {"title": f"Activate {entry.label}", "entry": _described(entry), "form": form, "kinds": kinds}
    return TemplateResponse(request, "adaptors/activate.html", {**context, **shown})


def _described(entry: Adaptor) -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "label": entry.label,
        "summary": entry.summary,
        "source": label_of(entry.source) if entry.source else _any_source(entry),
        "formats": [format_label(kind) for kind in entry.formats],
        "destinations": [label_of(kind) for kind in entry.destinations],
    }


def _any_source(entry: Adaptor) -> str:
    return "Any source that no connection feeds" if entry.work is Work.EXPORT else "Any source of yours"
