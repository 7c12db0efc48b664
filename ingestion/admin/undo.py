"""The tab about undoing a load: before, what it would do; after, what it left."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from arhub.admin.base import allows
from arhub.admin.paging import ROWS, KeyPage, page_of_rows
from arhub.amounts import amount_text, signed_text
from arhub.models import Role
from arhub.records import RECORD_TYPES
from arhub.requests import number_of
from ingestion.admin.presentation import record_url
from ingestion.domain import runs
from ingestion.domain.undo.preview import Preview, preview
from ingestion.models import Ingestion, Kept, State
from ingestion.tasks import ring


def tab_label(ingestion: Ingestion) -> str:
    """What the tab is called; empty for a load that cannot be undone and was not."""
    return {State.COMMITTED: "Undo preview", State.UNDONE: "Undo"}.get(State(ingestion.state), "")


def may_undo(request: HttpRequest, ingestion: Ingestion) -> bool:
    return ingestion.state == State.COMMITTED and allows(request, Role.MANAGER)


def context(request: HttpRequest, ingestion: Ingestion) -> dict[str, Any]:
    """What stands on the tab."""
    first = number_of(request.GET.get("from"))
    if ingestion.state == State.COMMITTED:
        return _before(preview(ingestion, first=first, rows=ROWS), first)
    if ingestion.state == State.UNDONE:
        page = page_of_rows(request, Kept.objects.filter(ingestion=ingestion).order_by("id"))
        return {"undo_kept": [_linked(row) for row in page], "undo_page": page}
    return {}


def _before(found: Preview, first: int) -> dict[str, Any]:
    kept = found.plan.total("kept")
    at = "?tab=undo&from={}".format
    page = KeyPage(
        list(found.kept),
        first=at(0) if first else "",
        previous=at(max(first - ROWS, 0)) if first else "",
        next=at(first + ROWS) if first + ROWS < kept else "",
    )
    return {
        "undo_plan": found.plan,
        "undo_totals": {name: found.plan.total(name) for name in ("removed", "restored", "kept", "blocked")},
        "undo_money": _money(found),
        "undo_money_is_too_much": found.money is None,
        "undo_kept": [_linked(row) for row in found.kept],
        "undo_page": page,
    }


def _money(found: Preview) -> list[dict[str, str]]:
    kinds = {"document": "Outstanding on documents", "payment": "Not applied of payments"}
    return [
        {
            "kind": kinds[money.kind],
            "currency": money.currency or "no currency",
            "before": amount_text(money.before),
            "after": amount_text(money.after),
            "moves_by": signed_text(money.moves_by),
        }
        for money in found.money or []
    ]


def _linked(row: Any) -> dict[str, Any]:
    record_type = RECORD_TYPES[row.record_type]
    kind = "credit_memo" if row.record_type == "adjustment" else ""
    return {"row": row, "type": record_type.label, "url": record_url(row.record_type, row.record, kind)}


def post(request: HttpRequest, ingestion: Ingestion) -> None:
    """Ask for the undo; says what came of it in a message."""
    if request.method != "POST" or not allows(request, Role.MANAGER):
        raise PermissionDenied("Undoing a load needs the role Manager.")
    if runs.request_undo(ingestion, request.user):  # type: ignore[arg-type]
        ring()
    elif ingestion.state == State.UNDONE:
        messages.warning(request, f"Ingestion {ingestion.pk} is undone already.")
    else:
        messages.warning(request, f"Ingestion {ingestion.pk} is not committed, so there is nothing to undo.")
