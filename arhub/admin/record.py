"""Records that a source owns: people read them, loads write them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import DateField, QuerySet, Value
from django.http import HttpRequest

from arhub.admin.exporting import ExportedAdmin
from arhub.admin.facts import facts_of
from arhub.contributions import History, history_of, panels_of, record_actions
from arhub.domain.receivables import today_of
from arhub.models import CustomFieldValue, Source, SourceRecord
from arhub.records import RECORD_TYPES, RecordType

_KEY_AND_RECORD = ("erp_key", "network_id", "source_created_at", "source_modified_at", "on_match_action")


class RecordAdmin(ExportedAdmin):
    """A list and a read-only page. `table_key` is the record's name among the owners of custom fields."""

    change_form_template = "arhub/record/record.html"
    fields = ("erp_key",)
    search_fields = ("erp_key",)
    table_key: ClassVar[str] = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        today = Value(today_of(request.tenant), output_field=DateField())  # type: ignore[attr-defined]
        return super().get_queryset(request).annotate(today=today)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        found = super().get_actions(request)
        added = {action[1]: action for action in record_actions(request, self.record_types)}
        return {**found, **added} if found else found

    def record_type_of(self, record: Any) -> RecordType:
        return RECORD_TYPES[self.record_types[0]]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], add: bool = False, change: bool = False,
        form_url: str = "", obj: Any = None,
    ) -> Any:  # fmt: skip
        if obj is not None:
            lineage = self.lineage(obj)
            context |= {"panels": panels_of(request, obj)}
            context |= {"record": obj, **lineage, **self.page(request, obj, lineage["history"])}
        return super().render_change_form(request, context, add, change, form_url, obj)

    def page(self, request: HttpRequest, record: Any, history: History) -> dict[str, Any]:
        """What the record's page shows beyond where the record comes from."""
        return {"facts": facts_of(record, self.record_type_of(record), leave_out=_KEY_AND_RECORD)}

    def lineage(self, record: SourceRecord) -> dict[str, Any]:
        """Who owns the record, where it came from, and what set each of its fields."""
        record_type = self.record_type_of(record)
        names = [name for name in _KEY_AND_RECORD if name in record_type.by_name]
        return {
            "ledger": record.ledger,
            "sources": list(Source.objects.filter(ledger_id=record.ledger_id)),
            "history": (history := history_of(record_type.name, record)),
            "origins": _origins(record, record_type, history),
            "keys": facts_of(record, record_type, only=names) if names else [],
            "custom_fields": self._custom_fields(record),
        }

    def _custom_fields(self, record: SourceRecord) -> list[CustomFieldValue]:
        if not self.table_key:
            return []
        values = CustomFieldValue.objects.filter(table_key=self.table_key, owner=record.pk)
        return list(values.order_by("label")[:200])


def _origins(record: SourceRecord, record_type: RecordType, history: History) -> list[dict[str, Any]]:
    """Each field with a value, and what set it last; nothing when nothing is known about any of them."""
    if history.made is None and not history.fields:
        return []
    return [
        {"fact": fact, "origin": history.origin_of(field.attribute)}
        for field in record_type.fields
        for fact in facts_of(record, record_type, only=[field.name])
    ]
