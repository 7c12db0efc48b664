"""Export rules as a sheet: the columns that it is imported by."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.text import slugify
from import_export.resources import Resource

from adaptors.domain.customers.rule_files import KEY, NAME, NUMBER, TITLES, Names
from adaptors.models import Activation, ExportRule
from arhub.domain.sharing import EVERYTHING
from arhub.exports.formats import XlsxFormat
from arhub.exports.values import CHUNK_ROWS, Rows
from arhub.records import Kind


class RuleResource(Resource):
    """Exports only: what a file would change is shown before it is written, which the import of this library does with
    all rows and their HTML in memory."""

    def __init__(self, activation: Activation) -> None:
        super().__init__()
        self.names = Names.of(activation, EVERYTHING)

    def export(self, queryset: QuerySet[Any] | None = None, **kwargs: Any) -> Rows:
        if queryset is None:
            raise ValueError("An export needs the rules it is about.")
        rows = queryset.select_related("account").iterator(chunk_size=CHUNK_ROWS)
        return Rows(list(TITLES.values()), [Kind.TEXT] * len(TITLES), (self._values(rule) for rule in rows))

    def _values(self, rule: ExportRule) -> list[Any]:
        account = rule.account
        known = {NUMBER: account.number, NAME: account.name, KEY: account.erp_key}
        return [
            known[name] if name in known else self.names.shown(name, self.names.stored(rule, name)) for name in TITLES
        ]


def view(activation: Activation, rules: QuerySet[ExportRule]) -> StreamingHttpResponse:
    made = XlsxFormat()
    name = f"export-rules-{slugify(activation.name)}-{timezone.localdate():%Y-%m-%d}.{made.get_extension()}"
    return StreamingHttpResponse(
        made.export_data(RuleResource(activation).export(rules)),
        content_type=made.get_content_type(),
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
