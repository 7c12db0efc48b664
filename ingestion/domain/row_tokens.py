"""The token of a failed row: it tells which row of which load a line of a corrected file is meant for."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.signing import BadSignature, Signer

from ingestion.errors import Unreadable
from ingestion.models import Ingestion, IngestionFile

HEADER = "row_token"
_SIGNER = Signer(salt="ingestion.row_token")


def token_of(file: IngestionFile, line: int) -> str:
    """Tenant, ingestion, file and line, signed."""
    return _SIGNER.sign(f"{file.tenant_id}.{file.ingestion_id}.{file.pk}.{line}")


def row_of(token: str, ingestion: Ingestion) -> tuple[int, int]:
    """(file id, line). Raises `ValueError` with a phrase when it is not the token of a row of this load."""
    try:
        tenant, load, file, line = map(int, _SIGNER.unsign(token.strip()).split("."))
    except (BadSignature, ValueError):
        raise ValueError("the row_token was changed or is not one of ours") from None
    if (tenant, load) != (ingestion.tenant_id, ingestion.pk):
        raise ValueError("the row_token belongs to another load")
    return file, line


def is_token_header(name: str) -> bool:
    return name.strip().lower() == HEADER


def refuse_failed_rows(header: Sequence[str]) -> None:
    """Raise `Unreadable` for a file of failed rows: as a load of its own its rows would be counted twice."""
    if any(map(is_token_header, header)):
        raise Unreadable(
            "These are failed rows of an earlier load. Open that load, choose Repair and upload the file there, "
            "so that its rows join the load they came from."
        )
