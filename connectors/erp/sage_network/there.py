"""What is there already: the records of a message, asked for by their keys."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import groupby
from operator import attrgetter
from typing import Any

from arhub.network.errors import NetworkError, Uncertain
from connectors.base import RecordKey
from connectors.erp.sage_network.client import Client, Dict, all_of, lists_of, quoted
from connectors.erp.sage_network.rows import NETWORK_ID, Part

_MATTERS = frozenset(
    {"referenceCode", "totalAmount", "paymentAmount", "paymentAppliedAmount", "creditMemoAppliedAmount"}
)
"""What a record of this key must agree in to be the same one: its number and its amount."""
_COMPUTED = frozenset({"outstandingBalanceAmount", "unappliedAmount", "isOpen"})
_READ_AS = {"modified": "sourceModifiedDate"}
_NOT_READ = frozenset({"created", "onMatchAction"})


@dataclass(frozen=True, slots=True)
class There:
    """Records of the other side by model and erpKey."""

    records: Mapping[tuple[str, str], Dict]

    def network_id(self, part: Part) -> str:
        return str(self.records.get(part.key, {}).get(part.entity.id_name) or "")

    def has(self, part: Part) -> bool:
        return self._agrees(part, _MATTERS & part.row.keys())

    def has_same(self, part: Part) -> bool:
        """Whether the record is there with every value of the row that the API gives back as it was sent."""
        return self._agrees(part, part.row.keys() - _COMPUTED - _NOT_READ)

    def _agrees(self, part: Part, names: Collection[str]) -> bool:
        record = self.records.get(part.key)
        return record is not None and all(
            _is_same(part.row[name], record[told]) for name in names if (told := _READ_AS.get(name, name)) in record
        )

    def keys(self, parts: Iterable[Part]) -> dict[RecordKey, Mapping[str, str]]:
        """What to write back."""
        return {
            record: {NETWORK_ID: found}
            for part in parts
            if (record := part.record_key) and (found := self.network_id(part))
        }


def find(client: Client, parts: Sequence[Part], enrollment: str) -> There:
    """Ask for the records of these rows. Keys are of an enrollment: without one, of what has none. Raises Uncertain."""
    try:
        return _find(client, parts, enrollment)
    except NetworkError as error:
        raise Uncertain(f"What is there now could not be read: {error}") from None


def _find(client: Client, parts: Sequence[Part], enrollment: str) -> There:
    found: dict[tuple[str, str], Dict] = {}
    by_path = attrgetter("entity.path")
    for path, group in groupby(sorted(parts, key=by_path), by_path):
        rows = list(group)
        for listed in lists_of(sorted({part.row["erpKey"] for part in rows})):
            wanted = all_of(f"erpKey IN {listed}", of_enrollment(enrollment) or "appEnrollmentId IS NULL")
            for record in client.query(path, wanted).records:
                found[rows[0].entity.model, str(record.get("erpKey"))] = record
    return There(found)


def of_enrollment(enrollment: str) -> str:
    return f"appEnrollmentId = {quoted(enrollment)}" if enrollment else ""


def _is_same(sent: Any, read: Any) -> bool:
    if read is None or isinstance(sent, bool) or isinstance(read, bool):
        return bool(sent is read)
    try:
        if isinstance(sent, (Decimal, int)):
            return Decimal(str(read)) == sent
        if isinstance(sent, datetime):
            return datetime.fromisoformat(str(read)) == sent
    except (InvalidOperation, ValueError, TypeError):
        return False
    return str(read)[:10] == sent.isoformat() if isinstance(sent, date) else str(read) == str(sent)
