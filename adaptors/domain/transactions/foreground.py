"""Exporting without a worker, chunk by chunk, as a command does: what is due, or what is asked for; or finding out what
would become of it, and storing nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from adaptors.domain.documents.producing import Produced, Producer, explained
from adaptors.domain.transactions import exporting
from adaptors.domain.transactions.manual_search import List, sorted_out
from adaptors.domain.transactions.selection import Reason, Wanted, due_after, wanted
from adaptors.models import Activation, Transaction
from arhub.tenancy.scope import scope

CHUNK = 100


class Outcome(StrEnum):
    SENT = "sent"
    HELD = "held"
    EXPORTED = "already_exported"
    NOT_ACTIVATED = "not_activated"
    NEVER = "never"


LEFT = {List.EXPORTED: Outcome.EXPORTED, List.NOT_ACTIVATED: Outcome.NOT_ACTIVATED}


@dataclass(frozen=True, slots=True)
class Line:
    """What became of a document, or would. `transaction` is None where there is none; `reasons` are why it is held or
    does not go."""

    number: str
    customer: str
    date: date | None
    outcome: Outcome
    transaction: int | None = None
    reasons: Sequence[str] = ()


def export_all(tenant_id: int, pk: int, asked: Wanted | None, *, is_dry: bool) -> Iterator[Line]:
    """Everything that is due of an activation, or all that is asked for: each chunk in a transaction of its own. Raises
    ConfigError when the activation is off."""
    day, last, is_over = date.min, 0, False
    while not is_over:
        with scope(tenant_id):
            activation = Activation.objects.get(pk=pk) if is_dry else exporting.working(pk)
            rows = wanted(activation, asked).filter(pk__gt=last).order_by("pk") if asked else due_after(
                activation, day, last
            )  # fmt: skip
            chunk = list(rows.values_list("pk", "invoice_date")[:CHUNK])
            lines = _lines(activation, [pk for pk, _ in chunk], is_dry=is_dry)
        yield from lines
        is_over = len(chunk) < CHUNK
        if chunk:
            last, day = chunk[-1][0], chunk[-1][1] or day


def _lines(activation: Activation, ids: Sequence[int], *, is_dry: bool) -> list[Line]:
    rows: dict[int, Any] = sorted_out(activation, Wanted()).filter(pk__in=ids).select_related("account").in_bulk()
    going = [pk for pk in ids if rows[pk].list == List.NOT_EXPORTED]
    made = _tried(activation, going) if is_dry else _made(activation, going)
    return [_line(rows[pk], *made.get(pk, _left(rows[pk]))) for pk in ids]


def _line(row: Any, outcome: Outcome, transaction: int | None, reasons: Sequence[str]) -> Line:
    return Line(row.number or "", str(row.account), row.invoice_date, outcome, transaction, reasons)


def _left(row: Any) -> tuple[Outcome, None, Sequence[str]]:
    return LEFT.get(row.list, Outcome.NEVER), None, [str(Reason[row.reason])] if row.reason else []


def _made(activation: Activation, ids: Sequence[int]) -> dict[int, tuple[Outcome, int | None, Sequence[str]]]:
    """What became of documents: those on hold are tried again, the others are new."""
    held = Transaction.objects.filter(activation=activation, document__in=ids, state=Transaction.State.HELD)
    again = {row.document_id: exporting.retry(row) for row in held}
    fresh, _ = exporting.export_chosen(activation, [pk for pk in ids if pk not in again])
    return {row.document_id: (*_became(row.state == Transaction.State.HELD, row.problems, row.pk),)
            for row in (*again.values(), *fresh)}  # fmt: skip


def _tried(activation: Activation, ids: Sequence[int]) -> dict[int, tuple[Outcome, int | None, Sequence[str]]]:
    """What would become of them."""
    return {one.composed.document_id: _would(activation, one) for one in Producer(activation).produce(ids)}


def _would(activation: Activation, produced: Produced) -> tuple[Outcome, int | None, Sequence[str]]:
    rule, problems = produced.composed.rule, explained(produced)
    if not (rule and rule.destination_id) and activation.destination_id is None:
        problems.append({"text": "No destination gateway is chosen.", "holds": True})
    return _became(any(one["holds"] for one in problems), problems, None)


def _became(
    is_held: bool, problems: Sequence[dict[str, Any]], transaction: int | None
) -> tuple[Outcome, int | None, Sequence[str]]:
    reasons = [str(one["text"]) for one in problems if one["holds"]] if is_held else []
    return (Outcome.HELD if is_held else Outcome.SENT), transaction, reasons
