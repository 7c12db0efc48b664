"""*Send to a connection*: from the page of a record, or for those ticked in a list."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from arhub.admin.base import allows
from arhub.admin.sharing import levels
from arhub.domain.askers import asker_of
from arhub.domain.sharing import Level, reachable
from arhub.models import Role
from arhub.requests import number_of
from connectors.admin.records import counted, named
from connectors.domain import pushes
from connectors.domain.pushes import CannotPush
from connectors.domain.subjects import SENT_TYPES, sendable
from connectors.models import Connection

MOST = 1_000
"""Records sent at once from the screens."""


def actions(request: HttpRequest, record_types: Sequence[str]) -> Iterator[tuple[Any, str, str]]:
    """For the lists of records that can be sent, of managers."""
    if allows(request, Role.MANAGER) and set(record_types) <= SENT_TYPES:
        yield send_selected, "send_selected", "Send to a connection"


def send_selected(model_admin: Any, request: HttpRequest, queryset: Any) -> HttpResponse | None:
    """Asks which connection, for the ticked rows."""
    ids = list(queryset.order_by().values_list("pk", flat=True)[: MOST + 1])
    if len(ids) > MOST:
        messages.warning(request, f"Nothing was sent: at most {MOST:,} go at once. Narrow the list down.")
        return None
    [record_type] = model_admin.record_types
    return _ask(request, model_admin.admin_site.each_context(request), record_type, ids)


def view(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Which connection, and how many; a POST that names one sends them there."""
    record_type, ids = _asked(request.POST if request.method == "POST" else request.GET)
    if request.method != "POST" or "connection" not in request.POST:
        return _ask(request, context, record_type, ids)
    named = Connection.objects.filter(pk=number_of(request.POST["connection"]))
    connection = reachable(asker_of(request), named, Level.OPERATE).first()
    if connection is None:
        messages.warning(request, "Nothing was sent: choose a connection.")
        return _ask(request, context, record_type, ids)
    try:
        said = pushes.push(connection, record_type, ids, request.user)  # type: ignore[arg-type]
    except CannotPush as problem:
        messages.warning(request, f"Nothing was sent. {problem}")
    else:
        messages.success(request, f"{connection}: {said}")
    return HttpResponseRedirect(_back(record_type, ids))


def takers(request: HttpRequest, record_type: str) -> list[tuple[Connection, str]]:
    """Those of the connections that take records of a type which the person may use."""
    found = pushes.takers(record_type)
    allowed = levels(request, [connection for connection, _ in found])
    return [one for one in found if (level := allowed[one[0].pk]) is not None and level.includes(Level.OPERATE)]


def _asked(given: Any) -> tuple[str, list[int]]:
    record_type = given.get("record_type", "")
    ids = [number_of(text) for text in given.get("ids", "").split(",")][: MOST + 1]
    if record_type not in SENT_TYPES or not all(ids) or len(ids) > MOST:
        raise BadRequest("The address asks to send records in a way that is not known here.")
    return record_type, ids


def _ask(request: HttpRequest, context: dict[str, Any], record_type: str, ids: Collection[int]) -> HttpResponse:
    found = list(sendable(record_type).filter(pk__in=ids).values_list("pk", flat=True))
    shown = {
        "title": "Send to a connection",
        "record_type": record_type,
        "ids": ",".join(map(str, found)),
        "what": _label(record_type, found) if len(found) == 1 else counted(len(found), record_type),
        "button": f"Send {counted(len(found), record_type)}",
        "has_any": bool(found),
        "takers": takers(request, record_type),
        "back": _back(record_type, found),
    }
    return TemplateResponse(request, "connectors/send.html", {**context, **shown})


def _back(record_type: str, ids: Collection[int]) -> str:
    """The page of a single record, else the list of pushes."""
    pages = named((record_type, pk) for pk in ids) if len(ids) == 1 else {}
    url = next((page.url for page in pages.values()), "")
    return url or reverse("admin:connectors_outboundpush_changelist")


def _label(record_type: str, ids: Collection[int]) -> str:
    return next(record.label for record in named((record_type, pk) for pk in ids).values())
