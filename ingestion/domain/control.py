"""Control totals: what was said to be in the files of a type, against what was found, the difference item by item."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from arhub.records import Field, Kind
from ingestion.coercion import Reading, coerce
from ingestion.domain.questions import decided
from ingestion.domain.reading import feeds
from ingestion.domain.recipe import Recipe
from ingestion.domain.references import Scope
from ingestion.domain.staging import Staged, same_table
from ingestion.models import IngestionFile, InvalidRow

MOST_ITEMS = 200
_ROWS = 2_000
AMOUNTS = ("total_amount", "balance_due", "amount", "payment_amount")
"""The fields a control total is taken of when none is named with it, the likeliest first."""


@dataclass(slots=True)
class Item:
    """A row that explains a part of the difference: its line, why it is not in the sum, its amount as it stands."""

    line: int
    reason: str
    currency: str
    amount: str


@dataclass(slots=True)
class Compared:
    """One figure of a control total; `currency` "" means the number of rows. Amounts are plain decimals.

    `file` names the file, or the files, that it was given for."""

    file: str
    currency: str
    given: str
    found: str
    items: list[Item] = field(default_factory=list)
    unexplained: str = field(init=False)

    def __post_init__(self) -> None:
        self.unexplained = str(Decimal(self.given) - Decimal(self.found))

    def explain(self, item: Item) -> None:
        """Take a row into account that is not in the figure. All of them count; the first are kept to be shown."""
        if self.currency == "":
            item = Item(item.line, item.reason, "", "1")
        elif item.currency != self.currency:
            return
        self.unexplained = str(Decimal(self.unexplained) - Decimal(item.amount))
        if len(self.items) < MOST_ITEMS:
            self.items.append(item)

    @property
    def agrees(self) -> bool:
        return Decimal(self.given) == Decimal(self.found)

    def to_store(self) -> dict[str, Any]:
        return {**asdict(self), "agrees": self.agrees}


def compare(cursor: Any, where: Scope, files: list[IngestionFile], loads: list[Staged]) -> list[dict[str, Any]]:
    """The control totals given with the load, each over all files of its type. Needs the load checked and its invalid
    rows stored."""
    found: list[Compared] = []
    for record_type in dict.fromkeys(file.record_type for file in files if file.control):
        own = [file for file in files if file.record_type == record_type]
        staged = next(item for item in loads if feeds(item, own[0]))
        found += _of_type(cursor, where, own, staged)
    return [compared.to_store() for compared in found]


def _of_type(cursor: Any, where: Scope, files: list[IngestionFile], staged: Staged) -> list[Compared]:
    control = files[0].control
    rows, sums = 0, defaultdict[str, Decimal](Decimal)
    for file in files:
        count, own_sums = _taken_in(cursor, where, file, staged)
        rows += count
        for currency, total in own_sums.items():
            sums[currency] += total
    names = ", ".join(file.name for file in files)
    found = [Compared(names, "", str(control["count"]), str(rows))] if "count" in control else []
    found += [
        Compared(names, currency, given, str(sums[currency])) for currency, given in control.get("sums", {}).items()
    ]
    for file in files:
        for item in _left_out(file, where=f"{file.name}: " if len(files) > 1 else ""):
            for compared in found:
                compared.explain(item)
    return found


def _taken_in(cursor: Any, where: Scope, file: IngestionFile, staged: Staged) -> tuple[int, dict[str, Decimal]]:
    """Rows and sums per currency of what goes in: what is staged, and what is stored already as the file has it."""
    amount = _amount(file)
    column = amount.attribute if amount else ""
    sign = " * coalesce({0}.given_sign, 1)" if staged.target == "arhub_document" else ""
    has_currency = any(item.name == "currency" for item in file.type.fields)
    parts = []
    for alias, source in (
        ("s", f"{staged.table} s where s.file = {file.pk}"),
        ("t", f"{same_table(where.ingestion_id)} m join {staged.target} t on t.id = m.record where m.file = {file.pk}"),
    ):
        present = alias == "t" or column in staged.columns
        value = f"{alias}.{column}{sign.format(alias)}" if amount and present else "0"
        known = has_currency and (alias == "t" or "currency" in staged.columns)
        parts.append(f"select {f'{alias}.currency' if known else 'null'} as currency, {value} as amount from {source}")
    cursor.execute(
        "select coalesce(currency, ''), count(*), coalesce(sum(amount), 0) "
        f"from ({' union all '.join(parts)}) x group by 1"
    )
    result = cursor.fetchall()
    sums = defaultdict[str, Decimal](Decimal)
    for currency, _, total in result:
        sums[currency or _only_currency(file)] += total
    return sum(count for _, count, _ in result), sums


def _only_currency(file: IngestionFile) -> str:
    """What rows without a currency count as: the one that was named with the total, "" where several were."""
    sums = file.control.get("sums", {})
    return next(iter(sums)) if len(sums) == 1 else ""


def _amount(file: IngestionFile) -> Field | None:
    """The amount that the total was taken of: the one named with it, else the first the file has."""
    mapped = set(file.mapping.values()) | set(file.recipe.get("constants", {}))
    names = [file.control.get("field", ""), *AMOUNTS]
    money = {item.name: item for item in file.type.fields if item.kind is Kind.MONEY and item.name in mapped}
    return next((money[name] for name in names if name in money), next(iter(money.values()), None))


def _left_out(file: IngestionFile, *, where: str) -> Iterator[Item]:
    """The file's invalid rows with their amounts, as far as those can be read; `where` precedes the reasons."""
    amount = _amount(file)
    chosen = Recipe.stored(file.recipe).readings.get(amount.name, Reading()) if amount else Reading()
    reading = decided(chosen, file.ingestion.source)
    header = {name: place for place, name in enumerate(file.header)}
    columns = {name: header[text] for text, name in file.mapping.items() if text in header}
    rows = InvalidRow.objects.filter(file=file).order_by("line").values_list("line", "cause", "cells")
    for line, cause, cells in rows.iterator(_ROWS):
        text = _cell(cells or [], columns.get(amount.name)) if amount else ""
        currency = _cell(cells or [], columns.get("currency")).strip().upper()
        known = currency if len(currency) == 3 else _only_currency(file)
        yield Item(line, f"{where}{cause[:200]}", known, _read(amount, text, reading))


def _read(amount: Field | None, text: str, reading: Reading) -> str:
    if amount is None:
        return "0"
    values, _ = coerce(amount, [text], reading)
    return values[0] or "0"


def _cell(cells: list[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""
