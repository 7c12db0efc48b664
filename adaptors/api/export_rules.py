"""Export rules: what an adaptor does for each customer, read and changed, activated many at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from adaptors.api import shared
from adaptors.api.shared import chosen, wrong
from adaptors.catalogue import Work
from adaptors.domain.choices import destinations_for
from adaptors.domain.customers import readiness, rules
from adaptors.domain.customers.chunks import all_of
from adaptors.domain.customers.effective import Grounds
from adaptors.domain.customers.effective import Level as Origin
from adaptors.fields import Group
from adaptors.models import Activation, CommonSettings, ExportRule
from adaptors.registry import FORMATS
from arhub.api.base import given, person_of
from arhub.api.columns import BOOL, ID, TEXT, RecordSerializer, Value, choice, time
from arhub.api.filters import FlagFilter, IdFilter, described
from arhub.api.reading import ReadView
from arhub.api.sharing import Level, require
from arhub.models import Account
from connectors.models import Connection

MOST_AT_ONCE = 500
"""Rules that one request activates: each is judged while the caller waits."""
_OBJECT = {"type": "object", "additionalProperties": TEXT}
_PROBLEMS = {
    "type": "array",
    "items": {"type": "object", "properties": {"field": TEXT, "text": TEXT}, "required": ["field", "text"]},
}
_FORMAT = "The customer's own output format; empty: that of the adaptor."
_DESTINATION = "The id of the customer's own connection; null: that of the adaptor."
_OWN = "The customer's own settings, by name; an empty one is reset to what is common."
_COMMON = "The id of the common settings for chosen customers that hold; null: those for all."
_IDS = f"The ids of export rules of that adaptor, {MOST_AT_ONCE} at most."


class SettingSerializer(RecordSerializer):
    """What holds for a customer in the end."""

    name = Value(attrgetter("field.name"), TEXT, help_text="The setting's name.")
    label = Value(attrgetter("field.label"), TEXT, help_text="What people call it.")
    value = Value(attrgetter("value"), TEXT, help_text="What holds; empty: nobody says anything.")
    level = choice(lambda one: str(one.level), [str(level) for level in Origin], "Which level says so.")
    where = Value(attrgetter("where"), TEXT, help_text="More on that level, such as the name of common settings.")


class RuleSerializer(RecordSerializer):
    """What an adaptor does for one customer."""

    optional = ("settings",)

    id = Value(attrgetter("pk"), ID, help_text="The hub's own id of the export rule.")
    adaptor = Value(attrgetter("activation_id"), ID, help_text="The adaptor it belongs to.")
    account_hub_id = Value(attrgetter("account_id"), ID, help_text="The hub's own id of the customer's account.")
    account_id = Value(attrgetter("account.number"), TEXT, allow_null=True, help_text="The customer's number.")
    account_name = Value(attrgetter("account.name"), TEXT, allow_null=True, help_text="The customer's name.")
    is_active = Value(attrgetter("is_active"), BOOL, help_text="Whether the customer gets documents this way.")
    activated_at = time("activated_at", "When it was activated last.")
    is_ready = Value(
        attrgetter("is_ready"), BOOL, allow_null=True, help_text="Whether nothing is missing; null: not yet looked at."
    )
    missing = Value(attrgetter("missing"), _PROBLEMS, help_text="What is missing, each with its setting.")
    judged_at = time("judged_at", "When it was last looked at; null: what it rests on has changed since.")
    format = Value(attrgetter("format"), TEXT, help_text=_FORMAT)
    effective_format = Value(
        lambda rule: rule.format or rule.activation.format, TEXT, help_text="The output format that holds."
    )
    destination = Value(attrgetter("destination_id"), ID, allow_null=True, help_text=_DESTINATION)
    effective_destination = Value(
        lambda rule: rule.destination_id or rule.activation.destination_id, ID, allow_null=True,
        help_text="The connection that holds.",
    )  # fmt: skip
    common = Value(attrgetter("common_id"), ID, allow_null=True, help_text=_COMMON)
    own = Value(attrgetter("values"), _OBJECT, help_text=_OWN)
    changed_at = time("changed_at", "When the rule was last changed.", allow_null=False)
    settings = SettingSerializer(many=True, required=False)


class RuleChangeSerializer(serializers.Serializer):
    """What of an export rule is changed."""

    own = serializers.DictField(
        child=serializers.CharField(max_length=2_000, allow_blank=True),
        help_text=f"{_OWN} Those that are not named stay as they are.",
    )
    format = serializers.ChoiceField(list(FORMATS), allow_blank=True, help_text=_FORMAT)
    destination = serializers.IntegerField(min_value=1, max_value=2**63 - 1, allow_null=True, help_text=_DESTINATION)
    common = serializers.IntegerField(min_value=1, max_value=2**63 - 1, allow_null=True, help_text=_COMMON)


class ChosenRulesSerializer(serializers.Serializer):
    """Some export rules of an adaptor."""

    adaptor = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="The id of an adaptor.")
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), min_length=1, max_length=MOST_AT_ONCE,
        help_text=_IDS,
    )  # fmt: skip


class ActivateRulesSerializer(ChosenRulesSerializer):
    """Export rules that are activated, and with what."""

    format = serializers.ChoiceField(list(FORMATS), required=False, default="", allow_blank=True, help_text=_FORMAT)
    destination = serializers.IntegerField(
        min_value=1, max_value=2**63 - 1, required=False, allow_null=True, help_text=_DESTINATION
    )
    takes_existing = serializers.BooleanField(
        default=False, help_text="Whether documents that are here already are exported too."
    )


class ActivatedSerializer(serializers.Serializer):
    """What became of them."""

    changed = serializers.IntegerField(help_text="How many are other than before.")
    not_ready = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="The ids of those that something is missing of; `missing` of each says what.",
    )


class RuleFilters(FilterSet):
    adaptor = described(IdFilter("activation_id"), "The id of an adaptor.")
    account_hub_id = described(IdFilter("account_id"), "The hub's own id of an account.")
    active = described(FlagFilter(method="by_activity"), "Whether the customer gets documents this way.")
    ready = described(FlagFilter(method="by_readiness"), "Whether nothing is missing.")

    def by_activity(self, rows: QuerySet[Any], name: str, value: bool | None) -> QuerySet[Any]:
        return rows if value is None else rows.filter(is_active=value)

    def by_readiness(self, rows: QuerySet[Any], name: str, value: bool | None) -> QuerySet[Any]:
        return rows if value is None else rows.filter(is_ready=value)


def _settings(found: Sequence[ExportRule]) -> None:
    """What holds for each, in a number of queries that grows with the adaptors they belong to alone."""
    by_activation: dict[int, list[ExportRule]] = {}
    for rule in found:
        by_activation.setdefault(rule.activation_id, []).append(rule)
    for own in by_activation.values():
        grounds = Grounds(own[0].activation, own)
        for rule in own:
            rule.settings = [one for group in Group for one in grounds.explained(rule, group)]  # type: ignore[attr-defined]


@contextmanager
def _told() -> Iterator[None]:
    """What cannot be, in the API's own shape."""
    try:
        yield
    except rules.CannotChange as problem:
        known = {"format", "destination", "common", ""}
        raise wrong(problem.field if problem.field in known else f"own.{problem.field}", str(problem)) from problem


