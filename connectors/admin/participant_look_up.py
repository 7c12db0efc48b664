"""*Look up now* for participants that were ticked in their list: how many, and then a run."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from arhub.admin.base import allows
from arhub.models import Role
from arhub.requests import number_of
from connectors.domain import look_ups
from connectors.models import Participant

MOST = 1_000
"""Participants chosen at once; about all of them is asked in another way."""
LIST = "admin:connectors_participant_changelist"


def ask(request: HttpRequest, context: dict[str, Any], queryset: QuerySet[Participant]) -> HttpResponse | None:
    """Says how many would be asked about."""
    chosen = list(queryset.order_by()[: MOST + 1])
    if len(chosen) > MOST:
        messages.warning(request, f"Nothing was looked up: at most {MOST:,} at once. “Look up all” takes everybody.")
        return None
    ids = [one.pk for one in chosen if look_ups.can_be_asked(one)]
    shown = {
        "title": "Look up participants",
        "ids": ",".join(map(str, ids)),
        "many": len(ids),
        "left_out": len(chosen) - len(ids),
    }
    return TemplateResponse(request, "connectors/look_up.html", {**context, **shown})


def view(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """A POST starts the run."""
    if request.method != "POST" or not allows(request, Role.MANAGER):
        raise PermissionDenied("Looking participants up needs the role Manager.")
    ids = [number_of(text) for text in request.POST.get("ids", "").split(",")][: MOST + 1]
    if not all(ids) or len(ids) > MOST:
        raise BadRequest("The form asks for participants in a way that is not known here.")
    found = list(Participant.objects.filter(pk__in=ids).values_list("pk", flat=True))
    if not found:
        messages.warning(request, "Nothing was looked up: these participants are not here any more.")
        return HttpResponseRedirect(reverse(LIST))
    return HttpResponseRedirect(started(request, found))


def started(request: HttpRequest, chosen: Collection[int] = ()) -> str:
    """The page of the run that asks about these, or about all."""
    user: Any = request.user
    return reverse("admin:arhub_run_change", args=[look_ups.start(chosen, user=user).pk])
