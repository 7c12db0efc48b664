"""Reading in steps, each a list whose pages stay where they are while somebody works in Dinero.

Booked vouchers come by ascending number: none of them is ever deleted, and a new one goes to the end, so that no row
moves to a page that was read already. One that comes into a list of changes meanwhile pushes others to later pages,
where they are read again. Drafts have no order that lasts, and fit into one large page but for the rarest. Contacts are
in the order of their change: what a long list may have missed is found by not moving its mark.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from arhub.network.errors import ConfigError
from connectors.base import Cursor, Page
from connectors.erp.dinero import contacts, sales
from connectors.erp.dinero.client import LARGEST_PAGE, DineroClient, Listing, Row
from connectors.erp.dinero.contacts import Records

CONTACTS, SALES = "contacts", "sales"
BOOKED_PAGE = 100
TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Step:
    """`query` and whether it is made at all depend on the mark of the stream, and on when the pull started."""

    stream: str
    path: str
    fields: str
    size: int
    query: Mapping[str, str]
    when: str = ""
    """`full`: only without a mark; `after`: what changed since the pull started."""


STEPS = (
    Step(CONTACTS, "/v2/{}/contacts", contacts.FIELDS, LARGEST_PAGE, {}),
    Step(CONTACTS, "/v2/{}/contacts", contacts.FIELDS, LARGEST_PAGE, {"deletedOnly": "true"}, "full"),
    Step(SALES, "/v1/{}/sales", sales.FIELDS, BOOKED_PAGE,
         {"statusFilter": "Booked,Paid,OverPaid,Overdue", "sort": "VoucherNumber", "sortOrder": "ascending"}),
    Step(SALES, "/v1/{}/sales", sales.FIELDS, LARGEST_PAGE,
         {"statusFilter": "Draft", "sort": "VoucherNumber,VoucherDate", "sortOrder": "ascending"}),
    Step(CONTACTS, "/v2/{}/contacts", contacts.FIELDS, LARGEST_PAGE, {}, "after"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pull stands: the step, how many of its rows are done, when the pull started by Dinero's clock, and
    whether the contacts filled more than one page."""

    step: int = 0
    position: int = 0
    started: str = ""
    is_long: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "stream": STEPS[self.step].stream, "step": self.step, "position": self.position, "started": self.started,
            "is_long": self.is_long,
        }  # fmt: skip

    @classmethod
    def of(cls, at: Mapping[str, Any]) -> Place:
        names = ("step", "position", "started", "is_long")
        return cls(**{name: at[name] for name in names if name in at})


class Pull:
    """`piece` is how many booked vouchers go on a page of ours, each of which costs requests."""

    def __init__(
        self, client: DineroClient, since: Mapping[str, str], *, piece: int, overlap: timedelta, payments: bool
    ):
        self.client, self.piece = client, piece
        self.since = {stream: _mark(stream, text) for stream, text in since.items() if text}
        self.overlap, self.with_payments = overlap, payments

    def pages(self, place: Place) -> Iterator[Page]:
        while place.step < len(STEPS):
            step = STEPS[place.step]
            if self._is_made(step, place):
                place = yield from self._step(step, place)
            if step.when == "after":
                break
            place = replace(place, step=place.step + 1, position=0)
        yield Page({}, Cursor(self._marks(place)))

    def _is_made(self, step: Step, place: Place) -> bool:
        if step.when == "full":
            return not self.since.get(step.stream)
        return step.when != "after" or bool(place.started)

    def _step(self, step: Step, place: Place) -> Generator[Page, None, Place]:
        """The rest of a step; where it came to."""
        while True:
            number, done = divmod(place.position, step.size)
            listing = self._listing(step, number, place)
            place = replace(place, started=place.started or _written(listing.at))
            for piece in _pieces(listing.rows[done:], self.piece if step.size == BOOKED_PAGE else step.size):
                records = self._records(step, piece)
                place = replace(place, position=place.position + len(piece))
                place = replace(place, is_long=place.is_long or (place.step == 0 and place.position > step.size))
                yield Page(records, Cursor(dict(self.since), place.as_json()), listing.total)
            if len(listing.rows) < step.size:
                return place

    def _listing(self, step: Step, number: int, place: Place) -> Listing:
        since = place.started if step.when == "after" else self.since.get(step.stream)
        query = {**step.query, **({"changesSince": since} if since else {}), "fields": step.fields}
        path = step.path.format(self.client.organization_id())
        return self.client.listing(path, number, step.size, **query)

    def _records(self, step: Step, rows: list[Row]) -> Records:
        if step.stream == CONTACTS:
            return contacts.records_of(rows)
        return sales.records_of(rows, self.client, with_payments=self.with_payments)

    def _marks(self, place: Place) -> dict[str, str]:
        """Where the next pull begins: when this one started, less the overlap. Without a clock of Dinero's nothing
        moves, nor for contacts that changed while a long list of them was read."""
        marks = dict(self.since)
        if not place.started:
            return marks
        start = _written(datetime.strptime(place.started, TIME) - self.overlap)
        has_missed = place.is_long and place.position > 0
        return marks | {SALES: start} | ({} if has_missed else {CONTACTS: start})


def _pieces(rows: Any, size: int) -> Iterator[list[Row]]:
    for start in range(0, len(rows), size):
        yield list(rows[start : start + size])


def _mark(stream: str, text: str) -> str:
    """As Dinero wants it. People may have typed a date, which begins at midnight UTC. Raises ConfigError."""
    try:
        at = datetime.fromisoformat(text)
        return _written(at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC))
    except (ValueError, OverflowError):
        raise ConfigError(
            f"Expected the cursor of {stream} as 2026-01-31T00:00:00Z, found {text!r:.40}. Move it, under Cursor."
        ) from None


def _written(at: datetime | None) -> str:
    return at.strftime(TIME) if at else ""
