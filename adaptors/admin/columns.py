"""The column designer of CSV and XLSX: what stands in which column, for an activation or for one customer. Each button
sends the whole form, so that it works without JavaScript; nothing is stored before *Save columns*."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from adaptors.admin.column_form import CONSTANT, TEMPLATE, Input, arranged, offered, parsed, posted, sample
from adaptors.admin.rule_pages import activation_of, at, page, require_edit, rule_of
from adaptors.domain import activations
from adaptors.domain.customers import rules
from adaptors.domain.customers.readiness import format_options
from adaptors.formats.table.columns import DATE_FORMS, DECIMAL_SIGNS
from adaptors.formats.table.format import TableFormat
from adaptors.models import Activation, ExportRule
from adaptors.registry import FORMATS, label_of, load
from connectors.domain.given import WrongSettings

USUAL = "usual"


def of_activation(request: HttpRequest, activation: int) -> HttpResponse:
    found = activation_of(request, activation)
    back = f"{reverse('admin:adaptors_activation_change', args=[found.pk])}?tab=general"
    return _view(request, found, None, back)


def of_rule(request: HttpRequest, activation: int, pk: int) -> HttpResponse:
    found = activation_of(request, activation)
    return _view(request, found, rule_of(found, pk), at("adaptors_rule", found, pk))


def _view(request: HttpRequest, activation: Activation, rule: ExportRule | None, back: str) -> HttpResponse:
    kind = (rule.format if rule else "") or activation.format
    kept = _options(kind, activation, rule)
    rows, error = [Input.of(one) for one in _made(kind, kept).columns], ""
    if request.method == "POST":
        require_edit(request, activation)
        does = request.POST.get("do", "save")
        rows = arranged(posted(request.POST), does)
        try:
            stored = [] if does == USUAL else parsed(rows).as_stored()
            _made(kind, {**kept, "columns": stored})
            if does in ("save", USUAL):
                _save(request, activation, rule, stored)
                messages.success(request, "The columns were saved.")
                return HttpResponseRedirect(back)
        except WrongSettings as problem:
            error = str(problem)
        except ValueError as problem:
            error = str(problem) if does == "save" else ""
    whose = rule.account if rule else activation
    context = page(
        request, activation, f"Columns of {label_of(kind)}: {whose}", "adaptors_rules", rows=list(enumerate(rows)),
        error=error, back=back, groups=offered(), constant=CONSTANT, template=TEMPLATE, dates=DATE_FORMS,
        decimals=DECIMAL_SIGNS, sample=_sample(kind, kept, rows), whose=whose, is_own=rule is not None,
    )  # fmt: skip
    return TemplateResponse(request, "adaptors/rules/columns.html", context, status=400 if error else 200)


def _options(kind: str, activation: Activation, rule: ExportRule | None) -> dict[str, Any]:
    """Those of the format that holds. Raises `Http404` for one without columns."""
    if kind not in FORMATS or not issubclass(load(kind), TableFormat):
        raise Http404("This output format has no columns to choose.")
    return dict(format_options(activation, rule))


def _made(kind: str, options: dict[str, Any]) -> TableFormat:
    made: Any = load(kind)(options)
    found: TableFormat = made
    return found


def _sample(kind: str, options: dict[str, Any], rows: list[Input]) -> list[tuple[str, str]]:
    """Nothing while a column is not whole yet."""
    try:
        return sample(parsed(rows), _made(kind, {**options, "columns": []}).style)
    except ValueError:
        return []


def _save(request: HttpRequest, activation: Activation, rule: ExportRule | None, stored: list[dict[str, Any]]) -> None:
    user: Any = request.user
    if rule is None:
        activations.change(activation, {"format_values": {"columns": stored}}, user)
        return
    others = {name: value for name, value in rule.format_values.items() if name != "columns"}
    rules.set_own(rule, {}, format_values={**others, "columns": stored} if stored else others)
