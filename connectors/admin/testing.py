"""*Test connection*: its steps one by one, each a request of its own, so that ticks appear as they pass."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from arhub.requests import number_of
from connectors.domain import connections
from connectors.domain.carriers import ready
from connectors.domain.connections import Tick
from connectors.models import Connection

_PASSED = "connection_test"


def view(request: HttpRequest, connection: Connection, context: dict[str, Any]) -> HttpResponse:
    """With a `step` that step alone, as JSON; without, all of them on a page."""
    if "step" in request.POST:
        return JsonResponse(_step(request, connection, number_of(request.POST["step"]) or 0))
    shown = {
        "ticks": connections.test(connection, _user(request)),
        "connection": connection,
        "title": "Test connection",
    }
    return TemplateResponse(request, "connectors/tested.html", {**context, **shown})


def _step(request: HttpRequest, connection: Connection, step: int) -> dict[str, Any]:
    """Make one step. What passed before it stands in the session; the first step forgets it. `next` is the label of the
    step that follows, and null at the end."""
    checks = ready(connection).checks()
    passed = _passed(request, connection) if step else []
    if step != len(passed) or step >= len(checks):
        return {"is_good": False, "label": "Test connection", "text": "Another test began meanwhile.", "next": None}
    tick = connections.make(connection, checks[step])
    passed.append(tick)
    is_last = not tick.is_good or len(passed) == len(checks)
    if is_last:
        connections.told(connection, passed, _user(request))
    request.session[_PASSED] = [connection.pk, *([one.label, one.text] for one in passed if not is_last)]
    following = None if is_last else checks[len(passed)].label
    shown = {"is_good": tick.is_good, "label": tick.label, "text": tick.text, "next": following}
    return {**shown, "confirms": tick.confirms}


def confirm(request: HttpRequest, connection: Connection) -> HttpResponse:
    """Trust what the person was shown, and saw: the value comes with the form."""
    name, value = request.POST.get("setting", ""), request.POST.get("value", "")
    try:
        connections.confirm(connection, name, value, _user(request))
    except connections.WrongSettings as problem:
        messages.warning(request, str(problem))
    else:
        messages.success(request, "It is trusted from now on.")
    page = reverse("admin:connectors_connection_change", args=[connection.pk])
    return HttpResponseRedirect(f"{page}#test")  # where the test begins by itself


def _passed(request: HttpRequest, connection: Connection) -> list[Tick]:
    kept = request.session.get(_PASSED) or [None]
    return [Tick(label, True, text) for label, text in kept[1:]] if kept[0] == connection.pk else []


def _user(request: HttpRequest) -> Any:
    return request.user
