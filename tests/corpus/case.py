"""A file of the corpus and what is true about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tests.corpus import formats

Record = dict[str, object]
Columns = Sequence[tuple[str, str | None]]
"""The file's headers, each with the field it means; None when the hub must not take it for any field."""


@dataclass(frozen=True)
class Case:
    """`stored` are the records that must be there after the load, each with every mapped field and no other. `rejected`
    are the lines that must not go in, `refused` a part of the sentence when the whole file must not."""

    name: str
    record_type: str
    file: str
    content: bytes
    columns: Columns
    stored: Sequence[Record] = ()
    rejected: tuple[int, ...] = ()
    refused: str = ""
    left_out: tuple[tuple[int, str], ...] = ()

    def __str__(self) -> str:
        return self.name


Day = Callable[[date], object]
Money = Callable[[Decimal], object]


def money(group: str, sign: str, *, places: int = 2, positive: str = "{}", negative: str = "-{}") -> Money:
    """Writes amounts of a country: `positive` and `negative` put the currency and the minus around the digits."""

    def write(amount: Decimal) -> str:
        whole, _, decimals = f"{abs(amount):.{places}f}".partition(".")
        grouped = f"{int(whole):,}".replace(",", group)
        digits = f"{grouped}{sign}{decimals}" if places else grouped
        return (negative if amount < 0 else positive).format(digits)

    return write


def lakh(amount: Decimal) -> str:
    """1,23,456.50: groups of two above the thousands."""
    whole, _, decimals = f"{abs(amount):.2f}".partition(".")
    head, tail = whole[:-3], whole[-3:]
    pairs = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)][::-1]
    return ",".join([*pairs, tail]) + f".{decimals}"


def day(pattern: str) -> Day:
    return lambda value: value.strftime(pattern)


def plain_day(value: date) -> str:
    return value.isoformat()


def plain_money(amount: Decimal) -> str:
    return f"{amount:.2f}"


def grid(
    columns: Columns, records: Sequence[Record], day: Day = plain_day, money: Money = plain_money, filler: str = "x"
) -> list[list[object]]:
    """Header and rows as they stand in the file. A record may give its own spelling of a column that means nothing."""
    rows: list[list[object]] = [[header for header, _ in columns]]
    for record in records:
        cells = [record.get(name or header, filler if name is None else None) for header, name in columns]
        rows.append([_written(cell, day, money) for cell in cells])
    return rows


def _written(cell: object, day: Day, money: Money) -> object:
    if isinstance(cell, Decimal):
        return money(cell)
    if isinstance(cell, date):
        return day(cell)
    return "" if cell is None else cell


def mapped(columns: Columns, records: Sequence[Record]) -> list[Record]:
    """What of the records the file can tell."""
    names = [name for _, name in columns if name]
    return [{name: record.get(name) for name in names} for record in records]


def text_case(
    name: str,
    columns: Columns,
    records: Sequence[Record],
    *,
    record_type: str = "invoice",
    day: Day = plain_day,
    money: Money = plain_money,
    titles: Sequence[Sequence[object]] = (),
    totals: Sequence[Sequence[object]] = (),
    left_out: tuple[tuple[int, str], ...] = (),
    file: str = "",
    stored: Sequence[Record] | None = None,
    rejected: tuple[int, ...] = (),
    refused: str = "",
    pack: Callable[[bytes], bytes] = bytes,
    **how: object,
) -> Case:
    rows = [*titles, *grid(columns, records, day, money), *totals]
    content = pack(formats.text(rows, **how))  # type: ignore[arg-type]
    kept = mapped(columns, records) if stored is None else stored
    return Case(
        name, record_type, file or f"{name.replace(' ', '_')}.csv", content, columns, kept, rejected, refused, left_out
    )


def sheet_case(
    name: str,
    write: Callable[..., bytes],
    columns: Columns,
    records: Sequence[Record],
    /,
    *,
    file: str,
    record_type: str = "invoice",
    day: Day = lambda value: value,
    money: Money = lambda amount: amount,
    titles: Sequence[Sequence[object]] = (),
    totals: Sequence[Sequence[object]] = (),
    left_out: tuple[tuple[int, str], ...] = (),
    stored: Sequence[Record] | None = None,
    rejected: tuple[int, ...] = (),
    **how: object,
) -> Case:
    rows = [*titles, *grid(columns, records, day, money), *totals]
    kept = mapped(columns, records) if stored is None else stored
    return Case(name, record_type, file, write(rows, **how), columns, kept, rejected, "", left_out)
