"""The platform's uuids of our records: the kind and the id inside a uuid of version 8 (RFC 9562), without a table.

custom_a (48 bits) is the kind's number, custom_b is 0, custom_c (62 bits) is the id. Kinds keep their numbers for good:
clients store the uuids.
"""

from __future__ import annotations

import hashlib
from enum import IntEnum
from uuid import UUID

_VERSION = 8 << 76
_VARIANT = 0b10 << 62
_ID_BITS = 62
_KIND_SHIFT = 80
_LARGEST_ID = 2**_ID_BITS - 1


class Kind(IntEnum):
    """What a uuid is of. Addresses have the id of their document or line."""

    GROUP = 1  # the tenant
    COMPANY = 2  # an account
    CONTACT = 3
    INVOICE = 4  # any document
    INVOICE_LINE = 5
    PAYMENT = 6
    PAYMENT_APPLIED = 7
    CREDIT_MEMO_APPLIED = 8
    CUSTOM_FIELD = 9
    APP_ENROLLMENT = 10  # a source
    SYNC_REQUEST = 11  # an ingestion
    API_KEY = 12
    USER = 13
    ORIGIN_ADDRESS = 14
    BILL_TO_ADDRESS = 15
    SHIP_TO_ADDRESS = 16
    WORKFLOW_STATUS = 17
    CUSTOM_FIELD_DEFINITION = 18
    LINE_ORIGIN_ADDRESS = 19
    LINE_BILL_TO_ADDRESS = 20
    LINE_SHIP_TO_ADDRESS = 21
    APPLICATION = 22  # the program behind an app enrollment: what kind of source it is


def uuid_of(kind: Kind, record_id: int) -> UUID:
    """Raises ValueError for an id that does not fit into 62 bits."""
    if not 0 <= record_id <= _LARGEST_ID:
        raise ValueError(f"Expected an id of at most 62 bits, found {record_id}.")
    return UUID(int=kind << _KIND_SHIFT | _VERSION | _VARIANT | record_id)


def id_of(kind: Kind, uuid: UUID | str) -> int | None:
    """The id in a uuid; None when it is malformed, or no uuid of that kind."""
    try:
        number = (uuid if isinstance(uuid, UUID) else UUID(uuid)).int
    except ValueError:
        return None
    record_id = number & _LARGEST_ID
    return record_id if number == uuid_of(kind, record_id).int else None


def definition_uuid(table: str, label: str) -> UUID:
    """Of the definition of a custom field, which has no record: a digest of what it is on and its name."""
    digest = hashlib.sha256(f"{table}|{label}".encode()).digest()
    return uuid_of(Kind.CUSTOM_FIELD_DEFINITION, int.from_bytes(digest[:8]) & _LARGEST_ID)
