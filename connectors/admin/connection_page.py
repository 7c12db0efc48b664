"""What stands on the page of a connection, and on its card in the list. Only the tab that is open is queried."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from arhub.admin import cells, sharing_page
from arhub.admin.paging import page_of_rows
from arhub.admin.sharing import Level, may
from arhub.admin.tabs import open_tab, tabs_of
from arhub.domain.askers import asker_of
from arhub.domain.schedules import next_due
from arhub.models import Outbound, Run
from connectors.admin.connection_form import set_when
from connectors.admin.records import named
from connectors.admin.sending_files import fields
from connectors.base import Capability, ErpConnector
from connectors.domain import receivers
from connectors.domain.inboxes import next_fetches
from connectors.domain.pulls import KINDS
from connectors.domain.pushes import CHANNEL
from connectors.domain.sight import visible_sent
from connectors.models import Connection, Inbox, OutboundDelivery, StreamCursor, WriteBack
from connectors.registry import load

SHARING = "sharing"


def context(request: HttpRequest, connection: Connection) -> dict[str, Any]:
    tabs = tabs_of(request, *_tabs(connection))
    may_change = may(request, connection, Level.EDIT)
    tab = open_tab(tabs)
    return {
        "connection": connection,
        "chip": cells.chip(connection.state),
        "next_run": next_runs([connection.pk]).get(connection.pk),
        "tabs": tabs,
        "tab": tab,
        "tab_template": "arhub/sharing/tab.html" if tab == SHARING else f"connectors/tab_{tab}.html",
        "template_fields": fields() if tab == "settings" and _has_templates(connection) else (),
        "may_change": may_change,
        "may_test": may(request, connection, Level.OPERATE),
        **_shown(request, connection, tab),
    }


def can(connection: Connection, capability: Capability) -> bool:
    return capability in load(connection.kind).capabilities


def _has_templates(connection: Connection) -> bool:
    return any(setting.kind == "template" for setting in load(connection.kind).settings)


def next_runs(connection_ids: Collection[int]) -> dict[int, datetime]:
    """When each of some connections is pulled, or one of its inboxes looked into, next, by those schedules that are not
    paused."""
    following = next_due(KINDS, connection_ids)
    own = dict(Inbox.objects.filter(connection_id__in=connection_ids).values_list("pk", "connection_id"))
    for inbox, at in next_fetches(own).items():
        following[own[inbox]] = min(at, following.get(own[inbox], at))
    return following


def _tabs(connection: Connection) -> list[tuple[str, str]]:
    pulls = [("runs", "Runs"), ("cursor", "Cursor")] if can(connection, Capability.PULL) else []
    pushes = [("write_backs", "Write-backs"), ("pushes", "Pushes")] if can(connection, Capability.PUSH) else []
    files = [("deliveries", "Deliveries")] if can(connection, Capability.DELIVER) else []
    inboxes = (
        [("inboxes", "Inboxes")] if can(connection, Capability.LIST) or can(connection, Capability.RECEIVE) else []
    )
    return [("settings", "Settings"), *pulls, *pushes, *files, *inboxes, ("log", "Log"), (SHARING, "Sharing")]


def _shown(request: HttpRequest, connection: Connection, tab: str) -> dict[str, Any]:
    match tab:
        case "settings":
            return {"given": _given(connection)}
        case "runs":
            runs = Run.objects.filter(kind__in=KINDS, subject_id=connection.pk).order_by("-id")
            page = page_of_rows(request, runs.select_related("created_by"))
            return {"page": page, "rows": [(run, cells.chip(run.get_state_display())) for run in page]}
        case "cursor":
            return {"rows": _cursors(connection)}
        case "write_backs":
            page = page_of_rows(request, WriteBack.objects.filter(connection=connection).order_by("-id"))
            names = named((row.record_type, row.record_id) for row in page)
            return {"page": page, "rows": [(row, names[row.record_type, row.record_id]) for row in page]}
        case "pushes":
            sent = Outbound.objects.filter(channel=CHANNEL, destination=str(connection.pk)).order_by("-id")
            page = page_of_rows(request, sent.defer("content"))
            return {"page": page, "rows": [(row, cells.chip(row.get_state_display())) for row in page]}
        case "deliveries":
            seen = visible_sent(asker_of(request), OutboundDelivery.objects.all())
            found = seen.filter(Q(delivery__connection=connection) | Q(delivery__through=connection))
            page = page_of_rows(request, found.order_by("-id").defer("content"))
            return {"page": page, "rows": [(row, cells.chip(row.get_state_display())) for row in page]}
        case "sharing":
            action = reverse("admin:connectors_connection_sharing", args=[connection.pk])
            return sharing_page.shown(request, connection, action)
        case "inboxes":
            return {"rows": list(connection.inboxes.select_related("source").order_by("name")),
                    "receives": _receives(request, connection)}  # fmt: skip
    page = page_of_rows(request, connection.log.select_related("user").order_by("-id"))
    return {"page": page, "rows": [(entry, cells.chip(entry.get_level_display())) for entry in page]}


def _given(connection: Connection) -> list[dict[str, Any]]:
    """The settings for people who only look: of a secret that it is set, since when and by whom."""
    found = []
    for setting in load(connection.kind).settings:
        value = connection.values.get(setting.name, setting.default)
        if setting.is_secret:
            value = set_when(connection.secrets_set.get(setting.name)) or "Not set"
        elif setting.kind == "bool":
            value = "Yes" if value else "No"
        found.append({"label": setting.label, "help": setting.help, "value": dict(setting.choices).get(value, value)})
    return found


def _receives(request: HttpRequest, connection: Connection) -> str:
    """How a partner brings files by himself; empty where none can."""
    if not can(connection, Capability.RECEIVE):
        return ""
    if receivers.goes_by_ids(connection):
        return f"Partners send to {request.build_absolute_uri(reverse('as2'))}: their messages name both ids."
    if receivers.has_address(connection):
        return "Partners send to the address that was made. It is shown once: make a new one when it is lost."
    return "No partner can send here yet: choose “New address for incoming files” above."


def _cursors(connection: Connection) -> Sequence[dict[str, Any]]:
    kind = load(connection.kind)
    streams = kind.streams if issubclass(kind, ErpConnector) else ()
    stored = {row.stream: row for row in StreamCursor.objects.filter(connection=connection).select_related("moved_by")}
    return [{"stream": stream, "cursor": stored.get(stream.name)} for stream in streams]
