"""Total rows and page footers below the data: held back while a file streams by, and left out at its end."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence

from ingestion.base import Cell, Chunk, Table
from ingestion.readers.region import is_blank

Row = tuple[int, list[Cell]]

_MOST_HELD = 10
_RECENT = 5
_NARROW = 5
_LONGEST = 200
_LABELS = frozenset(
    """
    total|totals|grand total|sub total|subtotal|overall total|report total|total amount|total sum|sum|sum total|sums
    |i alt|ialt|sum i alt|total i alt|samlet|sammenlagt|summe|gesamt|gesamtsumme|gesamtbetrag|summe gesamt|endsumme
    |zwischensumme|totaal|eindtotaal|totaal generaal|total général|total general|totaux|somme|totalt|summa|summa totalt
    |sum totalt|suma|suma total|razem|suma razem|łącznie|ogółem|totale|totale generale|totali|somma|yhteensä
    |summa yhteensä|kokonaissumma
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)
_LABEL = re.compile(r"(?P<phrase>[^\W\d_][^\d:*=()]*?)(?:[\s:.*=\-]+(?:[A-Z]{3}|\([A-Z]{3}\)))?[\s:.*=\-]*")
_AMOUNT = re.compile(
    r"(?:[^\W\d_]{1,3}\.?\s+|kr\.?|[€$£¥₹])?[-+−(]?\s*[€$£¥₹]?\s*[0-9][0-9.,'’\s]*\)?-?\s*(?:[^\W\d_]{1,3}\.?|[€$£¥₹])?"
)
_DAY = re.compile(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_RULE = re.compile(r"[-=_*\s]{3,}")
_FOOTER = re.compile(
    r"\W*(?:(?:printed|udskrevet|gedruckt|ausgedruckt|erstellt am|afgedrukt|imprimé|utskriven|utskrevet"
    r"|wydrukowano|tulostettu|stampato|impreso|generated|report generated|page|side|seite|pagina|sida|página|strona"
    r"|sivu)\b.*[0-9].*"
    r"|(?:end of report|slut på rapport|ende der liste|ende des berichts)\W*|\*+ *(?:end|ende|slut) *\*+)",
    re.IGNORECASE | re.DOTALL,
)


class TableWithTotals(Table):
    """A table of rows as people arrange them: total rows and footers may end it."""

    def chunks(self, size: int = 5_000) -> Iterator[Chunk]:
        self.totals = []
        yield from without_totals(self._data(size), self.totals, size)

    @abstractmethod
    def _data(self, size: int) -> Iterator[Chunk]:
        """All rows below the header, in chunks of at most `size`."""


def without_totals(chunks: Iterator[Chunk], left_out: list[Row], size: int) -> Iterator[Chunk]:
    """The chunks without the total rows and footers that end the file; those are put into `left_out`.

    Only the last rows seen are held, at most ten: when others follow they were data.
    """
    held: list[Row] = []
    recent: list[list[Cell]] = []
    for chunk in chunks:
        start = _start_of_tail(chunk, recent)
        if start or chunk.problems:
            yield from _released(held, size)
            held = []
        tail = list(zip(chunk.lines[start:], chunk.rows[start:], strict=True))
        recent = [*recent, *chunk.rows[max(0, start - _RECENT) : start]][-_RECENT:]
        body = Chunk(chunk.lines[:start], chunk.rows[:start], chunk.problems) if tail else chunk
        if body.lines or body.problems:
            yield body
        held += tail
        if len(held) > _MOST_HELD:
            yield from _released(held[:-_MOST_HELD], size)
            held = held[-_MOST_HELD:]
    left_out.extend(held)


def _released(rows: Sequence[Row], size: int) -> Iterator[Chunk]:
    for first in range(0, len(rows), size):
        some = rows[first : first + size]
        yield Chunk([line for line, _ in some], [row for _, row in some])


def _start_of_tail(chunk: Chunk, recent: list[list[Cell]]) -> int:
    """Where the total rows and footers begin that end the chunk. Without data above them there are none."""
    after = max((line for line, _, _ in chunk.problems), default=0)
    start = len(chunk.rows)
    while start and chunk.lines[start - 1] > after and _may_end(chunk.rows[start - 1]):
        start -= 1
    above = [*recent, *chunk.rows[max(0, start - _RECENT) : start]][-_RECENT:]
    for place in range(len(chunk.rows) - 1, start - 1, -1):
        if not above or not _ends(chunk.rows[place], above):
            return place + 1
    return start


def _may_end(row: Sequence[Cell]) -> bool:
    cells = _cells(row)
    return bool(cells) and isinstance(cells[0], str) and (_is_label(cells[0]) or _is_rule(cells) or _is_footer(row))


def _ends(row: Sequence[Cell], above: list[list[Cell]]) -> bool:
    return _is_rule(_cells(row)) or _is_footer(row) or _is_total(row, above)


def _cells(row: Sequence[Cell]) -> list[Cell]:
    return [cell for cell in row if not is_blank(cell)]


def _is_rule(cells: Sequence[Cell]) -> bool:
    """----- or =====, drawn under a column of amounts."""
    return bool(cells) and all(isinstance(cell, str) and _RULE.fullmatch(cell) for cell in cells)


def _is_footer(row: Sequence[Cell]) -> bool:
    """ "Printed 01.02.2026, page 1", which a delimiter may have cut in two, in a table of more columns than that."""
    cells = _cells(row)
    if not cells or len(cells) > 2 or len(row) < len(cells) + 2 or not all(isinstance(cell, str) for cell in cells):
        return False
    return _FOOTER.fullmatch(", ".join(map(str, cells)).strip()[:_LONGEST]) is not None


def _is_total(row: Sequence[Cell], above: list[list[Cell]]) -> bool:
    """A word for total, then only amounts, and a gap before the first of them where the rows above have values.

    The gap tells it from a record: Total Energies has a number, a date or an address there.
    """
    filled = [place for place, cell in enumerate(row) if not is_blank(cell)]
    if not _is_label(row[filled[0]]):
        return False
    amounts = [place for place in filled[1:] if _is_amount(row[place])]
    if not amounts or not all(place in amounts or _is_currency(row[place]) for place in filled[1:]):
        return False
    always = [place for place in range(len(row)) if all(not is_blank(other[place]) for other in above)]
    gap = any(place in always for place in range(amounts[0]) if place not in filled)
    return gap and (len(filled) * 2 <= len(row) or len(row) <= _NARROW)


def _is_label(cell: Cell) -> bool:
    found = _LABEL.fullmatch(cell.strip(" *=-")) if isinstance(cell, str) and len(cell) <= 40 else None
    return found is not None and " ".join(found["phrase"].casefold().replace("-", " ").split()) in _LABELS


def _is_amount(cell: Cell) -> bool:
    if not isinstance(cell, str):
        return not isinstance(cell, bool) and not hasattr(cell, "year")
    text = " ".join(cell[:_LONGEST].split())  # runs of blanks could be shared out among the pattern's parts in any way
    return _AMOUNT.fullmatch(text) is not None and not _DAY.fullmatch(text)


def _is_currency(cell: Cell) -> bool:
    return isinstance(cell, str) and _CURRENCY.fullmatch(cell.strip()) is not None
