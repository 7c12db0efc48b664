"""The invoices and credit notes of one organization, and how they are found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from connectors.simulators.dinero.answers import Refusal
from connectors.simulators.dinero.books import UNNUMBERED, Voucher, list_row
from connectors.simulators.dinero.seeds import STATUSES, Seeded

STATUS_ORDER = ("Draft", "Overdue", "Booked", "OverPaid", "Paid")
SORTS = ("VoucherNumber", "VoucherDate", "Status", "Contact")
CONDITION = re.compile(r"\s*(\w+)\s+(eq|contains)\s+'(.*)'\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is asked for. `conditions` are field, operator and value, in small letters."""

    kind: str = ""
    statuses: frozenset[str] = frozenset()
    since: datetime | None = None
    is_deleted: bool = False
    start: date | None = None
    end: date | None = None
    conditions: tuple[tuple[str, str, str], ...] = ()
    text: str = ""
    sort: tuple[str, ...] = ("vouchernumber", "voucherdate")
    is_descending: bool = True

    @property
    def looks_inside(self) -> bool:
        """Whether a seeded invoice has to be made to tell if it is meant."""
        return bool(self.start or self.conditions or self.text or self.sort[0] != "vouchernumber")


class Sales:
    def __init__(self, seeded: Seeded) -> None:
        self.seeded = seeded
        self.made: dict[str, Voucher] = {}
        self.changes = 0
        self._found: tuple[Any, list[int | Voucher]] = (None, [])

    def __iter__(self) -> Iterator[Voucher]:
        for number in range(1, self.seeded.count + 1):
            voucher = self.seeded.voucher(number)
            yield self.made.get(voucher.guid, voucher)
        yield from (one for one in self.made.values() if not self.seeded.number_of(one.guid))

    def get(self, guid: str) -> Voucher | None:
        if guid in self.made:
            return self.made[guid]
        number = self.seeded.number_of(guid)
        return self.seeded.voucher(number) if number else None

    def keep(self, voucher: Voucher) -> None:
        self.made[voucher.guid] = voucher
        self.changes += 1

    def next_number(self) -> int:
        return 1 + max([self.seeded.count, *(one.number or 0 for one in self.made.values())])

    def page(self, wanted: Wanted, page: int, size: int, today: date) -> tuple[list[Voucher], int]:
        """The vouchers of a page, and how many there are in all."""
        asked = (wanted, self.changes, today)
        if self._found[0] != asked:
            self._found = asked, self._find(wanted, today)
        found = self._found[1]
        part = found[page * size : (page + 1) * size]
        numbered = {one.number: one for one in self.made.values() if one.number is not None}
        return [(numbered.get(one) or self.seeded.voucher(one)) if isinstance(one, int) else one for one in part], len(
            found
        )

    def _find(self, wanted: Wanted, today: date) -> list[int | Voucher]:
        """What is booked is kept by its number alone, and only for the list that was asked for last."""
        changed = {self.seeded.number_of(guid) for guid in self.made}
        made = [one for one in self.made.values() if is_meant(one, wanted, today)]
        seeded = [number for number in self._seeded(wanted, today) if number not in changed]
        if wanted.looks_inside:
            whole = made + [self.seeded.voucher(number) for number in seeded]
            whole.sort(key=lambda one: _key(one, wanted, today), reverse=wanted.is_descending)
            return [one if one.number is None else one.number for one in whole]
        drafts = sorted((one for one in made if one.number is None), key=lambda one: (one.on, one.guid))
        found: list[int | Voucher] = [*sorted(seeded + [one.number for one in made if one.number is not None]), *drafts]
        return found[::-1] if wanted.is_descending else found

    def _seeded(self, wanted: Wanted, today: date) -> Iterable[int]:
        numbers = range(self.seeded.first_since(wanted.since), self.seeded.count + 1)
        if wanted.kind == "CreditNote" or wanted.is_deleted:
            return ()
        if wanted.looks_inside:
            return (number for number in numbers if is_meant(self.seeded.voucher(number), wanted, today))
        rests = {
            rest for rest, status in enumerate(STATUSES) if status.lower() in (wanted.statuses or {status.lower()})
        }
        return (number for number in numbers if number % len(STATUSES) in rests)


