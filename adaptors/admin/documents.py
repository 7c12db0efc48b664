"""The tab *Documents* of an activation: which of the source's documents go out, and why the others do not."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from adaptors.admin.source import page
from adaptors.domain import exporting
from adaptors.domain.selection import BY_HAND, Reason, Wanted, wanted
from adaptors.models import Activation, Transaction
from arhub.admin import cells
from arhub.admin.base import allows
from arhub.admin.facts import page_of
from arhub.admin.paging import page_of_rows
from arhub.domain import search
from arhub.models import Account, Role
from arhub.requests import number_of

MOST_CUSTOMERS = 1_000
MOST_CHOSEN = 500
"""Documents exported at once from this page."""


def shown(request: HttpRequest, activation: Activation) -> dict[str, Any]:
    asked, problem = _asked(request)
    rows = wanted(activation, asked).select_related("account").order_by("-invoice_date", "-pk")
    found = page_of_rows(request, rows)
    return {
        "page": found,
        "rows": [_row(document) for document in found],
        "given": {name: request.GET.get(name, "") for name in ("number", "customer", "first", "last")},
        "problem": problem,
        "may_export": activation.is_on and allows(request, Role.CLERK),
    }


def export(request: HttpRequest, activation: Activation) -> HttpResponse:
    """Export the documents that were ticked, and say what became of them."""
    ids = [pk for text in request.POST.getlist("document")[:MOST_CHOSEN] if (pk := number_of(text))]
    back = HttpResponseRedirect(page(activation, "documents"))
    if not activation.is_on or not ids:
        messages.warning(request, "Nothing was exported: " + ("tick documents." if activation.is_on else "it is off."))
        return back
    user: Any = request.user
    made, left = exporting.export_chosen(activation, ids, user)
    held = sum(row.state == Transaction.State.HELD for row in made)
    if len(made) > held:
        messages.success(request, f"{len(made) - held:,} on their way.")
    if held:
        messages.warning(request, f"{held:,} on hold: their transactions say what is missing.")
    for reason, count in Counter(Reason[one.reason] for one in left).items():  # type: ignore[attr-defined]
        messages.warning(request, f"{count:,} not exported. {reason}")
    return back


def _row(document: Any) -> dict[str, Any]:
    reason = Reason[document.reason] if document.reason else None
    return {
        "document": document,
        "url": page_of(document),
        "account_url": page_of(document.account),
        "amount": cells.money(document.total_amount, document.currency),
        "reason": str(reason or "It goes with the next run."),
        "can_go": reason is None or reason in BY_HAND,
    }


def _asked(request: HttpRequest) -> tuple[Wanted, str]:
    """What the form asks for, and a sentence about what in it cannot be read."""
    numbers = re.split(r"[,;\s]+", request.GET.get("number", "").strip())
    customer = request.GET.get("customer", "").strip()
    days, problem = {}, ""
    for name in ("first", "last"):
        text = request.GET.get(name, "").strip()
        try:
            days[name] = date.fromisoformat(text) if text else None
        except ValueError:
            problem = f"Expected a day such as 2026-03-15, found “{text[:40]}”."
    return Wanted([one for one in numbers if one], _accounts(customer), days.get("first"), days.get("last")), problem


def _accounts(text: str) -> list[int] | None:
    """The customers whose name or number begins so; None where nobody is named."""
    if not text:
        return None
    found = Account.objects.filter(search.accounts(text)).values_list("pk", flat=True)
    return list(found[:MOST_CUSTOMERS])
