"""The tab *Source* of an activation: what brings the records, whether it works, and what is there."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from adaptors.domain import activations
from adaptors.domain.choices import connections_for, sources_for
from adaptors.models import Activation
from arhub.admin import cells
from arhub.admin.counted import counted
from arhub.admin.sharing import may
from arhub.domain import receivables
from arhub.domain.askers import asker_of
from arhub.domain.sharing import Level, reachable
from arhub.models import Account, Document, Run, Source
from arhub.requests import number_of
from connectors.admin.connections import BACK
from connectors.domain import pulls
from connectors.models import Connection
from connectors.registry import label_of
from ingestion.models import Ingestion, State


def page(activation: Activation, tab: str = "source") -> str:
    return f"{reverse('admin:adaptors_activation_change', args=[activation.pk])}?tab={tab}"


def shown(request: HttpRequest, activation: Activation) -> dict[str, Any]:
    entry, connection = activation.entry, activation.connection
    choices = _choices(request, activation)
    stands = connection.pk if connection else activation.source_id
    sees = connection is not None and may(request, connection, Level.VIEW)
    proposed = number_of(request.GET.get("connection")) or stands or (choices[0].pk if len(choices) == 1 else None)
    return {
        "kind": label_of(entry.source),
        "connection": connection,
        "connection_chip": cells.chip(connection.state) if connection else "",
        "choices": choices,
        "chosen": proposed,
        "is_other": proposed != stands,
        "add_url": add_url(entry.source, page(activation)) if entry.source else "",
        "can_pull": connection is not None and connection.is_enabled and pulls.can_pull(connection),
        "may_pull": may(request, activation, Level.OPERATE),
        "sees_connection": sees,
        "pull": _last_pull(connection) if connection and sees else None,
        **(_there(activation.source) if activation.source else {}),
    }


def add_url(kind: str, back: str) -> str:
    """Where a connection of a kind is added, for a page that chooses it then."""
    return f"{reverse('admin:connectors_connection_add')}?{urlencode({'kind': kind, BACK: back})}"


def choose(request: HttpRequest, activation: Activation) -> HttpResponse:
    """Take the records from the connection or source that the form names."""
    found = _choices(request, activation).filter(pk=number_of(request.POST.get("chosen"))).first()
    user: Any = request.user
    try:
        if found is None:
            raise activations.Refused("Choose one of those in the list.")
        activations.connect(activation, found, user)
    except (activations.Refused, activations.WrongSettings) as problem:
        messages.warning(request, f"Nothing was changed. {problem}")
    else:
        messages.success(request, f"Its records are those of {found}.")
    return HttpResponseRedirect(page(activation))


def pull(request: HttpRequest, activation: Activation) -> HttpResponse:
    """Bring what has changed in the connected system, customers too."""
    connection = activation.connection
    if connection is None or not connection.is_enabled or not pulls.can_pull(connection):
        messages.warning(request, "Nothing is pulled: there is no connection, or it is switched off.")
        return HttpResponseRedirect(page(activation))
    user: Any = request.user
    return HttpResponseRedirect(reverse("admin:arhub_run_change", args=[pulls.start(connection, user=user).pk]))


def _choices(request: HttpRequest, activation: Activation) -> Any:
    """Of connections, those that the person may use, and the one that is chosen already."""
    entry = activation.entry
    if not entry.source:
        return sources_for(entry)
    known = connections_for(entry)
    own = known.filter(pk=activation.connection_id or 0)
    return reachable(asker_of(request), known, Level.OPERATE) | own


def _last_pull(connection: Connection) -> tuple[Run, Any] | None:
    run = Run.objects.filter(kind__in=pulls.KINDS, subject_id=connection.pk).order_by("-id").first()
    return (run, cells.chip(run.get_state_display())) if run else None


def _there(source: Source) -> dict[str, Any]:
    """What the source's ledger holds, and when a load of it went in last."""
    customers = receivables.customers(Account.objects.filter(ledger=source.ledger_id))
    documents = Document.objects.filter(ledger=source.ledger_id, direction="receivable")
    loads = Ingestion.objects.filter(source=source, state=State.COMMITTED).order_by("-id")
    return {
        "source": source,
        "customers": counted(customers, "customer", "customers"),
        "documents": counted(documents, "document", "documents"),
        "last_load": loads.first(),
    }
