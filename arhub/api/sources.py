"""Sources: where records come from, and the ledger each one feeds."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from django.db.models import Prefetch, Q

from arhub.api.columns import ID, INTEGER, TEXT, RecordSerializer, Value, choice, time
from arhub.api.reading import ReadView
from arhub.models import Ledger, Source


def _policy(name: str) -> Value:
    field: Any = Source._meta.get_field(name)
    return choice(attrgetter(name), [value for value, _ in field.choices], str(field.verbose_name).capitalize() + ".")


def _percent(name: str) -> Value:
    field: Any = Source._meta.get_field(name)
    return Value(attrgetter(name), INTEGER, help_text=str(field.help_text) or str(field.verbose_name))


class SourceSerializer(RecordSerializer):
    """Where records come from. A source feeds exactly one ledger: a key means one record there."""

    id = Value(attrgetter("pk"), ID)
    name = Value(attrgetter("name"), TEXT)
    kind = choice(attrgetter("kind"), Source.Kind.values, "How its records come to the hub.")
    ledger = Value(attrgetter("ledger_id"), ID, help_text="The ledger it feeds.")
    ledger_name = Value(attrgetter("ledger.name"), TEXT)
    date_order = _policy("date_order")
    decimal_sign = _policy("decimal_sign")
    empty_cells = _policy("empty_cells")
    unknown_accounts = _policy("unknown_accounts")
    duplicate_keys = _policy("duplicate_keys")
    rejects = _policy("rejects")
    reject_above_percent = _percent("reject_above_percent")
    extent = _policy("extent")
    stop_above_percent = _percent("stop_above_percent")
    created_at = time("created_at", "When it was made.", allow_null=False)


class Sources(ReadView):
    """Where records come from, and the ledgers they go to."""

    resource = "sources"
    model = Source
    serializer_class = SourceSerializer
    related = (Prefetch("ledger", Ledger.objects.only("name")),)
    search_in = "the beginning of the name"

    def search(self, term: str) -> Q:
        return Q(name__istartswith=term)
