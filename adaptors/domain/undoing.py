"""What an undo of a load must leave: customers that are active, and documents that went out."""

from __future__ import annotations

from collections.abc import Iterator

from adaptors.models import ExportRule, Transaction
from ingestion.models import Ingestion, IngestionFile

CHUNK = 2_000


def blockers(ingestion: Ingestion) -> Iterator[tuple[str, int, str]]:
    """Of the records that the load brought. What it only changed can get its old values back."""
    files = list(IngestionFile.objects.filter(ingestion=ingestion).values_list("pk", flat=True))
    active = ExportRule.objects.filter(is_active=True, account__created_file__in=files)
    for account, name in active.values_list("account_id", "activation__name").iterator(chunk_size=CHUNK):
        yield "arhub.Account", account, f"It is active in {name}."
    exported = Transaction.objects.exclude(state=Transaction.State.HELD).filter(document__created_file__in=files)
    for document, name in exported.values_list("document_id", "activation__name").iterator(chunk_size=CHUNK):
        yield "arhub.Document", document, f"It was exported by {name}."
