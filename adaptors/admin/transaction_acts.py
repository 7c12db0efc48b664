"""What people do about transactions: one, those that are ticked in the list, or all that failed for one reason. Each
asks before it does anything, as a dialog over the page, or as a page for whoever has no JavaScript."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from adaptors.domain.transactions import causes, steering
from adaptors.domain.transactions.steering import MOST_AT_ONCE
from adaptors.models import Activation, Transaction
from arhub.admin.counted import counted
from arhub.admin.sharing import Level, levels, require
from arhub.requests import number_of
from connectors.domain.settling import Choice

WITH_REASON = ("send_as_new", "elsewhere")
BULK = {
    "retry": "Try again",
    "resend": "Resend",
    "elsewhere": "Mark as sent by other means",
}
"""What can be done about those that are ticked, by the name of the action."""
SETTLED = "What was in trouble for this reason was tried again or settled meanwhile."
MEANINGS = {
    "retry": "What is on hold is made anew from what records and settings say now, and goes out if nothing holds it. "
    "What failed or was rejected goes once more: the same bytes under the same id.",
    "resend": "The same bytes go once more, under the same id. What is on its way, or may have arrived, is left alone.",
    "elsewhere": "Nothing goes out from here any more. Say how it was sent.",
}
LIST = "admin:adaptors_transaction_changelist"
SEEN_AT = "seen_at"
"""When a question was asked: the field of its form."""


def act(request: HttpRequest, row: Transaction, name: str) -> HttpResponse:
    """Ask about one of the choices of a transaction, and do it when it is posted."""
    require(request, row.activation, Level.OPERATE)
    choice = next((one for one in steering.choices_of(row) if one.name == name), None)
    if choice is None:
        raise Http404("Nothing of that name can be done about a transaction.")
    reason = request.POST.get("reason", "").strip()
    wants_reason = name in WITH_REASON or (name == "resend" and row.state in Transaction.ARRIVED)
    back = reverse("admin:adaptors_transaction_change", args=[row.pk])
    if request.method == "POST" and not choice.obstacle and (reason or not wants_reason):
        return _acted(request, row, choice, reason)
    return _dialog(
        request, f"{choice.label}: {row.number}", back, meaning=choice.obstacle or choice.meaning,
        button="" if choice.obstacle else choice.label, wants_reason=wants_reason and not choice.obstacle,
        lacks_reason=request.method == "POST" and not choice.obstacle, hidden={SEEN_AT: timezone.now().isoformat()},
    )  # fmt: skip


def _acted(request: HttpRequest, row: Transaction, choice: Choice, reason: str) -> HttpResponse:
    user: Any = request.user
    try:
        row = steering.act(row, choice.name, user, reason, _seen_at(request))
    except (steering.CannotDo, steering.NoReason) as problem:
        messages.warning(request, f"Nothing was done. {problem}")
    else:
        if row.state == Transaction.State.HELD:
            messages.warning(request, "It is on hold: below stands what is missing.")
        else:
            messages.success(request, f"{choice.label}: done. It is {str(row.get_state_display()).lower()}.")
    return HttpResponseRedirect(reverse("admin:adaptors_transaction_change", args=[row.pk]))


def ask_about(request: HttpRequest, name: str, rows: QuerySet[Transaction]) -> HttpResponse:
    """What a bulk action of the list answers: how many it would touch."""
    keys, back = list(rows.values_list("pk", flat=True)[: MOST_AT_ONCE + 1]), request.get_full_path()
    chosen = keys[:MOST_AT_ONCE]
    told = f"{len(chosen):,} transaction{'s' * (len(chosen) != 1)}"
    more = f" There are more: these are the first {MOST_AT_ONCE} of the list." if len(keys) > MOST_AT_ONCE else ""
    return _dialog(
        request, f"{BULK[name]}: {told}", back, meaning=f"{MEANINGS[name]}{more}", button=BULK[name] if chosen else "",
        wants_reason=name != "retry", action=reverse("admin:adaptors_transaction_act_on_chosen"),
        hidden={"name": name, "ids": ",".join(map(str, chosen)), "back": back, SEEN_AT: timezone.now().isoformat()},
    )  # fmt: skip


def act_on_chosen(request: HttpRequest) -> HttpResponse:
    """Do a bulk action about the transactions that were asked about."""
    name, reason, back = (request.POST.get(key, "").strip() for key in ("name", "reason", "back"))
    back = back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else reverse(LIST)
    if request.method != "POST" or name not in BULK:
        raise Http404("Nothing of that name can be done about transactions.")
    rows = _operable(request, [number_of(text) or 0 for text in request.POST.get("ids", "").split(",")])
    if name != "retry" and not reason:
        messages.warning(request, f"Nothing was done. {steering.NoReason()}")
        return HttpResponseRedirect(back)
    user: Any = request.user
    if name == "retry":
        found = causes.retry_all(rows, user)
    else:
        found = steering.act_on_all(rows, name, user, reason, _seen_at(request))
    _tell(request, found, BULK[name])
    return HttpResponseRedirect(back)


def _seen_at(request: HttpRequest) -> datetime | None:
    """When the question was asked that is answered; None for whoever was not asked."""
    try:
        found = datetime.fromisoformat(request.POST.get(SEEN_AT, ""))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _operable(request: HttpRequest, ids: Sequence[int]) -> list[Transaction]:
    """Those of activations that the person may operate. Raises `PermissionDenied` where there is none of them."""
    rows = list(Transaction.objects.select_related("activation").filter(pk__in=ids[:MOST_AT_ONCE]).order_by("pk"))
    activations = list({row.activation_id: row.activation for row in rows}.values())
    found = levels(request, activations)
    open_ones = {pk for pk, level in found.items() if level is not None and level.includes(Level.OPERATE)}
    if not open_ones:
        raise PermissionDenied("Acting on transactions needs to be allowed to operate their adaptor.")
    return [row for row in rows if row.activation_id in open_ones]


def retry_cause(request: HttpRequest, activation: Activation, cause: str) -> HttpResponse:
    """Try all again that an activation could not bring there for one reason, a slice at a time: the address says after
    which one it goes on."""
    require(request, activation, Level.OPERATE)
    rows = causes.of_cause(activation, cause, number_of(request.GET.get("after", "")) or 0)
    back = f"{reverse(LIST)}?{urlencode({'activation__id__exact': str(activation.pk), 'cause': cause})}"
    slice = list(rows.select_related("activation")[: MOST_AT_ONCE + 1])
    if request.method == "POST":
        user: Any = request.user
        _tell(request, causes.retry_all(slice[:MOST_AT_ONCE], user), BULK["retry"])
        if len(slice) <= MOST_AT_ONCE:
            return HttpResponseRedirect(reverse("admin:adaptors_dashboard", args=[activation.pk]))
        query = urlencode({"cause": cause, "after": str(slice[MOST_AT_ONCE - 1].pk)})
        return HttpResponseRedirect(f"{request.path}?{query}")
    if not slice:
        return _dialog(request, "Nothing is left to try again", back, meaning=SETTLED, button="")
    told = counted(rows, "transaction", "transactions")
    first = f" The first {MOST_AT_ONCE} of them now; then it asks for the rest." if len(slice) > MOST_AT_ONCE else ""
    return _dialog(
        request, f"Try {told} again", back, meaning=f"{MEANINGS['retry']}{first}",
        button=f"Try {MOST_AT_ONCE if first else told} again",
    )  # fmt: skip


def _tell(request: HttpRequest, found: Mapping[str, int], label: str) -> None:
    """How many were done, and why the others were not."""
    for obstacle, count in found.items():
        if obstacle:
            messages.warning(request, f"{count:,} left alone. {obstacle}")
        else:
            messages.success(request, f"{label}: {count:,} done.")


def _dialog(request: HttpRequest, title: str, back: str, **shown: Any) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": title, "back": back,
               "action": request.get_full_path(), **shown}  # fmt: skip
    return TemplateResponse(request, "adaptors/transaction/dialog.html", context)
