"""The tab *Manually Export Invoices* of an activation: find documents, see why they do not go by themselves and how
they went, and export them. Everyone may look."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from adaptors.catalogue import CATALOGUE, Work
from adaptors.domain.transactions import manual_export
from adaptors.domain.transactions.manual_search import (
    MOST_CUSTOMERS,
    MOST_FOUND,
    CannotSearch,
    Found,
    List,
    Mode,
    Preset,
    by_customers,
    by_dates,
    by_numbers,
    days_of,
    found_by,
    keep,
    on_list,
)
from adaptors.domain.transactions.selection import Reason
from adaptors.domain.transactions.steering import NoReason
from adaptors.models import Activation, ManualSearch, Transaction
from arhub.admin import cells
from arhub.admin.base import allows
from arhub.admin.facts import page_of
from arhub.admin.paging import page_of_rows
from arhub.admin.sharing import may, visible
from arhub.domain import receivables, search
from arhub.domain.sharing import Level
from arhub.models import Account, Role
from arhub.requests import number_of

TAB = manual_export.KIND
MOST_SHOWN = 50
"""Customers, and numbers that nobody has, of which so many are listed."""


def address(activation: Activation, **query: Any) -> str:
    page = reverse("admin:adaptors_activation_change", args=[activation.pk])
    return f"{page}?{urlencode({'tab': TAB, **query})}"


def choose(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """From the menu: straight to the only adaptor that exports, or to a choice of several."""
    kinds = [kind for kind, entry in CATALOGUE.items() if entry.work is Work.EXPORT]
    rows = Activation.objects.filter(adaptor__in=kinds).select_related("source", "destination")
    found = [(one, address(one)) for one in visible(request, rows, "activation")]
    if len(found) == 1:
        return HttpResponseRedirect(found[0][1])
    shown = {**context, "title": "Manual export", "found": found, "may_activate": allows(request, Role.MANAGER)}
    return render(request, "adaptors/manual/choose.html", shown)


def shown(request: HttpRequest, activation: Activation) -> dict[str, Any]:
    asked = _search_of(activation, number_of(request.GET.get("search")))
    given: dict[str, Any] = asked.asked if asked else {}
    word = request.GET.get("mode", "")
    mode = Mode(word) if word in Mode.values else Mode(given.get("mode", Mode.INVOICES))
    return {
        "modes": [(one.label, address(activation, mode=one.value), one is mode) for one in Mode],
        "mode": mode.value,
        "given": given if given.get("mode") == mode else {},
        "presets": list(Preset),
        **(_customers(activation, "", given.get("accounts", ())) if mode is Mode.CUSTOMER else {}),
        **(_results(request, asked) if asked and given.get("mode") == mode else {}),
    }


def customers(request: HttpRequest, activation: Activation) -> HttpResponse:
    """Those that are looked for, below those that were ticked."""
    found = _customers(activation, request.GET.get("customer", ""), _ids(request.GET.getlist("account")))
    return render(request, "adaptors/manual/customers.html", found)


def find(request: HttpRequest, activation: Activation) -> HttpResponse:
    """Keep what is asked for, and show what it finds."""
    mode, user = request.POST.get("mode", ""), request.user
    try:
        asked = keep(activation, _asked(request, activation, mode), user)  # type: ignore[arg-type]
    except CannotSearch as problem:
        messages.warning(request, str(problem))
        return HttpResponseRedirect(address(activation, mode=mode))
    return HttpResponseRedirect(address(activation, search=asked.pk))


def export(request: HttpRequest, activation: Activation, pk: int) -> HttpResponse:
    """Export what was ticked, or the whole list, by a run of its own."""
    asked, which, user = required(activation, pk), _list_of(request.POST.get("list", "")), request.user
    try:
        run = manual_export.begin(asked, which, ticked(request), user, request.POST.get("reason", ""))  # type: ignore[arg-type]
    except (manual_export.CannotExport, NoReason) as problem:
        messages.warning(request, f"Nothing was exported. {problem}")
        return HttpResponseRedirect(address(activation, search=asked.pk, list=which.value))
    return HttpResponseRedirect(reverse("admin:arhub_run_change", args=[run.pk]))


def _results(request: HttpRequest, asked: ManualSearch) -> dict[str, Any]:
    found = found_by(asked)
    first = next((one for one in (List.NOT_EXPORTED, *List) if found.counts.get(one)), List.NOT_EXPORTED)
    which = _list_of(request.GET.get("list", ""), first)
    page = page_of_rows(request, on_list(asked, which).select_related("account").order_by("-invoice_date", "-pk"))
    return {
        "search": asked,
        "found": found,
        "most": MOST_FOUND,
        "missing": found.missing[:MOST_SHOWN],
        "more_missing": max(0, len(found.missing) - MOST_SHOWN),
        "lists": [_tab(asked, found, one, which) for one in List],
        "which": which.value,
        "which_label": which.label,
        "all": found.counts.get(which, 0),
        "is_empty": not found.never and not any(found.counts.values()),
        "never": found.never,
        "never_count": sum(n for _, n, _ in found.never),
        "page": page,
        "rows": _rows(asked.activation, list(page)),
        "may_export": may(request, asked.activation, Level.OPERATE),
        "may_activate": may(request, asked.activation, Level.EDIT),
    }


def _tab(asked: ManualSearch, found: Found, one: List, which: List) -> tuple[str, int, str, bool]:
    return one.label, found.counts.get(one, 0), address(asked.activation, search=asked.pk, list=one.value), one is which


def _rows(activation: Activation, documents: list[Any]) -> list[dict[str, Any]]:
    sent = Transaction.objects.filter(activation=activation, document__in=[one.pk for one in documents])
    last = {row.document_id: row for row in sent.order_by("document_id", "-again").distinct("document_id")}
    return [
        {
            "document": one,
            "url": page_of(one),
            "account_url": page_of(one.account),
            "day": cells.day(one.invoice_date),
            "amount": cells.money(one.total_amount, one.currency),
            "reason": str(Reason[one.reason]) if one.reason else "It goes with the next run.",
            "sent": (row := last.get(one.pk)),
            "chip": cells.chip(row.get_state_display()) if row else "",
        }
        for one in documents
    ]


def _customers(activation: Activation, text: str, ticked: Any) -> dict[str, Any]:
    """Of the source: those that were ticked, and those that begin as is looked for, or the first by name."""
    if activation.source is None:
        return {"customers": [], "ticked": []}
    rows = receivables.customers(Account.objects.filter(ledger=activation.source.ledger_id))
    chosen = list(rows.filter(pk__in=list(ticked)[:MOST_CUSTOMERS]).order_by("name", "pk"))
    term = text.replace("\x00", "").strip()
    others = rows.filter(search.accounts(term)) if term else rows
    found = others.exclude(pk__in=[one.pk for one in chosen]).order_by("name", "pk")[:MOST_SHOWN]
    return {"ticked": chosen, "customers": list(found), "looked_for": term}


def _asked(request: HttpRequest, activation: Activation, mode: str) -> dict[str, Any]:
    given = request.POST
    if mode == Mode.CUSTOMER:
        return by_customers(_ids(given.getlist("account")))
    if mode == Mode.DATE and (word := given.get("preset", "")) in list(Preset):
        first, last = days_of(Preset(word), receivables.today_of(request.tenant))  # type: ignore[attr-defined]
        return by_dates(str(first), str(last))
    if mode == Mode.DATE:
        return by_dates(given.get("first", ""), given.get("last", ""))
    return by_numbers(activation, given.get("numbers", ""))


def ticked(request: HttpRequest) -> set[int] | None:
    """None: the whole list."""
    return None if request.POST.get("all") else _ids(request.POST.getlist("document"))


def _ids(texts: list[str]) -> set[int]:
    return {pk for text in texts if (pk := number_of(text))}


def _list_of(word: str, default: List = List.NOT_EXPORTED) -> List:
    return List(word) if word in List.values else default


def _search_of(activation: Activation, pk: int) -> ManualSearch | None:
    found = ManualSearch.objects.filter(activation=activation, pk=pk).first()
    if found is not None:
        found.activation = activation
    return found


def required(activation: Activation, pk: int) -> ManualSearch:
    found = _search_of(activation, pk)
    if found is None:
        raise Http404("No such search here: find the invoices anew.")
    return found
