"""Single records of a program: written by the engine, refused in the API's own shape."""

from __future__ import annotations

from typing import Any

from arhub.api.errors import ApiError
from arhub.domain.api_keys import api_source
from arhub.models import Source, User
from arhub.records import RecordType
from ingestion.domain import single

Row = dict[str, Any]


def create(request: Any, record_type: RecordType, row: Row) -> int:
    """The id of the new record. Raises ApiError."""
    try:
        return single.create(source_of(request), record_type, row, user=person_of(request))
    except single.Exists as there:
        raise ApiError(409, "This record is there already; change it with PATCH.", code="exists") from there
    except Exception as error:
        raise _told(error) from error


def update(request: Any, record_type: RecordType, record: Any, row: Row) -> None:
    """Raises ApiError."""
    try:
        single.update(source_of(request), record_type, record, row, user=person_of(request))
    except Exception as error:
        raise _told(error) from error


def source_of(request: Any) -> Source:
    """What a program writes belongs to its key's source; what a person tries in the browser, to the tenant's API."""
    source: Source = request.api_key.source if request.api_key else api_source()
    return source


def person_of(request: Any) -> User | None:
    return None if request.api_key else request.user


def _told(error: Exception) -> Exception:
    match error:
        case single.RowRefused():
            return ApiError(400, "Some fields are not as they should be.", fields=error.fields)
        case single.OwnedElsewhere():
            return ApiError(409, "Another source owns what would change.", code="source_owned", fields=error.fields)
        case single.Busy():
            text = "A load is writing to this ledger. Try again in a moment, or send records in bulk."
            return ApiError(409, text, code="ledger_busy", headers={"Retry-After": str(single.WAIT_SECONDS)})
    return error