def _key(voucher: Voucher, wanted: Wanted, today: date) -> tuple[Any, ...]:
    order = -1 if wanted.is_descending else 1  # the order of the statuses stays
    keys = {
        "vouchernumber": voucher.number or UNNUMBERED,
        "voucherdate": voucher.on,
        "status": order * STATUS_ORDER.index(voucher.status(today)),
        "contact": voucher.contact_name.lower(),
    }
    return (*(keys[name] for name in wanted.sort), voucher.guid)


def is_meant(voucher: Voucher, wanted: Wanted, today: date) -> bool:
    if wanted.kind and voucher.kind != wanted.kind:
        return False
    if wanted.is_deleted and not voucher.deleted_at:
        return False
    if voucher.deleted_at and not wanted.is_deleted and wanted.since is None:
        return False
    if wanted.since and voucher.updated_at < wanted.since:
        return False
    if wanted.statuses and voucher.status(today).lower() not in wanted.statuses:
        return False
    is_draft = voucher.number is None  # dates do not limit drafts
    if wanted.start and wanted.end and not is_draft and not wanted.start <= voucher.on <= wanted.end:
        return False
    return _says(voucher, wanted)


def _says(voucher: Voucher, wanted: Wanted) -> bool:
    values = {
        "externalreference": voucher.external_reference or "",
        "contactguid": voucher.contact or "",
        "description": voucher.description,
    }
    if not all(holds(values[name].lower(), operator, value) for name, operator, value in wanted.conditions):
        return False
    words = f"{voucher.number} {voucher.contact_name} {voucher.description} {voucher.total}".lower()
    return wanted.text in words


def holds(have: str, operator: str, value: str) -> bool:
    return have == value if operator == "eq" else value in have


def conditions(text: str, allowed: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    """Of a queryFilter. Raises Refusal for what is not `<Field> <op> '<value>'`."""
    found = []
    for part in filter(str.strip, text.split(";")):
        match = CONDITION.fullmatch(part)
        if not match or match[1].lower() not in allowed:
            raise Refusal.of_fields(queryFilter=f"Expected <Field> eq|contains '<value>' of {', '.join(allowed)}.")
        found.append((match[1].lower(), match[2].lower(), match[3].lower()))
    return tuple(found)


def time_of(text: str) -> datetime | None:
    """Of a changesSince. Raises Refusal."""
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise Refusal.of_fields(changesSince="Expected UTC as YYYY-MM-DDTHH:mm:ssZ.") from None


def day_of(name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refusal.of_fields(**{name: "Expected YYYY-MM-DD."}) from None


def wanted_of(query: dict[str, str], kind: str) -> Wanted:
    """Raises Refusal."""
    start, end = day_of("startDate", query.get("startdate", "")), day_of("endDate", query.get("enddate", ""))
    if (start is None) != (end is None):
        raise Refusal.of_fields(startDate="Both startDate and endDate, or neither.")
    statuses = frozenset(filter(None, query.get("statusfilter", "").lower().replace(" ", "").split(",")))
    if unknown := statuses - {status.lower() for status in STATUS_ORDER}:
        raise Refusal.of_fields(statusFilter=f"Unknown: {', '.join(sorted(unknown))}.")
    sort = tuple(name.strip().lower() for name in (query.get("sort") or "VoucherNumber,VoucherDate").split(","))
    if unsorted := set(sort) - {name.lower() for name in SORTS}:
        raise Refusal.of_fields(sort=f"Unknown: {', '.join(sorted(unsorted))}.")
    return Wanted(
        kind, statuses, time_of(query.get("changessince", "")), query.get("deletedonly", "").lower() == "true",
        start, end, conditions(query.get("queryfilter", ""), ("externalreference", "contactguid", "description")),
        query.get("freetextsearch", "").lower(), sort, query.get("sortorder", "descending").lower() != "ascending",
    )  # fmt: skip


FIELDS = tuple(list_row(Voucher("", "Invoice", None, "", date.min, [], datetime.min, datetime.min), date.min))
