"""The settings of one customer: five groups, each field with what holds and where it comes from."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from adaptors.admin.field_form import FieldForm, beneath
from adaptors.admin.format_form import FormatForm
from adaptors.admin.rule_activation import CommonForm
from adaptors.admin.rule_pages import activation_of, at, page, require_edit, rule_of
from adaptors.domain.customers import readiness, rules
from adaptors.domain.customers.chunks import all_of
from adaptors.domain.customers.effective import Effective, Grounds
from adaptors.domain.customers.readiness import FACT_FIELDS, facts_needed
from adaptors.fields import FIELDS, Group
from adaptors.models import Activation, ExportRule
from arhub.admin import cells
from arhub.domain.askers import asker_of
from arhub.domain.sharing import Actor
from connectors.domain.given import WrongSettings


class RuleForms:
    """What a person can change of a rule, and what holds beneath each of it."""

    def __init__(self, rule: ExportRule, asker: Actor, data: Any = None) -> None:
        self.rule, self.grounds = rule, Grounds(rule.activation, [rule])
        self.fields = FieldForm(FIELDS, rule.values, beneath(self._without_own()), data)
        self.format = FormatForm(rule, asker, data)
        self.common = CommonForm(rule.activation, data, initial={"common": rule.common_id})

    def _without_own(self) -> list[Effective]:
        bare = ExportRule(account=self.rule.account, common_id=self.rule.common_id)
        return [one for group in Group for one in self.grounds.explained(bare, group)]

    def is_valid(self) -> bool:
        return all([self.fields.is_valid(), self.format.is_valid(), self.common.is_valid()])

    def save(self) -> bool:
        """Whether that was possible; what stands in the way is told at its field."""
        columns = {**self.format.columns(), "common": self.common.cleaned_data["common"]}
        try:
            rules.set_own(self.rule, self.fields.changed(), **columns)
        except rules.CannotChange as problem:
            form = self.fields if problem.field in self.fields.fields else self.format
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        except WrongSettings as problem:
            self.format.tell(problem)
        else:
            return True
        return False


def view(request: HttpRequest, activation: int, pk: int) -> HttpResponse:
    found = activation_of(request, activation)
    rule = rule_of(found, pk)
    if request.method == "POST":
        require_edit(request, found)
        forms = RuleForms(rule, asker_of(request), request.POST)
        if forms.is_valid() and forms.save():
            _judge(rule)
            messages.success(request, f"The settings of {rule.account} were saved.")
            return HttpResponseRedirect(at("adaptors_rule", found, rule.pk))
    else:
        _judge(rule, only_stale=True)
        forms = RuleForms(rule, asker_of(request))
    return TemplateResponse(request, "adaptors/rules/settings.html", _context(request, found, rule, forms))


def _judge(rule: ExportRule, *, only_stale: bool = False) -> None:
    own = readiness.stale(rule.activation) if only_stale else all_of(rule.activation)
    if readiness.judge(rule.activation, own.filter(pk=rule.pk)):
        rule.refresh_from_db(fields=["is_ready", "missing", "judged_at"])


def _context(request: HttpRequest, activation: Activation, rule: ExportRule, forms: RuleForms) -> dict[str, Any]:
    destination = rule.destination or activation.destination
    return page(
        request, activation, f"{rule.account}: settings", "adaptors_rules", rule=rule,
        groups=forms.fields.groups(), format_form=forms.format, common_form=forms.common,
        errors=[*forms.fields.non_field_errors(), *forms.format.non_field_errors()],
        has_errors=bool(forms.fields.errors or forms.format.errors or forms.common.errors),
        chip=cells.chip("Active" if rule.is_active else "Not active"),
        ready_chip=cells.chip("Ready" if rule.is_ready else "Not ready"),
        facts=_facts(destination, forms.grounds.of(rule)) if destination else [], used=destination,
    )  # fmt: skip


def _facts(destination: Any, settings: dict[str, str]) -> list[tuple[str, str, str]]:
    """What the gateway will use of the customer: in words, its value, and the field that holds it."""
    known = [FACT_FIELDS[fact] for fact in facts_needed(destination) if fact in FACT_FIELDS]
    return [(what, _shown(name, settings), name) for name, what in known]


def _shown(name: str, settings: dict[str, str]) -> str:
    value = settings[name]
    scheme = settings.get(name.replace("endpoint_id", "endpoint_scheme"), "") if name.endswith("endpoint_id") else ""
    return f"{scheme}:{value}" if scheme and value else value
