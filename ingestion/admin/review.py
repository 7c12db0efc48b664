"""What the review of a load shows beside its counts: the money, the totals given, the rows that change."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.http import HttpRequest

from arhub.amounts import amount_text, signed_text
from arhub.domain.ageing import BUCKETS, Ageing
from arhub.records import Kind
from arhub.requests import number_of
from ingestion.admin.presentation import labels, moved, record_url
from ingestion.domain import reviewed
from ingestion.domain.loading import staged_tables
from ingestion.domain.money import restored
from ingestion.domain.staging import Staged
from ingestion.models import Ingestion, Review

ROWS = 50
COLUMNS = (*BUCKETS, ("unapplied_credits", "Unapplied credits"), ("unapplied_payments", "Unapplied payments"))
TOTALS = (("outstanding", "Outstanding"), ("balance", "Balance"))
FILTERS = (("", "All"), ("money", "Amounts"), ("date", "Dates"), ("settles", "Documents that settle"),
           ("reopens", "Documents that reopen"), ("turns", "Documents that change sign"))  # fmt: skip


def context(request: HttpRequest, ingestion: Ingestion) -> dict[str, Any]:
    """Money, control totals and one table of rows. Nothing of it is worked out here: the review was stored."""
    review = Review.objects.filter(ingestion=ingestion).first()
    if review is None:
        return {}
    loads = staged_tables(ingestion, list(ingestion.files.all()))
    return {
        "money": _money(review.money),
        "control": _control(review),
        "left_out": [{"what": name.lower(), "records": part, "of": of} for name, (part, of) in review.missing.items()],
        "rows": _rows(request, loads),
    }


def control_totals(ingestion: Ingestion) -> list[dict[str, Any]]:
    """The comparison as the load's review had it, also after the load went in."""
    review = Review.objects.filter(ingestion=ingestion).only("control").first()
    return _control(review) if review else []


def _control(review: Review) -> list[dict[str, Any]]:
    return [
        {
            **row,
            **{name: _text(row[name]) for name in ("given", "found", "unexplained")},
            "differs": _text(str(Decimal(row["found"]) - Decimal(row["given"]))),
            "items": [{**item, "amount": _text(item["amount"])} for item in row["items"]],
        }
        for row in review.control
    ]


def _money(stored: dict[str, Any]) -> dict[str, Any]:
    return {
        "columns": [label for _, label in COLUMNS],
        "currencies": [_line(row["before"]["currency"], row) for row in stored.get("currencies", [])],
        "accounts": [
            _line(f"{row['number']} {row['name']}".strip(), row) | {"currency": row["before"]["currency"]}
            for row in stored.get("accounts", [])
        ],
        "documents": stored.get("documents", {}),
    }


def _line(label: str, row: dict[str, Any]) -> dict[str, Any]:
    before, after = restored(row["before"]), restored(row["after"])
    return {
        "label": label,
        "totals": [_cell(before, after, name) for name, _ in TOTALS],
        "cells": [_cell(before, after, name) for name, _ in COLUMNS],
    }


def _cell(before: Ageing, after: Ageing, name: str) -> dict[str, Any]:
    old, new = getattr(before, name), getattr(after, name)
    moves = new - old
    return {
        "before": amount_text(old),
        "after": amount_text(new),
        "moves": signed_text(moves) if moves else "",
        "falls": moves < 0,
    }


def _text(number: str) -> str:
    whole, point, rest = number.partition(".")
    return f"{int(whole):,}{point}{rest}" if whole.lstrip("-").isdecimal() else number


def _rows(request: HttpRequest, loads: list[Staged]) -> dict[str, Any]:
    """One of the load's tables at a time, either what changes in it or what is new."""
    wanted = request.GET.get("table", "")
    tables = list(_tables(loads))
    if not tables:
        return {}
    table = next((item for item in tables if item["name"] == wanted), tables[0])
    found = _changes(request, table) if table["kind"] == "changes" else _new(request, table["staged"])
    return {"tables": tables, "table": table, **found}


def _tables(loads: list[Staged]) -> Iterator[dict[str, Any]]:
    for staged in loads:
        kind = staged.record_type
        if fields := reviewed.changed_fields(staged):
            yield {"name": f"changes-{kind.name}", "label": f"Changes of {kind.plural.lower()}", "kind": "changes",
                   "staged": staged, "fields": fields}  # fmt: skip
        if reviewed.has_new(staged):
            yield {"name": f"new-{kind.name}", "label": f"New {kind.plural.lower()}", "kind": "new", "staged": staged}


def _changes(request: HttpRequest, table: dict[str, Any]) -> dict[str, Any]:
    only, staged = request.GET.get("only", ""), table["staged"]
    after = number_of(request.GET.get("from"))
    rows = reviewed.changes(staged, only=only, after=after, most=ROWS + 1)
    known = labels(staged.record_type.name, (row.record for row in rows))
    shown = [
        {
            "change": row,
            **moved(staged.record_type.name, row.field, row.old, row.new),
            "label": known.get(row.record, ("", ""))[1] or f"{staged.record_type.label} {row.record}",
            "url": record_url(staged.record_type.name, row.record, known.get(row.record, ("", ""))[0]),
        }
        for row in rows[:ROWS]
    ]
    return {
        "changes": shown,
        "all_amounts": all(item["is_number"] for item in shown),
        "only": only,
        "filters": FILTERS if staged.target == "arhub_document" else FILTERS[:3],
        "next": _address(request, {"from": str(rows[ROWS - 1].id)}) if len(rows) > ROWS else "",
        "first": _address(request, {}) if after else "",
    }


def _new(request: HttpRequest, staged: Staged) -> dict[str, Any]:
    after = request.GET.get("from", "")
    rows = list(reviewed.new_rows(staged, after=after, most=ROWS + 1))
    fields = reviewed.shown_fields(staged)
    amounts = {item.name for item in fields if item.kind is Kind.MONEY}
    return {
        "new": [
            {
                "line": row.line,
                "cells": [_cell_of(cell, is_amount=name in amounts) for name, cell in row.cells.items()],
            }
            for row in rows[:ROWS]
        ],
        "header": [{"name": item.name, "is_number": item.name in amounts} for item in fields],
        "next": _address(request, {"from": rows[ROWS - 1].place}) if len(rows) > ROWS else "",
        "first": _address(request, {}) if after else "",
    }


def _cell_of(text: str | None, *, is_amount: bool) -> dict[str, Any]:
    return {"is_number": is_amount, "text": amount_text(Decimal(text)) if text and is_amount else text}


def _address(request: HttpRequest, values: dict[str, str]) -> str:
    query = request.GET.copy()
    query.pop("from", None)
    query.update(values)
    return f"?{query.urlencode()}"