class ExportRules(ReadView):
    """What adaptors do for each customer of their source."""

    resource = "export_rules"
    model = ExportRule
    serializer_class = RuleSerializer
    filterset_class = RuleFilters
    includes: ClassVar[dict[str, Any]] = {"settings": _settings}
    related = (Prefetch("account", Account.objects.all()),)

    def get_queryset(self) -> QuerySet[Any]:
        return shared.narrowed(self.request, super().get_queryset()).select_related("activation", "account")

    @extend_schema(request=RuleChangeSerializer(partial=True), responses={200: RuleSerializer})
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change what the customer has of its own. Another format starts with the options of the adaptor."""
        rule = self.get_object()
        require(request, rule.activation, Level.EDIT)
        asked = given(request, RuleChangeSerializer, partial=True)
        with _told():
            rules.set_own(rule, asked.pop("own", {}), **self._columns(rule, asked))
        readiness.judge(rule.activation, all_of(rule.activation).filter(pk=rule.pk))
        return Response(self.shown([self.get_object()])[0])

    @extend_schema(request=ActivateRulesSerializer, responses={200: ActivatedSerializer})
    @action(detail=False, methods=["post"], filterset_class=None)
    def activate(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Let customers get their documents this way. Those that are active already stay as they are."""
        asked = given(request, ActivateRulesSerializer)
        activation, own = self._chosen(asked)
        with _told():
            done = rules.activate(
                activation, own, format=self._format(activation, asked["format"]), user=person_of(request),
                destination=self._destination(activation, asked.get("destination")),
                takes_existing=asked["takes_existing"],
            )  # fmt: skip
        readiness.judge(activation, own)
        return Response(ActivatedSerializer({"changed": done, "not_ready": _not_ready(own)}).data)

    @extend_schema(request=ChosenRulesSerializer, responses={200: ActivatedSerializer})
    @action(detail=False, methods=["post"], filterset_class=None)
    def deactivate(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Let customers get nothing this way any more. Their settings stay."""
        activation, own = self._chosen(given(request, ChosenRulesSerializer))
        done = rules.deactivate(activation, own)
        return Response(ActivatedSerializer({"changed": done, "not_ready": _not_ready(own)}).data)

    def _chosen(self, asked: dict[str, Any]) -> tuple[Activation, QuerySet[ExportRule]]:
        activation = chosen(self.request, asked["adaptor"], Level.EDIT)
        if activation.entry.work is not Work.EXPORT:
            raise wrong("adaptor", f"{activation} has no export rules.")
        own = ExportRule.objects.filter(activation=activation, pk__in=asked["ids"])
        if unknown := sorted(set(asked["ids"]) - set(own.values_list("pk", flat=True))):
            raise wrong("ids", f"There is no such export rule of {activation}: {unknown[0]}.")
        return activation, own

    def _columns(self, rule: ExportRule, asked: dict[str, Any]) -> dict[str, Any]:
        """The rule's columns that change."""
        activation, found = rule.activation, dict(asked)
        if "format" in found:
            self._format(activation, found["format"])
            before = rule.format or activation.format
            found |= {} if (found["format"] or activation.format) == before else {"format_values": {}}
        if found.get("destination") not in (None, rule.destination_id):
            found["destination"] = self._destination(activation, found["destination"])
        elif "destination" in found:
            found["destination"] = rule.destination if found["destination"] else None
        if found.get("common"):
            sets = CommonSettings.objects.filter(activation=activation, pk=found["common"])
            found["common"] = sets.first()
            if found["common"] is None:
                raise wrong("common", f"{activation} has no such common settings.")
        return found

    def _format(self, activation: Activation, format: str) -> str:
        offered = activation.entry.formats
        if format and format not in offered:
            raise wrong("format", f"Expected one of {', '.join(offered)}, found {format}.")
        return format

    def _destination(self, activation: Activation, pk: int | None) -> Connection | None:
        known = shared.usable(self.request, destinations_for(activation.entry))
        found = known.filter(pk=pk).first() if pk else None
        if pk and found is None:
            raise wrong("destination", f"There is no such connection that carries documents of {activation}.")
        return found


def _not_ready(own: QuerySet[ExportRule]) -> list[int]:
    return list(own.filter(is_active=True, is_ready=False).order_by("pk").values_list("pk", flat=True))
