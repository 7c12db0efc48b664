"""What an undo of a load must leave: customers that are active, and documents that went out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import QuerySet

from adaptors.models import ExportRule, Transaction
from arhub.domain.sharing import not_for_all
from ingestion.models import Ingestion, IngestionFile

CHUNK = 2_000
Blocked = tuple[str, int, str]


def blockers(ingestion: Ingestion) -> Iterator[Blocked]:
    """Of the records that the load brought. What it only changed can get its old values back."""
    files = list(IngestionFile.objects.filter(ingestion=ingestion).values_list("pk", flat=True))
    active = ExportRule.objects.filter(is_active=True, account__created_file__in=files)
    yield from _named("arhub.Account", active, "account_id", "It is active in")
    exported = Transaction.objects.exclude(state=Transaction.State.HELD).filter(document__created_file__in=files)
    yield from _named("arhub.Document", exported, "document_id", "It was exported by")


def _named(label: str, rows: QuerySet[Any], record: str, said: str) -> Iterator[Blocked]:
    """Each record once, with its adaptors. The reason is stored for whoever looks at the load: it names those alone
    that everybody sees."""
    unnamed = set(not_for_all("activation"))
    found = rows.order_by(record, "activation__name", "activation_id").distinct()
    held = found.values_list(record, "activation__name", "activation_id").iterator(chunk_size=CHUNK)
    for pk, activations in groupby(held, itemgetter(0)):
        names = ["" if activation in unnamed else name for _, name, activation in activations]
        yield label, pk, f"{said} {_sentence(names)}."


def _sentence(names: Sequence[str]) -> str:
    known = ", ".join(name for name in names if name)
    match names.count(""):
        case 0:
            return known
        case 1:
            return " and ".join(filter(None, (known, "an adaptor that is not shared with all")))
        case count:
            return " and ".join(filter(None, (known, f"{count} adaptors that are not shared with all")))
