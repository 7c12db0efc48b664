"""The tab *Field mapping* of an activation: per object what fills each target, and what that makes of a real record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from adaptors.catalogue import Work
from adaptors.domain.mapping.field_mapping import Applied, Cell, Kind, Rules
from adaptors.domain.mapping.field_sources import choices
from adaptors.domain.mapping.mapping_edits import BadMapping, Given, save
from adaptors.domain.mapping.mapping_samples import sample
from adaptors.models import Activation, LookupTable
from arhub.admin.sharing import Level, may
from arhub.requests import number_of
from connectors.base import Target, TargetObject

TAB = "field_mapping"
KINDS = (("", "By default"), *((kind.value, kind.label) for kind in Kind))
MOST_CELLS = 4


@dataclass(frozen=True, slots=True)
class Row:
    """A target on the page. `more` is how many values there are beside those that are shown."""

    target: Target
    given: Given
    default: str
    problem: str
    cells: Sequence[Cell]
    more: int
    table: str

    @property
    def kind_label(self) -> str:
        return dict(KINDS)[self.given.kind]


def shown(
    request: HttpRequest,
    activation: Activation,
    given: Mapping[str, Given] | None = None,
    problems: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What the tab needs. `given` is what somebody wanted to save, and `problems` why that could not be."""
    if activation.destination is None:
        return {"mapping": None}
    rules, number = Rules(activation), request.GET.get("number", "").strip()
    made = _object(request, rules)
    found = sample(rules, made, number)
    return {
        "mapping": made,
        "activation": activation,
        "may_change": may(request, activation, Level.EDIT),
        "objects": [(one, one is made) for one in rules.connector.objects],
        "unmapped": rules.unmapped(made),
        "rows": [_row(rules, made, one, found.applied, given or {}, problems or {}) for one in made.targets],
        "kinds": KINDS,
        "tables": list(LookupTable.objects.all()),
        "fields": {part: choices(made, target) for part, target in _parts(made).items()},
        "number": number,
        "shown_number": number or (found.record.number if found.record else ""),
        "sample": found,
        "problems": problems or {},
    }


def save_view(request: HttpRequest, activation: Activation, context: Mapping[str, Any]) -> HttpResponse:
    """Store what a manager has chosen for one object; what is wrong comes back with all of it."""
    if activation.entry.work is not Work.POST or activation.destination is None:
        raise Http404("There is nothing to map here.")
    made = _object(request, Rules(activation))
    given = {one.name: _given(request, one) for one in made.targets if f"kind:{one.name}" in request.POST}
    try:
        save(activation, made, given)
    except BadMapping as problem:
        found = shown(request, activation, given, problem.problems)
        page = {**context, **found, "title": f"{activation}: Field mapping"}
        return TemplateResponse(request, "adaptors/mapping.html", page, status=400)
    messages.success(request, f"The field mapping of {made.label} was saved. What waited for it goes.")
    return HttpResponseRedirect(address(activation, made, request.GET.get("number", "")))


def address(activation: Activation, made: TargetObject, number: str = "") -> str:
    query = {"tab": TAB, "object": made.name, **({"number": number} if number else {})}
    return f"{reverse('admin:adaptors_activation_change', args=[activation.pk])}?{urlencode(query)}"


def _object(request: HttpRequest, rules: Rules) -> TargetObject:
    """The object that the address names, else the first."""
    objects = rules.connector.objects
    return next((one for one in objects if one.name == request.GET.get("object")), objects[0])


def _parts(made: TargetObject) -> dict[str, Target]:
    """A target of each part."""
    return {one.part: one for one in reversed(made.targets)}


def _row(
    rules: Rules,
    made: TargetObject,
    target: Target,
    applied: Applied | None,
    given: Mapping[str, Given],
    problems: Mapping[str, str],
) -> Row:
    stored = rules.of(made, target)
    saved = Given(stored.kind, stored.value, stored.table_id) if stored else Given()
    cells = applied.cells.get(target.name, ()) if applied else ()
    said = problems.get(target.name, "")
    return Row(
        target, given.get(target.name, saved), rules.default(target), said, cells[:MOST_CELLS],
        len(cells[MOST_CELLS:]), str(stored.table) if stored and stored.table else "",
    )  # fmt: skip


def _given(request: HttpRequest, target: Target) -> Given:
    def of(what: str) -> str:
        return request.POST.get(f"{what}:{target.name}", "").strip()

    return Given(of("kind"), of("value"), number_of(of("table")))
