"""Names of drops, `[SHOPNAME]_ErpCache_<Name>_[INDEXNUMBER](_[SUBNUMBER])`, and what the numbers tell of what lacks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.erp_cache.interfaces import interface_of

TIMESTAMP_DIGITS = 14
LONGEST_INDEX = 40
EXPECTED = "SHOP_ErpCache_OutstandingItem_20260131120000.zip"
"""What a name looks like."""
_NAME = re.compile(
    r"(?P<shop>[^\x00-\x1f\x7f/\\:*?\"<>|]+)_ErpCache_(?P<interface>[A-Za-z]+)"
    rf"_(?P<index>[0-9]{{1,{LONGEST_INDEX}}})(?:_(?P<sub>[0-9]{{1,9}}))?(?:(?:\.xml)?\.zip|\.xml)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DropName:
    """What a name says. `index` is kept as written; two that are the same number are the same index."""

    shop: str
    interface: str
    index: str
    sub: int | None = None

    def __lt__(self, other: DropName) -> bool:
        return self.place < other.place

    @property
    def place(self) -> tuple[int, int]:
        """Where it comes in the order of its shop and interface."""
        return int(self.index), self.sub or 0

    @property
    def stem(self) -> str:
        """The name without an ending."""
        sub = "" if self.sub is None else f"_{self.sub}"
        return f"{self.shop}_ErpCache_{self.interface}_{self.index}{sub}"

    @property
    def is_timestamp(self) -> bool:
        return len(self.index) >= TIMESTAMP_DIGITS

    def __str__(self) -> str:
        return f"index {self.index}" + ("" if self.sub is None else f", part {self.sub}")


@dataclass(frozen=True, slots=True)
class Problem:
    """What the order of drops shows: kind is gap, repeated or out_of_order."""

    kind: str
    text: str


def parse(name: str) -> DropName | None:
    """What a file's name says, in any case; None when it is no name of a drop."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    interface = interface_of(found["interface"])
    sub = None if found["sub"] is None else int(found["sub"])
    return DropName(found["shop"], interface.name if interface else found["interface"], found["index"], sub)


def problems_between(previous: Sequence[DropName], this: DropName) -> list[Problem]:
    """What is wrong with `this` coming after those of the same shop and interface that were taken before.

    Timestamps only order and repeat; a counter goes up by one. The parts of one index are 1, 2, 3 and so on. Of the
    very first one nothing can be told but that parts before it lack.
    """
    if any(one.place == this.place for one in previous):
        return [Problem("repeated", f"The {this} was taken already.")]
    last = max(previous, default=None)
    if last is not None and this < last:
        text = f"The {this} came after {last}: its older amounts would take the place of newer ones."
        return [Problem("out_of_order", text)]
    parts = [one.place[1] for one in previous if int(one.index) == int(this.index)]
    gaps = [] if parts or last is None else _missing_indexes(last, this)
    return gaps + _missing_parts(this, max(parts, default=0))


def _missing_indexes(last: DropName, this: DropName) -> list[Problem]:
    lacking = int(this.index) - int(last.index) - 1
    if this.is_timestamp or not lacking:
        return []
    return [_gap(f"index {int(last.index) + 1} after {last}", this, lacking)]


def _missing_parts(this: DropName, last: int) -> list[Problem]:
    lacking = this.place[1] - last - 1
    return [_gap(f"part {last + 1} of index {this.index}", this, lacking)] if lacking > 0 else []


def _gap(expected: str, this: DropName, lacking: int) -> Problem:
    files = "1 file was" if lacking == 1 else f"{lacking:,} files were"
    return Problem("gap", f"Expected {expected}, found {this}: {files} not taken.")
