"""Incidents: reported, however often, as one; closed by arrival or by a person with a reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Model, QuerySet
from django.urls import reverse
from django.utils import timezone

from arhub.domain.events import emit
from arhub.domain.sharing import Actor, hidden, kind_of, model_of
from arhub.models import Incident, Source, User
from arhub.tenancy.scope import current_tenant_id

KINDS = {
    "incident.opened": "Something that was expected is late, missing or not as it should be.",
    "incident.closed": "An incident was closed, by arrival or by a person.",
}
State = Incident.State


class NoReason(ValueError):
    """An incident was to be closed without one."""

    def __init__(self) -> None:
        super().__init__("Expected a reason for closing the incident, found none.")


class NotAMember(ValueError):
    """The person does not belong to the tenant."""

    def __init__(self) -> None:
        super().__init__("Expected a person of this company as the owner of the incident.")


def members() -> QuerySet[User]:
    """Who may own an incident of the tenant in context."""
    return User.objects.filter(memberships__tenant=current_tenant_id(), is_active=True).order_by("name", "email")


@transaction.atomic
def report(
    key: str,
    *,
    kind: str,
    subject: str,
    text: str,
    owner: User | None = None,
    source: Source | None = None,
    thing: Model | None = None,
    url: str = "",
    at: datetime | None = None,
) -> Incident:
    """Open an incident, or count it to the one that is open under this key, which says from now on what this one says.

    Its owner stays who it is: it may have been handed over. `thing` is what is shared, an adaptor or a connection, that
    it hangs on. `at` is since when it is so; now, unless told.
    """
    now = at or timezone.now()
    hangs_on = {"thing_kind": kind_of(thing), "thing_id": thing.pk} if thing else {}
    said = {"kind": kind, "subject": subject[:255], "text": text, "url": url, **hangs_on}
    fresh = Incident(key=key, owner=owner, source=source, opened_at=now, times=0, **said)
    while not _open(key).update(**said, last_seen_at=now, times=F("times") + 1):
        Incident.objects.bulk_create([fresh], ignore_conflicts=True)  # somebody else may do so at this moment
    incident: Incident = _open(key).select_related("owner", "source", "closed_by").get()
    if incident.times == 1:
        _tell("incident.opened", incident)
    return incident


def visible(actor: Actor, rows: QuerySet[Incident]) -> QuerySet[Incident]:
    """Without those that hang on what an actor may not see."""
    for kind in settings.SHARED_THINGS:
        unseen = hidden(actor, kind)
        if unseen is not None:
            rows = rows.exclude(thing_kind=kind, thing_id__in=unseen)
    return rows


def thing_of(incident: Incident) -> Model | None:
    """What it hangs on; None when that is gone, or it is for all. Who does something about it operates that."""
    if not incident.thing_kind:
        return None
    return model_of(incident.thing_kind)._default_manager.filter(pk=incident.thing_id).first()


def is_open(key: str) -> bool:
    return _open(key).exists()


def settle(key: str, text: str) -> bool:
    """Close what is open under this key, since what was expected is there now; false when nothing is."""
    incident = _open(key).first()
    return incident is not None and _close(incident, reason=text, by_arrival=True)


def close(incident: Incident, user: User | None, reason: str) -> bool:
    """Close it by a person, or by a program, which has no user; false when it was closed already. Raises `NoReason`."""
    if not (reason := reason.strip()):
        raise NoReason
    return _close(incident, reason=reason, closed_by=user)


def hand_over(incident: Incident, owner: User | None) -> bool:
    """Give it to another owner, or to nobody; false when it is closed. Raises `NotAMember`."""
    if owner is not None and not members().filter(pk=owner.pk).exists():
        raise NotAMember
    return bool(Incident.objects.filter(pk=incident.pk, state=State.OPEN).update(owner=owner))


def _open(key: str) -> QuerySet[Incident]:
    return Incident.objects.filter(key=key, state=State.OPEN)


@transaction.atomic
def _close(incident: Incident, **how: Any) -> bool:
    held = Incident.objects.filter(pk=incident.pk, state=State.OPEN)
    if not held.update(state=State.CLOSED, closed_at=timezone.now(), **how):
        return False
    _tell("incident.closed", Incident.objects.select_related("owner", "source", "closed_by").get(pk=incident.pk))
    return True


def _tell(kind: str, incident: Incident) -> None:
    source = incident.source
    data = {
        "incident": incident.pk,
        "kind": incident.kind,
        "key": incident.key,
        "subject": incident.subject,
        "text": incident.text,
        "source": {"id": source.pk, "name": source.name} if source else None,
        "by_arrival": incident.by_arrival,
        "reason": incident.reason,
        "page": reverse("admin:arhub_incident_change", args=[incident.pk]),
        "resource": f"/api/hub/v1/incidents/{incident.pk}/",
    }
    emit(kind, data, subject=f"Incident {incident.pk}")
